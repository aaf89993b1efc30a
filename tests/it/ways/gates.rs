//! Questions of what ships that are answered otherwise than by a plain yes: the first gate
//! of a proposal, lists of several pages, a job that is stopped, a card that nobody answers.

use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::time::Timestamp;
use skillhost_server::demo_data::{ORG, REP};
use skillhost_tests::slack_double::Message;
use skillhost_tests::{slack_model, slack_rep};

use skillhost_tests::setting::answer::How;
use skillhost_tests::setting::turn::{course, kinds, open, state};
use skillhost_tests::setting::{Setting, demo};

/// How long an approval waits, and how long a job waits for one.
const DAY_MS: i64 = 24 * 3_600_000;
/// Items of a card's page.
const PAGE: usize = 5;
/// A sentence that only a person could have put into the document.
const BY_HAND: &str = "Your planners ring round for two hours each morning.";
const HELEN: &str = "helen.marsh@castlereed.example";

/// One that a person asks for, in these words.
async fn proposal(setting: &Setting, request: &str) -> JobId {
    setting.raise("proposal_generation", &json!({ "contact_id": "c-helen", "request": request })).await
}

async fn order(setting: &Setting, job: &JobId, what: &str, body: Value) {
    let (status, said) = setting.host.post(REP, &format!("/v1/jobs/{job}/{what}"), &body).await;
    assert_eq!(status, 200, "{what}: {said}");
    setting.rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proposal_that_was_skipped_asks_no_more_and_one_with_other_words_asks_again() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &demo(&json!({}))).await;
    let skipped = proposal(&setting, "Please send us a proposal.").await;
    setting.says(&skipped, "May this proposal go to Castlereed Lifts?", &How::Skip).await;
    let view = setting.ended(&skipped).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    assert_eq!(view.approvals.len(), 1, "the second gate is not asked: {}", course(&view));
    assert!(view.effects.is_empty() && setting.mails().is_empty(), "{}", course(&view));
    let history = setting.source("activities", &json!({ "deal_id": "d-castlereed" })).await.to_string();
    assert!(!history.contains("sha256:"), "no document counts as reviewed: {history}");

    // While its first question waits, the rep puts words of their own into the part that is
    // about this deal: the document is made anew, and what was asked before is void.
    let job = proposal(&setting, "Please send us a proposal for the four depots.").await;
    let first = setting.asked(&job, "May this proposal go to Castlereed Lifts?").await;
    let pdf = setting.view(&job).await.outputs["document"]["pdf"]["digest"].clone();
    let mut written = setting.view(&job).await.outputs["written"].clone();
    let section = written["sections"].as_array_mut().unwrap().first_mut().unwrap();
    section["body"] = json!(BY_HAND);
    order(&setting, &job, "pause", json!({})).await;
    order(&setting, &job, "steps/custom/output", json!({ "output": written, "reason": "in my words" })).await;
    order(&setting, &job, "retry", json!({ "from": "assemble" })).await;
    let second = setting.asked(&job, "May this proposal go to Castlereed Lifts?").await;
    assert_ne!(second.id, first.id);
    assert!(serde_json::to_string(&second.card).unwrap().contains(BY_HAND), "{:#?}", second.card);
    assert!(!serde_json::to_string(&first.card).unwrap().contains(BY_HAND));
    let view = setting.view(&job).await;
    assert_eq!(open(&view).count(), 1, "{}", course(&view));
    assert_ne!(view.outputs["document"]["pdf"]["digest"], pdf);
    // The first card is not answered any more, whoever still has it open.
    let (status, said) =
        setting.host.post(REP, &format!("/v1/approvals/{}/answer", first.id), &json!({ "answer": "approve" })).await;
    assert_eq!(status, 409, "{said}");
    setting.says(&job, "May this proposal go to Castlereed Lifts?", &How::Approve).await;
    setting.pass(11_000).await;
    assert_eq!(setting.mails().len(), 0, "the first gate sends nothing");
    setting.says(&job, "Send this mail to Helen?", &How::Approve).await;
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let mails = setting.mails();
    let [(to, mail)] = mails.as_slice() else { panic!("{mails:#?}") };
    assert!(*to == [HELEN] && mail.attachments.iter().any(|file| file.name.ends_with(".pdf")), "{mail:#?}");
    let history = setting.source("activities", &json!({ "deal_id": "d-castlereed" })).await.to_string();
    assert!(history.contains(BY_HAND), "what was read is what is on record: {history}");
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}

/// A call in which the rep promises seven things.
async fn promises(setting: &Setting, meeting: &str) -> JobId {
    let mut text = "Ines Calloway: Hello Priya. Let us go through what comes next.\n".to_owned();
    for (promise, _) in SEVEN {
        text.push_str(&format!("Priya Nair: {promise}.\nInes Calloway: Good, thank you.\n"));
    }
    let id = format!("tr-{meeting}");
    let rows = json!({
        "meetings": [{ "org_id": ORG, "id": meeting, "title": "Pellanby: what comes next", "started_at": "2026-11-20T11:00:00Z",
            "duration_min": 20, "contact_ids": ["c-ines"], "deal_id": "d-pellanby", "company_id": "co-pellanby",
            "owner_id": REP, "attendees": [] }],
        "transcripts": [{ "id": id, "org_id": ORG, "meeting_id": meeting, "format": "text", "body": text,
            "at": setting.host.clock_now() }] });
    setting.host.app.store.load_data(&rows, Timestamp(i64::MAX)).await.unwrap();
    let payload = json!({ "meeting_id": meeting, "transcript_id": id, "contact_id": "c-ines", "deal_id": "d-pellanby",
        "title": "Pellanby: what comes next", "attendees": [
            { "name": "Priya Nair", "email": "priya.nair@quillmere.example" },
            { "name": "Ines Calloway", "email": "ines.calloway@pellanby.example" }] });
    setting.raise("meeting_ended", &payload).await
}

async fn titles(setting: &Setting) -> Vec<String> {
    let tasks = setting.source("tasks", &json!({ "deal_id": "d-pellanby" })).await;
    tasks.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

/// What the rep says, and words of the task that comes of it.
const SEVEN: [(&str, &str); 7] = [
    ("I will send you the security summary by Friday", "security summary"),
    ("I'll print the handouts for the training on Monday", "handouts for the training"),
    ("I'll ask Tom about the phones by Wednesday", "about the phones"),
    ("I will write up the plan for the pilot by Thursday", "plan for the pilot"),
    ("I'll introduce you to Yusuf at Northmoor next week", "Yusuf at Northmoor"),
    ("I'm going to check the import of your sites with our engineers by Tuesday", "import of their sites"),
    ("I will call Maeve about the invoice address on Friday", "invoice address"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_several_pages_is_answered_whole_in_part_or_not_at_all() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &demo(&json!({}))).await;
    let before = titles(&setting).await;

    // None.
    let job = promises(&setting, "m-none").await;
    let question = setting.asked(&job, "Add these tasks").await;
    assert_eq!((question.pattern.as_str(), question.card.parts.len()), ("batch", SEVEN.len()), "{:#?}", question.card);
    setting.says(&job, "Add these tasks", &How::Skip).await;
    setting.pass(11_000).await;
    assert_eq!(titles(&setting).await, before);
    // Of the whole job nothing more: neither what waits nor what was to come.
    setting.says(&job, "Send this mail", &How::Cancel).await;
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Cancelled, "{}", course(&view));
    assert_eq!(open(&view).count(), 0, "{}", course(&view));
    assert!(!kinds(&view).contains(&"task.create"), "{}", course(&view));

    // One of the second page, and none of the first.
    let job = promises(&setting, "m-page").await;
    let question = setting.asked(&job, "Add these tasks").await;
    let (id, rep) = (question.id.as_str(), setting.rep());
    for item in 0..PAGE {
        if question.card.parts[item].marked {
            rep.tick(id, item).await;
        }
    }
    rep.press(id, "page:1").await;
    let shows = |body: &str, item: usize| body.contains(&format!(r#""tick:{item}""#));
    let second = setting.shows(|message| shows(&message.body.to_string(), PAGE)).await.body.to_string();
    assert!(shows(&second, 6) && !shows(&second, 0), "{second}");
    for item in PAGE..SEVEN.len() {
        if question.card.parts[item].marked != (item == 6) {
            rep.tick(id, item).await;
        }
    }
    rep.press(id, "ticked").await;
    setting.pass(11_000).await;
    let after = titles(&setting).await;
    let new: Vec<&String> = after.iter().filter(|title| !before.contains(title)).collect();
    assert!(new.len() == 1 && new[0].contains(SEVEN[6].1), "{new:?}");

    // All of them, those that were never looked at too.
    let job = promises(&setting, "m-all").await;
    let question = setting.asked(&job, "Add these tasks").await;
    assert_eq!(question.card.parts.len(), SEVEN.len() - 1, "what is on the list is not asked about again");
    setting.says(&job, "Add these tasks", &How::All).await;
    setting.pass(11_000).await;
    let after = titles(&setting).await;
    for (_, words) in SEVEN {
        assert_eq!(after.iter().filter(|title| title.contains(words)).count(), 1, "{words}: {after:?}");
    }
    assert_eq!(setting.mails().len(), 0);
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_nobody_answers_runs_out_and_is_never_a_yes() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &demo(&json!({}))).await;
    let job = setting
        .raise(
            "content_retrieval",
            &json!({ "contact_id": "c-helen", "request": "Please send me the Northmoor case study." }),
        )
        .await;
    let question = setting.asked(&job, "Send this mail to Helen?").await;
    let shown = setting.rep().card(question.id.as_str()).await;
    setting.pass(DAY_MS - 1).await;
    assert_eq!(setting.view(&job).await.approvals[0].status, ActionStatus::Pending);
    setting.pass(1).await;
    setting.comes(&job, |view| view.approvals[0].status == ActionStatus::Expired).await;
    // What was the card offers no yes any more, and a press on an old screen is none.
    let now =
        |message: &Message| message.ts == shown.ts && !message.body.to_string().contains(r#""action_id":"approve""#);
    setting.shows(now).await;
    let (status, said) =
        setting.host.post(REP, &format!("/v1/approvals/{}/answer", question.id), &json!({ "answer": "approve" })).await;
    assert!(matches!(status, 409 | 410), "{status} {said}");
    setting.until(Timestamp(question.created_at.0 + 2 * DAY_MS)).await;
    let view = setting.comes(&job, |view| view.status == JobStatus::Expired).await;
    assert_ne!(state(&view, "send"), "settled", "{}", course(&view));
    assert!(view.effects.is_empty() && setting.mails().is_empty(), "{}", course(&view));
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    setting.stop().await;
}
