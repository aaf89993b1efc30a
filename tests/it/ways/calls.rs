//! Calls that are not the usual one: among colleagues, against the deal, and one whose
//! promise the other side keeps by itself.

use serde_json::{Value, json};
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::time::Timestamp;
use skillhost_server::demo_data::ORG;
use skillhost_tests::{slack_model, slack_rep};

use skillhost_tests::setting::answer::How;
use skillhost_tests::setting::turn::{course, kinds, open, state};
use skillhost_tests::setting::{Setting, demo};

const PRIYA: (&str, &str) = ("Priya Nair", "priya.nair@quillmere.example");
const TOM: (&str, &str) = ("Tom Okafor", "tom.okafor@quillmere.example");
const INES: (&str, &str) = ("Ines Calloway", "ines.calloway@pellanby.example");

/// Among colleagues, with words that would be promises and signals elsewhere.
const AMONG_US: &str = "\
Priya Nair: Morning Tom. Castlereed first, then the rest.
Tom Okafor: They asked about the budget again, and about a competitor.
Priya Nair: I will send you the notes of the call by Monday.
Tom Okafor: Good. Can you send me the pricing as well?
Priya Nair: Yes, I'll send you the pricing today. Let's meet again next Tuesday at ten.
Tom Okafor: Tuesday at ten works.";
/// Against the deal, with a date that drives it.
const AGAINST: &str = "\
Priya Nair: Hello Ines, thank you for the time. Where do you stand with the pilot?
Ines Calloway: I have to be open with you. We don't have the budget for this, the money was cut last week.
Priya Nair: I see. And if there is money again, what would drive the date?
Ines Calloway: We need to be live before the end of March, because the new contract starts in April.
Priya Nair: Understood. Thank you for saying it so plainly.
Ines Calloway: Thank you, Priya. Bye.";

/// Raises the end of a meeting with this transcript; its job.
async fn call(setting: &Setting, meeting: &str, text: &str, people: [(&str, &str); 2], about: Value) -> JobId {
    let id = format!("tr-{meeting}");
    let transcript = json!({ "transcripts": [{ "id": id, "org_id": ORG, "meeting_id": meeting, "format": "text",
        "body": text, "at": setting.host.clock_now() }] });
    setting.host.app.store.load_data(&transcript, Timestamp(i64::MAX)).await.unwrap();
    let attendees = people.map(|(name, email)| json!({ "name": name, "email": email }));
    let mut payload = json!({ "meeting_id": meeting, "transcript_id": id, "attendees": attendees });
    payload.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
    setting.raise("meeting_ended", &payload).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_among_colleagues_sells_nothing_and_one_against_the_deal_is_a_risk() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &demo(&json!({ "coaching": "per_meeting" }))).await;
    let before = setting.posts().len();
    let job = call(&setting, "m-team", AMONG_US, [PRIYA, TOM], json!({ "title": "Friday stand-up" })).await;
    let view = setting.rested(&job).await;
    assert_eq!(view.outputs["call_type"]["is_internal"], true, "{}", course(&view));
    for step in ["intents", "next_actions", "draft", "send", "coaching"] {
        assert_eq!(state(&view, step), "skipped", "{step}: {}", course(&view));
    }
    assert!(view.follow_ups.is_empty(), "{}", course(&view));
    assert!(open(&view).all(|question| question.step == "tasks"), "{}", course(&view));
    assert!(setting.told(before).contains("Friday stand-up"), "{}", setting.told(before));
    if open(&view).count() > 0 {
        setting.says(&job, "Add these tasks", &How::Skip).await;
    }
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));

    let about = json!({ "title": "Pellanby: where they stand", "contact_id": "c-ines", "deal_id": "d-pellanby" });
    let job = call(&setting, "m-pellanby-2", AGAINST, [PRIYA, INES], about).await;
    let view = setting.rested(&job).await;
    let deal = setting.source("deal", &json!({ "deal_id": "d-pellanby" })).await;
    let risk = deal["flags"].as_array().unwrap().iter().find(|flag| flag["flag"] == "risk");
    let why = risk.unwrap_or_else(|| panic!("{deal:#} {}", course(&view)))["reason"].as_str().unwrap();
    assert!(why.contains("have the budget"), "{why}");
    let timeline = deal["fields"]["timeline"].as_str().unwrap_or_default();
    assert!(timeline.contains("end of March"), "{deal:#} {}", view.outputs["intents"]);
    assert_eq!(deal["stage"], "qualified");
    assert!(!open(&view).any(|question| question.card.comment_title.starts_with("Move ")), "{}", course(&view));
    assert_eq!(setting.mails().len(), 0);
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_summary_waits_for_no_answer_and_a_reminder_for_one_that_came_reminds_nobody() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &demo(&json!({}))).await;
    let before = setting.posts().len();
    let job = setting.deliver_call().await;
    let view = setting.rested(&job).await;
    let draft = open(&view).find(|question| question.step == "send").unwrap_or_else(|| panic!("{}", course(&view)));
    assert!(draft.card.comment_title.contains("Send this mail"), "{}", course(&view));
    let told = setting.told(before);
    let subject = view.outputs["email_sent"]["subject"].as_str().unwrap();
    assert!(told.contains("not sent yet") && told.contains(subject), "{told}");
    assert_eq!(state(&view, "summary"), "settled", "{}", course(&view));
    assert!(!kinds(&view).contains(&"email.send") && setting.mails().is_empty(), "{}", course(&view));

    // They come back before the day: nobody is reminded, and nobody told.
    let reminder = setting.led(&job, "followup_reminder").await;
    assert_eq!(setting.row(&reminder).await.status, JobStatus::Deferred);
    let due = setting.due(&reminder).await.unwrap();
    setting.pass(60 * 60_000).await;
    let answer = setting
        .mail(
            "back",
            "Helen Marsh <helen.marsh@castlereed.example>",
            "Re: Morning replanning at Castlereed",
            "In-Reply-To: <20261109.0930.planning@quillmere.example>\r\n",
            "Hi Priya,\n\nI spoke with Ruth: she will sign it. Thanks.\n\nHelen",
        )
        .await;
    setting.rested(&answer).await;
    setting.until(due).await;
    let view = setting.rested(&reminder).await;
    assert_eq!(
        (view.status, &view.outputs["nudge"]["state"]),
        (JobStatus::Completed, &json!("answered")),
        "{}",
        course(&view)
    );
    let by = &view.outputs["nudge"]["answered_by"];
    assert!(by["kind"] == "email" && by.to_string().contains("Re: Morning replanning"), "{}", view.outputs);
    assert!(view.approvals.is_empty() && view.effects.is_empty(), "{}", course(&view));
    assert_eq!(setting.mails().len(), 0);
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    setting.stop().await;
}
