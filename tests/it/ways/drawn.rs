//! What is drawn in Slack beside the ways: the home tab in every state, forms, and notices,
//! by the double's rules and by Slack's own models.

use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::job::JobStatus;
use skillhost_tests::slack_double::Call;
use skillhost_tests::slack_model;
use skillhost_tests::slack_rep::refusals;
use skillhost_tests::test_host::REP;

use crate::slack_rounds::{rep, start};

/// Questions that the home tab lists; what is beyond is counted.
const LISTED: usize = 12;

fn of_type<'v>(view: &'v Value, kind: &str) -> Vec<&'v Value> {
    view["blocks"].as_array().unwrap().iter().filter(|block| block["type"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_home_tab_passes_slacks_own_models_whatever_waits() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    let empty = rep.home().await;
    assert!(empty.to_string().contains("Nothing. What comes up"), "{empty:#}");
    assert_eq!((of_type(&empty, "divider").len(), of_type(&empty, "actions").len()), (0, 1));

    for count in 1..=LISTED + 3 {
        let (_, question) = host.ask(if count % 2 == 0 { "email" } else { "tasks" }, &format!("m-{count}")).await;
        if ![1, 3, LISTED, LISTED + 1, LISTED + 3].contains(&count) {
            continue;
        }
        let view = rep.home_that(|view| of_type(view, "divider").len() == count.min(LISTED)).await;
        // A row for each, and one that leads to the inbox.
        assert_eq!(of_type(&view, "actions").len(), count.min(LISTED) + 1, "{view:#}");
        let text = view.to_string();
        assert!(text.contains("Two promises"), "{text}");
        let page = format!("https://host.example/inbox/approvals/{}", question["id"].as_str().unwrap());
        assert_eq!(text.contains(&page), count <= LISTED, "{text}");
        let more = format!("and {} more", count.saturating_sub(LISTED));
        if count > LISTED {
            rep.home_that(|view| view.to_string().contains(&more)).await;
        }
        assert!(text.contains("expires in 24 hours"), "{text}");
        assert_eq!(question["status"], "pending");
    }
    // Shortly before they run out.
    host.clock.advance(23 * 3_600_000 + 30 * 60_000);
    rep.home_that(|view| view.to_string().contains("expires within the hour")).await;
    assert_eq!(refusals(&double), []);
    assert_eq!(slack_model::wrong(&double.calls()).unwrap(), Vec::<String>::new());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_and_notices_pass_slacks_own_models_and_do_what_they_say() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    // Changed in its form.
    let (job, question) = host.ask("email", "m-1").await;
    rep.form(question["id"].as_str().unwrap(), "edit", |label, _| {
        (label == "Subject").then(|| "On Thursday".to_owned())
    })
    .await;
    let view = host.until(&job, |view| !view.effects.is_empty()).await;
    assert_eq!(view.effects[0].payload["subject"], "On Thursday");

    // For later: nothing leaves before.
    let (job, question) = host.ask("email", "m-2").await;
    rep.form(question["id"].as_str().unwrap(), "later", |_, _| None).await;
    let view = host.until(&job, |view| !view.effects.is_empty()).await;
    assert!(view.effects[0].not_before.0 >= host.app.clock.now().0 + 3_600_000, "{:?}", view.effects[0].not_before);

    // Ticks are drawn, and what is ticked is approved.
    let (job, question) = host.ask("tasks", "m-3").await;
    let id = question["id"].as_str().unwrap();
    for item in [0, 1] {
        rep.tick(id, item).await;
    }
    rep.press(id, "ticked").await;
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(done.status, JobStatus::Completed);
    let titles: Vec<&Value> = done.effects.iter().map(|effect| &effect.payload["title"]).collect();
    assert_eq!(titles, [&json!("Book the room")]);

    // A form that comes when its question is settled says so in its place.
    let (job, question) = host.ask("email", "m-4").await;
    let id = question["id"].as_str().unwrap();
    let trigger = rep.press(id, "edit").await;
    let form = rep.opened(&trigger).await;
    rep.press(id, "skip").await;
    host.until(&job, |view| view.status == JobStatus::Completed).await;
    let answer = rep.submit(&form, |_, now| Some(format!("{now}!"))).await;
    assert_eq!(answer["response_action"], "update", "{answer:#}");
    let after = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((after.approvals[0].status, after.effects.len()), (ActionStatus::Skipped, 0));
    assert_eq!(host.get(REP, "/v1/approvals").await.0, 200);

    // Skipped with words, and a box that is ticked.
    let (job, question) = host.ask("email", "m-5").await;
    rep.form(question["id"].as_str().unwrap(), "feedback", |label, _| {
        Some(if label.starts_with("What") { "Not my deal" } else { "ticked" }.to_owned())
    })
    .await;
    let after = host.until(&job, |view| view.status.is_ended()).await;
    let resolution = after.approvals[0].resolution.clone().unwrap();
    assert_eq!((resolution.note.as_deref(), resolution.irrelevant), (Some("Not my deal"), true));

    assert_eq!(refusals(&double), []);
    let mut drawn = double.calls();
    drawn.push(Call { method: "answer".to_owned(), body: answer, refused: None, detail: None });
    for method in ["views.open", "chat.update", "chat.postMessage"] {
        assert!(drawn.iter().any(|call| call.method == method), "{method}");
    }
    assert_eq!(slack_model::wrong(&drawn).unwrap(), Vec::<String>::new());
    host.stop().await;
}
