//! Which module a step calls, where it says so itself. Every module here is a real
//! component, in two versions.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use serde_json::json;
use skillhost_engine::canonical::sha256;
use skillhost_engine::job::JobStatus;
use skillhost_tests::test_host::{ADMIN, TestClock, TestHost};

use crate::registry::{OPEN, build, folder, install, start, version_of};

/// Two steps of one skill, the second as told, in a sequence that pins its jobs.
fn pinned(pin: &str) -> String {
    OPEN.replace("version: 1\n", "version: 1\npin: job\n")
        .replace("    needs: [first]\n", &format!("    needs: [first]\n    pin: {pin}\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_says_which_module_it_calls_over_what_its_sequence_says() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    let by_digest = sha256(&one);
    // A host with both, of which the second serves; then what each step calls.
    let host = start(&one, OPEN).await;
    install(&host, &two).await;
    let (folder, clock) = (host.folder(), Arc::clone(&host.clock));
    host.stop().await;
    for (pin, wanted) in [("1.0.0", "1.0.0"), (by_digest.as_str(), "1.0.0"), ("2.0.0", "2.0.0"), ("job", "2.0.0")] {
        std::fs::write(folder.path().join("sequences/versions.yaml"), pinned(pin)).unwrap();
        let host = TestHost::on_modules(Arc::clone(&folder), Arc::clone(&clock), |_| {}).await.unwrap();
        let job = host.raise(&json!({ "message_id": pin, "wait_until": 0 })).await;
        let view = host.until(&job, |view| view.status.is_ended()).await;
        assert_eq!(view.status, JobStatus::Completed, "{:?}", view.reason);
        assert_eq!(
            (version_of(&view, "first").as_str(), version_of(&view, "second").as_str()),
            ("2.0.0", wanted),
            "{pin}"
        );
        host.stop().await;
    }
    // A step may also follow what serves in a job that is pinned.
    std::fs::write(folder.path().join("sequences/versions.yaml"), pinned("step")).unwrap();
    let host = TestHost::on_modules(Arc::clone(&folder), Arc::clone(&clock), |_| {}).await.unwrap();
    let later = host.app.clock.now().0 + 60_000;
    let job = host.raise(&json!({ "message_id": "step", "wait_until": later })).await;
    host.until(&job, |view| view.status == JobStatus::Deferred).await;
    assert_eq!(host.post(ADMIN, "/v1/skills/versions/rollback", &json!({})).await.0, 200);
    host.clock.advance(120_000);
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((version_of(&view, "first").as_str(), version_of(&view, "second").as_str()), ("2.0.0", "1.0.0"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_a_step_names_is_there_at_load_and_when_it_is_revoked_the_step_says_so() {
    let (one, two) = (build("1.0.0", "good").await, build("2.0.0", "good").await);
    let refused = TestHost::on_modules(folder(&one, &pinned("3.0.0")), TestClock::new(), |_| {}).await;
    let said = refused.err().unwrap().to_string();
    for word in ["versions.yaml:", "steps.second.pin", "no module of `versions` is installed that is `3.0.0`", "1.0.0"]
    {
        assert!(said.contains(word), "{said}");
    }
    let host = start(&one, &pinned("1.0.0")).await;
    install(&host, &two).await;
    let revoke = format!("/v1/modules/{}/revoke", sha256(&one));
    let (status, answer) = host.post(ADMIN, &revoke, &json!({ "reason": "it is wrong" })).await;
    assert_eq!(status, 200, "{answer}");
    let job = host.raise(&json!({ "message_id": "m-1", "wait_until": 0 })).await;
    let view = host.until(&job, |view| view.status.is_ended()).await;
    let reason = view.reason.clone().unwrap_or_default();
    assert_eq!(view.status, JobStatus::Failed);
    assert!(reason.contains("second") && reason.contains("is revoked"), "{reason}");
    // The next start says it before any job does.
    let (folder, clock) = (host.folder(), Arc::clone(&host.clock));
    host.stop().await;
    let refused = TestHost::on_modules(folder, clock, |_| {}).await;
    let said = refused.err().unwrap().to_string();
    assert!(said.contains("is revoked") && said.contains("installed are 2.0.0"), "{said}");
}
