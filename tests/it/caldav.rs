//! A rep's calendar on a real CalDAV server: what is in it takes time, and what was agreed
//! on is put there.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::calendar::caldav::{CaldavClient, CaldavSettings, SignIn};
use skillhost_connectors::egress::ExtraRoots;
use skillhost_engine::context::{Doors as _, Query};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::outcome::Outcome;
use skillhost_engine::store::Connection;
use skillhost_server::config::CaldavConfig;
use skillhost_server::driver::JobDoors;
use skillhost_tests::given::{effect, given, question};
use skillhost_tests::radicale::{PASSWORD, Radicale, USER, make_calendar};
use skillhost_tests::test_host::{ORG, REP, TestHost};

/// Between two looks, and how many there are before a test gives up.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const PATIENCE: usize = 3000;

const LUNCH: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//test//EN\r\nBEGIN:VEVENT\r\nUID:lunch-0001\r\n\
    DTSTAMP:20261101T000000Z\r\nDTSTART:20261126T110000Z\r\nDTEND:20261126T120000Z\r\nSUMMARY:Lunch\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

/// An invitation of this event id.
fn answer(uid: &str) -> Outcome {
    let payload = json!({ "title": "Rollout", "starts": "2026-11-26T14:00:00Z", "ends": "2026-11-26T14:30:00Z",
        "zone": "Europe/Zurich", "uid": uid, "attendees": [{ "email": "mira@globex.example", "name": "Mira Holt" }] });
    let approvals = vec![question(vec![effect("calendar.invite", payload)])];
    Outcome { output: json!({}), approvals, ..Outcome::default() }
}

async fn host(server: &Radicale, calendar: Option<&str>) -> TestHost {
    host_at(&format!("http://127.0.0.1:{}/", server.port), calendar).await
}

async fn host_at(url: &str, calendar: Option<&str>) -> TestHost {
    let client = CaldavClient::new(&CaldavSettings {
        url: url.parse().unwrap(),
        sign_in: SignIn::Password(USER.to_owned(), SecretString::from(PASSWORD)),
        roots: ExtraRoots::default(),
    });
    let config = CaldavConfig {
        name: "ada-work".to_owned(),
        client: client.unwrap(),
        calendar: calendar.map(str::to_owned),
        invites: true,
    };
    let adjust = |settings: &mut skillhost_server::config::Config| {
        settings.caldav = vec![Arc::new(config)];
        // Rounds are the tests' own, but for the first.
        settings.calendars.every_minutes = 1_000_000;
    };
    let connection = Connection {
        kind: "calendar".to_owned(),
        external_id: "ada-work".to_owned(),
        org: ORG.into(),
        user: REP.into(),
        detail: json!({ "caldav": true }),
    };
    // There before the host looks for the first time, so that its look is one that a test can wait for.
    let prepare = async |app: &skillhost_server::app::App| app.store.put_connection(&connection).await.unwrap();
    TestHost::prepared(adjust, given(&["calendar.invite"], answer), prepare).await
}

/// When the rep is busy on 26 November, and what is said of the calendars.
async fn busy(host: &TestHost) -> (Vec<String>, Value) {
    let doors = JobDoors::new(Arc::clone(&host.app.store), Arc::clone(&host.app.clock), ORG.into(), REP.into());
    let params = json!({ "from": "2026-11-26T00:00:00Z", "until": "2026-11-27T00:00:00Z" });
    let query = Query { source: "calendar.busy".to_owned(), params, max_bytes: None, cursor: None };
    let body: Value = serde_json::from_str(&doors.read(query).await.unwrap().body).unwrap();
    let starts = body["busy"].as_array().unwrap().iter().map(|one| one["starts"].as_str().unwrap()[11..16].to_owned());
    (starts.collect(), body["calendars"].clone())
}

async fn until_busy(host: &TestHost, wanted: &[&str]) {
    until_so(host, |starts| starts == wanted).await;
}

async fn until_so(host: &TestHost, wanted: impl Fn(&[String]) -> bool) {
    for _ in 0..PATIENCE {
        if wanted(&busy(host).await.0) {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("what is wanted is not there: {:?}", busy(host).await);
}

/// Approves an invitation; what became of it.
async fn invited(host: &TestHost, id: &str, uid: &str) -> EffectState {
    let job = host.raise(&json!({ "message_id": id, "ask": uid, "contact_id": "c1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let path = format!("/v1/approvals/{}/answer", view.approvals[0].id);
    assert_eq!(host.post(REP, &path, &json!({ "answer": "approve" })).await.0, 200);
    host.clock.advance(11_000);
    let is_final = |state: EffectState| state.is_final();
    host.until(&job, |view| view.effects.iter().all(|one| is_final(one.state)) && !view.effects.is_empty())
        .await
        .effects[0]
        .state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_it_takes_time_and_what_was_agreed_on_is_put_there_and_takes_time_at_once() {
    let server = Radicale::start_with(|user| {
        let folder = make_calendar(user, "work")?;
        std::fs::write(folder.join("lunch-0001.ics"), LUNCH)
    })
    .unwrap();
    let host = host(&server, None).await;
    skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    assert_eq!(busy(&host).await.0, ["11:00"]);

    assert_eq!(invited(&host, "m-1", "meeting-1@acme.example").await, EffectState::Sent);
    until_busy(&host, &["11:00", "14:00"]).await;
    let there: Vec<String> = std::fs::read_dir(server.collections().join("work"))
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
        .filter(|text| text.contains("meeting-1@acme.example"))
        .collect();
    assert_eq!(there.len(), 1, "{}", server.log());
    assert!(there[0].contains("SUMMARY:Rollout") && there[0].contains("mailto:mira@globex.example"), "{}", there[0]);
    // This server asks nobody by itself, so the invitation left as a mail.
    let mails = std::fs::read_dir(host.folder().path().join("data/sent-mail")).unwrap().count();
    assert_eq!(mails, 1);
    // The same event is not asked for again.
    assert_eq!(invited(&host, "m-2", "meeting-1@acme.example").await, EffectState::Dead);
    host.stop().await;
}

/// An event of five minutes, the `n`th of fifty a day from 1 October on.
fn one_of_many(n: i64) -> (String, String) {
    let first: jiff::Timestamp = "2026-10-01T08:00:00Z".parse().unwrap();
    let at = first + jiff::SignedDuration::from_mins(n / 50 * 24 * 60 + n % 50 * 10);
    let text = LUNCH.replace("lunch-0001", &format!("event-{n:06}"));
    let text = text.replace("DTSTART:20261126T110000Z", &format!("DTSTART:{}", at.strftime("%Y%m%dT%H%M%SZ")));
    (format!("event-{n:06}.ics"), text.replace("DTEND:20261126T120000Z", "DURATION:PT5M"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_of_more_than_its_server_says_at_once_is_asked_for_in_parts() {
    // All of them lie within the time that is kept.
    let server = Radicale::answering_at_most(2_000, |user| {
        let folder = make_calendar(user, "work")?;
        (0..5_000).map(one_of_many).try_for_each(|(name, text)| std::fs::write(folder.join(name), text))
    })
    .unwrap();
    let host = host(&server, Some("work")).await;
    // The server makes its list of them first, which may take longer than a call may.
    for _ in 0..PATIENCE {
        if busy(&host).await.0.len() == 50 {
            break;
        }
        skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
        host.clock.advance(3_600_000);
    }
    let (starts, calendars) = busy(&host).await;
    assert!(starts.len() == 50 && calendars[0]["error"].is_null(), "{} {calendars}\n{}", starts.len(), server.log());
    // One that is put into it takes nothing away.
    assert_eq!(invited(&host, "m-1", "meeting-1@acme.example").await, EffectState::Sent);
    until_so(&host, |starts| starts.len() == 51).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_and_a_calendar_that_is_not_there_say_so_and_take_nothing_away() {
    let start = || {
        Radicale::start_with(|user| {
            let folder = make_calendar(user, "work")?;
            std::fs::write(folder.join("lunch-0001.ics"), LUNCH)
        })
        .unwrap()
    };
    let server = start();
    let other = host(&server, Some("private")).await;
    skillhost_server::calendars::refresh_all(&other.app).await.unwrap();
    let (starts, calendars) = busy(&other).await;
    assert!(starts.is_empty() && calendars[0]["error"].is_string(), "{calendars}");
    other.stop().await;

    let host = host(&server, Some("work")).await;
    skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    assert_eq!(busy(&host).await.0, ["11:00"]);
    drop(server);
    skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    let (starts, calendars) = busy(&host).await;
    assert_eq!(starts, ["11:00"], "what was read stays");
    let error = calendars[0]["error"].as_str().unwrap();
    assert!(!error.contains(PASSWORD) && !error.is_empty(), "{error}");
    host.stop().await;
}

/// What a calendar server says that a test makes up.
struct Said {
    status: u16,
    retry_after: Option<&'static str>,
    mark: &'static str,
    objects: Vec<(String, String)>,
    /// Methods of what it was asked.
    asked: Vec<String>,
}

async fn calendar(State(said): State<Arc<Mutex<Said>>>, request: Request) -> Response {
    let mut said = said.lock().unwrap();
    said.asked.push(request.method().to_string());
    let status = axum::http::StatusCode::from_u16(said.status).unwrap();
    let mut headers = vec![("content-type", "application/xml".to_owned())];
    headers.extend(said.retry_after.map(|seconds| ("retry-after", seconds.to_owned())));
    let headers: axum::http::HeaderMap =
        headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let described = format!(
        "<d:response><d:href>/ada/work/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/>\
         </d:resourcetype><s:getctag xmlns:s=\"http://calendarserver.org/ns/\">{}</s:getctag></d:prop></d:propstat>\
         </d:response>",
        said.mark
    );
    let objects = said.objects.iter().map(|(name, ics)| {
        format!(
            "<d:response><d:href>/ada/work/{name}</d:href><d:propstat><d:prop><d:getetag>1</d:getetag>\
             <c:calendar-data>{ics}</c:calendar-data></d:prop></d:propstat></d:response>"
        )
    });
    let inner = if request.method().as_str() == "PROPFIND" { described } else { objects.collect() };
    let text =
        format!("<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{inner}</d:multistatus>");
    (status, headers, text).into_response()
}

/// Such a server with the lunch in it, and a host that has read it at its start.
async fn made_up() -> (Arc<Mutex<Said>>, TestHost) {
    made_up_of(vec![("lunch.ics".to_owned(), LUNCH.to_owned())]).await
}

async fn made_up_of(objects: Vec<(String, String)>) -> (Arc<Mutex<Said>>, TestHost) {
    let said = Arc::new(Mutex::new(Said { status: 207, retry_after: None, mark: "m-1", objects, asked: Vec::new() }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/ada/work/", listener.local_addr().unwrap());
    let router = Router::new().fallback(calendar).with_state(Arc::clone(&said));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let host = host_at(&url, None).await;
    until_busy(&host, &["11:00"]).await;
    (said, host)
}

/// Reads the calendars; what the server was asked for it.
async fn round(said: &Mutex<Said>, host: &TestHost) -> Vec<String> {
    said.lock().unwrap().asked.clear();
    skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    said.lock().unwrap().asked.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_is_broken_is_named_and_takes_no_other_with_it() {
    let broken = LUNCH.replace("END:VEVENT", "").replace("SUMMARY:Lunch", "SUMMARY:Secret");
    let objects = vec![("broken-7.ics".to_owned(), broken), ("lunch.ics".to_owned(), LUNCH.to_owned())];
    let (said, host) = made_up_of(objects).await;
    let (starts, calendars) = busy(&host).await;
    assert_eq!(starts, ["11:00"], "on the first read, too");
    let error = calendars[0]["error"].as_str().unwrap();
    assert!(error.contains("broken-7.ics") && !error.contains("Secret"), "{error}");
    // A list that breaks off replaces nothing.
    {
        let mut said = said.lock().unwrap();
        (said.mark, said.objects) = ("m-2", vec![("x.ics".to_owned(), "<cut".to_owned())]);
    }
    round(&said, &host).await;
    assert_eq!(busy(&host).await.0, ["11:00"]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_of_twenty_thousand_events_is_read_and_one_more_than_is_kept_is_said() {
    let all = |events: i64| (0..events).map(one_of_many).collect::<Vec<_>>();
    let (said, host) = made_up().await;
    (said.lock().unwrap().mark, said.lock().unwrap().objects) = ("m-2", all(20_000));
    assert_eq!(round(&said, &host).await, ["PROPFIND", "REPORT"]);
    let (starts, calendars) = busy(&host).await;
    assert!(starts.len() == 50 && calendars[0]["error"].is_null(), "{} {calendars}", starts.len());
    assert_eq!(round(&said, &host).await, ["PROPFIND"]);
    (said.lock().unwrap().mark, said.lock().unwrap().objects) = ("m-3", all(20_001));
    round(&said, &host).await;
    let (starts, calendars) = busy(&host).await;
    let error = calendars[0]["error"].as_str().unwrap();
    assert!(starts.len() == 50 && (error.contains("20000") || error.contains("20,000")), "{} {error}", starts.len());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_that_did_not_change_costs_one_small_question() {
    let (said, host) = made_up().await;
    assert_eq!(said.lock().unwrap().asked, ["PROPFIND", "REPORT"]);
    assert_eq!(round(&said, &host).await, ["PROPFIND"]);
    said.lock().unwrap().mark = "m-2";
    assert_eq!(round(&said, &host).await, ["PROPFIND", "REPORT"]);
    assert_eq!(round(&said, &host).await, ["PROPFIND"], "the same text under another mark");
    host.clock.advance(24 * 3600 * 1000);
    assert_eq!(round(&said, &host).await, ["PROPFIND", "REPORT"], "another day is another stretch of time");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_for_a_pause_gets_it_and_a_refused_login_is_tried_less_and_less() {
    let (said, host) = made_up().await;
    round(&said, &host).await;
    {
        let mut said = said.lock().unwrap();
        (said.status, said.retry_after) = (429, Some("3600"));
    }
    assert_eq!(round(&said, &host).await, ["PROPFIND"]);
    let (starts, calendars) = busy(&host).await;
    assert_eq!(starts, ["11:00"], "what was read stays");
    let error = calendars[0]["error"].as_str().unwrap();
    assert!(error.contains("cannot answer for now (429)") && error.contains("asked again at 2026-"), "{error}");
    for minutes in [15, 20, 20] {
        host.clock.advance(minutes * 60_000);
        assert!(round(&said, &host).await.is_empty(), "it asked for an hour");
    }
    host.clock.advance(3_600_000);
    (said.lock().unwrap().status, said.lock().unwrap().retry_after) = (401, None);
    assert_eq!(round(&said, &host).await, ["PROPFIND"]);
    // Rounds of fifteen minutes for half a day.
    let mut times = 0;
    for _ in 0..48 {
        host.clock.advance(900_000);
        times += round(&said, &host).await.len();
    }
    assert!((6..=14).contains(&times), "{times} attempts");
    let error = busy(&host).await.1[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("refuses the sign-in") && error.contains("asked again at"), "{error}");
    said.lock().unwrap().status = 207;
    host.clock.advance(3 * 3_600_000);
    assert_eq!(round(&said, &host).await, ["PROPFIND", "REPORT"]);
    assert!(busy(&host).await.1[0]["error"].is_null());
    host.stop().await;
}
