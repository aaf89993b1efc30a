//! Questions in Slack, against a double that is as strict as Slack: the card is
//! posted, answered by a signed press, brought up to date, and posted late when
//! Slack was away.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use skillhost_engine::job::JobStatus;
use skillhost_server::config::SlackConfig;
use skillhost_tests::slack_double::{SlackDouble, Trouble};
use skillhost_tests::test_host::{ORG, REP, SLACK, START, TestHost, taken};

const TOKEN: &str = "xoxb-1234-test";
const SECRET: &str = "slack-signing-secret";
/// Looks before a test gives up on the double.
const PATIENCE: usize = 400;

async fn double() -> SlackDouble {
    let double = SlackDouble::start(TOKEN, Arc::new(|| START.0 / 1000)).await.unwrap();
    double.add_user(SLACK.1, "ada@acme.example");
    double.add_channel("D1");
    double
}

async fn host(double: &SlackDouble) -> TestHost {
    let base_url = double.base_url();
    TestHost::start(|config| {
        config.slack = Some(SlackConfig {
            base_url,
            token: SecretString::from(TOKEN),
            signing_secret: SecretString::from(SECRET),
        });
    })
    .await
}

/// Waits until Slack has taken this many calls of a method.
async fn until_taken(double: &SlackDouble, method: &str, count: usize) -> Vec<Value> {
    for _ in 0..PATIENCE {
        let taken = double.taken(method);
        if taken.len() >= count {
            return taken;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{method} was not called {count} times: {:?}", double.calls());
}

/// Presses the button that a posted card shows for a verb.
async fn press(host: &TestHost, double: &SlackDouble, card: &Value, verb: &str) {
    let button = buttons(card).into_iter().find(|button| button["action_id"].as_str().unwrap().starts_with(verb));
    let button = button.unwrap_or_else(|| panic!("no button {verb}: {card:#}"));
    let at = double.messages().into_iter().find(|message| message.body["blocks"] == card["blocks"]).unwrap();
    let payload = json!({
        "type": "block_actions", "team": { "id": SLACK.0 }, "user": { "id": SLACK.1, "team_id": SLACK.0 },
        "trigger_id": double.trigger(), "response_url": double.response_url(),
        "container": { "channel_id": at.channel, "message_ts": at.ts }, "actions": [button],
    });
    let body = reqwest::Url::parse_with_params("http://x/", [("payload", payload.to_string())]).unwrap();
    let body = body.query().unwrap().to_owned();
    let at = START.0 / 1000;
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("v0:{at}:{body}").as_bytes());
    let request = host
        .http
        .post(host.url("/hooks/slack/interactive"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-slack-request-timestamp", at.to_string())
        .header("x-slack-signature", format!("v0={}", hex::encode(mac.finalize().into_bytes())));
    let (status, answer) = taken(request.body(body).send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer}");
}

fn buttons(card: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for block in card["blocks"].as_array().into_iter().flatten().filter(|block| block["type"] == "actions") {
        for element in block["elements"].as_array().into_iter().flatten() {
            let mut button = element.clone();
            button["block_id"] = block["block_id"].clone();
            found.push(button);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_posted_answered_and_brought_up_to_date() {
    let slack = double().await;
    let host = host(&slack).await;
    let (job, _) = host.ask("email", "m-1").await;
    let card = until_taken(&slack, "chat.postMessage", 1).await.remove(0);
    let shown = card.to_string();
    for part in ["mira@globex.example", "Next steps after this morning", "Shall we speak again on Thursday?"] {
        assert!(shown.contains(part), "{part} is not on the card: {card:#}");
    }
    press(&host, &slack, &card, "approve").await;
    let view = host.until(&job, |view| !view.effects.is_empty()).await;
    assert_eq!(view.approvals[0].resolution.as_ref().unwrap().via, "slack");
    until_taken(&slack, "chat.update", 1).await;
    host.clock.advance(11_000);
    host.until(&job, |view| view.status == JobStatus::Completed).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_before_slack_says_where_the_card_is_shows_on_it() {
    let slack = double().await;
    let held = slack.hold("chat.postMessage");
    let host = host(&slack).await;
    let (job, approval) = host.ask("email", "m-1").await;
    until_taken(&slack, "chat.postMessage", 1).await;
    let path = format!("/v1/approvals/{}/answer", approval["id"].as_str().unwrap());
    let (status, said) = host.post(REP, &path, &json!({ "answer": "skip" })).await;
    assert_eq!(status, 200, "{said}");
    host.until(&job, |view| view.status == JobStatus::Completed).await;
    assert!(slack.taken("chat.update").is_empty(), "nobody knows the message yet");
    held.add_permits(1);
    let update = until_taken(&slack, "chat.update", 1).await.remove(0);
    assert!(update.to_string().contains("Skipped"), "{update:#}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_opens_a_form_and_a_skip_releases_nothing() {
    let slack = double().await;
    let host = host(&slack).await;
    let (first, _) = host.ask("email", "m-1").await;
    let card = until_taken(&slack, "chat.postMessage", 1).await.remove(0);
    press(&host, &slack, &card, "edit").await;
    let view = until_taken(&slack, "views.open", 1).await.remove(0);
    assert!(view.to_string().contains("Next steps after this morning"), "{view:#}");
    press(&host, &slack, &card, "skip").await;
    let ended = host.until(&first, |view| view.status == JobStatus::Completed).await;
    assert_eq!(ended.effects, []);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_slack_did_not_take_is_posted_a_little_later() {
    let slack = double().await;
    slack.trouble("chat.postMessage", Trouble::Code("channel_not_found"));
    let host = host(&slack).await;
    let (_, approval) = host.ask("email", "m-1").await;
    for _ in 0..PATIENCE {
        if slack.calls().iter().any(|call| call.refused.is_some()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(slack.taken("chat.postMessage").is_empty());
    // The inbox had it all the while.
    let open = host.get(REP, "/v1/approvals").await.1;
    assert!(open.to_string().contains(approval["id"].as_str().unwrap()), "{open}");
    for _ in 0..PATIENCE {
        if !slack.taken("chat.postMessage").is_empty() {
            break;
        }
        host.clock.advance(1_000);
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(slack.taken("chat.postMessage").len(), 1);
    host.stop().await;
}

/// Posts something that Slack signed.
async fn signed(host: &TestHost, path: &str, kind: &str, body: String) -> (u16, Value) {
    let at = START.0 / 1000;
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("v0:{at}:{body}").as_bytes());
    let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    let request = host.http.post(host.url(path)).header(CONTENT_TYPE, kind);
    let request = request.header("x-slack-request-timestamp", at.to_string()).header("x-slack-signature", signature);
    taken(request.body(body).send().await.unwrap()).await
}

const FORM: &str = "application/x-www-form-urlencoded";

fn command(user: &str, trigger: &str, words: &str) -> String {
    let words = words.replace(' ', "+");
    format!("team_id={}&user_id={user}&command=%2Fskillhost&text={words}&trigger_id={trigger}", SLACK.0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slash_command_raises_one_event_however_often_slack_sends_it() {
    let double = double().await;
    let host = host(&double).await;
    let body = command(SLACK.1, "1.2.abc", "find times for Mira Holt next week");
    for _ in 0..2 {
        let (status, said) = signed(&host, "/hooks/slack/command", FORM, body.clone()).await;
        assert_eq!((status, said["response_type"].as_str()), (200, Some("ephemeral")), "{said}");
        assert!(said["text"].as_str().unwrap().contains("Looking for times"), "{said}");
    }
    let (_, list) = host.get(REP, "/v1/jobs?event_type=calendar_find_times").await;
    let jobs = list["jobs"].as_array().unwrap();
    assert_eq!((jobs.len(), &jobs[0]["event_source"]), (1, &json!("slack:command")), "{list}");
    let job = host.app.store.job(&ORG.into(), &jobs[0]["id"].as_str().unwrap().into()).await.unwrap().unwrap();
    let payload = &job.row.trigger_payload;
    assert_eq!((&payload["contact_id"], &payload["speaker"]), (&json!("c1"), &json!("rep")), "{payload}");

    for (trigger, words, whom) in
        [("1.3", "find times for Mira on Friday", json!("c1")), ("1.4", "find times", Value::Null)]
    {
        let (_, said) = signed(&host, "/hooks/slack/command", FORM, command(SLACK.1, trigger, words)).await;
        assert_eq!(said["text"].as_str().unwrap().contains("Nobody is invited"), whom.is_null(), "{said}");
        let (_, list) = host.get(REP, "/v1/jobs?event_type=calendar_find_times").await;
        let job = host.app.store.job(&ORG.into(), &list["jobs"][0]["id"].as_str().unwrap().into()).await.unwrap();
        assert_eq!(job.unwrap().row.trigger_payload["contact_id"], whom, "{words}");
    }

    for (user, words, answer) in
        [(SLACK.1, "help", "find times for"), ("U9", "find times for Mira", "not connected to a person")]
    {
        let (status, said) = signed(&host, "/hooks/slack/command", FORM, command(user, "9.9", words)).await;
        assert!(status == 200 && said["text"].as_str().unwrap().contains(answer), "{said}");
    }
    let (status, _) = signed(&host, "/hooks/slack/command", FORM, "team_id=T1".to_owned()).await;
    assert_eq!(status, 400);
    let forged = host.http.post(host.url("/hooks/slack/command")).header(CONTENT_TYPE, FORM).body(body).send().await;
    assert_eq!(forged.unwrap().status(), 401);
    let (_, list) = host.get(REP, "/v1/jobs?event_type=calendar_find_times").await;
    assert_eq!(list["jobs"].as_array().unwrap().len(), 3);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_home_tab_shows_what_waits() {
    let double = double().await;
    let host = host(&double).await;
    let events = "/hooks/slack/events";
    let json_type = "application/json";
    let challenge = json!({ "type": "url_verification", "challenge": "c-1" }).to_string();
    assert_eq!(signed(&host, events, json_type, challenge).await, (200, json!({ "challenge": "c-1" })));

    let opened = json!({ "type": "event_callback", "team_id": SLACK.0,
        "event": { "type": "app_home_opened", "user": SLACK.1, "tab": "home" } });
    assert_eq!(signed(&host, events, json_type, opened.to_string()).await.0, 200);
    let empty = until_taken(&double, "views.publish", 1).await;
    assert!(empty[0]["view"]["blocks"].to_string().contains("Nothing."), "{}", empty[0]);

    host.ask("email", "m-1").await;
    assert_eq!(signed(&host, events, json_type, opened.to_string()).await.0, 200);
    // It is kept up for whoever looked at it, so it may be drawn once more.
    let mut shown = String::new();
    for _ in 0..PATIENCE {
        shown = double.taken("views.publish").pop().unwrap()["view"]["blocks"].to_string();
        if shown.contains("Follow-up to the Globex call") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(shown.contains("Follow-up to the Globex call") && shown.contains("expires"), "{shown}");

    let stranger = opened.to_string().replace(SLACK.1, "U9");
    assert_eq!(signed(&host, events, json_type, stranger).await.0, 200);
    assert_eq!(signed(&host, events, json_type, "[]".to_owned()).await.0, 400);
    let theirs = |call: &Value| call["user_id"] == SLACK.1;
    assert!(double.taken("views.publish").iter().all(theirs), "nobody else has one");
    host.stop().await;
}
