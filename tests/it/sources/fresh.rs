//! How long an answer stands: for one run of a job, until an effect of the job changes it.

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::rights::Grant;
use skillhost_engine::time::Timestamp;
use skillhost_server::config::VendorLimits;
use skillhost_tests::test_host::{ORG, TestHost};
use tokio::sync::Semaphore;

use super::{PRICE, Vendor, host, needed, providers, skills_of};

/// Something of the job runs from its first step to its last, so that it is one run.
const CHANGING: &str = "\
sequence: changing
version: 1
event: email_received
steps:
  before:
    skill: reader
    with: { reads: event.payload.reads }
    on_failure: stop
    output: before
  log:
    skill: reader
    with: { effect: event.payload.effect }
    needs: [before]
    on_failure: stop
  meanwhile:
    skill: reader
    with: { waits: 'true' }
    on_failure: stop
  after:
    skill: reader
    with: { reads: event.payload.reads }
    needs: [meanwhile, { log: settled }]
    on_failure: stop
    output: after
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_effect_of_the_job_changed_is_read_anew_in_the_same_run() {
    let gate = Arc::new(Semaphore::new(0));
    let adjust = |config: &mut skillhost_server::config::Config| {
        config.grants.insert("reader".to_owned(), Grant::Unrestricted);
    };
    let host = TestHost::with(adjust, skills_of(CHANGING, Arc::clone(&gate))).await;
    let of = |source: &str| json!({ "source": source, "params": { "contact_id": "c1" } });
    let effect = json!({ "id": "log", "kind": "crm.log_activity", "after": [],
        "payload": { "kind": "note", "contact_id": "c1", "subject": "Said yes", "body": "Yes." } });
    let payload =
        json!({ "message_id": "m1", "contact_id": "c1", "reads": [of("activities"), of("contact")], "effect": effect });
    let job = host.raise(&payload).await;
    host.until(&job, |view| view.effects.iter().any(|effect| effect.state == EffectState::Sent)).await;
    // Somebody else changes what no effect of the job did.
    let renamed = json!({ "contacts": [{ "id": "c1", "org_id": ORG, "name": "Mira Renamed", "company_id": "co1" }] });
    host.app.store.load_data(&renamed, Timestamp(i64::MAX)).await.unwrap();
    gate.add_permits(1);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(done.status, JobStatus::Completed, "{:?}", done.reason);
    let (before, after) = (&done.outputs["before"]["heard"], &done.outputs["after"]["heard"]);
    assert_eq!(before[0]["body"], json!([]));
    assert_eq!(after[0]["body"][0]["subject"], "Said yes");
    assert_eq!((&before[1]["body"]["name"], &after[1]["body"]["name"]), (&json!("Mira Holt"), &json!("Mira Holt")));
    host.stop().await;
}

/// The second step asks for what the first one was asked for as well.
const AHEAD: &str = "\
sequence: ahead
version: 1
event: email_received
steps:
  first:
    skill: reader
    with: { waits: 'true', reads: event.payload.reads }
    on_failure: stop
    output: first
  second:
    skill: reader
    with: { reads: event.payload.reads }
    needs: [first]
    on_failure: stop
    output: second
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiers_1_and_2_are_loaded_once_a_job_as_it_begins_and_budgets_anew_once_money_was_spent() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(200, json!({ "name": "Mira" }))]);
    let gate = Arc::new(Semaphore::new(0));
    let providers = providers(&base, VendorLimits::default());
    let adjust = move |config: &mut skillhost_server::config::Config| {
        config.providers = providers;
        config.grants.insert("reader".to_owned(), Grant::Unrestricted);
    };
    let host = TestHost::with(adjust, skills_of(AHEAD, Arc::clone(&gate))).await;
    let of = |source: &str, params: Value| json!({ "source": source, "params": params });
    let contact = json!({ "contact_id": "c1" });
    let reads = json!([
        of("org", json!({})),
        of("user", json!({})),
        of("contact", contact.clone()),
        of("activities", contact),
        of("budget", json!({})),
        needed("a@b.example"),
        of("budget", json!({})),
    ]);
    let before = host.app.loads.counts();
    let job = host.raise(&json!({ "message_id": "m1", "contact_id": "c1", "reads": reads })).await;
    let since = || {
        let count = |source: &str| {
            let of = |counts: &std::collections::BTreeMap<String, u64>| counts.get(source).copied().unwrap_or(0);
            of(&host.app.loads.counts()) - of(&before)
        };
        ["org", "user", "contact", "activities", "budget"].map(count)
    };
    // Nobody has asked: the first step waits.
    for _ in 0..10_000 {
        if since() == [1; 5] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert_eq!(since(), [1; 5]);
    gate.add_permits(1);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(done.status, JobStatus::Completed, "{:?}", done.reason);
    let spent = |step: &str, read: usize| done.outputs[step]["heard"][read]["body"]["day_spent_micro_usd"].clone();
    assert_eq!([spent("first", 4), spent("first", 6)], [json!(0), json!(PRICE)]);
    assert_eq!([spent("second", 4), spent("second", 6)], [json!(PRICE), json!(PRICE)]);
    assert_eq!((since(), vendor.asked()), ([1, 1, 1, 1, 2], 1));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_pause_a_job_reads_what_is_there_then() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(429, json!({})), (200, json!({ "name": "Mira" }))]);
    let host = host(&base, VendorLimits::default()).await;
    let contact = json!({ "source": "contact", "params": { "contact_id": "c1" } });
    let reads = json!([contact, needed("a@b.example")]);
    let job = host.raise(&json!({ "message_id": "m1", "contact_id": "c1", "one": reads, "two": [] })).await;
    host.until(&job, |view| view.status == JobStatus::Deferred).await;
    let renamed = json!({ "contacts": [{ "id": "c1", "org_id": ORG, "name": "Mira Renamed", "company_id": "co1" }] });
    host.app.store.load_data(&renamed, Timestamp(i64::MAX)).await.unwrap();
    host.clock.advance(60_000);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(done.outputs["one"]["heard"][0]["body"]["name"], "Mira Renamed");
    host.stop().await;
}

/// The second step asks for something more first, and may have to wait for it.
const PAUSED: &str = "\
sequence: paused
version: 1
event: email_received
steps:
  one:
    skill: reader
    with: { reads: event.payload.one }
    on_failure: stop
    output: one
  two:
    skill: reader
    with: { reads: event.payload.two }
    needs: [one]
    on_failure: retry
    retry: { attempts: 3, first_ms: 1000, factor: 1.0, max_ms: 60000 }
    output: two
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_job_paid_for_it_has_also_after_a_pause_whichever_step_asks() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(200, json!({ "name": "Mira" })), (429, json!({})), (200, json!({ "name": "Lee" }))]);
    let providers = providers(&base, VendorLimits::default());
    let adjust = move |config: &mut skillhost_server::config::Config| {
        config.providers = providers;
        config.grants.insert("reader".to_owned(), Grant::Unrestricted);
    };
    let host = TestHost::with(adjust, skills_of(PAUSED, Arc::new(Semaphore::new(0)))).await;
    let (known, more) = (needed("a@b.example"), needed("c@d.example"));
    let job = host.raise(&json!({ "message_id": "m1", "one": [known.clone()], "two": [more, known] })).await;
    host.until(&job, |view| view.status == JobStatus::Deferred).await;
    host.clock.advance(60_000);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(done.status, JobStatus::Completed, "{:?}", done.reason);
    assert_eq!(vendor.asked(), 3, "an answer, a refusal, and an answer");
    let heard = &done.outputs["two"]["heard"];
    assert_eq!((&heard[1]["body"]["person"]["name"], &heard[1]["cost"]), (&json!("Mira"), &json!(0)), "{heard}");
    assert_eq!((done.steps[0].money, done.steps[1].money), (PRICE, PRICE));
    host.stop().await;
}
