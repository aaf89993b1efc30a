//! How deep events lead to events: three, and no further, with the refusal on record.
//!
//! Of what ships one chain can be so long: a call leads to a reminder for the end of a
//! date in the rep's zone, and a reminder that comes too early raises itself again. It
//! comes too early where the rep has travelled west since it was put off.

use serde_json::{Value, json};
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::time::Timestamp;
use skillhost_server::demo_data::{ORG, REP};

use skillhost_tests::setting::{Setting, demo};

const REMINDER: &str = "followup_reminder";

/// The rep is somewhere else from now on.
async fn travel(setting: &Setting, document: &Value, zone: &str) {
    let mut user = document["users"][0].clone();
    assert_eq!(user["id"], REP);
    user["zone"] = json!(zone);
    let moved = json!({ "users": [user] });
    setting.host.app.store.load_data(&moved, Timestamp(i64::MAX)).await.unwrap();
}

/// The reminder that a job led to, put off.
async fn led(setting: &Setting, parent: &JobId, depth: u8) -> JobId {
    let rows = setting.rows(REMINDER).await;
    let row = rows.into_iter().find(|row| row.parent.as_ref() == Some(parent)).unwrap();
    assert_eq!((row.depth, row.status), (depth, JobStatus::Deferred), "{:?}", row.reason);
    row.id
}

/// What a job's audit says of events that were not queued.
async fn refused(setting: &Setting, job: &JobId) -> Vec<String> {
    let (status, said) = setting.host.get(REP, &format!("/v1/jobs/{job}/audit")).await;
    assert_eq!(status, 200, "{said}");
    let rows = said["audit"].as_array().unwrap().iter();
    let of = rows.filter(|row| row["action"] == "followup.not_queued");
    of.map(|row| format!("{}: {}", row["subject"].as_str().unwrap(), row["detail"]["reason"].as_str().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_three_ends_there_and_says_why_it_went_no_further() {
    let document = demo(&json!({}));
    let setting = Setting::start("2026-11-20T10:34:00Z", &document).await;
    let call = setting.deliver_call().await;
    setting.rest().await;
    assert_eq!((setting.row(&call).await.depth, refused(&setting, &call).await), (1, vec![]));
    let second = led(&setting, &call, 2).await;

    let mut waits = second.clone();
    for (zone, depth) in [("America/New_York", 2), ("Pacific/Honolulu", 3)] {
        travel(&setting, &document, zone).await;
        let due = setting.due(&waits).await.unwrap();
        setting.until(due).await;
        let view = setting.view(&waits).await;
        assert_eq!((view.status, view.depth), (JobStatus::Completed, depth), "{:?}", view.reason);
        assert_eq!(view.outputs["nudge"]["state"], "too_early", "{}", view.outputs);
        assert!(view.approvals.is_empty() && view.effects.is_empty(), "it tells nobody");
        if depth == 2 {
            assert_eq!(refused(&setting, &waits).await, Vec::<String>::new());
            waits = led(&setting, &waits, 3).await;
        }
    }
    let third = setting.view(&waits).await;
    assert_eq!(refused(&setting, &waits).await, ["nudge: 1 follow-ups of nudge are not queued: the chain is 3 deep"]);
    assert!(third.follow_ups.is_empty());
    let children = setting.host.app.store.children(&ORG.into(), &waits).await.unwrap();
    assert!(children.is_empty(), "{children:?}");
    assert_eq!(setting.rows(REMINDER).await.iter().filter(|row| row.depth > 3).count(), 0);
    setting.stop().await;
}
