//! What a manager hears of a call: that money for a deal is in doubt, and nothing else.

use serde_json::json;
use skillhost_engine::outbox::EffectState;
use skillhost_server::demo_data::ORG;
use skillhost_tests::slack_double::Message;

use skillhost_tests::setting::{Setting, demo};

const MANAGER: &str = "u-morgan";
const IN_SLACK: &str = "U0MORGAN";
const SAID: &str = "Our budget for this year was cut in half.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_in_doubt_is_told_to_the_manager_and_to_the_rep() {
    let mut document = demo(&json!({}));
    document["users"][0]["manager_id"] = json!(MANAGER);
    let slack = json!({ "kind": "slack-user", "external_id": format!("T0QUILLMERE/{IN_SLACK}"), "org_id": ORG,
        "user_id": MANAGER, "detail": {} });
    document["connections"].as_array_mut().unwrap().push(slack);
    let body = format!(
        "Priya Nair: Thanks for the time, Helen. Where does the decision stand?\n\
         Helen Marsh: Not well. {SAID}\n\
         Priya Nair: I understand. I'll send you a smaller scope by Friday.\n"
    );
    document["meetings"].as_array_mut().unwrap().push(json!({
        "id": "m-cut", "org_id": ORG, "title": "Castlereed Lifts: where it stands", "started_at": "2026-11-20T09:00:00Z",
        "duration_min": 20, "contact_ids": ["c-helen"], "deal_id": "d-castlereed", "owner_id": "u-priya",
        "attendees": [{ "name": "Priya Nair", "email": "priya.nair@quillmere.example", "side": "rep" },
            { "name": "Helen Marsh", "email": "helen.marsh@castlereed.example", "side": "prospect" }],
    }));
    let transcript = json!({ "id": "t-cut", "org_id": ORG, "meeting_id": "m-cut", "format": "text", "body": body,
        "at": "2026-11-20T09:20:00Z" });
    match document["transcripts"].as_array_mut() {
        Some(all) => all.push(transcript),
        None => document["transcripts"] = json!([transcript]),
    }
    let setting = Setting::start("2026-11-20T10:34:00Z", &document).await;
    setting.slack.add_user(IN_SLACK, "morgan.ellery@quillmere.example");
    let payload = json!({ "meeting_id": "m-cut", "transcript_id": "t-cut", "contact_id": "c-helen",
        "deal_id": "d-castlereed", "title": "Castlereed Lifts: where it stands" });
    let job = setting.raise("meeting_ended", &payload).await;
    setting.rest().await;

    let view = setting.view(&job).await;
    assert_eq!(view.outputs["crm_updates"]["manager_told"], true, "{:#}", view.outputs);
    let told = view.effects.iter().find(|effect| effect.kind == "chat.manager").unwrap();
    assert_eq!(told.state, EffectState::Sent, "{:?}", told.last_error);
    let (theirs, posts): (Vec<_>, Vec<_>) =
        setting.slack.messages().into_iter().partition(|message| message.channel == format!("D{IN_SLACK}"));
    let said = |messages: Vec<Message>| -> Vec<String> {
        messages.into_iter().map(|message| message.body["blocks"].to_string()).collect()
    };
    let (theirs, posts) = (said(theirs), said(posts));
    assert_eq!(theirs.len(), 1, "{theirs:#?}");
    assert!(theirs[0].contains("is at risk") && theirs[0].contains(SAID), "{theirs:#?}");
    // The rep knows what was said of their call, and to whom.
    let summary = posts.iter().find(|post| post.contains("At risk")).unwrap_or_else(|| panic!("{posts:#?}"));
    assert!(summary.contains(SAID) && summary.contains("Your manager is told of the risk."), "{summary}");
    let deal = setting.source("deal", &json!({ "deal_id": "d-castlereed" })).await;
    assert!(deal["flags"].to_string().contains("risk"), "{deal}");
    setting.stop().await;
}
