//! Calendars of a real server.

use axum::Router;
use axum::response::Html;
use secrecy::SecretString;
use skillhost_connectors::calendar::caldav::{
    CaldavClient, CaldavError, CaldavSettings, Calendar, NewEvent, Object, SignIn,
};
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::invitation::Put;
use skillhost_engine::time::Timestamp;
use url::Url;

use super::radicale::{PASSWORD, Radicale, USER, make_calendar};

/// 3 November 2026.
const DAY: Timestamp = Timestamp(1_793_664_000_000);

fn event(uid: &str, title: &str, starts: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20261101T000000Z\r\nDTSTART:{starts}\r\nDURATION:PT30M\r\nSUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn client(port: u16, path: &str, password: &str) -> CaldavClient {
    CaldavClient::new(&CaldavSettings {
        url: Url::parse(&format!("http://127.0.0.1:{port}{path}")).unwrap(),
        sign_in: SignIn::Password(USER.to_owned(), SecretString::from(password)),
        roots: ExtraRoots::default(),
    })
    .unwrap()
}

/// Everything within a year before and after the tests' events.
async fn all(client: &CaldavClient, calendar: &Calendar) -> Result<Vec<Object>, CaldavError> {
    let year = 365 * 86_400_000;
    client.between(calendar, DAY.plus_ms(-year), DAY.plus_ms(year)).await
}

/// A server with a calendar, its client, and the calendar.
async fn work() -> (Radicale, CaldavClient, Calendar) {
    let server = Radicale::start_with(|user| make_calendar(user, "work").map(drop)).unwrap();
    let client = client(server.port, "/", PASSWORD);
    let mut calendars = client.calendars().await.unwrap();
    assert_eq!(calendars.len(), 1, "{}", server.log());
    (server, client, calendars.remove(0))
}

async fn put(client: &CaldavClient, calendar: &Calendar, uid: &str, title: &str) -> String {
    let ics = event(uid, title, "20261103T090000Z");
    client.put_new(calendar, NewEvent { uid, ics: &ics }).await.unwrap().0
}

#[tokio::test]
async fn calendars_are_found_from_the_servers_address_and_from_their_own() {
    let (server, _, calendar) = work().await;
    make_calendar(&server.collections(), "private").unwrap();
    let names = |calendars: Vec<Calendar>| calendars.into_iter().map(|one| one.name).collect::<Vec<_>>();
    for path in ["/", "/ada/", "/.well-known/caldav"] {
        let mut found = names(client(server.port, path, PASSWORD).calendars().await.unwrap());
        found.sort();
        assert_eq!(found, ["private", "work"], "{path}");
    }
    assert_eq!(names(client(server.port, &calendar.href, PASSWORD).calendars().await.unwrap()), ["work"]);
    assert!(calendar.mark.is_some());
}

#[tokio::test]
async fn the_mark_of_a_calendar_is_another_one_when_anything_in_it_is() {
    let (server, client, calendar) = work().await;
    let first = put(&client, &calendar, "event-000001", "One").await;
    let mark = async || client.calendars().await.unwrap()[0].mark.clone().unwrap();
    let mut marks = vec![mark().await, mark().await];
    assert_eq!(marks[0], marks[1], "nothing changed");
    put(&client, &calendar, "event-000002", "Two").await;
    marks.push(mark().await);
    let one = all(&client, &calendar).await.unwrap().into_iter().find(|one| one.href == first).unwrap();
    assert!(one.ics.contains("SUMMARY:One"));
    client.replace(&one, &event("event-000001", "One moved", "20261103T100000Z")).await.unwrap();
    marks.push(mark().await);
    std::fs::remove_file(server.collections().join("work/event-000002.ics")).unwrap();
    marks.push(mark().await);
    let distinct: std::collections::BTreeSet<_> = marks.iter().collect();
    assert_eq!(distinct.len(), 4, "{marks:?}");
}

#[tokio::test]
async fn an_event_is_put_once_however_often_it_is_tried() {
    let (_server, client, calendar) = work().await;
    let uid = "skillhost-0001@acme";
    let ics = event(uid, "Demo", "20261103T090000Z").replace("BEGIN:VEVENT", "METHOD:REQUEST\r\nBEGIN:VEVENT");
    let first = client.invite(&calendar, NewEvent { uid, ics: &ics }).await;
    let Put::There { place, asks: false } = &first else { panic!("{first:?}") };
    assert!(place.starts_with(&calendar.href), "{place}");
    assert_eq!(
        client.invite(&calendar, NewEvent { uid, ics: &ics }).await,
        first,
        "the second attempt finds the first"
    );
    let other = event(uid, "Something else", "20261104T090000Z");
    assert!(matches!(client.invite(&calendar, NewEvent { uid, ics: &other }).await, Put::Permanent { .. }));
    let there = all(&client, &calendar).await.unwrap();
    assert_eq!(there.len(), 1);
    assert!(there.iter().all(|one| one.ics.contains("Demo") && !one.ics.contains("METHOD")));
}

#[tokio::test]
async fn what_was_changed_meanwhile_is_not_overwritten() {
    let (_server, client, calendar) = work().await;
    let href = put(&client, &calendar, "event-000001", "One").await;
    let read = all(&client, &calendar).await.unwrap().remove(0);
    assert_eq!(read.href, href);
    client.replace(&read, &event("event-000001", "Theirs", "20261103T090000Z")).await.unwrap();
    let late = client.replace(&read, &event("event-000001", "Ours", "20261103T090000Z")).await;
    assert!(matches!(late, Err(CaldavError::Changed)), "{late:?}");
    assert!(all(&client, &calendar).await.unwrap()[0].ics.contains("Theirs"));
}

#[tokio::test]
async fn a_stretch_of_time_holds_the_events_within_it_and_recurring_ones() {
    let (_server, client, calendar) = work().await;
    put(&client, &calendar, "event-000001", "Tuesday").await;
    let weekly = event("event-000002", "Weekly", "20260106T090000Z").replace("SUMMARY", "RRULE:FREQ=WEEKLY\r\nSUMMARY");
    client.put_new(&calendar, NewEvent { uid: "event-000002", ics: &weekly }).await.unwrap();
    let later = event("event-000003", "Later", "20261203T090000Z");
    client.put_new(&calendar, NewEvent { uid: "event-000003", ics: &later }).await.unwrap();
    let found = client.between(&calendar, DAY, DAY.plus_ms(86_400_000)).await.unwrap();
    let titles = |word: &str| found.iter().filter(|one| one.ics.contains(word)).count();
    assert_eq!((found.len(), titles("SUMMARY:Tuesday"), titles("SUMMARY:Weekly")), (2, 1, 1));
}

#[tokio::test]
async fn an_event_that_nobody_can_place_holds_up_no_other() {
    let (server, client, calendar) = work().await;
    put(&client, &calendar, "event-000001", "Good").await;
    let odd = event("event-000002", "Odd", "20261103T090000").replace("DTSTART:", "DTSTART;TZID=Nowhere/Atlantis:");
    std::fs::write(server.collections().join("work/event-000002.ics"), &odd).unwrap();
    let there = all(&client, &calendar).await.unwrap();
    assert_eq!(there.len(), 2, "{}", server.log());
    assert!(there.iter().any(|one| one.ics.contains("TZID=Nowhere/Atlantis")), "as it is on the server");
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_calendar_say_so() {
    let (server, good, calendar) = work().await;
    let refused = client(server.port, "/", "wrong").calendars().await;
    assert!(matches!(refused, Err(CaldavError::Refused)), "{refused:?}");
    let gone = Calendar { href: "/ada/nowhere/".to_owned(), ..calendar.clone() };
    let read = all(&good, &gone).await;
    assert!(matches!(read, Err(CaldavError::NotFound)), "{read:?}");
    let ics = event("event-000009", "x", "20261103T090000Z");
    let ended = client(server.port, "/", "wrong").invite(&calendar, NewEvent { uid: "event-000009", ics: &ics }).await;
    assert!(matches!(ended, Put::Permanent { .. }), "{ended:?}");
    let ended = good.invite(&gone, NewEvent { uid: "event-000009", ics: &ics }).await;
    assert!(matches!(ended, Put::Permanent { .. } | Put::Transient { .. }), "{ended:?}");
    drop(server);
    let ended = good.invite(&calendar, NewEvent { uid: "event-000009", ics: &ics }).await;
    assert!(matches!(ended, Put::Transient { .. }), "{ended:?}");
}

/// A server that refuses to answer for more than so many days at once, and breaks off for
/// one that begins in `broken`.
async fn narrow(days: i64, broken: Option<&'static str>) -> u16 {
    let answer = move |body: String| async move {
        let bound = |name: &str| body.split(&format!("{name}=\"")).nth(1).unwrap()[..15].to_owned();
        let at = |text: &str| jiff::civil::Date::strptime("%Y%m%d", &text[..8]).unwrap();
        let (from, until) = (bound("start"), bound("end"));
        let span = i64::from(at(&from).until(at(&until)).unwrap().get_days());
        let kind = [("content-type", "application/xml")];
        if span > days {
            return (axum::http::StatusCode::INSUFFICIENT_STORAGE, kind, String::new());
        }
        let href = format!("/ada/work/{from}.ics");
        let whole = format!(
            "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><response><href>{href}</href><propstat>\
             <prop><getetag>\"1\"</getetag><C:calendar-data>x</C:calendar-data></prop></propstat></response><response>\
             <href>/ada/work/series.ics</href><propstat><prop><getetag>\"1\"</getetag><C:calendar-data>y</C:calendar-data>\
             </prop></propstat></response></multistatus>"
        );
        let is_broken = broken.is_some_and(|broken| from.starts_with(broken));
        let text = if is_broken { whole[..whole.len() / 2].to_owned() } else { whole };
        (axum::http::StatusCode::MULTI_STATUS, kind, text)
    };
    serve(Router::new().fallback(answer)).await
}

#[tokio::test]
async fn what_is_too_much_for_one_answer_is_asked_for_in_parts_and_is_whole_or_nothing() {
    let calendar = Calendar { href: "/ada/work/".into(), name: "work".into(), mark: None };
    let until = DAY.plus_ms(400 * 86_400_000);
    let found = client(narrow(60, None).await, "/", PASSWORD).between(&calendar, DAY, until).await.unwrap();
    assert_eq!(found.len(), 9, "eight parts, and the series of all of them once: {found:?}");
    let found = client(narrow(60, Some("202705")).await, "/", PASSWORD).between(&calendar, DAY, until).await;
    assert!(matches!(found, Err(CaldavError::Unreadable)), "{found:?}");
    let found = client(narrow(2, None).await, "/", PASSWORD).between(&calendar, DAY, until).await;
    assert!(matches!(found, Err(CaldavError::Status { status: 507 })), "it is not asked day by day: {found:?}");
}

async fn serve(router: Router) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

#[tokio::test]
async fn a_page_under_200_is_no_calendar_and_took_no_event() {
    let page = || async { Html("<html><body>Please sign in</body></html>") };
    let port = serve(Router::new().fallback(page)).await;
    let client = client(port, "/", PASSWORD);
    assert!(matches!(client.calendars().await, Err(CaldavError::NotDav)));
    let calendar = Calendar { href: "/ada/work/".into(), name: "work".into(), mark: None };
    assert!(matches!(all(&client, &calendar).await, Err(CaldavError::NotDav)));
    let ics = event("event-000001", "x", "20261103T090000Z");
    let ended = client.invite(&calendar, NewEvent { uid: "event-000001", ics: &ics }).await;
    assert!(matches!(ended, Put::Permanent { .. }), "{ended:?}");
}

#[tokio::test]
async fn a_server_that_sends_elsewhere_is_not_followed_and_one_that_is_busy_is_asked_later() {
    let away = Router::new().fallback(|| async { axum::response::Redirect::permanent("https://evil.example/dav/") });
    let port = serve(away).await;
    assert!(matches!(client(port, "/", PASSWORD).calendars().await, Err(CaldavError::Elsewhere)));
    let busy = Router::new()
        .fallback(|| async { (axum::http::StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "7")], "later") });
    let port = serve(busy).await;
    let calendar = Calendar { href: "/ada/work/".into(), name: "work".into(), mark: None };
    let ended = client(port, "/", PASSWORD).invite(&calendar, NewEvent { uid: "event-000001", ics: "x" }).await;
    assert!(matches!(ended, Put::Transient { retry_after_ms: Some(7000), .. }), "{ended:?}");
}

#[test]
fn a_password_is_sent_over_https_only() {
    let settings = CaldavSettings {
        url: Url::parse("http://cal.acme.example/").unwrap(),
        sign_in: SignIn::Password(USER.to_owned(), SecretString::from(PASSWORD)),
        roots: ExtraRoots::default(),
    };
    let error = CaldavClient::new(&settings).map(drop).unwrap_err();
    assert!(matches!(error, CaldavError::Settings(_)));
    assert!(!format!("{settings:?}").contains(PASSWORD));
}
