//! Limits of vendors: what is past one waits for its turn and holds nobody else up, and
//! a pause that a vendor asks for is kept by all.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::{EffectState, HAS_TURN};
use skillhost_engine::store::Connection;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vendor::Rate;
use skillhost_server::config::{SlackConfig, VendorLimits};
use skillhost_server::view::{EffectRowView, JobView};
use skillhost_tests::slack_double::{SlackDouble, Trouble};
use skillhost_tests::test_host::{ORG, REP, SLACK, START, TestHost};

const TOKEN: &str = "xoxb-1234-test";

async fn double() -> SlackDouble {
    let double = SlackDouble::start(TOKEN, Arc::new(|| START.0 / 1000)).await.unwrap();
    double.add_user(SLACK.1, "ada@acme.example");
    double.add_channel("D1");
    double
}

async fn host(double: &SlackDouble, limits: Option<VendorLimits>) -> TestHost {
    let base_url = double.base_url();
    TestHost::start(|config| {
        config.slack = Some(SlackConfig {
            base_url,
            token: SecretString::from(TOKEN),
            signing_secret: SecretString::from("slack-signing-secret"),
        });
        config.vendors.extend(limits.map(|limits| ("slack".to_owned(), limits)));
    })
    .await
}

/// Takes the rep's channel away, so that it is asked for before each message.
async fn without_channel(host: &TestHost) {
    let connection = Connection {
        kind: "slack-user".to_owned(),
        external_id: format!("{}/{}", SLACK.0, SLACK.1),
        org: ORG.into(),
        user: REP.into(),
        detail: json!({}),
    };
    host.app.store.put_connection(&connection).await.unwrap();
}

async fn posts(host: &TestHost, count: usize) -> String {
    host.raise(&json!({ "message_id": format!("m-{count}"), "ask": format!("posts-{count}") })).await
}

/// Sends a mail from its question to its end.
async fn mail(host: &TestHost, id: &str) {
    let question = host.ask("email", id).await;
    send(host, question).await;
}

async fn send(host: &TestHost, (job, approval): (String, Value)) {
    let body = json!({ "answer": "approve" });
    let path = format!("/v1/approvals/{}/answer", approval["id"].as_str().unwrap());
    let (status, answer) = host.post(REP, &path, &body).await;
    assert_eq!(status, 200, "{answer}");
    host.clock.advance(11_000);
    let done = host.until(&job, |view| view.status == JobStatus::Completed).await;
    assert_eq!(done.effects[0].state, EffectState::Sent);
}

fn sent(view: &JobView) -> usize {
    view.effects.iter().filter(|effect| effect.state == EffectState::Sent).count()
}

fn waits(effect: &EffectRowView) -> bool {
    effect.state == EffectState::Ready && effect.last_error.as_deref() == Some(HAS_TURN)
}

fn calls(double: &SlackDouble, method: &str) -> usize {
    double.calls().iter().filter(|call| call.method == method).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_past_a_rate_has_its_turn_and_other_vendors_go_on() {
    let slack = double().await;
    let limits = VendorLimits { rate: Rate::new(6, 2), concurrent: Some(1) };
    let host = host(&slack, Some(limits)).await;
    let job = posts(&host, 6).await;
    let view =
        host.until(&job, |view| sent(view) == 2 && view.effects.iter().filter(|one| waits(one)).count() == 4).await;
    assert_eq!(calls(&slack, "chat.postMessage"), 2, "a burst of two");
    let mut turns: Vec<Timestamp> = view.effects.iter().filter(|one| waits(one)).map(|one| one.not_before).collect();
    turns.sort_unstable();
    let apart: Vec<Timestamp> = (1..=4).map(|n| START.plus_ms(n * 10_000)).collect();
    assert_eq!(turns, apart, "ten seconds apart");
    assert!(view.effects.iter().all(|one| one.attempt == u32::from(one.state == EffectState::Sent)), "none was tried");
    assert_eq!(view.status, JobStatus::Deferred);
    let stored = host.app.store.job(&ORG.into(), &JobId::from(job.as_str())).await.unwrap().unwrap();
    let kinds: Vec<&str> = stored.journal.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "effect_settled").count(), 2, "waiting is no event: {kinds:?}");
    assert_eq!(kinds.len(), stored.journal.len());

    // Eleven seconds later a mail is gone, and one message more.
    mail(&host, "mail-1").await;
    host.until(&job, |view| sent(view) == 3).await;
    assert_eq!(calls(&slack, "chat.postMessage"), 3);
    // Three turns that passed meanwhile are no burst of three.
    host.clock.advance(9_000);
    host.until(&job, |view| sent(view) == 4).await;
    host.clock.advance(10_000);
    host.until(&job, |view| sent(view) == 5).await;
    assert_eq!(calls(&slack, "chat.postMessage"), 5);
    host.clock.advance(10_000);
    host.until(&job, |view| view.status == JobStatus::Completed).await;
    assert_eq!(calls(&slack, "chat.postMessage"), 6);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_holds_all_effects_of_the_vendor_and_then_one_goes_first() {
    let slack = double().await;
    let host = host(&slack, Some(VendorLimits { rate: None, concurrent: Some(1) })).await;
    let question = host.ask("email", "mail-1").await;
    slack.until(|calls| calls.len() == 1).await;
    without_channel(&host).await;
    slack.drain();

    slack.trouble("chat.postMessage", Trouble::Pause(30));
    slack.trouble("chat.postMessage", Trouble::Pause(30));
    let job = posts(&host, 5).await;
    let wait_until = |view: &JobView, count: usize, ms: i64| {
        let later = |one: &&EffectRowView| one.state == EffectState::Ready && one.not_before >= START.plus_ms(ms);
        view.effects.iter().filter(later).count() == count
    };
    let view = host.until(&job, |view| wait_until(view, 5, 30_000)).await;
    assert_eq!((calls(&slack, "chat.postMessage"), slack.calls().len()), (1, 2), "one message and its channel");
    assert_eq!(view.effects.iter().filter(|one| one.attempt == 0).count(), 4);
    // What comes meanwhile does not run into it either, and mail goes on.
    let later = posts(&host, 1).await;
    host.until(&later, |view| view.effects.first().is_some_and(waits)).await;
    send(&host, question).await;
    assert_eq!(slack.calls().len(), 2, "{:?}", slack.calls());

    // It is over, and asks for another one: one message finds out for all.
    host.clock.advance(26_000);
    host.until(&job, |view| wait_until(view, 5, 67_000)).await;
    host.until(&later, |view| wait_until(view, 1, 67_000)).await;
    assert_eq!(calls(&slack, "chat.postMessage"), 2);
    host.clock.advance(100_000);
    for job in [&job, &later] {
        host.until(job, |view| view.status == JobStatus::Completed).await;
    }
    assert_eq!(slack.taken("chat.postMessage").len(), 6, "each is there once");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vendor_that_does_not_answer_holds_no_other_up() {
    let slack = double().await;
    let host = host(&slack, None).await;
    without_channel(&host).await;
    // The rep's card waits for Slack as well, in its own time.
    let held = slack.hold("conversations.open");
    // More than is read at a time.
    let job = posts(&host, 100).await;
    mail(&host, "mail-1").await;
    let view = host.until(&job, |_| true).await;
    assert_eq!(sent(&view), 0);
    assert!(calls(&slack, "conversations.open") <= 8 + 1, "so many are under way at once, and the card");
    held.add_permits(100 + 1);
    host.until(&job, |view| view.status == JobStatus::Completed).await;
    // The card was answered while it waited, and is brought no more.
    assert_eq!(slack.taken("chat.postMessage").iter().filter(|body| body["text"] != json!(null)).count(), 100);
    host.stop().await;
}
