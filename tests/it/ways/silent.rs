//! Where there is nothing to send, to prepare or to read: the rep is told that, and why.

use serde_json::json;
use skillhost_engine::job::JobStatus;
use skillhost_engine::store::ApiKey;
use skillhost_server::demo_data::{ORG, REP};
use skillhost_tests::test_host::{digest, key};
use skillhost_tests::{slack_model, slack_rep};

use skillhost_tests::setting::answer::How;
use skillhost_tests::setting::turn::{course, state};
use skillhost_tests::setting::{Setting, demo};

/// Whose key withdraws modules.
const OPERATOR: &str = "operator-of-ways";

/// An operator revokes the module that serves as this skill.
async fn withdraw(setting: &Setting, skill: &str) {
    let operator = ApiKey {
        digest: digest(&key(OPERATOR)),
        org: ORG.into(),
        user: REP.into(),
        client: OPERATOR.to_owned(),
        operator: true,
        scopes: Vec::new(),
    };
    setting.host.app.store.put_api_key(&operator).await.unwrap();
    let (_, shown) = setting.host.get(OPERATOR, &format!("/v1/skills/{skill}")).await;
    let module = shown["active"].as_str().unwrap_or_else(|| panic!("{shown:#}"));
    let revoke = format!("/v1/modules/{module}/revoke");
    let (status, said) = setting.host.post(OPERATOR, &revoke, &json!({ "reason": "it is wrong" })).await;
    assert_eq!(status, 200, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_held_is_not_sent_and_a_part_that_failed_is_named() {
    let mut document = demo(&json!({}));
    // No price of anything is held, and no list of prices.
    document["templates"].as_array_mut().unwrap().retain(|template| template["kind"] != "pricing");
    document.as_object_mut().unwrap().remove("products");
    let setting = Setting::start("2026-11-20T07:55:00Z", &document).await;
    // The operator has withdrawn what reads one part of the morning brief.
    withdraw(&setting, "run-pipeline-pulse").await;
    let before = setting.posts().len();
    setting.until(skillhost_tests::setting::at("2026-11-20T08:00:00Z")).await;
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

/// A whole day later than the last thing that anybody owes Helen.
const DECEMBER: &str = "2026-12-01T09:00:00Z";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sequence_that_has_nothing_to_do_says_so_to_whoever_waits_for_it() {
    let mut document = demo(&json!({}));
    // Of whom not even the company is known.
    document["contacts"].as_array_mut().unwrap().push(json!({ "org_id": ORG, "id": "c-olive", "name": "Olive Tranter",
        "email": "olive@tranter.example", "owner_id": REP }));
    document["emails"].as_array_mut().unwrap().push(json!({ "id": "e-no", "org_id": ORG, "owner_id": REP,
        "thread_id": "t-no", "direction": "in", "from": "daniel.ostrowski@castlereed.example",
        "to": ["priya.nair@quillmere.example"], "subject": "Penalties", "body": "Thank you, but we are not interested. Please do not write again.\n\nDaniel",
        "at": "2026-11-19T16:00:00.000Z", "message_id": "no@castlereed.example", "contact_id": "c-daniel" }));
    document["emails"].as_array_mut().unwrap().push(json!({ "id": "e-promise", "org_id": ORG, "owner_id": REP,
        "thread_id": "t-castlereed-planning", "direction": "in", "from": "helen.marsh@castlereed.example",
        "to": ["priya.nair@quillmere.example"], "subject": "Re: Morning replanning at Castlereed",
        "body": "Hi Priya,\n\nI will send you the list of our depots by Friday 27 November.\n\nHelen",
        "at": "2026-11-20T13:00:00.000Z", "message_id": "promise@castlereed.example", "contact_id": "c-helen",
        "deal_id": "d-castlereed" }));
    document["calendar_events"].as_array_mut().unwrap().push(json!({ "org_id": ORG, "id": "ev-leave",
        "calendar_id": "cal-priya", "title": "On leave", "starts": "2026-11-20T16:00:00.000Z",
        "ends": "2027-01-29T00:00:00.000Z", "zone": "Europe/London", "organizer": "priya.nair@quillmere.example",
        "attendees": [], "updated_at": "2026-11-13T09:00:00.000Z" }));
    let setting = Setting::start("2026-11-20T15:00:00Z", &document).await;
    for (event, payload, title, words) in [
        // Whoever asked for an answer: there is none to give.
        ("email_received", json!({ "email_id": "e-no", "reply_wanted": true }), "No answer was drafted", "Penalties"),
        ("deal_closing", json!({ "deal_id": "d-northmoor" }), "Nothing to close", "is closed already: closed won"),
        (
            "calendar_find_times",
            json!({ "contact_id": "c-helen", "speaker": "prospect",
                "text": "I am sorry, I have to cancel our meeting on Tuesday." }),
            "A meeting is called off",
            "cancel our meeting on Tuesday",
        ),
        (
            "calendar_find_times",
            json!({ "contact_id": "c-helen", "speaker": "rep", "text": "Find times to meet.",
                "intent": "schedule_meeting" }),
            "No time to meet was found",
            "",
        ),
        (
            "proposal_generation",
            json!({ "contact_id": "c-olive", "template_id": "t-proposal", "request": "A proposal, please." }),
            "No proposal yet",
            "company_name",
        ),
        ("stale_deal_revival", json!({ "deal_id": "d-northmoor" }), "No mail to take the deal up again", ""),
        ("followup_reminder", json!({ "contact_id": "c-olive" }), "They have not come back", "did not come back"),
    ] {
        let before = setting.posts().len();
        let job = setting.raise(event, &payload).await;
        let view = setting.ended(&job).await;
        assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
        assert!(view.approvals.is_empty(), "{}", course(&view));
        let told = setting.told(before);
        assert!(told.contains(title) && told.contains(words), "{title}: “{told}” {}", course(&view));
    }

    // Beside a reminder that is drafted: what Helen waits for herself.
    setting.until(skillhost_tests::setting::at(DECEMBER)).await;
    let before = setting.posts().len();
    let promise = json!({ "contact_id": "c-helen", "deal_id": "d-castlereed", "thread_id": "t-castlereed-planning",
        "email_id": "e-promise", "deadline": "2026-11-27", "intent": "prospect_followup" });
    let job = setting.raise("followup_reminder", &promise).await;
    let view = setting.rested(&job).await;
    let told = setting.told(before);
    assert!(
        told.contains("Before you send the reminder") && told.contains("Send the Northmoor case study to Helen"),
        "“{told}” {}",
        course(&view)
    );
    setting.says(&job, "Send this mail to Helen", &How::Skip).await;
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    assert_eq!((setting.mails().len(), setting.events().len()), (0, 0));
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_whose_silence_cannot_be_explained_is_not_written_to_and_the_rep_hears_it() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &demo(&json!({}))).await;
    withdraw(&setting, "analyse-stall-reason").await;
    let before = setting.posts().len();
    let deal = json!({ "deal_id": "d-harrowgate", "deal_name": "Harrowgate Fire: inspection planning" });
    let job = setting.raise("stale_deal_revival", &deal).await;
    let view = setting.ended(&job).await;
    assert_eq!((view.status, state(&view, "stall")), (JobStatus::Completed, "failed"), "{}", course(&view));
    assert_eq!((state(&view, "draft"), state(&view, "send")), ("skipped", "skipped"), "{}", course(&view));
    assert!(view.approvals.is_empty() && setting.mails().is_empty(), "{}", course(&view));
    let told = setting.told(before);
    assert!(told.contains("Harrowgate Fire: inspection planning") && told.contains("could not be told"), "{told}");

    setting.stop().await;
}
