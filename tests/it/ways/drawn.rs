//! What is drawn in Slack beside the ways: the home tab in every state, forms, and notices,
//! by the double's rules and by Slack's own models.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::job::JobStatus;
use skillhost_engine::time::Clock as _;
use skillhost_server::config::SlackConfig;
use skillhost_tests::slack_double::{Call, SlackDouble};
use skillhost_tests::slack_model;
use skillhost_tests::slack_rep::{SECRET, SlackRep, TOKEN, refusals};
use skillhost_tests::test_host::{REP, SLACK, TestClock, TestHost};

/// Questions that the home tab lists; what is beyond is counted.
const LISTED: usize = 20;

async fn start() -> (SlackDouble, TestHost) {
    let now = Arc::new(std::sync::OnceLock::<Arc<TestClock>>::new());
    let times = Arc::clone(&now);
    let double =
        SlackDouble::start(TOKEN, Arc::new(move || times.get().map_or(0, |clock| clock.now().0))).await.unwrap();
    double.add_user(SLACK.1, "ada@acme.example");
    double.add_channel("D1");
    let base_url = double.base_url();
    let host = TestHost::start(|config| {
        config.public_url = Some("https://host.example".to_owned());
        config.slack = Some(SlackConfig {
            base_url,
            token: SecretString::from(TOKEN),
            signing_secret: SecretString::from(SECRET),
        });
    })
    .await;
    now.set(Arc::clone(&host.clock)).ok().unwrap();
    (double, host)
}

fn rep<'d>(double: &'d SlackDouble, host: &'d TestHost) -> SlackRep<'d> {
    SlackRep { double, base: &host.base, http: &host.http, clock: &host.clock, who: SLACK }
}

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
        let view = match count {
            1 | 3 | LISTED | 21 | 23 => rep.home().await,
            _ => continue,
        };
        assert_eq!(of_type(&view, "divider").len(), count.min(LISTED), "{view:#}");
        let text = view.to_string();
        assert!(text.contains("Two promises"), "{text}");
        assert_eq!(text.contains(&format!("and {} more", count.saturating_sub(LISTED))), count > LISTED, "{text}");
        assert!(text.contains("expires in 24 hours"), "{text}");
        assert_eq!(question["status"], "pending");
    }
    // Shortly before they run out.
    host.clock.advance(23 * 3_600_000 + 30 * 60_000);
    let late = rep.home().await;
    assert!(late.to_string().contains("expires within the hour"), "{late:#}");
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

    assert_eq!(refusals(&double), []);
    let mut drawn = double.calls();
    drawn.push(Call { method: "answer".to_owned(), body: answer, refused: None, detail: None });
    for method in ["views.open", "chat.update", "chat.postMessage"] {
        assert!(drawn.iter().any(|call| call.method == method), "{method}");
    }
    assert_eq!(slack_model::wrong(&drawn).unwrap(), Vec::<String>::new());
    host.stop().await;
}
