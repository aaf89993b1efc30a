//! How long an answer stands: for one run of a job, until an effect of the job changes it.

use std::sync::Arc;

use serde_json::json;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::rights::Grant;
use skillhost_engine::time::Timestamp;
use skillhost_server::config::VendorLimits;
use skillhost_tests::test_host::{ORG, TestHost};
use tokio::sync::Semaphore;

use super::{Vendor, host, needed, skills_of};

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
