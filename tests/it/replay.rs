//! What a call was told is kept, and the call can be run again: the same module
//! gives the same, another one shows what it does differently, and a text that
//! is gone is named.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use skillhost_engine::body::{DAY_MS, Subject};
use skillhost_engine::call_record::ask_digest;
use skillhost_engine::context::{Doors, Query};
use skillhost_engine::ids::SkillName;
use skillhost_engine::job::JobStatus;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::model::{Finish, ModelAnswer, ModelAsk, ModelUsage};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::outcome::Call;
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{CallError, CallReport, Manifest, Mismatch, SkillRef, SkillRunner};
use skillhost_engine::time::{Clock as _, MicroUsd};
use skillhost_server::driver::{PaidAnswers, StepRound};
use skillhost_server::replay::{GateError, HistoryGate, Replayer, RequireTry, TryRefused, Verdict, over_history};
use skillhost_tests::process::{Host, binary, skills};
use skillhost_tests::rep;
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, TestHost};

/// Steps of the demo's sequence that call a module.
const SKILL_STEPS: usize = 8;

/// A data folder whose host ran the demo's call to its end and has stopped.
async fn finished(data: &Path) -> String {
    let host = Host::start(data, &[], &[]);
    let job = rep::deliver(&host, "msg-1").await.unwrap();
    let ended = rep::see_through(&host, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    host.stop();
    job
}

fn skillhost(data: &Path, arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).args(["--json", "--data"]).arg(data).current_dir(data).output().unwrap()
}

fn replay(data: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let folder = skills();
    let mut all = vec!["replay"];
    all.extend(arguments);
    all.extend(["--skills", folder.to_str().unwrap()]);
    let output = skillhost(data, &all);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::String(said)))
}

fn verdicts(replay: &Value) -> Vec<(String, String)> {
    let word = |call: &Value, field: &str| call[field].as_str().unwrap_or_default().to_owned();
    let calls = replay["calls"].as_array().unwrap_or_else(|| panic!("{replay}"));
    calls.iter().map(|call| (word(call, "step"), word(call, "verdict"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_modules_give_the_same_for_every_step_of_the_demo() {
    let data = tempfile::tempdir().unwrap();
    let job = finished(data.path()).await;
    let (code, replayed) = replay(data.path(), &[&job]);
    let all = verdicts(&replayed);
    assert!(all.len() >= SKILL_STEPS, "{all:?}");
    assert!(all.iter().all(|(_, verdict)| verdict == "identical"), "{replayed:#}");
    assert_eq!((code, &replayed["identical"]), (Some(0), &Value::Bool(true)));
    for call in replayed["calls"].as_array().unwrap() {
        assert_eq!(call["fuel"]["before"], call["fuel"]["after"], "{call:#}");
        assert!(call["fuel"]["before"].as_i64().unwrap() > 0);
        assert_eq!(call["outcome"]["before"], call["outcome"]["after"]);
        assert!(call["engine"]["before"].as_str().unwrap().starts_with("wasmtime-"), "{call:#}");
    }

    let module = skills().join("detect-intents.wasm");
    let module = module.to_str().unwrap();
    let (code, one) = replay(data.path(), &[&job, "--with", module]);
    let only = verdicts(&one);
    assert_eq!((code, only.len()), (Some(0), 1), "the calls of its skill: {one:#}");
    let (code, tried) = replay(data.path(), &["--last", "200", "--with", module]);
    assert_eq!((code, &tried["calls"], &tried["identical"]), (Some(0), &Value::from(1), &Value::from(1)), "{tried:#}");
    assert_eq!(tried["fuel"]["before"], tried["fuel"]["after"]);

    let step = all[0].0.as_str();
    let (code, one) = replay(data.path(), &[&job, "--step", step]);
    assert_eq!(code, Some(0));
    assert!(verdicts(&one).iter().all(|(name, _)| name == step));
    assert_eq!(replay(data.path(), &["job_none"]).0, Some(3));
    assert_eq!(replay(data.path(), &[&job, "--step", "none"]).0, Some(3));
}

/// An event about the contact, and its job once it has asked.
async fn about_mira(host: &TestHost, id: &str) -> (String, Value) {
    let payload =
        json!({ "message_id": id, "ask": "email", "contact_id": "c1", "said": "Mira is happy with the pilot" });
    let (status, received) =
        host.post(REP, "/v1/events", &json!({ "type": "email_received", "payload": payload })).await;
    assert_eq!(status, 202, "{received}");
    let job = received["job_id"].as_str().unwrap().to_owned();
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    (job, serde_json::to_value(&view.approvals[0]).unwrap())
}

async fn replayed(host: &TestHost, user: &str, job: &str) -> (u16, Value) {
    host.post(user, &format!("/v1/jobs/{job}/replay"), &json!({})).await
}

#[tokio::test]
async fn a_text_past_its_retention_is_named_and_nothing_is_guessed() {
    let host = TestHost::start(|config| config.retention_days = 1).await;
    let (job, _) = about_mira(&host, "m1").await;
    let (status, now) = replayed(&host, REP, &job).await;
    assert_eq!((status, &now["identical"]), (200, &json!(true)), "{now:#}");
    assert_eq!(now["calls"][0]["verdict"], "identical");

    host.clock.advance(DAY_MS);
    let (status, later) = replayed(&host, ADMIN, &job).await;
    assert_eq!((status, &later["identical"]), (200, &json!(false)), "{later:#}");
    let call = &later["calls"][0];
    assert_eq!((&call["verdict"], &call["outcome"]["after"]), (&json!("inexact"), &Value::Null));
    assert_eq!(call["gone"][0]["what"], "input");
    assert!(call["gone"][0]["why"].as_str().unwrap().starts_with("expired "), "{call:#}");
    assert_eq!(replayed(&host, OTHER, &job).await.0, 404, "somebody else's job");
    host.stop().await;
}

/// The host's own runner, and beside it a version that reads, says and fails
/// differently, each under a digest of its own.
struct Versions(Arc<dyn SkillRunner>);

fn version(letter: char) -> SkillRef {
    SkillRef {
        name: "propose".into(),
        version: "2.0.0".to_owned(),
        digest: format!("sha256:{}", letter.to_string().repeat(64)),
    }
}

#[async_trait::async_trait]
impl SkillRunner for Versions {
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef> {
        self.0.resolve(skill)
    }

    fn manifest(&self, skill: &SkillRef) -> Option<Arc<Manifest>> {
        self.0.manifest(skill)
    }

    fn check_output(&self, skill: &SkillRef, output: &Value) -> Option<Result<(), Mismatch>> {
        self.0.check_output(skill, output)
    }

    async fn call(
        &self,
        skill: &SkillRef,
        call: Call,
        rights: &RightSet,
        limits: &CallLimits,
        doors: Arc<dyn Doors>,
    ) -> CallReport {
        let asked = Query { source: "deal".to_owned(), params: json!({}), max_bytes: None, cursor: None };
        let mut report = self.0.call(skill, call, rights, limits, Arc::clone(&doors)).await;
        match skill.digest.chars().last() {
            Some('a') => {
                if let Ok(outcome) = &mut report.result {
                    outcome.output["asked"] = json!("nothing");
                }
                report.spend.fuel += 10;
            }
            Some('b') => report.result = Err(CallError::Trap { message: "unreachable".to_owned() }),
            Some('c') => assert!(doors.read(asked).await.is_err(), "what was not asked has no answer"),
            _ => {}
        }
        report
    }
}

#[tokio::test]
async fn another_version_shows_what_it_does_differently_on_yesterdays_calls() {
    let host = TestHost::start(|_| {}).await;
    let (job, _) = about_mira(&host, "m1").await;
    about_mira(&host, "m2").await;
    let runner = Versions(Arc::clone(&host.app.skills));
    let replayer = Replayer { store: host.app.store.as_ref(), runner: &runner, now: host.clock.now() };
    let on = async |letter| {
        let with = version(letter);
        replayer.job(&ORG.into(), &job.as_str().into(), None, Some(&with)).await.unwrap().calls.remove(0)
    };

    let same = on('e').await;
    assert_eq!((same.verdict, same.differences.len()), (Verdict::Identical, 0), "{same:#?}");
    let other = on('a').await;
    assert_eq!(other.verdict, Verdict::Different);
    let places: Vec<_> = other.differences.iter().map(|difference| difference.pointer.as_str()).collect();
    assert_eq!(places, ["/output/asked"], "only what differs, though the journal keeps no effects");
    assert_eq!(other.differences[0].after.as_deref(), Some("\"nothing\""));
    assert_eq!(other.fuel.after, Some(other.fuel.before + 10));
    assert_eq!(on('b').await.verdict, Verdict::Failed);
    let curious = on('c').await;
    assert_eq!(curious.verdict, Verdict::Different);
    assert_eq!(curious.unrecorded[0].source, "deal");

    let policy = RequireTry { last: 50, max_different: 1 };
    let gate =
        HistoryGate { store: Arc::clone(&host.app.store), clock: Arc::clone(&host.app.clock), policy: policy.clone() };
    assert_eq!(gate.check(&runner, &version('e')).await.unwrap().identical, 2);
    assert!(matches!(gate.check(&runner, &version('a')).await, Err(GateError::Refused(_))));
    let tried = over_history(&replayer, &version('e'), policy.last).await.unwrap();
    assert_eq!((tried.calls, tried.identical), (2, 2));
    assert_eq!(policy.check(&tried), Ok(()));
    let tried = over_history(&replayer, &version('a'), policy.last).await.unwrap();
    assert_eq!((tried.different, tried.fuel.after), (2, Some(tried.fuel.before + 20)));
    assert_eq!(tried.first.len(), 2);
    assert!(matches!(policy.check(&tried), Err(TryRefused::Differs { different: 2, allowed: 1, .. })));
    let tried = over_history(&replayer, &version('b'), 1).await.unwrap();
    assert_eq!((tried.calls, tried.failed), (1, 1), "the last one only");
    assert!(matches!(policy.check(&tried), Err(TryRefused::Fails { .. })));
    host.stop().await;
}

#[tokio::test]
async fn an_answer_that_was_paid_for_is_not_paid_for_again() {
    let host = TestHost::start(|_| {}).await;
    let (job, _) = about_mira(&host, "m1").await;
    let asked = AtomicUsize::new(0);
    let vendor = |text: &str, cost: i64| {
        asked.fetch_add(1, Ordering::Relaxed);
        ModelAnswer {
            text: text.to_owned(),
            model: "a-model".to_owned(),
            finish: Finish::Complete,
            usage: ModelUsage { cost: MicroUsd(cost), ..ModelUsage::default() },
        }
    };
    let ask = ModelAsk {
        class: "fast".to_owned(),
        messages: Vec::new(),
        max_output_tokens: 10,
        schema: None,
        purpose: "test".to_owned(),
    };
    let now = host.clock.now();
    let attempt = |round| {
        let store = Arc::clone(&host.app.store);
        let subject = Subject::contact("c1");
        let of = StepRound { org: ORG.into(), job: job.as_str().into(), step: "ask".into(), round };
        PaidAnswers::new(store, of, subject, DAY_MS)
    };
    // What a step's doors do with each question.
    let answer = async |paid: &PaidAnswers, cost| {
        let place = paid.place(ask_digest(&ask));
        if let Some(answer) = paid.find::<ModelAnswer>(&place, now).await.unwrap() {
            return answer.text;
        }
        let answer = vendor(&format!("answer {}", asked.load(Ordering::Relaxed)), cost);
        let writes = paid.kept(place, &answer, answer.usage.cost, now).unwrap().into_iter().collect();
        host.app.store.commit(skillhost_engine::store::Batch { writes }).await.unwrap();
        answer.text
    };
    let first = attempt(0);
    assert_eq!((answer(&first, 15).await, answer(&first, 15).await), ("answer 0".to_owned(), "answer 1".to_owned()));
    // The process dies here; the next attempt of the step begins to count anew.
    let second = attempt(0);
    assert_eq!((answer(&second, 15).await, answer(&second, 15).await), ("answer 0".to_owned(), "answer 1".to_owned()));
    assert_eq!(asked.load(Ordering::Relaxed), 2, "nothing was asked again");
    assert_eq!(answer(&second, 0).await, "answer 2", "a third question is a new one");
    assert_eq!(answer(&attempt(1), 15).await, "answer 3", "so is another round's");
    let third = attempt(0);
    answer(&third, 15).await;
    answer(&third, 15).await;
    assert_eq!(answer(&third, 0).await, "answer 4", "what cost nothing is not kept");
    host.stop().await;
}

/// Files under a folder that hold the text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if std::fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn no_text_of_an_erased_person_is_left() {
    const WORDS: [&str; 4] = ["Mira", "mira@globex.example", "security questionnaire", "happy with the pilot"];
    let host = TestHost::start(|_| {}).await;
    let folder = host.app.config.data_dir.clone();
    let (sent, question) = about_mira(&host, "m1").await;
    let path = format!("/v1/approvals/{}/answer", question["id"].as_str().unwrap());
    let (status, answered) = host.post(REP, &path, &json!({ "answer": "approve" })).await;
    assert_eq!(status, 200, "{answered}");
    host.clock.advance(11_000);
    host.until(&sent, |view| view.effects.iter().any(|effect| effect.state == EffectState::Sent)).await;
    let (open, _) = about_mira(&host, "m2").await;
    for word in WORDS {
        assert!(!holding(&folder, word).is_empty(), "{word} is there before");
    }

    let whom = json!({ "person": "contact:c1" });
    assert_eq!(host.post(REP, "/v1/people/erase", &whom).await.0, 403);
    assert_eq!(host.post(ADMIN, "/v1/people/erase", &json!({ "person": "contact:c9" })).await.0, 404);
    assert_eq!(host.post(ADMIN, "/v1/people/erase", &json!({ "person": "deal:d1" })).await.0, 422);
    let (status, erased) = host.post(ADMIN, "/v1/people/erase", &whom).await;
    assert_eq!(status, 200, "{erased}");
    assert_eq!(
        (&erased["jobs"], &erased["cancelled"], &erased["files"]),
        (&json!(2), &json!(1), &json!(1)),
        "{erased}"
    );
    for word in WORDS {
        assert_eq!(holding(&folder, word), Vec::<String>::new(), "{word}");
    }

    for (job, status) in [(&sent, "completed"), (&open, "cancelled")] {
        let (code, view) = host.get(REP, &format!("/v1/jobs/{job}")).await;
        assert_eq!((code, &view["status"]), (200, &json!(status)), "what happened can still be told: {view}");
        let (_, again) = replayed(&host, REP, job).await;
        let call = &again["calls"][0];
        assert_eq!(call["verdict"], "inexact");
        assert!(call["gone"][0]["why"].as_str().unwrap().starts_with("erased "), "{call:#}");
        assert_eq!(host.get(REP, &format!("/v1/jobs/{job}/provenance")).await.0, 200);
    }
    let audit = host.app.store.audit(&ORG.into(), None, 1000).await.unwrap();
    let row = audit.iter().find(|row| row.action == "person.erased").unwrap();
    assert_eq!((row.subject.as_str(), row.actor.as_str()), ("contact:c1", "user:eve"));
    assert_eq!(row.detail["jobs"], 2);

    // They may come back: a new key, and nothing of the old one.
    let (again, _) = about_mira(&host, "m3").await;
    assert_eq!(replayed(&host, REP, &again).await.1["identical"], json!(true));
    host.stop().await;
}

#[tokio::test]
async fn every_effect_says_where_it_comes_from() {
    let host = TestHost::start(|_| {}).await;
    let (job, question) = about_mira(&host, "m1").await;
    let path = format!("/v1/approvals/{}/answer", question["id"].as_str().unwrap());
    let edits = json!([{ "effect": "mail", "pointer": "/subject", "value": "Thank you" }]);
    assert_eq!(host.post(REP, &path, &json!({ "answer": "approve", "edits": edits })).await.0, 200);
    host.clock.advance(11_000);
    host.until(&job, |view| view.effects.iter().any(|effect| effect.state == EffectState::Sent)).await;
    assert_eq!(host.get(OTHER, &format!("/v1/jobs/{job}/provenance")).await.0, 404);
    let (status, record) = host.get(ADMIN, &format!("/v1/jobs/{job}/provenance")).await;
    assert_eq!(status, 200);
    let (output, effect) = (&record["outputs"][0], &record["effects"][0]);
    assert_eq!(output["module"]["version"], "1.0.0");
    assert_eq!(output["call"]["engine"], "native");
    assert_eq!(effect["module"], output["module"]);
    assert_eq!(effect["call"], output["call"]["call"]);
    assert_eq!(effect["kind"], "email.send");
    assert_eq!(effect["state"], "sent");
    assert!(!effect["receipt"].is_null(), "{effect:#}");
    let approval = &effect["approval"];
    assert_eq!((&approval["by"], &approval["via"]), (&json!(REP), &json!("api:test-ada")));
    assert_eq!((&approval["status"], &approval["edits"]), (&json!("approved"), &json!(["/subject"])));
    let text = record.to_string();
    assert!(!text.contains("Mira") && !text.contains("Thank you"), "digests, no content: {text}");
    host.stop().await;
}
