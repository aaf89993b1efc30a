//! A question in Slack to its end: what its message says and offers once it is settled, what
//! is taken back and asked again from there, and what the home tab shows of it.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::sync::{Arc, OnceLock};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_engine::approval::{ActionStatus, DEFAULT_EXPIRY_MS, JOB_EXPIRY_MS};
use skillhost_engine::crm::CrmWrite;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::{Batch, Write};
use skillhost_engine::time::Clock as _;
use skillhost_server::boot::Skills;
use skillhost_server::config::{Config, SlackConfig};
use skillhost_server::inbox::issue_sign_in;
use skillhost_tests::process::binary;
use skillhost_tests::slack_double::{Message, SlackDouble};
use skillhost_tests::slack_rep::{SECRET, SlackRep, TOKEN, buttons, refusals};
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, SLACK, TestClock, TestHost, key, proposing};

const INBOX: &str = "https://host.example/inbox";
const HOUR_MS: i64 = 3_600_000;

pub(super) async fn start() -> (SlackDouble, TestHost) {
    start_with(proposing()).await
}

/// The same of a host that runs these skills.
pub(super) async fn start_with(skills: Skills) -> (SlackDouble, TestHost) {
    let now = Arc::new(OnceLock::<Arc<TestClock>>::new());
    let times = Arc::clone(&now);
    let double =
        SlackDouble::start(TOKEN, Arc::new(move || times.get().map_or(0, |clock| clock.now().0))).await.unwrap();
    double.add_user(SLACK.1, "ada@acme.example");
    double.add_channel("D1");
    let base_url = double.base_url();
    let adjust = |config: &mut Config| {
        config.public_url = Some("https://host.example/".to_owned());
        config.slack = Some(SlackConfig {
            base_url,
            token: SecretString::from(TOKEN),
            signing_secret: SecretString::from(SECRET),
        });
    };
    let host = TestHost::with(adjust, skills).await;
    now.set(Arc::clone(&host.clock)).ok().unwrap();
    (double, host)
}

pub(super) fn rep<'d>(double: &'d SlackDouble, host: &'d TestHost) -> SlackRep<'d> {
    SlackRep { double, base: &host.base, http: &host.http, clock: &host.clock, who: SLACK }
}

fn id(approval: &Value) -> &str {
    approval["id"].as_str().unwrap()
}

/// The same message once it says this.
async fn says(rep: &SlackRep<'_>, message: &Message, words: &str) -> Value {
    for _ in 0..1500 {
        let now = rep.double.messages().into_iter().find(|other| other.ts == message.ts).unwrap();
        if now.body["blocks"].to_string().contains(words) {
            return now.body;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let now = rep.double.messages().into_iter().find(|other| other.ts == message.ts).unwrap();
    panic!("the message does not say “{words}”: {:#} {:?}", now.body, refusals(rep.double));
}

fn offers(body: &Value) -> Vec<String> {
    buttons(body).iter().map(|button| button["action_id"].as_str().unwrap().to_owned()).collect()
}

/// What a person alone is told after a press.
async fn told(rep: &SlackRep<'_>, words: &str) {
    told_times(rep, words, 1).await;
}

async fn told_times(rep: &SlackRep<'_>, words: &str, times: usize) {
    for _ in 0..1500 {
        let said = rep.double.taken("response_url");
        if said.iter().filter(|said| said.to_string().contains(words)).count() >= times {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nobody is told “{words}”: {:?}", rep.double.taken("response_url"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_approved_in_slack_is_taken_back_there_and_its_message_tells_how_it_ended() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    let (job, first) = host.ask("email", "m-1").await;
    let card = rep.card(id(&first)).await;
    rep.press(id(&first), "approve").await;
    // 09:00 UTC and the ten seconds of the window, as Zurich's clocks have it.
    let body = says(&rep, &card, "Approved by Ada Reed, to be sent at 10:00").await;
    assert_eq!(offers(&body), ["undo"]);
    rep.press_on(&Message { body, ..card.clone() }, "undo").await;
    let body = says(&rep, &card, "Approved by Ada Reed, taken back").await;
    assert_eq!(offers(&body), Vec::<String>::new());
    let view = host.until(&job, |view| view.approvals.len() == 2).await;
    assert_eq!(view.effects.iter().filter(|effect| effect.state == EffectState::Ready).count(), 0);

    // Changed this time.
    let second = view.approvals[1].id.to_string();
    let fresh = rep.card(&second).await;
    rep.form(&second, "edit", |label, _| (label == "Subject").then(|| "On Thursday".to_owned())).await;
    let body = says(&rep, &fresh, "Approved by Ada Reed, with changes, to be sent at 10:00").await;
    host.clock.advance(102 * 60_000);
    host.until(&job, |view| view.status == JobStatus::Completed).await;
    let after = says(&rep, &fresh, "Approved by Ada Reed, with changes, sent 11:42").await;
    assert_eq!(offers(&after), Vec::<String>::new());
    // It is too late, which the person alone is told; the mail is there once.
    rep.press_on(&Message { body, ..fresh }, "undo").await;
    told(&rep, "nothing of it can be taken back any more").await;
    let view = host.until(&job, |_| true).await;
    assert_eq!(view.effects.iter().filter(|effect| effect.state == EffectState::Sent).count(), 1);
    assert_eq!(refusals(&double), []);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_tells_why_its_mail_was_not_sent_and_who_skipped_it() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    let at = host.app.clock.now();
    let suppress = CrmWrite::Suppress {
        org: ORG.into(),
        address: "mira@globex.example".to_owned(),
        reason: "asked".to_owned(),
        at,
    };
    host.app.store.commit(Batch { writes: vec![Write::Crm(suppress)] }).await.unwrap();
    let (_, asked) = host.ask("email", "m-1").await;
    let card = rep.card(id(&asked)).await;
    rep.press(id(&asked), "approve").await;
    says(&rep, &card, "to be sent at").await;
    host.clock.advance(11_000);
    says(&rep, &card, "not sent: recipient 1 is on the suppression list").await;

    let (_, asked) = host.ask("tasks", "m-2").await;
    let card = rep.card(id(&asked)).await;
    rep.press(id(&asked), "ticked").await;
    says(&rep, &card, "Approved by Ada Reed: 1 of 2, done 10:00").await;
    let (_, asked) = host.ask("email", "m-3").await;
    let card = rep.card(id(&asked)).await;
    rep.form(id(&asked), "feedback", |label, _| {
        Some(if label.starts_with("What") { "Not my deal" } else { "ticked" }.to_owned())
    })
    .await;
    says(&rep, &card, "Skipped by Ada Reed as not relevant: nothing was done").await;
    // It counts as it does from the inbox.
    host.clock.advance(1_000);
    let report = host.get(REP, "/v1/report").await.1;
    assert_eq!(report["suggestions"]["irrelevant"], 1, "{report}");
    let first = &report["measures"][0];
    assert_eq!((&first["key"], &first["cases"]), (&json!("false_positives"), &json!([1, 3])));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_in_the_channel_changes_no_tick_and_opens_no_form() {
    let (double, host) = start().await;
    double.add_user("U2", "bob@acme.example");
    let rep = rep(&double, &host);
    let colleague = SlackRep { who: (SLACK.0, "U2"), ..self::rep(&double, &host) };
    let (_, asked) = host.ask("tasks", "m-1").await;
    let card = rep.card(id(&asked)).await;
    colleague.press_on(&card, "tick:1").await;
    told(&rep, "Somebody else was asked this").await;
    assert_eq!(rep.card(id(&asked)).await.body["blocks"], card.body["blocks"], "the ticks are the rep's own");
    let (_, mail) = host.ask("email", "m-2").await;
    let mail = rep.card(id(&mail)).await;
    for (refused, verb) in ["edit", "later", "feedback"].into_iter().enumerate() {
        colleague.press_on(&mail, verb).await;
        told_times(&rep, "Somebody else was asked this", refused + 2).await;
    }
    assert!(double.taken("views.open").is_empty(), "a form is of whoever was asked");
    // What the rep sees is what the rep approves.
    rep.press(id(&asked), "ticked").await;
    says(&rep, &card, "Approved by Ada Reed: 1 of 2").await;
    assert_eq!(refusals(&double), []);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_press_brings_no_buttons_back_to_a_settled_question() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    let (job, asked) = host.ask("tasks", "m-1").await;
    let card = rep.card(id(&asked)).await;
    rep.press(id(&asked), "skip").await;
    host.until(&job, |view| view.status.is_ended()).await;
    says(&rep, &card, "Skipped by Ada Reed").await;
    let before = double.taken("chat.update").len();
    // As the message still stands on a screen that was not refreshed.
    rep.press_on(&card, "tick:1").await;
    told(&rep, "This was settled meanwhile").await;
    double.until(|calls| calls.iter().filter(|call| call.method == "chat.update").count() > before).await;
    let body = says(&rep, &card, "Skipped by Ada Reed").await;
    assert_eq!(offers(&body), Vec::<String>::new());

    let (job, asked) = host.ask("email", "m-2").await;
    let card = rep.card(id(&asked)).await;
    rep.press(id(&asked), "skip").await;
    host.until(&job, |view| view.status.is_ended()).await;
    rep.press_on(&card, "edit").await;
    told_times(&rep, "This was settled meanwhile", 2).await;
    assert!(double.taken("views.open").is_empty(), "nothing is left to change");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_question_is_asked_again_from_its_message_once() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    let (job, asked) = host.ask("email", "m-1").await;
    let card = rep.card(id(&asked)).await;
    host.clock.advance(DEFAULT_EXPIRY_MS);
    let body = says(&rep, &card, "Expired: nobody answered in time").await;
    assert_eq!(offers(&body), ["again"]);
    let expired = Message { body, ..card.clone() };
    rep.press_on(&expired, "again").await;
    let view = host.until(&job, |view| view.approvals.len() == 2).await;
    let fresh = view.approvals[1].id.to_string();
    let body = says(&rep, &card, "It was asked again").await;
    assert_eq!(offers(&body), Vec::<String>::new());
    rep.card(&fresh).await;
    // A second press changes nothing, and tells what the first one led to.
    rep.press_on(&expired, "again").await;
    told(&rep, "It was asked again before; that question is: waits for an answer").await;
    rep.press(&fresh, "approve").await;
    rep.press_on(&expired, "again").await;
    told(&rep, "It was asked again before; that question is: approved").await;
    host.clock.advance(11_000);
    let done = host.until(&job, |view| view.status == JobStatus::Completed).await;
    assert_eq!((done.approvals.len(), done.effects.len()), (2, 1));
    let audit = host.app.store.audit(&ORG.into(), Some(&job.as_str().into()), 100).await.unwrap();
    let again: Vec<&str> =
        audit.iter().filter(|row| row.action == "approval.asked_again").map(|row| row.actor.as_str()).collect();
    assert_eq!(again, ["user:ada"]);

    // Once its job is over there is nothing to ask again.
    let (job, asked) = host.ask("email", "m-2").await;
    let card = rep.card(id(&asked)).await;
    host.clock.advance(DEFAULT_EXPIRY_MS);
    let body = says(&rep, &card, "Expired").await;
    host.clock.advance(JOB_EXPIRY_MS);
    host.until(&job, |view| view.status == JobStatus::Expired).await;
    says(&rep, &card, "retry the job to be asked again").await;
    rep.press_on(&Message { body, ..card }, "again").await;
    told(&rep, "waits to be asked again").await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_question_is_asked_again_by_the_api_the_command_line_and_its_page() {
    let host = TestHost::start(|_| {}).await;
    let mut asked = Vec::new();
    for n in 0..3 {
        asked.push(host.ask("email", &format!("m-{n}")).await);
    }
    let path = |n: usize| format!("/v1/approvals/{}/again", id(&asked[n].1));
    let (status, said) = host.post(REP, &path(0), &json!({})).await;
    assert_eq!(status, 409, "it is open: {said}");
    host.clock.advance(DEFAULT_EXPIRY_MS);
    assert_eq!(host.post(OTHER, &path(0), &json!({})).await.0, 403);
    assert_eq!(host.post(REP, "/v1/approvals/none/again", &json!({})).await.0, 404);
    let (status, first) = host.post(ADMIN, &path(0), &json!({})).await;
    assert_eq!((status, &first["already"]), (200, &json!(false)), "{first}");
    let (status, second) = host.post(REP, &path(0), &json!({})).await;
    assert_eq!((status, &second["already"], id(&second["approval"])), (200, &json!(true), id(&first["approval"])));
    assert_eq!(second["approval"]["status"], "pending");

    let key_file = host.folder().path().join("key");
    std::fs::write(&key_file, key(REP)).unwrap();
    let mut command = Command::new(binary());
    command.args(["approvals", "again", id(&asked[1].1), "--url", &host.base, "--key-file"]).arg(&key_file);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let view = host.until(&asked[1].0, |view| view.approvals.len() == 2).await;
    assert!(words.contains(&format!("asked again as {}", view.approvals[1].id)), "{words}");

    // Its page offers it to whom it is, and leads to the new question.
    let link = issue_sign_in(&host.app, &ORG.into(), &REP.into()).await.unwrap();
    let response = host.http.get(host.url(&link)).send().await.unwrap();
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = format!("/inbox/approvals/{}", id(&asked[2].1));
    let shown = host.http.get(host.url(&page)).header(COOKIE, &cookie).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("It can be asked again") && shown.contains(&format!("{page}/again")), "{shown}");
    let csrf = shown.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let press = async |csrf: &str| {
        let request = host.http.post(host.url(&format!("{page}/again"))).header(COOKIE, &cookie);
        let response = request.form(&[("csrf", csrf)]).send().await.unwrap();
        let to = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        (response.status().as_u16(), to)
    };
    assert_eq!(press("wrong").await.0, 403);
    let (status, first) = press(&csrf).await;
    let view = host.until(&asked[2].0, |view| view.approvals.len() == 2).await;
    assert_eq!((status, first), (303, format!("/inbox/approvals/{}?said=asked-again", view.approvals[1].id)));
    let (_, second) = press(&csrf).await;
    assert_eq!(second, format!("/inbox/approvals/{}?said=asked-before", view.approvals[1].id));
    let shown = host.http.get(host.url(&page)).header(COOKIE, &cookie).send().await.unwrap().text().await.unwrap();
    assert!(!shown.contains(&format!("{page}/again")), "{shown}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_too_long_for_slack_leads_to_its_page() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    let (_, asked) = host.ask("long", "m-1").await;
    let card = rep.card(id(&asked)).await;
    let all = buttons(&card.body);
    let link = all.iter().find(|button| button["action_id"] == "open").unwrap();
    assert_eq!(link["url"], format!("{INBOX}/approvals/{}", id(&asked)));
    assert!(!all.iter().any(|button| button["action_id"] == "approve"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_home_tab_is_kept_up_for_whoever_looks_at_it() {
    let (double, host) = start().await;
    let rep = rep(&double, &host);
    let (_, asked) = host.ask("email", "m-1").await;
    let card = rep.card(id(&asked)).await;
    assert_eq!(double.taken("views.publish").len(), 0, "nobody looks");
    let home = rep.home().await;
    let all = buttons(&home);
    assert_eq!(all[0]["value"], id(&asked));
    assert_eq!(all[1]["url"], format!("{INBOX}/approvals/{}", id(&asked)));

    // Brought as the newest message, from where it is answered.
    rep.press_on(&Message { body: home, ..card.clone() }, "bring").await;
    says(&rep, &card, "This is further down now").await;
    let newest = rep.card(id(&asked)).await;
    assert_ne!(newest.ts, card.ts);
    let before = double.taken("views.publish").len();
    rep.press(id(&asked), "approve").await;
    says(&rep, &newest, "Approved by Ada Reed").await;
    // Nobody opened it again.
    let shown = rep.home_after(before, |view| view.to_string().contains("Settled today")).await;
    assert!(
        shown.to_string().contains("Follow-up to the Globex call: Approved by Ada Reed, to be sent at"),
        "{shown:#}"
    );
    assert!(shown.to_string().contains("Nothing. What comes up"), "{shown:#}");
    host.clock.advance(11_000);
    rep.home_after(before, |view| view.to_string().contains("Approved by Ada Reed, sent 10:00")).await;
    let before = double.taken("views.publish").len();
    host.ask("tasks", "m-2").await;
    rep.home_after(before, |view| view.to_string().contains("Two promises")).await;
    // Of yesterday nothing is told.
    host.clock.advance(23 * HOUR_MS);
    rep.home_that(|view| !view.to_string().contains("Settled today")).await;
    // Whoever presses what was settled meanwhile is told so.
    let (job, asked) = host.ask("email", "m-3").await;
    let home = rep.home_that(|view| buttons(view).iter().any(|button| button["value"] == asked["id"])).await;
    let row = buttons(&home).into_iter().rfind(|button| button["value"] == asked["id"]).unwrap();
    host.post(REP, &format!("/v1/approvals/{}/answer", id(&asked)), &json!({ "answer": "skip" })).await;
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(view.approvals[0].status, ActionStatus::Skipped);
    let body = json!({ "blocks": [{ "type": "actions", "block_id": row["block_id"], "elements": [row] }] });
    rep.press_on(&Message { body, ..card }, "bring").await;
    told(&rep, "This was settled meanwhile").await;
    host.stop().await;
}
