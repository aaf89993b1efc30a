//! Where there is nothing to send, to prepare or to read: the rep is told that, and why.

use serde_json::json;
use skillhost_engine::job::JobStatus;
use skillhost_engine::store::ApiKey;
use skillhost_server::demo_data::{ORG, REP};
use skillhost_tests::test_host::{digest, key};
use skillhost_tests::{slack_model, slack_rep};

use super::setting::{Setting, demo};
use super::turn::{course, state};

/// Whose key withdraws modules.
const OPERATOR: &str = "operator-of-ways";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_held_is_not_sent_and_a_part_that_failed_is_named() {
    let mut document = demo(&json!({}));
    // No price of anything is held, and no list of prices.
    document["templates"].as_array_mut().unwrap().retain(|template| template["kind"] != "pricing");
    document.as_object_mut().unwrap().remove("products");
    let setting = Setting::start("2026-11-20T07:55:00Z", &document).await;
    // The operator has withdrawn what reads one part of the morning brief.
    let operator = ApiKey {
        digest: digest(&key(OPERATOR)),
        org: ORG.into(),
        user: REP.into(),
        client: OPERATOR.to_owned(),
        operator: true,
    };
    setting.host.app.store.put_api_key(&operator).await.unwrap();
    let (_, skill) = setting.host.get(OPERATOR, "/v1/skills/run-pipeline-pulse").await;
    let module = skill["active"].as_str().unwrap_or_else(|| panic!("{skill:#}"));
    let revoke = format!("/v1/modules/{module}/revoke");
    let (status, said) = setting.host.post(OPERATOR, &revoke, &json!({ "reason": "it counts wrongly" })).await;
    assert_eq!(status, 200, "{said}");
    let before = setting.posts().len();
    setting.until(skillhost_tests::day::at("2026-11-20T08:00:00Z")).await;
    let brief = setting.rows("morning_brief").await.pop().unwrap().id;
    let view = setting.rested(&brief).await;
    assert_eq!((view.status, state(&view, "pulse")), (JobStatus::Completed, "failed"), "{}", course(&view));
    let told = setting.told(before);
    assert!(told.contains("Good morning, Priya") && told.contains("Not available: your pipeline"), "{told}");
    assert!(told.contains("Castlereed Lifts and Quillmere"), "the other parts are in it: {told}");

    for (event, request, title) in [
        ("content_retrieval", "Please send me the brochure about penguins.", "Nothing to send yet"),
        ("pricing_retrieval", "What does it cost for twenty engineers?", "No prices to send yet"),
    ] {
        let before = setting.posts().len();
        let job = setting
            .raise(event, &json!({ "contact_id": "c-helen", "deal_id": "d-castlereed", "request": request }))
            .await;
        let view = setting.ended(&job).await;
        assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
        assert_eq!((state(&view, "draft"), state(&view, "send")), ("skipped", "skipped"), "{}", course(&view));
        assert!(view.approvals.is_empty(), "{}", course(&view));
        let told = setting.told(before);
        let reason = view.outputs["selection"]["reason"].as_str().unwrap();
        assert!(told.contains(title) && !reason.is_empty() && told.contains(reason), "{reason}: {told}");
    }

    // Among colleagues there is nothing to prepare, and nobody is looked up.
    let before = setting.posts().len();
    let job = setting.raise("pre_meeting_90min", &json!({ "meeting_id": "ev-standup" })).await;
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let told = setting.told(before);
    assert!(told.contains("No prep needed") && told.contains("Friday stand-up"), "{told}");
    assert_eq!(setting.mails().len(), 0);
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}
