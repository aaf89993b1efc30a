//! A deal with a real history: a note of a book's length, sixty long lines, proposals of
//! many pages. Every source of it is read, and a proposal goes its way all the same.

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::context::page::MAX_PAGE_BYTES;
use skillhost_engine::context::{self, Doors as _, MAX_CONTEXT_BYTES, Query};
use skillhost_engine::job::JobStatus;
use skillhost_server::demo_data::{ORG, REP};
use skillhost_server::driver::JobDoors;
use skillhost_tests::setting::at;

use skillhost_tests::setting::{Setting, demo};

const DEAL: &str = "d-castlereed";
const HELEN: &str = "helen.marsh@castlereed.example";
const START: &str = "2026-11-20T09:00:00Z";
const HOUR_MS: i64 = 3_600_000;
/// Lines of the history, and bytes of each.
const LINES: usize = 60;
const LINE_BYTES: usize = 20 * 1024;
const NOTE_BYTES: usize = 256 * 1024;

fn history() -> Value {
    let mut document = demo(&json!({}));
    let mut add = |list: &str, row: Value| {
        let rows = document.as_object_mut().unwrap().entry(list).or_insert(json!([]));
        rows.as_array_mut().unwrap().push(row);
    };
    let line = |n: usize, subject: &str, bytes: usize| {
        // Two of each instant.
        let then = at(START).plus_ms(-HOUR_MS * i64::try_from(n / 2 + 30).unwrap());
        json!({ "id": format!("heavy-{n:02}"), "org_id": ORG, "kind": "note", "subject": subject, "at": then.rfc3339(),
            "body": "We spoke about the depots. ".repeat(bytes / 27), "deal_id": DEAL, "contact_id": "c-helen" })
    };
    for n in 0..LINES {
        add("activities", line(n, "A long talk", LINE_BYTES));
    }
    for n in [LINES, LINES + 1] {
        add("activities", line(n, "Proposal reviewed: an earlier one", 3 * LINE_BYTES));
    }
    add(
        "notes",
        json!({ "id": "heavy", "org_id": ORG, "at": "2026-11-19T09:00:00Z", "body": "é".repeat(NOTE_BYTES / 2),
            "deal_id": DEAL, "contact_id": "c-helen" }),
    );
    document
}

/// Reads every source of tier 2 of the deal and of the contact, to its last page.
async fn read_all(setting: &Setting) -> Vec<(String, Vec<Value>)> {
    let app = &setting.host.app;
    let doors = JobDoors::new(Arc::clone(&app.store), Arc::clone(&app.clock), ORG.into(), REP.into());
    let mut read = Vec::new();
    for source in ["contact", "company", "deal", "meetings", "emails", "activities", "tasks", "notes"] {
        for params in [json!({ "deal_id": DEAL }), json!({ "contact_id": "c-helen" })] {
            let mut query = Query { source: source.to_owned(), params: params.clone(), max_bytes: None, cursor: None };
            let mut records = Vec::new();
            loop {
                let page = doors.read(query.clone()).await;
                let page = page.unwrap_or_else(|error| panic!("{source} {params}: {error}"));
                let is_list = context::find(source).unwrap().paging.is_some();
                assert!(page.body.len() <= if is_list { MAX_PAGE_BYTES } else { MAX_CONTEXT_BYTES }, "{source}");
                match serde_json::from_str(&page.body).unwrap() {
                    Value::Array(list) => records.extend(list),
                    one => records.push(one),
                }
                query.cursor = page.next;
                if query.cursor.is_none() {
                    break;
                }
            }
            read.push((format!("{source} {params}"), records));
        }
    }
    read
}

async fn goes_its_way(database: Option<String>) {
    let setting = Setting::start_on(START, &history(), database).await;
    for (source, records) in read_all(&setting).await {
        if source.starts_with("activities") {
            let heavy: Vec<&Value> =
                records.iter().filter(|one| one["id"].as_str().unwrap().starts_with("heavy")).collect();
            let ids: Vec<&str> = heavy.iter().map(|one| one["id"].as_str().unwrap()).collect();
            assert!(ids.len() == LINES + 2 && ids.is_sorted(), "{source}: newest first, each once: {ids:?}");
            assert!(heavy.iter().all(|one| one["cut"]["body"].as_u64().unwrap() > 20_000), "{source}");
        }
        if source.starts_with("notes") {
            let heavy = records.iter().find(|one| one["id"] == "heavy").unwrap();
            assert_eq!(heavy["cut"]["body"], NOTE_BYTES, "{source}");
            assert!(heavy["body"].as_str().unwrap().ends_with('…'), "{source}");
        }
    }

    // The deal alone is named: the contact is found. Twice, so that the first proposal is
    // in the history of the second.
    for (turn, request) in (1..).zip(["send the proposal", "send the proposal once more"]) {
        let payload = json!({ "deal_id": DEAL, "request": request });
        let job = setting.raise("proposal_generation", &payload).await;
        assert_eq!(setting.row(&job).await.trigger_payload["contact_id"], "c-helen");
        for question in ["May this proposal go", "Send this mail to Helen?"] {
            setting.rest().await;
            let view = setting.view(&job).await;
            let open = view.approvals.iter().find(|one| one.status == ActionStatus::Pending);
            let open =
                open.unwrap_or_else(|| panic!("{question}: {:?} {:?} {:#?}", view.status, view.reason, view.steps));
            assert!(open.card.comment_title.contains(question), "{}", open.card.comment_title);
            setting.rep().press(open.id.as_str(), "approve").await;
            setting.rest().await;
            if let Some(due) = setting.due(&job).await {
                setting.until(due).await;
            }
        }
        setting.rest().await;
        let view = setting.view(&job).await;
        assert_eq!(view.status, JobStatus::Completed, "{:?}", view.reason);
        assert!(view.steps.iter().all(|step| step.state != "failed"), "{:#?}", view.steps);
        let mails = setting.mails();
        assert_eq!(mails.len(), turn);
        let (whom, mail) = &mails[turn - 1];
        assert!(whom.contains(&HELEN.to_owned()) && mail.attachments.iter().any(|file| file.name.ends_with(".pdf")));
    }
    setting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_with_a_long_history_is_read_whole_and_its_proposals_are_sent() {
    goes_its_way(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_on_postgres() {
    goes_its_way(Some(skillhost_tests::postgres::database().await)).await;
}
