//! Buttons of messages that ask nothing: drawn in Slack and in the inbox, pressed by whom
//! they were posted to, once; and what a press leads to.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::store::JobFilter;
use skillhost_engine::time::Timestamp;
use skillhost_server::config::{Config, SlackConfig};
use skillhost_server::inbox::issue_sign_in;
use skillhost_tests::slack_double::{Message, SlackDouble};
use skillhost_tests::slack_model;
use skillhost_tests::slack_rep::{SECRET, SlackRep, TOKEN, refusals};
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, SLACK, START, TestClock, TestHost};

/// Somebody else in the same Slack.
const OTHERS_SLACK: &str = "U0OTHER";
/// Somebody who is no user of the org.
const STRANGER: &str = "U0NOBODY";
const DAY_MS: i64 = 24 * 3_600_000;
const HOUR_MS: i64 = 3_600_000;
/// Looks before a test gives up, and the time between two.
const PATIENCE: usize = 600;
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(10);

/// A message with the buttons that the event brings.
const BRIEF: &str = "sequence: morning_brief\nversion: 1\nevent: morning_brief\nsteps:\n  tell:\n    action: card\n    \
    with: { title: \"'Your day'\", buttons: event.payload.buttons }\n";

/// One that tells nobody anything.
fn quiet(event: &str, head: &str) -> String {
    format!(
        "sequence: {event}\nversion: 1\nevent: {event}\n{head}\nsteps:\n  tell:\n    action: card\n    \
         when: \"!has(event.payload.skip)\"\n    with: {{ title: \"'{event}'\" }}\n"
    )
}

async fn start(adjust: impl FnOnce(&mut Config)) -> TestHost {
    let folder = tempfile::tempdir().unwrap();
    for name in ["skills", "sequences"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(format!("sequences/{name}.yaml")), text).unwrap();
    };
    write("morning_brief", BRIEF);
    write("calendar_find_times", &quiet("calendar_find_times", ""));
    write("stale_deal_revival", &quiet("stale_deal_revival", ""));
    write(
        "pre_meeting_90min",
        &quiet("pre_meeting_90min", "quiet_hours: ignore\nschedule: { before_meeting_minutes: 90 }"),
    );
    TestHost::on_modules(Arc::new(folder), TestClock::new(), adjust).await.unwrap()
}

async fn in_slack(double: &SlackDouble) -> TestHost {
    double.add_user(SLACK.1, "ada@acme.example");
    double.add_user(OTHERS_SLACK, "bob@acme.example");
    double.add_user(STRANGER, "nobody@elsewhere.example");
    double.add_channel("D1");
    let base_url = double.base_url();
    let host = start(|config| {
        config.slack = Some(SlackConfig {
            base_url,
            token: SecretString::from(TOKEN),
            signing_secret: SecretString::from(SECRET),
        });
    })
    .await;
    let connection = json!({ "connections": [{ "kind": "slack-user", "org_id": ORG, "user_id": OTHER,
        "external_id": format!("{}/{OTHERS_SLACK}", SLACK.0), "detail": { "channel": "D1" } }] });
    host.app.store.load_data(&connection, Timestamp(i64::MAX)).await.unwrap();
    host
}

fn five() -> Value {
    json!([
        { "label": "Check calendar: Mira", "action": "check_calendar", "about": { "contact_id": "c1" } },
        { "label": "Take up again: Globex", "action": "apply_suggestion", "event": "stale_deal_revival",
          "about": { "deal_id": "d1" } },
        { "label": "Mark closed: Globex", "action": "mark_closed", "about": { "deal_id": "d1" } },
        { "label": "Skip prep", "action": "skip_prep", "about": { "meeting_id": "m1" } },
        { "label": "Draft reply: Mira", "action": "draft_reply", "about": { "email_id": "e1" } },
    ])
}

/// Posts a brief with these buttons to the rep.
async fn brief(host: &TestHost, id: &str, buttons: Value) -> JobRow {
    let event = json!({ "type": "morning_brief", "payload": { "id": id, "buttons": buttons } });
    let (status, said) = host.post(REP, "/v1/events", &event).await;
    assert_eq!(status, 202, "{said}");
    host.until(said["job_id"].as_str().unwrap(), |view| view.status.is_ended()).await;
    let (id, org) = (said["job_id"].as_str().unwrap().into(), ORG.into());
    host.app.store.job(&org, &id).await.unwrap().unwrap().row
}

async fn jobs(host: &TestHost, event: &str) -> Vec<JobRow> {
    let filter = JobFilter { event_type: Some(event.to_owned()), limit: 50, ..JobFilter::default() };
    host.app.store.jobs(&ORG.into(), &filter).await.unwrap()
}

fn buttons(message: &Message) -> Vec<Value> {
    let blocks = message.body["blocks"].as_array().unwrap().iter();
    blocks
        .filter(|block| block["type"] == "actions")
        .flat_map(|row| row["elements"].as_array().unwrap().clone())
        .collect()
}

/// The message with buttons that was posted last.
async fn posted(double: &SlackDouble) -> Message {
    for _ in 0..PATIENCE {
        if let Some(message) = double.messages().into_iter().rfind(|message| !buttons(message).is_empty()) {
            return message;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("no message has buttons: {:#?}", double.calls());
}

/// A press as Slack delivers it: status, and what is told beside the message.
async fn press(host: &TestHost, double: &SlackDouble, who: &str, message: &Message, button: &Value) -> (u16, String) {
    let before = double.taken("response_url").len();
    let payload = json!({
        "type": "block_actions", "team": { "id": SLACK.0 }, "user": { "id": who, "team_id": SLACK.0 },
        "trigger_id": double.trigger(), "response_url": double.response_url(),
        "container": { "channel_id": message.channel, "message_ts": message.ts }, "actions": [button],
    });
    let form = reqwest::Url::parse_with_params("http://x/", [("payload", payload.to_string())]).unwrap();
    let rep = SlackRep { double, base: &host.base, http: &host.http, clock: &host.clock, who: SLACK };
    let kind = "application/x-www-form-urlencoded";
    let (status, _) = rep.signed("/hooks/slack/interactive", kind, form.query().unwrap().to_owned()).await;
    if status != 200 {
        return (status, String::new());
    }
    for _ in 0..PATIENCE {
        if let Some(told) = double.taken("response_url").get(before) {
            return (status, told["blocks"].to_string());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("nothing is told: {:#?}", double.calls());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_in_slack_raises_its_event_once_and_the_message_shows_it() {
    let double = SlackDouble::start(TOKEN, Arc::new(|| START.0)).await.unwrap();
    let host = in_slack(&double).await;
    brief(&host, "b1", five()).await;
    let message = posted(&double).await;
    let all = buttons(&message);
    assert_eq!(all.len(), 5, "{all:#?}");
    let labels: Vec<&str> = all.iter().map(|one| one["text"]["text"].as_str().unwrap()).collect();
    assert_eq!(labels[..2], ["Check calendar: Mira", "Take up again: Globex"]);
    // A button carries the message and its place, and no id of any record.
    let carried = all[0]["value"].as_str().unwrap();
    assert!(carried.starts_with("eff_") && all.iter().all(|one| one["value"] == carried), "{all:#?}");

    let (_, told) = press(&host, &double, SLACK.1, &message, &all[0]).await;
    assert!(told.contains("Looking for times"), "{told}");
    let raised = jobs(&host, "calendar_find_times").await;
    assert_eq!(raised.len(), 1);
    let job = &raised[0];
    assert_eq!((job.event_source.as_str(), job.user.as_str()), ("slack:check_calendar", REP));
    assert_eq!((&job.trigger_payload["contact_id"], &job.trigger_payload["speaker"]), (&json!("c1"), &json!("rep")));
    let shown = posted(&double).await;
    assert!(shown.body["blocks"].to_string().contains("Pressed: Check calendar: Mira"), "{:#}", shown.body);
    assert_eq!(buttons(&shown).len(), 4, "the others stay");

    // The same press once more, as Slack or an impatient finger may send it.
    let (_, again) = press(&host, &double, SLACK.1, &message, &all[0]).await;
    assert!(again.contains("pressed before"), "{again}");
    assert_eq!(jobs(&host, "calendar_find_times").await.len(), 1);

    // The suggestion's own event, and a "not needed" that starts nothing.
    press(&host, &double, SLACK.1, &message, &all[1]).await;
    let revival = &jobs(&host, "stale_deal_revival").await[0];
    assert_eq!(revival.event_source, "slack:apply_suggestion");
    assert_eq!(revival.trigger_payload, json!({ "deal_id": "d1" }));
    let (_, noted) = press(&host, &double, SLACK.1, &message, &all[3]).await;
    assert!(noted.contains("not needed"), "{noted}");
    assert!(jobs(&host, "pre_meeting_90min").await.is_empty());

    // A report ends before the moment it is made.
    host.clock.advance(1);
    let (status, report) = host.get(REP, "/v1/report").await;
    assert_eq!(status, 200, "{report}");
    let of = |action: &str| {
        let all = report["buttons"]["by_action"].as_array().unwrap();
        all.iter().find(|one| one["action"] == action).cloned().unwrap_or_else(|| panic!("{action}: {report:#}"))
    };
    assert_eq!((&of("check_calendar")["delivered"], &of("check_calendar")["clicked"]), (&json!(1), &json!(1)));
    assert_eq!((&of("mark_closed")["delivered"], &of("mark_closed")["clicked"]), (&json!(1), &json!(0)));
    assert_eq!((&of("skip_prep")["clicked"], &of("skip_prep")["dismissed"]), (&json!(1), &json!(1)));
    let messages = &report["buttons"]["messages"];
    assert_eq!(
        (&messages["delivered"], &messages["clicked"], &messages["dismissed"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let engagement = report["measures"].as_array().unwrap().iter().find(|one| one["key"] == "engagement").unwrap();
    assert_eq!(engagement["cases"], json!([1, 1]));

    assert_eq!(refusals(&double), []);
    assert_eq!(slack_model::wrong(&double.calls()).unwrap(), Vec::<String>::new());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_that_is_not_for_its_sender_or_not_of_this_host_starts_nothing() {
    let double = SlackDouble::start(TOKEN, Arc::new(|| START.0)).await.unwrap();
    let host = in_slack(&double).await;
    let row = brief(&host, "b1", five()).await;
    let message = posted(&double).await;
    let all = buttons(&message);
    let with = |name: &str, value: &str| {
        let mut button = all[0].clone();
        button[name] = json!(value);
        button
    };
    let told = async |who: &str, button: &Value| press(&host, &double, who, &message, button).await;
    let (_, others) = told(OTHERS_SLACK, &all[0]).await;
    assert!(others.contains("Only the person whom the message was posted to"), "{others}");
    let (_, nobody) = told(STRANGER, &all[0]).await;
    assert!(nobody.contains("not connected"), "{nobody}");
    for forged in [with("value", "eff_0000"), with("value", row.id.as_str()), with("value", "' OR 1=1 --")] {
        let (_, said) = told(SLACK.1, &forged).await;
        assert!(said.contains("not there any more"), "{said}");
    }
    // Places and actions that this host does not draw are no interaction of it.
    for strange in [with("action_id", "button:5"), with("action_id", "button:x"), with("action_id", "launch:0")] {
        assert_eq!(told(SLACK.1, &strange).await.0, 400, "{strange}");
    }
    // A sequence that is not installed, and one that the org switched off.
    let (_, missing) = told(SLACK.1, &all[2]).await;
    assert!(missing.contains("no sequence for `deal_closing`"), "{missing}");
    let (_, missing) = told(SLACK.1, &all[4]).await;
    assert!(missing.contains("no sequence for `email_received`"), "{missing}");
    host.set_org(json!({ "disabled_events": ["stale_deal_revival"] })).await;
    let (_, off) = told(SLACK.1, &all[1]).await;
    assert!(off.contains("Nothing was started: disabled for the org"), "{off}");
    // A week later the message is only a message.
    host.clock.advance(7 * DAY_MS);
    let (_, old) = told(SLACK.1, &all[0]).await;
    assert!(old.contains("more than 7 days old"), "{old}");

    for event in ["calendar_find_times", "deal_closing", "email_received", "pre_meeting_90min"] {
        assert!(jobs(&host, event).await.is_empty(), "{event}");
    }
    assert!(jobs(&host, "stale_deal_revival").await.iter().all(|job| job.status == JobStatus::Skipped));
    assert_eq!(refusals(&double), []);
    host.stop().await;
}

/// Waits until so many briefs are still to be raised for the rep.
async fn until_ahead(host: &TestHost, count: usize) {
    let mut list = Value::Null;
    for _ in 0..PATIENCE {
        list = host.get(ADMIN, "/v1/schedules").await.1;
        let ours = list["schedules"].as_array().unwrap().iter().filter(|one| one["user"] == REP);
        if ours.map(|one| one["next"].as_array().map_or(0, Vec::len)).sum::<usize>() == count {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("not {count} briefs are ahead: {list:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brief_that_is_not_needed_does_not_come() {
    let host = start(|_| {}).await;
    let meeting = |id: &str, hours: i64| {
        json!({ "id": id, "org_id": ORG, "title": "Review", "started_at": START.plus_ms(hours * HOUR_MS).rfc3339(),
            "owner_id": REP, "attendees": [{ "name": "Guest", "email": "mira@globex.example" }] })
    };
    let meetings = json!({ "meetings": [meeting("near", 5), meeting("far", 7)] });
    host.app.store.load_data(&meetings, Timestamp(i64::MAX)).await.unwrap();
    host.app.wake.schedules_moved();
    until_ahead(&host, 2).await;
    let skip = json!({ "label": "Skip prep", "action": "skip_prep",
        "about": { "meeting_id": "near", "starts": START.plus_ms(5 * HOUR_MS).rfc3339() } });
    brief(&host, "b1", json!([skip])).await;
    let page = Visitor::of(&host, REP).await;
    assert_eq!(page.press(&page.message().await, "0", true).await.0, 303);
    let skipped = jobs(&host, "pre_meeting_90min").await;
    assert_eq!((skipped.len(), skipped[0].event_source.as_str()), (1, "inbox:skip_prep"));

    host.clock.advance(4 * HOUR_MS);
    until_ahead(&host, 1).await;
    host.clock.advance(2 * HOUR_MS);
    until_ahead(&host, 0).await;
    let all = jobs(&host, "pre_meeting_90min").await;
    let of = |id: &str| all.iter().filter(|job| job.trigger_payload["meeting_id"] == id).count();
    assert_eq!((of("near"), of("far")), (1, 1), "the clock finds the press in its place");
    host.stop().await;
}

/// A signed-in visitor without a browser.
struct Visitor<'h> {
    host: &'h TestHost,
    cookie: String,
}

impl<'h> Visitor<'h> {
    async fn of(host: &'h TestHost, user: &str) -> Self {
        let link = issue_sign_in(&host.app, &ORG.into(), &user.into()).await.unwrap();
        let response = host.http.get(host.url(&link)).send().await.unwrap();
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { host, cookie }
    }

    async fn page(&self) -> String {
        let request = self.host.http.get(self.host.url("/inbox")).header(COOKIE, &self.cookie);
        request.send().await.unwrap().text().await.unwrap()
    }

    /// Where the form of a message's buttons goes.
    async fn message(&self) -> String {
        let page = self.page().await;
        let (_, rest) = page.split_once("action=\"/inbox/messages/").unwrap_or_else(|| panic!("no buttons: {page}"));
        format!("/inbox/messages/{}", rest.split('"').next().unwrap())
    }

    async fn press(&self, to: &str, place: &str, is_ours: bool) -> (u16, String, String) {
        let page = self.page().await;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        let csrf = if is_ours { rest.split('"').next().unwrap() } else { "forged" };
        let request = self.host.http.post(self.host.url(to)).header(COOKIE, &self.cookie);
        let response = request.form(&[("csrf", csrf), ("place", place)]).send().await.unwrap();
        let to = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        (response.status().as_u16(), to, response.text().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_inbox_has_the_same_buttons_under_its_own_protection() {
    let host = start(|_| {}).await;
    let mut offered = five();
    offered[0]["label"] = json!("<script>alert(1)</script>");
    brief(&host, "b1", offered).await;
    let (page, other) = (Visitor::of(&host, REP).await, Visitor::of(&host, OTHER).await);
    let to = page.message().await;
    let shown = page.page().await;
    assert!(shown.contains("alert(1)") && !shown.contains("<script"), "{shown}");
    assert_eq!(shown.matches("name=\"place\"").count(), 5);
    assert!(!other.page().await.contains("/inbox/messages/"), "nobody else has the message");

    assert_eq!(page.press(&to, "0", false).await.0, 403, "a form of another site");
    assert_eq!(other.press(&to, "0", true).await.0, 403, "somebody else");
    assert_eq!(page.press("/inbox/messages/eff_0/press", "0", true).await.0, 404);
    for place in ["9", "x", ""] {
        assert_eq!(page.press(&to, place, true).await.0, 404, "{place}");
    }
    let (status, _, said) = page.press(&to, "2", true).await;
    assert!(status == 409 && said.contains("no sequence for"), "{status} {said}");
    assert!(jobs(&host, "calendar_find_times").await.is_empty());

    for _ in 0..2 {
        let (status, to, _) = page.press(&to, "0", true).await;
        assert_eq!((status, to.as_str()), (303, "/inbox?said=pressed"));
    }
    let raised = jobs(&host, "calendar_find_times").await;
    assert_eq!((raised.len(), raised[0].event_source.as_str()), (1, "inbox:check_calendar"));
    let after = page.page().await;
    assert_eq!(after.matches("name=\"place\"").count(), 4, "what was pressed is told instead");
    host.clock.advance(1);
    let (_, report) = host.get(REP, "/v1/report").await;
    let seen = &report["buttons"]["messages"];
    assert_eq!((&seen["viewed"], &seen["clicked"]), (&json!(1), &json!(1)), "{report:#}");
    host.clock.advance(8 * DAY_MS);
    assert!(!page_is_signed_in(&host).await.contains("name=\"place\""), "an old message is only a message");
    host.stop().await;
}

async fn page_is_signed_in(host: &TestHost) -> String {
    Visitor::of(host, REP).await.page().await
}
