//! Peers that fail beside ones that are well: what is well goes on, and what is missing is
//! said.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::providers::http::RequestSettings;
use skillhost_engine::job::JobStatus;
use skillhost_engine::mailbox::{MailboxRow, MailboxState};
use skillhost_engine::time::MicroUsd;
use skillhost_server::config::{HttpConfig, MailboxConfig, ProviderConfig, VendorLimits};
use skillhost_server::demo_data::{ORG, REP};
use skillhost_tests::slack_rep;

use skillhost_tests::setting::turn::course;
use skillhost_tests::setting::{Setting, demo};

const TOM: &str = "tom.okafor@quillmere.example";
/// Between two looks at where a mailbox stands, and how many there are.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
const LOOKS: usize = 3000;

/// The mailboxes, once a login was refused.
async fn refused(setting: &Setting) -> Vec<MailboxRow> {
    for _ in 0..LOOKS {
        let rows = setting.host.app.store.mailboxes(&ORG.into(), None).await.unwrap();
        if rows.iter().any(|row| row.state == MailboxState::Refused) {
            return rows;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("no login is refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_whose_login_is_refused_holds_up_no_other() {
    let mut document = demo(&json!({}));
    document["connections"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "kind": "mailbox", "external_id": TOM, "org_id": ORG, "user_id": "u-tom", "detail": {} }));
    let setting = Setting::start_with("2026-11-20T15:00:00Z", &document, |config| {
        let mut imap = config.mailboxes[0].imap.clone();
        imap.login = TOM.to_owned();
        imap.password = SecretString::from("not the password");
        let tom = MailboxConfig {
            name: "tom".to_owned(),
            address: TOM.to_owned(),
            imap,
            first_days: 14,
            files_sent: true,
            smtp: None,
        };
        // The one that fails is asked first.
        config.mailboxes.insert(0, Arc::new(tom));
    })
    .await;
    let words = "Hi Priya,\n\ndoes the phone app work without signal inside a cold store?\n\nInes";
    let from = "Ines Calloway <ines.calloway@pellanby.example>";
    let first = setting.mail("one", from, "Inside a cold store", "", words).await;
    setting.asked(&first, "Send this mail to Ines?").await;
    let rows = refused(&setting).await;
    let tom = rows.iter().find(|row| row.address == TOM).unwrap();
    assert_eq!(tom.received, 0);
    assert!(tom.reason.is_some() && tom.next_attempt.is_some(), "it says why, and when it tries again");
    // It is tried again, is refused again, and the other one receives all the while.
    setting.until(tom.next_attempt.unwrap()).await;
    let second =
        setting.mail("two", from, "And at the gate", "", "Hi Priya,\n\nand does it work at the gate?\n\nInes").await;
    setting.asked(&second, "Send this mail to Ines?").await;
    assert_eq!(setting.host.get(REP, "/readyz").await.0, 200);
    setting.stop().await;
}

/// A vendor that answers everything so.
type Says = Arc<Mutex<(u16, String)>>;

async fn says(State(says): State<Says>) -> Response {
    let (status, body) = says.lock().unwrap().clone();
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    if status == 429 {
        response.headers_mut().insert("retry-after", "3600".parse().unwrap());
    }
    response
}

async fn vendor() -> (Says, String) {
    let what: Says = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(says).with_state(Arc::clone(&what));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (what, base)
}

fn provider(source: &str, requests: Value) -> (String, ProviderConfig) {
    let requests: Vec<RequestSettings> = serde_json::from_value(requests).unwrap();
    let (price, limits) = (MicroUsd(0), VendorLimits::default());
    let http = HttpConfig { name: format!("{source}.test"), price, limits, timeout: Duration::from_secs(5), requests };
    (source.to_owned(), ProviderConfig::Http(http))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brief_whose_vendors_storm_or_talk_nonsense_comes_without_them_and_says_so() {
    let (people, people_at) = vendor().await;
    let (news, news_at) = vendor().await;
    let mut document = demo(&json!({}));
    // Nobody knows what Daniel does, so it is asked.
    let contacts = document["contacts"].as_array_mut().unwrap();
    contacts.iter_mut().find(|contact| contact["id"] == "c-daniel").unwrap().as_object_mut().unwrap().remove("title");
    let setting = Setting::start_with("2026-11-20T07:00:00Z", &document, |config| {
        config.providers = [
            provider("apollo", json!([{ "when": ["email"], "url": format!("{people_at}/match"),
                "query": { "email": "{email}" }, "answer": { "person": { "name": "/name" } } }])),
            provider("news", json!([{ "url": format!("{news_at}/news"), "answer": { "articles": { "from": "/all", "each": {
                "id": "/id", "title": "/title", "source": "/source", "published_at": "/at", "summary": "/text" } } } }])),
        ]
        .into();
    })
    .await;
    let page = "<!doctype html><html><body>Sign in to go on</body></html>";
    let meeting = json!({ "title": "Castlereed Lifts: next steps", "starts": "2026-11-20T10:00:00Z", "contact_id": "c-daniel",
        "company_id": "co-castlereed", "deal_id": "d-castlereed",
        "attendees": [{ "name": "Daniel Ostrowski", "email": "daniel.ostrowski@castlereed.example" }] });
    for (n, (storm, nonsense)) in [(429, 200), (200, 429)].into_iter().enumerate() {
        let body = |status: u16| if status == 200 { page.to_owned() } else { "{}".to_owned() };
        *people.lock().unwrap() = (storm, body(storm));
        *news.lock().unwrap() = (nonsense, body(nonsense));
        let before = setting.posts().len();
        let mut payload = meeting.clone();
        payload["meeting_id"] = json!(format!("m-brief-{n}"));
        let job = setting.raise("pre_meeting_90min", &payload).await;
        let view = setting.ended(&job).await;
        assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
        let told = setting.told(before);
        assert!(told.contains("Daniel Ostrowski") && told.contains("Castlereed Lifts: dispatch, phase one"), "{told}");
        let missing = view.outputs["briefing"]["left_out"].to_string();
        assert!(told.contains("apollo") && told.contains("news"), "it says what it lacks: {missing} {told}");
        assert!(!told.contains("Sign in to go on"), "{told}");
        // The pause that one asked for is over before the next brief.
        setting.pass(3_600_000).await;
    }
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    setting.stop().await;
}
