//! Versions of skills in a whole host: install, swap, pin, go back, canary, revoke,
//! and what tampering comes to. Every module here is a real component; its builds
//! differ in version and manners (`tests/guests/versions`).

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::canonical::sha256;
use skillhost_engine::job::JobStatus;
use skillhost_engine::registry::host_org;
use skillhost_engine::rights::Grant;
use skillhost_sandbox::{Sandbox, SandboxConfig, embed_manifest};
use skillhost_server::boot::BootError;
use skillhost_server::replay::RequireTry;
use skillhost_server::view::JobView;
use skillhost_tests::guests::build_of;
use skillhost_tests::process::replace;
use skillhost_tests::test_host::{ADMIN, OTHER, REP, START, TestClock, TestHost};
use tempfile::TempDir;

/// A gate between two steps of one skill.
const GATED: &str = "\
sequence: versions
version: 1
event: email_received
steps:
  first:
    skill: versions
    with: { ask: 'event.payload.ask', wait_until: 'event.payload.wait_until' }
    on_failure: retry
    retry: { attempts: 5, first_ms: 1000 }
  second:
    skill: versions
    needs: [{ first: settled }]
    with: { read: \"'user'\" }
";

/// No gate; the first step waits until it is told, as a step under retry does.
pub(crate) const OPEN: &str = "\
sequence: versions
version: 1
event: email_received
steps:
  first:
    skill: versions
  second:
    skill: versions
    needs: [first]
    with: { wait_until: 'event.payload.wait_until' }
    on_failure: retry
    retry: { attempts: 5, first_ms: 1000 }
";

/// A build with the manifest it describes.
pub(crate) async fn build(version: &str, manners: &str) -> Vec<u8> {
    let sandbox = Sandbox::new(SandboxConfig { concurrency: 1, cache: None }).unwrap();
    let raw = build_of(version, manners);
    let said = sandbox.describe(&raw).await.unwrap();
    embed_manifest(&raw, &serde_json::from_value(said).unwrap()).unwrap()
}

/// A folder with one build of the skill and one sequence.
pub(crate) fn folder(module: &[u8], sequence: &str) -> Arc<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["skills", "sequences"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("skills/versions.wasm"), module).unwrap();
    std::fs::write(folder.path().join("sequences/versions.yaml"), sequence).unwrap();
    Arc::new(folder)
}

pub(crate) async fn start(module: &[u8], sequence: &str) -> TestHost {
    TestHost::on_modules(folder(module, sequence), TestClock::new(), |_| {}).await.unwrap()
}

/// Starts again on what an earlier host left.
async fn again(host: TestHost) -> TestHost {
    let (folder, clock) = (host.folder(), Arc::clone(&host.clock));
    host.stop().await;
    TestHost::on_modules(folder, clock, |_| {}).await.unwrap()
}

pub(crate) async fn install(host: &TestHost, module: &[u8]) -> Value {
    let (status, installed) = host.upload(ADMIN, "/v1/skills", module).await;
    assert_eq!(status, 200, "{installed}");
    installed
}

async fn serving(host: &TestHost) -> String {
    let (_, skills) = host.get(ADMIN, "/v1/skills").await;
    skills["skills"].as_array().unwrap().iter().map(|skill| skill["version"].as_str().unwrap()).collect()
}

pub(crate) fn version_of(view: &JobView, step: &str) -> String {
    let step = view.steps.iter().find(|one| one.name == step).unwrap();
    assert!(step.digest.as_ref().is_some_and(|digest| digest.starts_with("sha256:")));
    step.version.clone().unwrap_or_default()
}

async fn answer(host: &TestHost, view: &JobView) {
    let path = format!("/v1/approvals/{}/answer", view.approvals[0].id);
    let (status, answered) = host.post(REP, &path, &json!({ "answer": "approve" })).await;
    assert_eq!(status, 200, "{answered}");
}

async fn audited(host: &TestHost, action: &str) -> Vec<Value> {
    let rows = host.app.store.audit(&host_org(), None, 200).await.unwrap();
    rows.into_iter().filter(|row| row.action == action).map(|row| serde_json::to_value(row).unwrap()).collect()
}

fn mails(host: &TestHost) -> Vec<String> {
    let folder = host.folder().path().join("data/sent-mail");
    let mut mails: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    mails.retain(|path| path.extension().is_some_and(|ext| ext == "eml"));
    mails.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

const ASK: fn() -> Value = || json!({ "message_id": "m-1", "ask": true, "wait_until": 0 });

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_operator_changes_what_serves() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    let host = start(&one, OPEN).await;
    for user in [REP, OTHER] {
        assert_eq!(host.upload(user, "/v1/skills", &two).await.0, 403);
        let revoke = format!("/v1/modules/{}/revoke", sha256(&one));
        for path in ["/v1/skills/versions/rollback", "/v1/skills/versions/canary", revoke.as_str()] {
            assert_eq!(host.post(user, path, &json!({ "percent": 1 })).await.0, 403, "{path}");
        }
    }
    assert_eq!(serving(&host).await, "1.0.0");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_come_and_go_and_outlive_a_restart() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    let host = start(&one, OPEN).await;
    let installed = install(&host, &two).await;
    assert_eq!((&installed["active"], &installed["replaces"]["version"]), (&json!(true), &json!("1.0.0")));
    assert_eq!(serving(&host).await, "2.0.0");
    // The folder still holds the first build, which is not new any more.
    let host = again(host).await;
    assert_eq!(serving(&host).await, "2.0.0");
    let (status, served) = host.post(ADMIN, "/v1/skills/versions/rollback", &json!({})).await;
    assert_eq!((status, &served["active"]["version"]), (200, &json!("1.0.0")));
    assert_eq!(host.post(ADMIN, "/v1/skills/versions/rollback", &json!({})).await.0, 409, "nothing is before it");
    let (status, _) = host.post(ADMIN, "/v1/skills/versions/activate", &json!({ "version": "2.0.0" })).await;
    assert_eq!((status, serving(&host).await.as_str()), (200, "2.0.0"));
    let (_, history) = host.get(ADMIN, "/v1/skills/versions").await;
    let whys: Vec<_> = history["changes"].as_array().unwrap().iter().map(|line| line["why"].clone()).collect();
    assert_eq!(whys, ["install", "install", "rollback", "activate"]);
    assert_eq!(history["modules"].as_array().unwrap().len(), 2);
    for (action, count) in [("skill.installed", 2), ("skill.rollback", 1), ("skill.activate", 1)] {
        assert_eq!(audited(&host, action).await.len(), count, "{action}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_module_changes_nothing() {
    let one = build("1.0.0", "good").await;
    let host = start(&one, OPEN).await;
    let raw = build_of("2.0.0", "good");
    let sandbox = Sandbox::new(SandboxConfig { concurrency: 1, cache: None }).unwrap();
    let mut manifest: skillhost_engine::skill::Manifest =
        serde_json::from_value(sandbox.describe(&raw).await.unwrap()).unwrap();
    manifest.version = "3.0.0".to_owned();
    let lying = embed_manifest(&raw, &manifest).unwrap();
    for (bytes, kind) in [
        (b"hello".to_vec(), "bad-module"),
        (raw, "bad-module"),
        (one[..one.len() / 2].to_vec(), "bad-module"),
        (lying, "bad-module"),
    ] {
        for path in ["/v1/skills", "/v1/skills/try"] {
            let (status, problem) = host.upload(ADMIN, path, &bytes).await;
            assert_eq!((status, &problem["type"]), (422, &json!(format!("urn:skillhost:problem:{kind}"))), "{problem}");
            assert!(problem["hint"].is_string());
        }
    }
    let two = build("2.0.0", "good").await;
    let (status, tried) = host.upload(ADMIN, "/v1/skills/try", &two).await;
    assert_eq!((status, &tried["version"]), (200, &json!("2.0.0")));
    let (_, history) = host.get(ADMIN, "/v1/skills/versions").await;
    assert_eq!(history["modules"].as_array().unwrap().len(), 1, "{history}");
    assert_eq!(serving(&host).await, "1.0.0");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_asks_for_more_waits_for_an_operator() {
    let (one, more) = (build("1.0.0", "good").await, build("2.0.0", "more").await);
    let host = start(&one, OPEN).await;
    let installed = install(&host, &more).await;
    assert_eq!((&installed["active"], &installed["waits_for"]), (&json!(false), &json!("accept-rights")));
    assert_eq!(installed["difference"]["added"], json!(["context:deal"]));
    assert_eq!(serving(&host).await, "1.0.0");
    for (path, body) in [("activate", json!({ "version": "2.0.0" })), ("canary", json!({ "percent": 10 }))] {
        let (status, problem) = host.post(ADMIN, &format!("/v1/skills/versions/{path}"), &body).await;
        assert_eq!((status, &problem["added"]), (409, &json!(["context:deal"])), "{path}");
    }
    let body = json!({ "version": "2.0.0", "accept_rights": true });
    assert_eq!(host.post(ADMIN, "/v1/skills/versions/activate", &body).await.0, 200);
    assert_eq!(serving(&host).await, "2.0.0");
    assert_eq!(audited(&host, "skill.activate").await[0]["detail"]["note"], "accepted: context:deal");
    // The same holds of the folder at a start.
    let folder = folder(&one, OPEN);
    let host_b = TestHost::on_modules(folder, TestClock::new(), |_| {}).await.unwrap();
    std::fs::write(host_b.folder().path().join("skills/versions.wasm"), &more).unwrap();
    let host_b = again(host_b).await;
    assert_eq!(serving(&host_b).await, "1.0.0");
    host.stop().await;
    host_b.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_with_a_gate_stays_on_its_version_over_swap_and_restart() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    let host = start(&one, GATED).await;
    let job = host.raise(&ASK()).await;
    host.until(&job, |view| !view.approvals.is_empty()).await;
    install(&host, &two).await;
    let host = again(host).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    answer(&host, &view).await;
    host.clock.advance(11_000);
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(view.status, JobStatus::Completed, "{:?}", view.reason);
    assert_eq!(view.outputs["second"]["version"], "1.0.0", "it began with 1.0.0");
    assert!(mails(&host)[0].contains("From 1.0.0"), "a swapped module's approved mail is still sent");
    let job = host.raise(&json!({ "message_id": "m-2", "ask": false, "wait_until": 0 })).await;
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(view.outputs["first"]["version"], "2.0.0");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_without_a_gate_follows_the_active_version_per_step_unless_told() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    for (sequence, wanted) in
        [(OPEN.to_owned(), "2.0.0"), (OPEN.replace("version: 1\n", "version: 1\npin: job\n"), "1.0.0")]
    {
        let host = start(&one, &sequence).await;
        let later = START.0 + 60_000;
        let job = host.raise(&json!({ "message_id": "m-1", "wait_until": later })).await;
        host.until(&job, |view| view.status == JobStatus::Deferred).await;
        install(&host, &two).await;
        host.clock.advance(120_000);
        let view = host.until(&job, |view| view.status.is_ended()).await;
        assert_eq!(view.outputs["first"]["version"], "1.0.0");
        assert_eq!(view.outputs["second"]["version"], wanted, "{sequence}");
        assert_eq!(version_of(&view, "second"), wanted, "the digest is kept with the attempt");
        host.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_modules_approved_mail_is_void_and_its_job_ends_with_the_reason() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    let host = start(&one, GATED).await;
    install(&host, &two).await;
    let job = host.raise(&ASK()).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    answer(&host, &view).await;
    let digest = sha256(&two);
    let (status, served) =
        host.post(ADMIN, &format!("/v1/modules/{digest}/revoke"), &json!({ "reason": "leaks" })).await;
    assert_eq!((status, &served["active"]["version"]), (200, &json!("1.0.0")), "{served}");
    let host = again(host).await;
    host.clock.advance(11_000);
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert!(mails(&host).is_empty(), "nothing of a revoked module leaves");
    let effect = serde_json::to_value(&view.effects[0]).unwrap();
    assert_eq!(effect["state"], "dead");
    assert!(effect["last_error"].as_str().unwrap().contains("is revoked"), "{effect}");
    assert_eq!(view.status, JobStatus::Failed, "its next step is pinned to it");
    assert!(view.reason.as_ref().unwrap().contains("is revoked"), "{:?}", view.reason);
    let rows = host.app.store.audit(&"acme".into(), Some(&job.as_str().into()), 200).await.unwrap();
    assert!(rows.iter().any(|row| row.action == "effect.void"));
    assert_eq!(serving(&host).await, "1.0.0");
    for (path, body) in
        [("activate", json!({ "version": "2.0.0" })), ("canary", json!({ "percent": 5, "version": digest }))]
    {
        let (status, problem) = host.post(ADMIN, &format!("/v1/skills/versions/{path}"), &body).await;
        assert_eq!((status, &problem["type"]), (409, &json!("urn:skillhost:problem:module-revoked")));
    }
    assert_eq!(host.upload(ADMIN, "/v1/skills", &two).await.0, 409, "nor is it installed again");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_is_taken_back_is_gone_for_the_next_step_and_for_what_has_not_left() {
    let one = build("1.0.0", "good").await;
    // The org takes back what the mail stands on, between approval and sending.
    let host = start(&one, GATED).await;
    let job = host.raise(&ASK()).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    answer(&host, &view).await;
    host.set_org(json!({ "rights": ["context:user"] })).await;
    host.clock.advance(11_000);
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert!(mails(&host).is_empty());
    let effect = serde_json::to_value(&view.effects[0]).unwrap();
    assert!(
        effect["last_error"].as_str().unwrap().contains("`effect:email.send` was taken back by the org"),
        "{effect}"
    );
    assert_eq!(view.outputs["second"]["read"], "answered", "what it still may");
    host.stop().await;

    // The org takes back a source in mid-run; the operator takes back the mail while the host is down.
    let host = start(&one, GATED).await;
    let job = host.raise(&ASK()).await;
    host.until(&job, |view| !view.approvals.is_empty()).await;
    host.set_org(json!({ "rights": ["effect:email.send"] })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    answer(&host, &view).await;
    let (folder, clock) = (host.folder(), Arc::clone(&host.clock));
    host.stop().await;
    // A sequence that says it needs less than it did starts; the job keeps its own.
    let less = GATED.replace("skill: versions\n", "skill: versions\n    rights: ['context:user']\n");
    std::fs::write(folder.path().join("sequences/versions.yaml"), less).unwrap();
    let only = Grant::Only(["context:user".parse().unwrap()].into());
    let host = TestHost::on_modules(folder, clock, |config| config.default_grant = only).await.unwrap();
    host.clock.advance(11_000);
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(view.outputs["second"]["read"], "ReadErrorKind::Denied", "{}", view.outputs);
    let effect = serde_json::to_value(&view.effects[0]).unwrap();
    assert!(effect["last_error"].as_str().unwrap().contains("was taken back by the operator"), "{effect}");
    assert!(mails(&host).is_empty());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_keeps_out_what_fails_on_the_last_calls() {
    let (one, two, bad) = (build("1.0.0", "good").await, build("1.0.1", "good").await, build("2.0.0", "trap").await);
    let policy = RequireTry { last: 10, max_different: 10 };
    let host = TestHost::on_modules(folder(&one, OPEN), TestClock::new(), |config| config.require_try = Some(policy));
    let host = host.await.unwrap();
    let job = host.raise(&json!({ "message_id": "m-1", "wait_until": 0 })).await;
    host.until(&job, |view| view.status.is_ended()).await;
    let (status, problem) = host.upload(ADMIN, "/v1/skills", &bad).await;
    assert_eq!((status, &problem["trial"]), (422, &json!("last-calls")), "{problem}");
    assert_eq!(host.upload(ADMIN, "/v1/skills?activate=false", &bad).await.0, 200);
    let (status, problem) = host.post(ADMIN, "/v1/skills/versions/activate", &json!({ "version": "2.0.0" })).await;
    assert_eq!((status, &problem["trial"]), (422, &json!("last-calls")), "{problem}");
    let installed = install(&host, &two).await;
    assert_eq!(installed["trials"][0]["found"]["calls"], 2, "{installed}");
    assert_eq!(serving(&host).await, "1.0.1");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_canary_is_taken_back_by_itself() {
    let (one, bad) = (build("1.0.0", "good").await, build("2.0.0", "trap").await);
    let host = start(&one, OPEN).await;
    let (status, installed) = host.upload(ADMIN, "/v1/skills?activate=false", &bad).await;
    assert_eq!((status, &installed["active"]), (200, &json!(false)));
    let (status, served) = host.post(ADMIN, "/v1/skills/versions/canary", &json!({ "percent": 50 })).await;
    assert_eq!((status, &served["active"]["version"]), (200, &json!("1.0.0")), "{served}");
    let mut host = host;
    let mut failed = 0;
    let mut on_canary = 0;
    for number in 0..200 {
        if number == 0 || failed == 11 {
            // A restart keeps the share, and what was counted of it.
            host = again(host).await;
        }
        let job = host.raise(&json!({ "message_id": format!("m-{number}"), "wait_until": 0 })).await;
        on_canary += u32::from(skillhost_engine::canary::takes(&job.as_str().into(), &"versions".into(), 50));
        let view = host.until(&job, |view| view.status.is_ended()).await;
        failed += u32::from(view.status == JobStatus::Failed);
        if !audited(&host, "skill.auto-rollback").await.is_empty() {
            break;
        }
    }
    assert_eq!(failed, on_canary, "exactly the jobs of its share ran on it");
    assert_eq!(failed, 20, "and no more than the smallest sample");
    let (_, history) = host.get(ADMIN, "/v1/skills/versions").await;
    assert_eq!(history["canary"], Value::Null);
    let last = history["changes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["why"], &last["by"]), (&json!("auto-rollback"), &json!("host")));
    let told = &audited(&host, "skill.auto-rollback").await[0];
    assert!(told["detail"]["note"].as_str().unwrap().contains("20 of 20 calls failed"), "{told}");
    for number in 0..10 {
        let job = host.raise(&json!({ "message_id": format!("after-{number}"), "wait_until": 0 })).await;
        let view = host.until(&job, |view| view.status.is_ended()).await;
        assert_eq!(view.outputs["first"]["version"], "1.0.0");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_that_burns_more_is_taken_back_and_a_good_one_is_promoted() {
    let (one, hungry, good) =
        (build("1.0.0", "good").await, build("2.0.0", "burn").await, build("3.0.0", "good").await);
    let host = start(&one, OPEN).await;
    host.upload(ADMIN, "/v1/skills?activate=false", &hungry).await;
    assert_eq!(host.post(ADMIN, "/v1/skills/versions/canary", &json!({ "percent": 50 })).await.0, 200);
    for number in 0..200 {
        let job = host.raise(&json!({ "message_id": format!("m-{number}"), "wait_until": 0 })).await;
        host.until(&job, |view| view.status.is_ended()).await;
        if !audited(&host, "skill.auto-rollback").await.is_empty() {
            break;
        }
    }
    let told = &audited(&host, "skill.auto-rollback").await[0];
    let note = told["detail"]["note"].as_str().unwrap();
    assert!(note.contains("fuel") || note.contains("p95"), "{note}");

    host.upload(ADMIN, "/v1/skills?activate=false", &good).await;
    assert_eq!(host.post(ADMIN, "/v1/skills/versions/canary", &json!({ "percent": 99 })).await.0, 200);
    for number in 0..60 {
        let job = host.raise(&json!({ "message_id": format!("g-{number}"), "wait_until": 0 })).await;
        host.until(&job, |view| view.status.is_ended()).await;
    }
    assert_eq!(audited(&host, "skill.auto-rollback").await.len(), 1, "a good one stays");
    assert_eq!(host.post(ADMIN, "/v1/skills/versions/activate", &json!({ "version": "3.0.0" })).await.0, 200);
    let (_, history) = host.get(ADMIN, "/v1/skills/versions").await;
    assert_eq!((serving(&host).await.as_str(), &history["canary"]), ("3.0.0", &Value::Null));
    assert_eq!(host.post(ADMIN, "/v1/skills/versions/canary", &json!({ "percent": 0 })).await.0, 422, "there is none");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tampered_file_is_never_run() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    let host = start(&one, OPEN).await;
    install(&host, &two).await;
    let hex = |module: &[u8]| sha256(module).trim_start_matches("sha256:").to_owned();
    let kept = |host: &TestHost, module: &[u8]| host.folder().path().join(format!("data/modules/{}.wasm", hex(module)));
    // A kept module replaced by another valid one, as somebody with the disk would.
    std::fs::write(kept(&host, &one), &two).unwrap();
    let (status, problem) = host.post(ADMIN, "/v1/skills/versions/rollback", &json!({})).await;
    assert_eq!((status, &problem["type"]), (422, &json!("urn:skillhost:problem:module-file")), "{problem}");
    assert_eq!(serving(&host).await, "2.0.0");
    // What is compiled is checked too: a changed artifact is compiled anew.
    let cache = host.folder().path().join("data/compiled");
    for entry in std::fs::read_dir(cache).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ext| ext == "aot") {
            let mut bytes = std::fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            replace(&path, &bytes);
        }
    }
    let host = again(host).await;
    let job = host.raise(&json!({ "message_id": "m-1", "wait_until": 0 })).await;
    assert_eq!(host.until(&job, |view| view.status.is_ended()).await.outputs["first"]["version"], "2.0.0");
    // The module that serves is changed on disk: its steps fail with the reason.
    std::fs::write(kept(&host, &two), &one).unwrap();
    let host = again(host).await;
    let job = host.raise(&json!({ "message_id": "m-2", "wait_until": 0 })).await;
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(view.status, JobStatus::Failed);
    assert!(view.reason.as_ref().unwrap().contains("not the module that was installed"), "{:?}", view.reason);
    // Installing the build again restores it.
    install(&host, &two).await;
    let job = host.raise(&json!({ "message_id": "m-3", "wait_until": 0 })).await;
    assert_eq!(host.until(&job, |view| view.status.is_ended()).await.outputs["first"]["version"], "2.0.0");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_in_the_folder_stops_only_a_host_that_has_nothing_else() {
    let one = build("1.0.0", "good").await;
    let empty = folder(b"no module", OPEN);
    let refused = TestHost::on_modules(empty, TestClock::new(), |_| {}).await.err().unwrap();
    assert!(matches!(refused, BootError::Modules(_)), "{refused}");
    let host = start(&one, OPEN).await;
    std::fs::write(host.folder().path().join("skills/versions.wasm"), b"no module").unwrap();
    let host = again(host).await;
    assert_eq!(serving(&host).await, "1.0.0");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_job_fails_while_versions_are_swapped_under_load() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    let host = Arc::new(start(&one, OPEN).await);
    install(&host, &two).await;
    let swapping = {
        let host = Arc::clone(&host);
        tokio::spawn(async move {
            for turn in 0..40 {
                let version = if turn % 2 == 0 { "1.0.0" } else { "2.0.0" };
                let (status, _) =
                    host.post(ADMIN, "/v1/skills/versions/activate", &json!({ "version": version })).await;
                assert_eq!(status, 200);
            }
        })
    };
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let host = Arc::clone(&host);
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for number in 0..15 {
                    let job =
                        host.raise(&json!({ "message_id": format!("m-{caller}-{number}"), "wait_until": 0 })).await;
                    let view = host.until(&job, |view| view.status.is_ended()).await;
                    assert_eq!(view.status, JobStatus::Completed, "{:?}", view.reason);
                    seen.push(view.outputs["first"]["version"].as_str().unwrap().to_owned());
                }
                seen
            })
        })
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    for caller in callers {
        seen.extend(caller.await.unwrap());
    }
    swapping.await.unwrap();
    assert!(seen.iter().all(|version| version == "1.0.0" || version == "2.0.0"), "{seen:?}");
    Arc::into_inner(host).unwrap().stop().await;
}

/// Replaces a file as `skillhost build` does.
fn put(path: &std::path::Path, bytes: &[u8]) {
    let part = path.with_extension("part");
    std::fs::write(&part, bytes).unwrap();
    std::fs::rename(part, path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_build_in_a_watched_folder_serves_and_a_broken_one_changes_nothing() {
    let (one, two, three) = (build("1.0.0", "good").await, build("2.0.0", "good").await, build("3.0.0", "good").await);
    let host = start(&one, OPEN).await;
    let modules = host.app.modules.clone().unwrap();
    let folder = host.folder().path().join("skills");
    let file = folder.join("versions.wasm");
    skillhost_server::registry::watch(&host.app, &modules, folder).await.unwrap();
    // Back to the first at the end: a build that was there before serves again too.
    for (bytes, version) in [(&two, "2.0.0"), (&three, "3.0.0"), (&one, "1.0.0")] {
        put(&file, b"no module at all");
        assert_ne!(serving(&host).await, version);
        put(&file, bytes);
        while serving(&host).await != version {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    let (_, history) = host.get(ADMIN, "/v1/skills/versions").await;
    let by: Vec<_> = history["changes"].as_array().unwrap().iter().map(|line| line["by"].clone()).collect();
    assert_eq!(by, ["folder", "watch", "watch", "watch"], "{history}");
    host.stop().await;
}
