//! Places to run jobs in, when there are few.

#![allow(clippy::unwrap_used)]

use serde_json::json;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outcome::Outcome;
use skillhost_tests::given::given;
use skillhost_tests::test_host::TestHost;

/// Enough for the dispatcher to have looked.
const TURNS: usize = 200;

fn answer(_: &str) -> Outcome {
    Outcome { output: json!({}), ..Outcome::default() }
}

/// A delivery that turns out to be a second one holds a place for a moment, and runs nothing in it.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_place_hears_of_it_whoever_held_it() {
    let host = TestHost::with(|settings| settings.jobs = 1, given(&[], answer)).await;
    for n in 0..10 {
        let held = host.app.slot().unwrap();
        assert!(host.app.slot().is_none(), "there is one");
        let job = host.raise(&json!({ "message_id": format!("m-{n}"), "ask": "", "contact_id": "c1" })).await;
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        let waiting = host.until(&job, |_| true).await;
        assert_eq!(waiting.status, JobStatus::Pending);
        drop(held);
        let done = host.until(&job, |view| view.status.is_ended()).await;
        assert_eq!(done.status, JobStatus::Completed);
        // Its own place is free a moment after its end.
        while !host.app.running.is_empty() {
            tokio::task::yield_now().await;
        }
    }
    host.stop().await;
}
