//! What a sequence can say, through the real server: a list, a timeout, a fallback, an
//! approval for an effect that needs none, a delayed follow-up, and jobs that
//! wait for each other.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::context::Doors;
use skillhost_engine::ids::SkillName;
use skillhost_engine::job::JobStatus;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::{Call, Effect, Outcome, Spend};
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::sequence::Sequence;
use skillhost_engine::skill::{CallError, CallReport, Manifest, Mismatch, SkillRef, SkillRunner, WORLD};
use skillhost_server::boot::Skills;
use skillhost_server::sequences::Sequences;
use skillhost_tests::test_host::{REP, TestHost};

const NAMES: [&str; 3] = ["slow", "plain", "posts"];

/// `slow` takes all the time it is given, `plain` gives its input back, `posts`
/// proposes a message.
struct Three;

#[async_trait::async_trait]
impl SkillRunner for Three {
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef> {
        let digest = format!("sha256:{}", "2".repeat(64));
        let known = NAMES.contains(&skill.as_str());
        known.then(|| SkillRef { name: skill.clone(), version: "1.0.0".to_owned(), digest })
    }

    fn manifest(&self, skill: &SkillRef) -> Option<Arc<Manifest>> {
        Some(Arc::new(Manifest {
            name: skill.name.clone(),
            version: skill.version.clone(),
            world: WORLD.to_owned(),
            description: String::new(),
            input_schema: json!({}),
            output_schema: json!({}),
            rights: vec!["effect:chat.post".to_owned()],
            limits: CallLimits::default(),
            criticality: None,
            skill_md_digest: String::new(),
        }))
    }

    fn check_output(&self, _: &SkillRef, _: &Value) -> Option<Result<(), Mismatch>> {
        Some(Ok(()))
    }

    async fn call(
        &self,
        skill: &SkillRef,
        call: Call,
        _: &RightSet,
        limits: &CallLimits,
        _: Arc<dyn Doors>,
    ) -> CallReport {
        let input = call.input.value().clone();
        let result = match skill.name.as_str() {
            "slow" => Err(CallError::Timeout { limit_ms: limits.resolved().wall_ms }),
            "posts" => Ok(Outcome {
                output: input,
                effects: vec![Effect {
                    id: "post".to_owned(),
                    kind: "chat.post".to_owned(),
                    payload: json!({"text": "a word to the rep"}),
                    after: vec![],
                }],
                ..Outcome::default()
            }),
            _ => Ok(Outcome { output: input, ..Outcome::default() }),
        };
        CallReport::of(result, Spend::default())
    }
}

async fn host(rest: &str) -> TestHost {
    let text = format!("sequence: spoken\nversion: 1\nevent: email_received\n{rest}");
    let names: BTreeSet<SkillName> = NAMES.into_iter().map(SkillName::from).collect();
    let sequences = Sequences::of([Arc::new(Sequence::parse("spoken.yaml", &text).unwrap())]);
    let grant = |config: &mut skillhost_server::config::Config| {
        for name in NAMES {
            config.grants.insert(name.to_owned(), Grant::Unrestricted);
        }
    };
    TestHost::with(grant, Skills { runner: Arc::new(Three), names, sequences, modules: None }).await
}

async fn raised(host: &TestHost, id: &str, contact: &str) -> (String, String) {
    let event = json!({ "type": "email_received", "payload": { "message_id": id, "contact_id": contact } });
    let (status, received) = host.post(REP, "/v1/events", &event).await;
    assert_eq!(status, 202, "{received}");
    let text = |name: &str| received[name].as_str().unwrap().to_owned();
    (text("job_id"), text("status"))
}

#[tokio::test]
async fn a_step_that_runs_out_of_its_time_goes_on_with_its_fallback() {
    let host = host(
        "steps:\n  first: { skill: slow, fallback: plain, timeout_ms: 1234, with: { ask: event.payload.message_id } }\n  \
         second: { skill: plain, with: { told: outputs.first.ask } }\n",
    )
    .await;
    let (job, _) = raised(&host, "m-1", "c1").await;
    let done = host.until(&job, |view| view.status == JobStatus::Completed).await;
    assert_eq!(done.outputs["second"], json!({"told": "m-1"}), "the fallback had the same input");
    assert_eq!((done.steps[0].skill.as_str(), done.steps[0].attempts), ("plain", 2));
    let (_, audit) = host.get(REP, &format!("/v1/jobs/{job}/audit")).await;
    let failed: Vec<&Value> =
        audit["audit"].as_array().unwrap().iter().filter(|row| row["action"] == "step.failed").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((&failed[0]["detail"]["error"], &failed[0]["detail"]["fallback"]), (&json!("timeout"), &json!(true)));
    let stored = host.app.store.job(&"acme".into(), &job.as_str().into()).await.unwrap().unwrap();
    assert!(stored.journal.iter().any(|line| line.body.contains("\"limit_ms\":1234")), "the time is the step's");
    host.stop().await;
}

#[tokio::test]
async fn a_step_is_called_for_each_element_and_each_asks_by_itself() {
    let host = host(
        "steps:\n  list: { skill: plain, with: { of: '[3, 4]' } }\n  \
         each: { skill: posts, for_each: { over: outputs.list.of, at_most: 5 }, with: { n: item }, approval: { all: true } }\n  \
         last: { skill: plain, needs: [each: settled], with: { all: outputs.each } }\n",
    )
    .await;
    let (job, _) = raised(&host, "m-1", "c1").await;
    let asked = host.until(&job, |view| view.status == JobStatus::AwaitingApproval).await;
    let steps: Vec<&str> = asked.approvals.iter().map(|question| question.step.as_str()).collect();
    assert_eq!(steps, ["each[0]", "each[1]"]);
    for question in &asked.approvals {
        let path = format!("/v1/approvals/{}/answer", question.id);
        let (status, answer) = host.post(REP, &path, &json!({"answer": "approve"})).await;
        assert_eq!(status, 200, "{answer}");
    }
    let done = host.until(&job, |view| view.status == JobStatus::Completed).await;
    assert_eq!(done.outputs["last"], json!({"all": [{"n": 3}, {"n": 4}]}));
    let names: Vec<&str> = done.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["list", "each", "each[0]", "each[1]", "last"]);
    assert_eq!(done.effects.len(), 2, "each with a key of its own");
    host.stop().await;
}

#[tokio::test]
async fn an_approval_of_the_sequence_asks_for_what_needs_none_and_a_follow_up_waits_its_time() {
    let host = host(
        "steps:\n  first:\n    skill: posts\n    approval: { all: true, expires_ms: 3600000 }\n    follow_ups:\n      \
         - { event: email_received, payload: { message_id: \"'later'\" }, delay_ms: 86400000 }\n",
    )
    .await;
    let (job, _) = raised(&host, "m-1", "c1").await;
    let asked = host.until(&job, |view| view.status == JobStatus::AwaitingApproval).await;
    assert_eq!((asked.effects.len(), asked.approvals.len()), (0, 1), "nothing left by itself");
    let question = &asked.approvals[0];
    assert_eq!(question.expires_at, host.app.clock.now().plus_ms(3_600_000));
    assert_eq!(asked.follow_ups[0].status, JobStatus::Deferred);
    let (status, answer) =
        host.post(REP, &format!("/v1/approvals/{}/answer", question.id), &json!({"answer": "approve"})).await;
    assert_eq!(status, 200, "{answer}");
    host.until(&job, |view| view.status == JobStatus::Completed).await;
    host.clock.advance(86_400_000);
    let later = asked.follow_ups[0].job_id.to_string();
    host.until(&later, |view| view.status == JobStatus::AwaitingApproval).await;
    host.stop().await;
}

const GATED: &str = "steps:\n  first: { skill: posts, approval: { all: true } }\n";

async fn answered(host: &TestHost, job: &str) {
    let asked = host.until(job, |view| view.status == JobStatus::AwaitingApproval).await;
    let path = format!("/v1/approvals/{}/answer", asked.approvals[0].id);
    let (status, answer) = host.post(REP, &path, &json!({"answer": "skip"})).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn jobs_of_one_contact_run_one_after_the_other() {
    let host = host(&format!("concurrency: {{ key: event.payload.contact_id }}\n{GATED}")).await;
    let (first, _) = raised(&host, "m-1", "c1").await;
    host.until(&first, |view| view.status == JobStatus::AwaitingApproval).await;
    let (second, born) = raised(&host, "m-2", "c1").await;
    assert_eq!(born, "pending");
    // Another contact's goes through, although it came later.
    let (other, _) = raised(&host, "m-3", "c2").await;
    host.until(&other, |view| view.status == JobStatus::AwaitingApproval).await;
    let (_, waits) = host.get(REP, &format!("/v1/jobs/{second}")).await;
    assert_eq!(waits["status"], "pending", "{waits}");
    answered(&host, &first).await;
    host.until(&second, |view| view.status == JobStatus::AwaitingApproval).await;
    host.stop().await;
}

#[tokio::test]
async fn a_conflict_is_skipped_or_takes_the_older_jobs_place() {
    for (rule, older, newer) in [("skip", "awaiting_approval", "skipped"), ("cancel_older", "cancelled", "pending")] {
        let host =
            host(&format!("concurrency: {{ key: event.payload.contact_id, on_conflict: {rule} }}\n{GATED}")).await;
        let (first, _) = raised(&host, "m-1", "c1").await;
        host.until(&first, |view| view.status == JobStatus::AwaitingApproval).await;
        let (second, born) = raised(&host, "m-2", "c1").await;
        assert_eq!(born, newer, "{rule}");
        let (_, view) = host.get(REP, &format!("/v1/jobs/{first}")).await;
        assert_eq!(view["status"], older, "{rule}: {view}");
        let (_, view) = host.get(REP, &format!("/v1/jobs/{second}")).await;
        assert!(rule != "skip" || view["reason"].as_str().unwrap().contains("under way"), "{view}");
        if rule == "cancel_older" {
            host.until(&second, |view| view.status == JobStatus::AwaitingApproval).await;
        }
        host.stop().await;
    }
}
