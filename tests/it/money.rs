//! Money from the ask of a skill to the ledger: reserved, settled, refused, waited
//! for; with a real sandbox, a real store, and a vendor on a local port.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::models::{Provider, Target};
use skillhost_engine::ids::SkillName;
use skillhost_engine::job::JobStatus;
use skillhost_engine::price::Price;
use skillhost_engine::rights::Grant;
use skillhost_engine::sequence::Sequence;
use skillhost_engine::skill::Manifest;
use skillhost_engine::vendor::Rate;
use skillhost_sandbox::{Registry, Sandbox, SandboxConfig, SandboxRunner, embed_manifest};
use skillhost_server::boot::Skills;
use skillhost_server::config::VendorLimits;
use skillhost_server::sequences::Sequences;
use skillhost_server::view::JobView;
use skillhost_tests::guests::guest;
use skillhost_tests::model_double::{MODEL_KEY, ModelDouble, Reply};
use skillhost_tests::test_host::{ADMIN, ORG, REP, TestHost};

/// A day.
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Ten micro-dollars a token of input, a hundred of output.
const PRICE: Price = Price { input: 10_000_000, cached_input: 1_000_000, cache_write: None, output: 100_000_000 };
/// Of an answer with 50 input tokens, 10 of them cached, and 7 of output.
const COST: i64 = 40 * 10 + 10 + 7 * 100;
/// The most it can be: every byte a token, framing and bounds included.
const MOST: i64 = 100 * 100 + (24 + 2 * 16 + 1024) * 10;
const ANSWER: Reply = Reply::Says("yes", 50, 10, 7);

/// A sequence with `top` among its own lines and `step` among those of its one step.
async fn skills(top: &str, step: &str) -> Skills {
    let sandbox = Arc::new(Sandbox::new(SandboxConfig { concurrency: 8, cache: None }).unwrap());
    let registry = Arc::new(Registry::new());
    let manifest: Manifest = serde_json::from_value(sandbox.describe(guest("asks")).await.unwrap()).unwrap();
    registry.activate(sandbox.load(&embed_manifest(guest("asks"), &manifest).unwrap()).unwrap());
    let text = format!(
        "sequence: asking\nversion: 1\nevent: email_received\n{top}steps:\n  ask:\n    skill: asks\n    with:\n      \
         question: event.payload.question\n      times: event.payload.times\n      schema: event.payload.schema\n    \
         on_failure: retry\n{step}    output: answer\n"
    );
    let names: BTreeSet<SkillName> = ["asks".into()].into();
    let sequence = Arc::new(Sequence::parse("asking.yaml", &text).unwrap());
    Skills {
        runner: Arc::new(SandboxRunner::new(sandbox, registry)),
        names,
        sequences: Sequences::of([sequence]),
        modules: None,
    }
}

async fn host(double: &ModelDouble, estimate: &str) -> TestHost {
    limited(double, estimate, VendorLimits::default()).await
}

/// A host whose step goes on where no budget covers its model.
async fn answering(double: &ModelDouble) -> TestHost {
    serving(double, skills("", "    without_money: answer\n").await, VendorLimits::default()).await
}

/// A host whose vendor may be called only so often.
async fn limited(double: &ModelDouble, estimate: &str, limits: VendorLimits) -> TestHost {
    serving(double, skills(estimate, "").await, limits).await
}

async fn serving(double: &ModelDouble, skills: Skills, limits: VendorLimits) -> TestHost {
    let target = Target {
        provider: Provider::OpenaiCompatible,
        model: "small".to_owned(),
        endpoint: format!("{}/v1", double.base).parse().unwrap(),
        key: Some(SecretString::from(MODEL_KEY.to_owned())),
        max_output_tokens: 1000,
    };
    let adjust = move |config: &mut skillhost_server::config::Config| {
        config.models = BTreeMap::from([("fast".to_owned(), target)]);
        let models = BTreeMap::from([("small".to_owned(), PRICE)]);
        config.prices.models.insert("openai-compatible".to_owned(), models);
        config.grants.insert("asks".to_owned(), Grant::Unrestricted);
        config.vendors.insert("openai-compatible".to_owned(), limits);
    };
    TestHost::with(adjust, skills).await
}

async fn send(host: &TestHost, id: &str, times: u32, schema: Value) -> String {
    let payload = json!({ "message_id": id, "question": "Well?", "times": times, "schema": schema });
    let (status, taken) = host.post(REP, "/v1/events", &json!({ "type": "email_received", "payload": payload })).await;
    assert_eq!(status, 202, "{taken}");
    taken["job_id"].as_str().unwrap().to_owned()
}

async fn run(host: &TestHost, id: &str) -> JobView {
    let job = send(host, id, 1, Value::Null).await;
    host.until(&job, |view| view.status.is_ended()).await
}

async fn standing(host: &TestHost, scope: &str, period: &str) -> Value {
    let (status, budgets) = host.get(REP, "/v1/budgets").await;
    assert_eq!(status, 200);
    let all = budgets["budgets"].as_array().unwrap();
    all.iter().find(|one| one["scope"] == scope && one["period"] == period).cloned().unwrap_or_default()
}

async fn set(host: &TestHost, limit: Value) {
    let body = json!({ "scope": "org", "period": "day", "limit_micro_usd": limit });
    let (status, answer) = host.post(ADMIN, "/v1/budgets/set", &body).await;
    assert_eq!(status, 200, "{answer}");
}

async fn told(host: &TestHost) -> Vec<String> {
    let (_, feed) = host.get(REP, "/v1/feed").await;
    let lines = feed["messages"].as_array().unwrap();
    lines.iter().map(|line| line["text"].as_str().unwrap().to_owned()).filter(|text| text.contains("money")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_paid_by_what_the_vendor_counted() {
    let double = ModelDouble::start().await;
    double.only(ANSWER);
    let host = host(&double, "").await;
    let done = run(&host, "m1").await;
    assert_eq!(done.status, JobStatus::Completed, "{:?}", done.reason);
    let heard = &done.outputs["answer"]["heard"][0];
    assert_eq!((&heard["text"], &heard["cost"], &heard["output_tokens"]), (&json!("yes"), &json!(COST), &json!(7)));
    assert_eq!(done.steps[0].money, COST);
    for scope in ["org", "skill:asks", "sequence:asking"] {
        for period in ["day", "month"] {
            let one = standing(&host, scope, period).await;
            assert_eq!((&one["settled"], &one["reserved"]), (&json!(COST), &json!(0)), "{scope} {period}: {one}");
        }
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exhausted_budget_parks_tells_once_and_resumes_when_raised_or_anew() {
    let double = ModelDouble::start().await;
    double.only(ANSWER);
    let host = host(&double, "").await;
    assert_eq!(run(&host, "m1").await.status, JobStatus::Completed);
    set(&host, json!(COST)).await;
    let first = send(&host, "m2", 1, Value::Null).await;
    let waiting = host.until(&first, |view| view.status == JobStatus::AwaitingBudget).await;
    let reason = waiting.reason.unwrap();
    assert!(reason.contains("the day budget of org") && reason.contains(&COST.to_string()), "{reason}");
    let second = send(&host, "m3", 1, Value::Null).await;
    host.until(&second, |view| view.status == JobStatus::AwaitingBudget).await;
    assert_eq!(told(&host).await.len(), 1, "once a period: {:?}", told(&host).await);
    assert_eq!(double.asked().len(), 1, "nothing was asked without money");

    // Not by anybody.
    let body = json!({ "scope": "org", "period": "day", "limit_micro_usd": 1_000_000 });
    let (status, problem) = host.post(REP, "/v1/budgets/set", &body).await;
    assert_eq!((status, &problem["type"]), (403, &json!("urn:skillhost:problem:not-admin")));
    // Too little for the ask that the vendor might bill: it waits again.
    set(&host, json!(COST + 5)).await;
    host.until(&first, |view| view.status == JobStatus::AwaitingBudget).await;
    set(&host, json!(1_000_000)).await;
    for job in [&first, &second] {
        let done = host.until(job, |view| view.status.is_ended()).await;
        assert_eq!((done.status, done.steps[0].money), (JobStatus::Completed, COST), "{:?}", done.reason);
    }

    // An ask that does not fit what is left of today fits tomorrow.
    set(&host, json!(3 * COST + MOST - 1)).await;
    let third = send(&host, "m4", 1, Value::Null).await;
    host.until(&third, |view| view.status == JobStatus::AwaitingBudget).await;
    host.clock.advance(DAY_MS);
    let done = host.until(&third, |view| view.status.is_ended()).await;
    assert_eq!((done.status, done.steps[0].money), (JobStatus::Completed, COST), "{:?}", done.reason);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_answers_without_money_holds_nothing_up() {
    let double = ModelDouble::start().await;
    double.only(ANSWER);
    let host = answering(&double).await;
    // Nothing is left before the step, and then too little for a second ask of it.
    for (limit, times, asked) in [(0, 1, 0), (MOST, 2, 1)] {
        set(&host, json!(limit)).await;
        let job = send(&host, &format!("m{limit}"), times, Value::Null).await;
        let done = host.until(&job, |view| view.status.is_ended()).await;
        // What this guest says without a model is that it has nothing to say.
        assert_eq!(done.status, JobStatus::Failed);
        let reason = done.steps[0].reason.as_ref().unwrap();
        assert!(reason.contains("over-budget"), "{reason}");
        assert_eq!(double.asked().len(), asked);
        assert!(told(&host).await.is_empty(), "nothing waits: {:?}", told(&host).await);
    }
    set(&host, json!(1_000_000)).await;
    assert_eq!(run(&host, "m3").await.status, JobStatus::Completed);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_admitted_by_what_its_sequence_is_expected_to_cost() {
    let double = ModelDouble::start().await;
    double.only(ANSWER);
    let host = host(&double, "estimate_micro_usd: 900000\n").await;
    // Enough for an ask, and not for what the file declares.
    set(&host, json!(800_000)).await;
    let job = send(&host, "m1", 1, Value::Null).await;
    let waiting = host.until(&job, |view| view.status == JobStatus::AwaitingBudget).await;
    assert!(waiting.reason.unwrap().contains("900000 are needed"));
    assert!(double.asked().is_empty());
    set(&host, json!(950_000)).await;
    assert_eq!(host.until(&job, |view| view.status.is_ended()).await.status, JobStatus::Completed);
    // By now it is known what such a job costs.
    set(&host, json!(500_000)).await;
    assert_eq!(run(&host, "m2").await.status, JobStatus::Completed);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_ends_in_the_middle_of_a_call_parks_and_pays_what_was_answered() {
    let double = ModelDouble::start().await;
    double.only(ANSWER);
    let host = host(&double, "").await;
    // One ask's most fits, and after its cost no second one does.
    set(&host, json!(MOST)).await;
    let job = send(&host, "m1", 2, Value::Null).await;
    let waiting = host.until(&job, |view| view.status == JobStatus::AwaitingBudget).await;
    assert_eq!(waiting.steps[0].money, COST, "the first answer is on the job");
    assert_eq!(standing(&host, "org", "day").await["settled"], COST);
    set(&host, Value::Null).await;
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((done.status, done.steps[0].money), (JobStatus::Completed, 2 * COST), "{:?}", done.reason);
    assert_eq!(double.asked().len(), 2, "the first answer was paid for and is not asked again");
    assert_eq!(standing(&host, "org", "day").await["settled"], 2 * COST);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_the_wrong_shape_is_repaired_once_and_both_are_paid() {
    let double = ModelDouble::start().await;
    let host = host(&double, "").await;
    let schema =
        json!({ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer", "minimum": 3 } } });
    double.then(Reply::Says(r#"{"n":1}"#, 50, 10, 7)).then(Reply::Says(r#"{"n": 4}"#, 50, 10, 7));
    let job = send(&host, "m1", 1, schema.clone()).await;
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(done.outputs["answer"]["heard"][0]["text"], r#"{"n":4}"#, "{:?}", done.reason);
    assert_eq!(done.steps[0].money, 2 * COST);
    let asked = double.asked();
    let last = asked[1].body["messages"].as_array().unwrap().clone();
    assert_eq!(last.len(), 4);
    assert!(last[3].to_string().contains("`/n`"), "{}", last[3]);

    double.only(Reply::Says("no JSON at all", 50, 10, 7));
    let job = send(&host, "m2", 1, schema).await;
    let failed = host.until(&job, |view| view.status == JobStatus::Failed).await;
    assert!(failed.steps[0].reason.as_ref().unwrap().contains("invalid-answer"), "{:?}", failed.steps[0].reason);
    assert_eq!((failed.steps[0].money, double.asked().len()), (2 * COST, 4), "one repair, no more");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_outcome_counts_as_spent_until_an_admin_decides_it() {
    let double = ModelDouble::start().await;
    let host = host(&double, "").await;
    double.then(Reply::HangsUp).then(ANSWER);
    let job = send(&host, "m1", 1, Value::Null).await;
    // A broken connection may pass, so the step is tried again by itself.
    host.until(&job, |view| view.steps[0].attempts == 1).await;
    let (_, budgets) = host.get(ADMIN, "/v1/budgets").await;
    let disputed = budgets["disputed"].as_array().unwrap();
    assert_eq!(disputed.len(), 1, "{budgets}");
    let (id, most) = (disputed[0]["id"].as_str().unwrap().to_owned(), disputed[0]["amount"].as_i64().unwrap());
    assert_eq!(most, MOST);
    assert_eq!(standing(&host, "org", "day").await["disputed"], most);
    let body = json!({ "reservation": id, "cost_micro_usd": 11 });
    assert_eq!(host.post(REP, "/v1/budgets/reconcile", &body).await.0, 403);
    let (status, after) = host.post(ADMIN, "/v1/budgets/reconcile", &body).await;
    assert_eq!((status, after["disputed"].as_array().unwrap().len()), (200, 0), "{after}");
    assert_eq!(host.post(ADMIN, "/v1/budgets/reconcile", &body).await.0, 404, "decided once");
    let one = standing(&host, "org", "day").await;
    assert_eq!((&one["settled"], &one["disputed"]), (&json!(11), &json!(0)));
    let audit = host.app.store.audit(&ORG.into(), None, 100).await.unwrap();
    assert!(audit.iter().any(|row| row.action == "money.reconciled" && row.actor == "user:eve"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_free_and_a_busy_vendor_is_asked_again_when_it_says() {
    let double = ModelDouble::start().await;
    let host = host(&double, "").await;
    double.then(Reply::Busy(90)).then(ANSWER);
    let job = send(&host, "m1", 1, Value::Null).await;
    let deferred = host.until(&job, |view| view.status == JobStatus::Deferred).await;
    assert_eq!(deferred.steps[0].money, 0);
    let one = standing(&host, "org", "day").await;
    assert_eq!((&one["settled"], &one["reserved"], &one["disputed"]), (&json!(0), &json!(0), &json!(0)), "{one}");
    host.clock.advance(89_000);
    host.clock.advance(60_000);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((done.status, done.steps[0].money), (JobStatus::Completed, COST), "{:?}", done.reason);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_burns_no_more_fuel_than_a_job_may() {
    let adjust = |config: &mut skillhost_server::config::Config| {
        config.job_fuel = 1;
        config.grants.insert("asks".to_owned(), Grant::Unrestricted);
    };
    let host = TestHost::with(adjust, skills("", "").await).await;
    let job = send(&host, "m1", 1, Value::Null).await;
    let failed = host.until(&job, |view| view.status == JobStatus::Failed).await;
    assert!(failed.steps[0].reason.as_ref().unwrap().contains("fuel"), "{:?}", failed.steps[0].reason);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ask_past_the_vendor_s_rate_reserves_nothing_and_reaches_nobody() {
    let double = ModelDouble::start().await;
    double.only(ANSWER);
    let limits = VendorLimits { rate: Rate::new(1, 1), concurrent: None };
    let host = limited(&double, "", limits).await;
    assert_eq!(run(&host, "m1").await.status, JobStatus::Completed);
    // The next call is a minute away, which no call of a skill waits for.
    let job = send(&host, "m2", 1, Value::Null).await;
    let parked = host.until(&job, |view| view.status == JobStatus::Deferred).await;
    assert_eq!(parked.steps[0].state, "retrying", "{:?}", parked.steps[0]);
    let reason = parked.steps[0].reason.clone().unwrap_or_default();
    assert!(reason.contains("openai-compatible takes no more calls for now"), "{reason}");
    assert_eq!(double.asked().len(), 1);
    let org = standing(&host, "org", "day").await;
    assert_eq!((&org["settled"], &org["reserved"]), (&json!(COST), &json!(0)), "{org}");
    host.clock.advance(120_000);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((done.status, double.asked().len()), (JobStatus::Completed, 2), "{:?}", done.reason);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_pause_that_a_vendor_asked_for_no_ask_runs_into_it() {
    let double = ModelDouble::start().await;
    double.then(Reply::Busy(600)).then(ANSWER);
    let host = host(&double, "").await;
    let first = send(&host, "m1", 1, Value::Null).await;
    host.until(&first, |view| view.status == JobStatus::Deferred).await;
    let second = send(&host, "m2", 1, Value::Null).await;
    host.until(&second, |view| view.status == JobStatus::Deferred).await;
    assert_eq!(double.asked().len(), 1, "the second one did not leave the host");
    host.clock.advance(1_000_000);
    for job in [first, second] {
        let done = host.until(&job, |view| view.status.is_ended()).await;
        assert_eq!(done.status, JobStatus::Completed, "{:?}", done.reason);
    }
    assert_eq!(double.asked().len(), 3);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_keeps_a_call_waiting_is_gone_on_without_and_its_late_answer_is_paid_once() {
    let double = ModelDouble::start().await;
    double.only(ANSWER);
    let held = double.hold();
    let host = host(&double, "").await;
    let job = send(&host, "m1", 1, Value::Null).await;
    while double.asked().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // Ten seconds are the call's, and the last three are for what it does without an answer.
    host.clock.advance(6_999);
    assert!(!host.app.job_view(&ORG.into(), &job.as_str().into()).await.unwrap().unwrap().status.is_ended());
    host.clock.advance(1);
    // This skill gives up where there is no answer, and is tried again.
    host.until(&job, |view| view.steps[0].state == "retrying").await;
    assert_eq!(standing(&host, "org", "day").await["reserved"], MOST, "its money is set aside until it is known");
    held.add_permits(1);
    while standing(&host, "org", "day").await["settled"] != json!(COST) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    host.clock.advance(60_000);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((done.status, &done.outputs["answer"]["heard"][0]["text"]), (JobStatus::Completed, &json!("yes")));
    let end = standing(&host, "org", "day").await;
    assert_eq!(
        (&end["settled"], &end["reserved"], &end["disputed"], double.asked().len()),
        (&json!(COST), &json!(0), &json!(0), 1),
        "{end}"
    );
    host.stop().await;
}
