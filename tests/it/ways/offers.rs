//! What the buttons of a message offer that asks nothing, and a question that the rep takes
//! into their own hands.

use serde_json::{Value, json};
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_server::demo_data::{ORG, REP};
use skillhost_tests::setting::answer::How;
use skillhost_tests::setting::turn::{course, kinds};
use skillhost_tests::setting::{Setting, at, demo};
use skillhost_tests::slack_rep::buttons;
use skillhost_tests::{slack_model, slack_rep};

const HELEN: &str = "helen.marsh@castlereed.example";
/// When the morning brief comes, the one before the meeting at ten, and when the one before the
/// meeting in the afternoon would.
const MORNING: &str = "2026-11-20T08:00:00Z";
const BEFORE_CASTLEREED: &str = "2026-11-20T08:30:00Z";
const BEFORE_PELLANBY: &str = "2026-11-20T12:30:00Z";

/// Presses the button under the newest message that begins so; the one job that it raises.
async fn pressed(setting: &Setting, label: &str, event: &str) -> JobId {
    let before: Vec<JobId> = setting.rows(event).await.into_iter().map(|row| row.id).collect();
    setting.press(label).await;
    setting.rest().await;
    let mut rows = setting.rows(event).await;
    rows.retain(|row| !before.contains(&row.id));
    assert_eq!(rows.len(), 1, "{label}");
    assert!(rows[0].event_source.starts_with("slack:"), "{}", rows[0].event_source);
    rows.remove(0).id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_morning_brief_offers_is_done_by_its_buttons() {
    let mut document = demo(&json!({}));
    // It came before there was a host, so nothing was drafted to it yet.
    document["emails"].as_array_mut().unwrap().push(json!({
        "id": "e-waits", "org_id": ORG, "owner_id": REP, "thread_id": "t-waits", "direction": "in", "unread": true,
        "from": HELEN, "from_name": "Helen Marsh", "to": ["priya.nair@quillmere.example"], "subject": "Engineers who share a phone",
        "body": "Hi Priya,\n\ncould you tell me by Monday whether two engineers can share one phone?\n\nHelen",
        "at": "2026-11-19T16:00:00.000Z", "message_id": "waits@castlereed.example", "contact_id": "c-helen",
        "deal_id": "d-castlereed",
    }));
    let setting = Setting::start("2026-11-20T07:55:00Z", &document).await;
    setting.until(at(MORNING)).await;

    // Draft reply: an answer that is asked about, and leaves in the mail's thread.
    let job = pressed(&setting, "Draft reply: Helen", "email_received").await;
    setting.says(&job, "Send this mail to Helen?", &How::Edit("Text", "Hi Helen,\n\nthey can.\n\nPriya")).await;
    let view = setting.ended(&job).await;
    assert_eq!((view.status, kinds(&view)), (JobStatus::Completed, vec!["email.send"]), "{}", course(&view));
    let mails = setting.mails();
    let [(to, mail)] = mails.as_slice() else { panic!("{mails:#?}") };
    assert_eq!(
        (to.as_slice(), mail.in_reply_to.as_deref()),
        (&[HELEN.to_owned()][..], Some("waits@castlereed.example"))
    );
    assert!(mail.body.contains("they can."), "{}", mail.body);

    // Apply suggestion: what is taken up again is asked about first. The scan of the morning
    // asks about the same deal, and a no to it is not one to the button.
    let scanned = setting.rows("stale_deal_revival").await.remove(0).id;
    setting.says(&scanned, "Send this mail to", &How::Skip).await;
    let job = pressed(&setting, "Take up again: ", "stale_deal_revival").await;
    setting.says(&job, "Send this mail to", &How::Approve).await;
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    assert_eq!(setting.mails().len(), 2);

    // Skip prep: the brief that would come does not.
    let job = pressed(&setting, "Skip prep: 14:00", "pre_meeting_90min").await;
    let view = setting.ended(&job).await;
    assert!(view.effects.is_empty() && view.approvals.is_empty(), "{}", course(&view));
    // The other one of the day comes.
    setting.until(at(BEFORE_CASTLEREED)).await;
    setting.shows(|message| message.body.to_string().contains("Today at 10:00, in 90 minutes")).await;
    let before = setting.posts().len();
    setting.until(at(BEFORE_PELLANBY)).await;
    // What is due by then is here with this.
    setting.shows(|message| message.body.to_string().contains("1 campaign, nothing wrong")).await;
    let told = setting.told(before);
    assert!(!told.contains("what a pilot would need"), "{told}");
    assert_eq!(setting.rows("pre_meeting_90min").await.len(), 2, "the other one, and the press");
    assert_eq!(setting.mails().len(), 2);
    end(setting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_that_the_rep_arranges_by_themselves_is_left_to_them() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &demo(&json!({}))).await;
    setting.rep().command("find times for Helen Marsh next week, half an hour").await;
    let job = setting.rows("calendar_find_times").await.pop().unwrap().id;
    setting.says(&job, "When to meet Helen Marsh?", &How::Manual).await;
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    assert!(view.effects.is_empty() && setting.mails().is_empty() && setting.events().is_empty(), "{}", course(&view));
    let card = setting.shows(|message| message.body.to_string().contains("Priya Nair takes care of it")).await;
    assert_eq!(buttons(&card.body), Vec::<Value>::new());
    end(setting).await;
}

/// Ends a setting in which Slack took everything that was drawn.
async fn end(setting: Setting) {
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_relevant_is_said_of_the_skill_that_made_it() {
    let setting = Setting::start("2026-11-20T09:00:00Z", &demo(&json!({}))).await;
    let job = setting.raise("competitive_research", &json!({ "competitor": "Rotaforge" })).await;
    setting.ended(&job).await;
    setting.rest().await;
    setting.press("Not relevant").await;
    // A report ends before the moment it is made.
    setting.until(at("2026-11-20T09:01:00Z")).await;
    let (status, report) = setting.host.get(REP, "/v1/report").await;
    assert_eq!(status, 200, "{report}");
    let rows = report["by_skill"].as_array().unwrap();
    let research =
        rows.iter().find(|row| row["skill"] == "research-competitor").unwrap_or_else(|| panic!("{report:#}"));
    assert_eq!((&research["irrelevant"], &research["version"].is_string()), (&json!(1), &true), "{research}");
    assert_eq!(report["measures"][0]["cases"], json!([1, 1]), "{}", report["measures"][0]);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}
