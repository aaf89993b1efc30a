//! What the host brings to people in Slack of its own accord: notices as well as questions,
//! again while Slack is away, and only when they may be disturbed.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use skillhost_engine::hold::EffectHold;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::{EffectState, HELD_UNTIL};
use skillhost_engine::outcome::Outcome;
use skillhost_engine::purse::Reservation;
use skillhost_engine::quiet::{QUIET, RATE};
use skillhost_engine::retry::EFFECT_ATTEMPTS;
use skillhost_engine::sequence::Sequence;
use skillhost_engine::store::{Batch, Due, Telling, Untold, Write};
use skillhost_engine::time::{MicroUsd, Timestamp};
use skillhost_server::sequences::Sequences;
use skillhost_tests::given::{effect, file, given, question};
use skillhost_tests::slack_double::{Message, SlackDouble, Trouble};
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, START, TestHost};
use sqlx::Connection as _;

use super::slack_rounds::{rep, start_with};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Between two looks, and how many there are before a test gives up.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
const PATIENCE: usize = 1500;
/// What the costly sequence is expected to cost, and what its org may spend a day.
const COSTS: i64 = 900_000;
const A_DAY: i64 = 1_000_000;
const DEAR: &str = "estimate_micro_usd: 900000\n";

fn answer(ask: &str) -> Outcome {
    let mail = || {
        let payload = json!({ "to": ["mira@globex.example"], "subject": "Rollout", "body": "As agreed." });
        question(vec![effect("email.send", payload)])
    };
    let post = || effect("chat.post", json!({ "text": "A word about it." }));
    let (artifacts, approvals, effects) = match ask {
        "fail" => (vec![], vec![], vec![effect("chat.post", json!({}))]),
        "share" => {
            let payload = json!({ "artifact": "artifact:offer", "title": "Our offer", "contact_id": "c1",
                                  "expires_at": START.plus_ms(7 * 24 * HOUR_MS).rfc3339() });
            let share = question(vec![effect("proposal.share", payload)]);
            (vec![file("offer", "application/pdf", b"%PDF-1.7")], vec![share], vec![])
        }
        "post" => (vec![], vec![], vec![post()]),
        "both" | "calendar_find_times" | "campaign_check" => (vec![], vec![mail()], vec![post()]),
        _ => (vec![], vec![mail()], vec![]),
    };
    Outcome { output: json!({}), artifacts, approvals, effects, ..Outcome::default() }
}

fn sequence(event: &str, head: &str, ask: &str) -> Arc<Sequence> {
    let text = format!(
        "sequence: {event}\nversion: 1\nevent: {event}\n{head}steps:\n  ask:\n    skill: propose\n    with:\n      \
         ask: {ask}\n    on_failure: stop\n    output: given\n"
    );
    Arc::new(Sequence::parse("given.yaml", &text).unwrap())
}

async fn start() -> (SlackDouble, TestHost) {
    let mut skills = given(&["email.send", "proposal.share", "chat.post", "llm:small"], answer);
    skills.sequences = Sequences::of([
        sequence("email_received", "", "event.payload.ask"),
        sequence("campaign_check", DEAR, "event.type"),
        sequence("calendar_find_times", "", "event.type"),
        sequence("morning_brief", "quiet_hours: ignore\n", "event.payload.ask"),
    ]);
    start_with(skills).await
}

async fn prefers(host: &TestHost, preferences: Value) {
    let users = json!({ "users": [{ "id": REP, "org_id": ORG, "name": "Ada Reed", "email": "ada@acme.example",
                                    "zone": "UTC", "admin": false, "preferences": preferences }] });
    host.app.store.load_data(&users, Timestamp(i64::MAX)).await.unwrap();
}

/// An event whose step asks one question, where its payload says nothing else.
async fn raise(host: &TestHost, event: &str, mut payload: Value) -> String {
    payload.as_object_mut().unwrap().entry("ask").or_insert_with(|| json!("question"));
    let (status, taken) = host.post(REP, "/v1/events", &json!({ "type": event, "payload": payload })).await;
    assert_eq!(status, 202, "{taken}");
    taken["job_id"].as_str().unwrap().to_owned()
}

/// Messages that say this.
fn saying(double: &SlackDouble, words: &str) -> Vec<Message> {
    double.messages().into_iter().filter(|message| message.body.to_string().contains(words)).collect()
}

async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..PATIENCE {
        if holds().await {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("{what} does not come to hold");
}

async fn comes(double: &SlackDouble, words: &str) {
    eventually(words, async || !saying(double, words).is_empty()).await;
}

/// Moves the clock on, a second at a time, until a message says this.
async fn comes_later(double: &SlackDouble, host: &TestHost, words: &str) {
    eventually(words, async || {
        host.clock.advance(1_000);
        !saying(double, words).is_empty()
    })
    .await;
}

async fn at(host: &TestHost, then: &str) {
    let then = then.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    host.clock.advance(then - host.app.clock.now().0);
}

async fn budget(host: &TestHost, limit: i64) {
    let body = json!({ "scope": "org", "period": "day", "limit_micro_usd": limit });
    let (status, answer) = host.post(ADMIN, "/v1/budgets/set", &body).await;
    assert_eq!(status, 200, "{answer}");
}

/// A sweep and another start, of which neither brings anything again: with the next question
/// there are so many messages.
async fn again_and_next(double: &SlackDouble, host: &TestHost, next: &str, count: usize) {
    host.clock.advance(6 * MINUTE_MS);
    skillhost_server::driver::start(&host.app).await.unwrap();
    raise(host, "email_received", json!({ "message_id": next })).await;
    eventually(next, async || double.messages().len() == count).await;
}

/// What is still to be brought, whenever.
async fn untold(host: &TestHost) -> Vec<Untold> {
    host.app.store.untold(Due { since: START, until: HELD_UNTIL, lost: false }, 100).await.unwrap()
}

/// How many of the rep's questions and notices wait for a time.
async fn planned(host: &TestHost) -> Vec<Timestamp> {
    let now = host.app.clock.now();
    untold(host).await.into_iter().filter_map(|one| one.at).filter(|at| *at > now).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_host_itself_has_to_say_comes_to_slack_once() {
    let (double, host) = start().await;
    let failed = raise(&host, "email_received", json!({ "message_id": "m-1", "ask": "fail" })).await;
    host.until(&failed, |view| view.status == JobStatus::Failed).await;
    comes(&double, "The work on “email_received” stopped").await;

    budget(&host, COSTS - 1).await;
    for meeting in ["one", "two"] {
        let job = raise(&host, "campaign_check", json!({ "meeting_id": meeting })).await;
        host.until(&job, |view| view.status == JobStatus::AwaitingBudget).await;
    }
    comes(&double, "waits for money").await;

    let shared = raise(&host, "email_received", json!({ "message_id": "m-2", "ask": "share" })).await;
    let view = host.until(&shared, |view| !view.approvals.is_empty()).await;
    let id = view.approvals[0].id.to_string();
    rep(&double, &host).press(&id, "approve").await;
    host.until(&shared, |view| !view.effects.is_empty()).await;
    host.clock.advance(11_000);
    comes(&double, "a link to offer.pdf is ready").await;

    // Neither the sweep nor another start brings one again.
    host.clock.advance(6 * MINUTE_MS);
    skillhost_server::driver::start(&host.app).await.unwrap();
    raise(&host, "email_received", json!({ "message_id": "m-3" })).await;
    comes(&double, "As agreed.").await;
    for words in ["stopped", "waits for money", "is ready"] {
        assert_eq!(saying(&double, words).len(), 1, "{words}");
    }
    // The inbox has them all the same.
    let (_, feed) = host.get(REP, "/v1/feed").await;
    assert_eq!(feed["messages"].as_array().unwrap().len(), 3, "{feed}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_was_away_for_comes_when_it_is_back() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    for _ in 0..3 {
        double.trouble("chat.postMessage", Trouble::Status(503));
    }
    let job = raise(&host, "email_received", json!({ "message_id": "m-1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let id = view.approvals[0].id.to_string();
    comes_later(&double, &host, "As agreed.").await;
    double.trouble("chat.postMessage", Trouble::Status(503));
    let failed = raise(&host, "email_received", json!({ "message_id": "m-2", "ask": "fail" })).await;
    host.until(&failed, |view| view.status == JobStatus::Failed).await;
    comes_later(&double, &host, "stopped").await;

    // Of a call whose answer was lost nobody knows; what it says is said once more.
    double.trouble("chat.update", Trouble::Status(503));
    double.trouble("chat.update", Trouble::Status(502));
    rep.press(&id, "skip").await;
    comes_later(&double, &host, "Skipped by Ada Reed").await;
    assert_eq!((saying(&double, "stopped").len(), double.messages().len()), (1, 2));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_refuses_is_tried_again_and_in_the_end_given_up() {
    let (double, host) = start().await;
    prefers(&host, json!({ "max_notifications_per_hour": 1 })).await;
    double.trouble("chat.postMessage", Trouble::Code("channel_not_found"));
    raise(&host, "email_received", json!({ "message_id": "m-1" })).await;
    comes_later(&double, &host, "As agreed.").await;

    host.clock.advance(HOUR_MS);
    double.drain();
    for _ in 0..EFFECT_ATTEMPTS {
        double.trouble("chat.postMessage", Trouble::Code("channel_not_found"));
    }
    let tried = || double.calls().iter().filter(|call| call.method == "chat.postMessage").count();
    let most = usize::try_from(EFFECT_ATTEMPTS).unwrap();
    raise(&host, "email_received", json!({ "message_id": "m-2" })).await;
    eventually("it is given up", async || {
        host.clock.advance(MINUTE_MS);
        tried() == most && untold(&host).await.is_empty()
    })
    .await;
    // Neither the sweep nor another start begins anew, and it took nobody's place.
    again_and_next(&double, &host, "m-3", 2).await;
    assert_eq!(tried(), most + 1);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_has_is_not_sent_again_while_the_store_is_away() {
    let (double, host) = start().await;
    let url = format!("sqlite://{}", host.folder().path().join("data/skillhost.db").display());
    let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let held = double.hold("chat.postMessage");
    let job = raise(&host, "email_received", json!({ "message_id": "m-1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let id = view.approvals[0].id.clone();
    double.until(|calls| calls.iter().any(|call| call.method == "chat.postMessage")).await;
    // A fault of the database, of the kind that passes.
    let fault = "CREATE TRIGGER away BEFORE UPDATE OF message_ts ON pending_actions
        BEGIN SELECT abs(-9223372036854775807 - 1); END";
    sqlx::query(fault).execute(&mut database).await.unwrap();
    held.add_permits(100);
    // What comes next is asked by the same host, after the sweep.
    host.clock.advance(6 * MINUTE_MS);
    raise(&host, "email_received", json!({ "message_id": "m-2" })).await;
    eventually("the next", async || double.messages().len() == 2).await;
    let row = async || host.app.store.action(&ORG.into(), &id).await.unwrap().unwrap();
    assert_eq!(row().await.message_ts, None);
    sqlx::query("DROP TRIGGER away").execute(&mut database).await.unwrap();
    eventually("its place is known", async || {
        host.clock.advance(MINUTE_MS);
        row().await.message_ts.is_some()
    })
    .await;
    again_and_next(&double, &host, "m-3", 3).await;
    // Its message says what became of it.
    rep(&double, &host).press(id.as_str(), "skip").await;
    comes(&double, "Skipped by Ada Reed").await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_due_before_a_restore_is_not_posted_beside_what_the_backup_does_not_know() {
    let (double, host) = start().await;
    double.trouble("chat.postMessage", Trouble::Status(503));
    let job = raise(&host, "email_received", json!({ "message_id": "m-1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    double.until(|calls| calls.iter().any(|call| call.refused.is_some())).await;
    host.clock.advance(1);
    let since = host.app.clock.now();
    host.app.store.hold_effects(&EffectHold { taken_at: since, since }, "restore").await.unwrap();
    host.clock.advance(1);
    // What is asked after it comes.
    skillhost_server::driver::start(&host.app).await.unwrap();
    raise(&host, "email_received", json!({ "message_id": "m-2" })).await;
    comes(&double, "As agreed.").await;
    host.app.store.release_held(None, "client:op", host.app.clock.now()).await.unwrap();
    again_and_next(&double, &host, "m-3", 2).await;
    let (_, open) = host.get(REP, "/v1/approvals").await;
    assert!(open.to_string().contains(view.approvals[0].id.as_str()), "{open}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settled_question_says_so_though_slack_refused_it_for_a_while() {
    let (double, host) = start().await;
    let job = raise(&host, "email_received", json!({ "message_id": "m-1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    comes(&double, "As agreed.").await;
    for _ in 0..3 {
        double.trouble("chat.update", Trouble::Code("token_revoked"));
    }
    rep(&double, &host).press(view.approvals[0].id.as_str(), "skip").await;
    comes_later(&double, &host, "Skipped by Ada Reed").await;

    // One that is gone for good is let be.
    let job = raise(&host, "email_received", json!({ "message_id": "m-2" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    eventually("the second", async || double.messages().len() == 2).await;
    double.drain();
    for _ in 0..=EFFECT_ATTEMPTS {
        double.trouble("chat.update", Trouble::Code("message_not_found"));
    }
    rep(&double, &host).press(view.approvals[0].id.as_str(), "skip").await;
    let behind = async || host.app.store.outcomes_untold(START, 10).await.unwrap().len();
    eventually("it is let be", async || {
        host.clock.advance(MINUTE_MS);
        behind().await == 0
    })
    .await;
    let tried = || u32::try_from(double.calls().iter().filter(|call| call.method == "chat.update").count()).unwrap();
    assert_eq!(tried(), EFFECT_ATTEMPTS);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_there_is_not_posted_beside_it_and_a_press_finds_it() {
    let (double, host) = start().await;
    double.trouble("chat.postMessage", Trouble::Lost);
    let job = raise(&host, "email_received", json!({ "message_id": "m-1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let id = view.approvals[0].id.clone();
    comes(&double, "As agreed.").await;
    eventually("its doubt", async || untold(&host).await.is_empty()).await;
    again_and_next(&double, &host, "m-2", 2).await;
    assert_eq!(host.app.store.action(&ORG.into(), &id).await.unwrap().unwrap().message_ts, None);
    rep(&double, &host).press(id.as_str(), "skip").await;
    comes(&double, "Skipped by Ada Reed").await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hosts_the_one_that_begins_the_call_makes_it() {
    let (double, host) = start().await;
    double.trouble("chat.postMessage", Trouble::Pause(120));
    let job = raise(&host, "email_received", json!({ "message_id": "m-1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let id = view.approvals[0].id.clone();
    double.until(|calls| calls.iter().any(|call| call.refused.is_some())).await;
    // While this one waits as long as Slack asks, another comes to it.
    let what = Untold { kind: Telling::Card, org: ORG.into(), id: id.to_string(), at: None };
    eventually("the other host's turn", async || {
        host.app.store.begin_telling(&what, host.app.clock.now()).await.unwrap()
    })
    .await;
    host.clock.advance(121_000);
    raise(&host, "email_received", json!({ "message_id": "m-2" })).await;
    eventually("the next", async || double.messages().len() == 1).await;
    // The other one is gone, and nobody knows whether Slack had it.
    again_and_next(&double, &host, "m-3", 2).await;
    let (_, open) = host.get(REP, "/v1/approvals").await;
    assert!(open.to_string().contains(id.as_str()), "the inbox has it: {open}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_up_that_gets_no_answer_is_made_again() {
    let (double, host) = start().await;
    double.add_user("U2", "bob@acme.example");
    double.trouble("users.lookupByEmail", Trouble::Status(502));
    double.trouble("conversations.open", Trouble::Status(502));
    let event = json!({ "type": "email_received", "payload": { "message_id": "m-1", "ask": "question" } });
    let (status, _) = host.post(OTHER, "/v1/events", &event).await;
    assert_eq!(status, 202);
    comes_later(&double, &host, "As agreed.").await;
    let asked = |method: &str| double.calls().iter().filter(|call| call.method == method).count();
    assert_eq!((asked("users.lookupByEmail"), asked("conversations.open")), (2, 2));
    assert_eq!(double.messages()[0].channel, "DU2");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_goes_on_at_night_says_it_in_the_morning() {
    let (double, host) = start().await;
    prefers(&host, json!({ "quiet_hours": { "from": "20:00", "to": "07:30" } })).await;
    budget(&host, A_DAY).await;
    let first = raise(&host, "email_received", json!({ "message_id": "m-1", "ask": "post" })).await;
    host.until(&first, |view| view.status == JobStatus::Completed).await;
    // Most of the day's money is with another job, which never gives it back.
    let held = Reservation {
        id: "r-1".to_owned(),
        org: ORG.into(),
        job: first.as_str().into(),
        step: "ask".into(),
        call: "call-1".to_owned(),
        skill: "propose".into(),
        sequence: "email_received".to_owned(),
        what: "small".to_owned(),
        amount: MicroUsd(A_DAY - COSTS + 1),
        owner: host.app.boot_id.clone(),
        at: host.app.clock.now(),
    };
    host.app.store.commit(Batch { writes: vec![Write::Reserve(Box::new(held))] }).await.unwrap();
    let job = raise(&host, "campaign_check", json!({})).await;
    let parked = host.until(&job, |view| view.status == JobStatus::AwaitingBudget).await;
    assert!(parked.reason.unwrap().contains("2026-11-04T00:00:00"));
    comes(&double, "waits for money").await;
    assert_eq!(double.messages().len(), 2);

    // It goes on at midnight, and asks in the inbox.
    at(&host, "2026-11-04T00:00:00Z").await;
    let end = Timestamp("2026-11-04T07:30:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let held = |view: &skillhost_server::view::JobView| {
        view.effects.iter().any(|effect| effect.kind == "chat.post" && effect.last_error.as_deref() == Some(QUIET))
    };
    let view = host.until(&job, |view| !view.approvals.is_empty() && held(view)).await;
    assert_eq!(view.effects.iter().find(|effect| effect.kind == "chat.post").unwrap().not_before, end);
    eventually("the question's time", async || planned(&host).await == [end]).await;
    let id = view.approvals[0].id.to_string();
    let (_, open) = host.get(REP, "/v1/approvals").await;
    assert!(open.to_string().contains(&id), "{open}");
    at(&host, "2026-11-04T07:29:59Z").await;

    // What the person asks for themselves, and what has its own time, comes at night.
    let before = double.messages().len();
    assert_eq!(before, 2, "{:?}", double.messages());
    let brief = raise(&host, "morning_brief", json!({ "ask": "post" })).await;
    host.until(&brief, |view| view.status == JobStatus::Completed).await;
    rep(&double, &host).command("find times for Mira Holt").await;
    eventually("the button's own card", async || double.messages().len() == before + 3).await;
    assert_eq!(planned(&host).await, [end]);

    at(&host, "2026-11-04T07:30:00Z").await;
    rep(&double, &host).card(&id).await;
    let done = host.until(&job, |view| view.effects.iter().any(|effect| effect.state == EffectState::Sent)).await;
    assert_eq!(done.effects.iter().filter(|effect| effect.kind == "chat.post").count(), 1);
    eventually("all of it", async || double.messages().len() == before + 5).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_the_morning_and_is_asked_for_comes_once() {
    let (double, host) = start().await;
    prefers(&host, json!({ "quiet_hours": { "from": "20:00", "to": "07:30" } })).await;
    at(&host, "2026-11-03T19:59:59Z").await;
    // Slack is away until the night has begun.
    double.trouble("chat.postMessage", Trouble::Status(503));
    let job = raise(&host, "email_received", json!({ "message_id": "m-1" })).await;
    host.until(&job, |view| !view.approvals.is_empty()).await;
    double.until(|calls| calls.iter().any(|call| call.refused.is_some())).await;
    eventually("its time", async || {
        host.clock.advance(1_000);
        planned(&host).await.len() == 1
    })
    .await;
    let rep = rep(&double, &host);
    let home = rep.home().await;
    double.drain();
    double.trouble("chat.postMessage", Trouble::Status(503));
    rep.press_at_home(&home, "bring").await;
    double.until(|calls| calls.iter().any(|call| call.refused.is_some())).await;
    assert_eq!(planned(&host).await.len(), 1, "it still comes in the morning");
    eventually("another press", async || {
        rep.press_at_home(&home, "bring").await;
        !double.messages().is_empty()
    })
    .await;
    eventually("it is known", async || untold(&host).await.is_empty()).await;
    at(&host, "2026-11-04T07:31:00Z").await;
    raise(&host, "email_received", json!({ "message_id": "m-2" })).await;
    eventually("the next", async || saying(&double, "As agreed.").len() == 2).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_at_once_are_two_an_hour() {
    for ask in ["card", "post"] {
        let (double, host) = start().await;
        prefers(&host, json!({ "max_notifications_per_hour": 2 })).await;
        let sent =
            (0..5).map(|n| raise(&host, "email_received", json!({ "message_id": format!("m-{n}"), "ask": ask })));
        let jobs = futures::future::join_all(sent).await;
        // Each has left, or has its time: of the job, of the message or of the card.
        let decided = async || {
            let mut waiting = planned(&host).await.len();
            for job in &jobs {
                let view = host.app.job_view(&ORG.into(), &job.as_str().into()).await.unwrap().unwrap();
                let is_held = |why: Option<&str>| matches!(why, Some(QUIET | RATE));
                waiting += usize::from(is_held(view.reason.as_deref()));
                waiting += view
                    .effects
                    .iter()
                    .filter(|effect| is_held(effect.last_error.as_deref()) && effect.state == EffectState::Ready)
                    .count();
            }
            waiting
        };
        for (hour, left) in [(0, 2), (1, 4), (2, 5)] {
            if hour > 0 {
                host.clock.advance(HOUR_MS);
            }
            eventually("two an hour", async || double.messages().len() == left && decided().await == 5 - left).await;
        }
        host.clock.advance(HOUR_MS);
        raise(&host, "email_received", json!({ "message_id": "m-9", "ask": ask })).await;
        eventually("none twice", async || double.messages().len() == 6).await;
        host.stop().await;
    }
}
