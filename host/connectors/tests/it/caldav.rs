//! Calendars of a real server.

use std::collections::BTreeMap;

use axum::Router;
use axum::response::Html;
use secrecy::SecretString;
use skillhost_connectors::calendar::caldav::{
    CaldavClient, CaldavError, CaldavSettings, Calendar, Import, Known, NewEvent, Object, SignIn,
};
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::invitation::Put;
use skillhost_engine::time::Timestamp;
use url::Url;

use super::radicale::{PASSWORD, Radicale, USER, make_calendar};

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

/// What came in, by address.
#[derive(Default)]
struct Taken {
    objects: BTreeMap<String, String>,
    calls: usize,
}

impl Import for Taken {
    fn import(&mut self, object: &Object) {
        self.calls += 1;
        self.objects.insert(object.href.clone(), object.ics.clone());
    }

    fn gone(&mut self, href: &str) {
        self.calls += 1;
        self.objects.remove(href);
    }
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
    assert!(calendar.can_sync && calendar.ctag.is_some());
}

#[tokio::test]
async fn what_changed_is_handed_on_once_and_untouched() {
    let (server, client, mut calendar) = work().await;
    let first = put(&client, &calendar, "event-000001", "One").await;
    put(&client, &calendar, "event-000002", "Two").await;
    let mut taken = Taken::default();
    let known = client.pull(&calendar, &Known::default(), &mut taken).await.unwrap();
    assert_eq!((taken.objects.len(), known.etags.len()), (2, 2));
    assert!(taken.objects[&first].contains("SUMMARY:One"));

    let before = taken.calls;
    let known = client.pull(&calendar, &known, &mut taken).await.unwrap();
    assert_eq!(taken.calls, before, "nothing changed");

    put(&client, &calendar, "event-000003", "Three").await;
    std::fs::remove_file(server.collections().join("work/event-000002.ics")).unwrap();
    let one = Object { href: first.clone(), etag: known.etags[&first].clone(), ics: String::new() };
    client.replace(&one, &event("event-000001", "One moved", "20261103T100000Z")).await.unwrap();
    let known = client.pull(&calendar, &known, &mut taken).await.unwrap();
    assert_eq!(taken.objects.len(), 2);
    assert!(taken.objects[&first].contains("One moved"));
    assert!(taken.objects.values().any(|ics| ics.contains("Three")));

    // Without the list of changes the marks tell.
    calendar.can_sync = false;
    calendar.ctag = None;
    let mut again = Taken::default();
    let listed = client.pull(&calendar, &Known::default(), &mut again).await.unwrap();
    assert_eq!(again.objects, taken.objects);
    assert_eq!(listed.etags, known.etags);
    let before = again.calls;
    client.pull(&calendar, &listed, &mut again).await.unwrap();
    assert_eq!(again.calls, before);
    // A state that the server forgot is told anew.
    calendar.can_sync = true;
    let forgotten = Known { token: Some("http://radicale.org/ns/sync/0000".to_owned()), ..known.clone() };
    let anew = client.pull(&calendar, &forgotten, &mut again).await.unwrap();
    assert_eq!(anew.etags, known.etags);
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
    let mut taken = Taken::default();
    client.pull(&calendar, &Known::default(), &mut taken).await.unwrap();
    assert_eq!(taken.objects.len(), 1);
    assert!(taken.objects.values().all(|ics| ics.contains("Demo") && !ics.contains("METHOD")));
}

#[tokio::test]
async fn what_was_changed_meanwhile_is_not_overwritten() {
    let (_server, client, calendar) = work().await;
    let href = put(&client, &calendar, "event-000001", "One").await;
    let mut taken = Taken::default();
    let known = client.pull(&calendar, &Known::default(), &mut taken).await.unwrap();
    let read = Object { href: href.clone(), etag: known.etags[&href].clone(), ics: String::new() };
    client.replace(&read, &event("event-000001", "Theirs", "20261103T090000Z")).await.unwrap();
    let late = client.replace(&read, &event("event-000001", "Ours", "20261103T090000Z")).await;
    assert!(matches!(late, Err(CaldavError::Changed)), "{late:?}");
    client.pull(&calendar, &known, &mut taken).await.unwrap();
    assert!(taken.objects[&href].contains("Theirs"));
}

#[tokio::test]
async fn a_stretch_of_time_holds_the_events_within_it_and_recurring_ones() {
    let (_server, client, calendar) = work().await;
    put(&client, &calendar, "event-000001", "Tuesday").await;
    let weekly = event("event-000002", "Weekly", "20260106T090000Z").replace("SUMMARY", "RRULE:FREQ=WEEKLY\r\nSUMMARY");
    client.put_new(&calendar, NewEvent { uid: "event-000002", ics: &weekly }).await.unwrap();
    let later = event("event-000003", "Later", "20261203T090000Z");
    client.put_new(&calendar, NewEvent { uid: "event-000003", ics: &later }).await.unwrap();
    let day = Timestamp(1_793_664_000_000);
    let found = client.between(&calendar, day, day.plus_ms(86_400_000)).await.unwrap();
    let titles = |word: &str| found.iter().filter(|one| one.ics.contains(word)).count();
    assert_eq!((found.len(), titles("SUMMARY:Tuesday"), titles("SUMMARY:Weekly")), (2, 1, 1));
    // Where the server says when its user is busy, it is iCalendar.
    if let Some(busy) = client.busy(&calendar, day, day.plus_ms(86_400_000)).await.unwrap() {
        assert!(busy.contains("VFREEBUSY"), "{busy}");
    }
}

#[tokio::test]
async fn an_event_that_nobody_can_place_holds_up_no_other() {
    let (server, client, calendar) = work().await;
    put(&client, &calendar, "event-000001", "Good").await;
    let odd = event("event-000002", "Odd", "20261103T090000").replace("DTSTART:", "DTSTART;TZID=Nowhere/Atlantis:");
    std::fs::write(server.collections().join("work/event-000002.ics"), &odd).unwrap();
    let mut taken = Taken::default();
    client.pull(&calendar, &Known::default(), &mut taken).await.unwrap();
    assert_eq!(taken.objects.len(), 2, "{}", server.log());
    assert!(taken.objects.values().any(|ics| ics.contains("TZID=Nowhere/Atlantis")), "as it is on the server");
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_calendar_say_so() {
    let (server, good, calendar) = work().await;
    let refused = client(server.port, "/", "wrong").calendars().await;
    assert!(matches!(refused, Err(CaldavError::Refused)), "{refused:?}");
    let gone = Calendar { href: "/ada/nowhere/".to_owned(), ..calendar.clone() };
    let pulled = good.pull(&gone, &Known::default(), &mut Taken::default()).await;
    assert!(matches!(pulled, Err(CaldavError::NotFound)), "{pulled:?}");
    let ics = event("event-000009", "x", "20261103T090000Z");
    let ended = client(server.port, "/", "wrong").invite(&calendar, NewEvent { uid: "event-000009", ics: &ics }).await;
    assert!(matches!(ended, Put::Permanent { .. }), "{ended:?}");
    let ended = good.invite(&gone, NewEvent { uid: "event-000009", ics: &ics }).await;
    assert!(matches!(ended, Put::Permanent { .. } | Put::Transient { .. }), "{ended:?}");
    drop(server);
    let ended = good.invite(&calendar, NewEvent { uid: "event-000009", ics: &ics }).await;
    assert!(matches!(ended, Put::Transient { .. }), "{ended:?}");
}

#[tokio::test]
async fn twenty_thousand_events_are_read_within_bounds_and_not_again() {
    let server = Radicale::start_with(|user| {
        let calendar = make_calendar(user, "large")?;
        for n in 0..20_000 {
            let (day, hour) = (1 + n % 28, n % 24);
            let ics = event(&format!("event-{n:06}"), &format!("Event {n}"), &format!("202611{day:02}T{hour:02}0000Z"));
            std::fs::write(calendar.join(format!("event-{n:06}.ics")), ics)?;
        }
        Ok(())
    })
    .unwrap();
    let client = client(server.port, "/", PASSWORD);
    let calendar = loop {
        // The server makes its list of them first, which takes longer than a call may.
        match client.calendars().await {
            Ok(mut calendars) => break calendars.remove(0),
            Err(error) if error.is_transient() => {}
            Err(error) => panic!("{error:?}\n{}", server.log()),
        }
    };
    let mut taken = Taken::default();
    let known = loop {
        match client.pull(&calendar, &Known::default(), &mut taken).await {
            Ok(known) => break known,
            Err(error) if error.is_transient() => {}
            Err(error) => panic!("{error:?}\n{}", server.log()),
        }
    };
    assert_eq!((taken.objects.len(), known.etags.len()), (20_000, 20_000));
    let before = taken.calls;
    put(&client, &calendar, "event-new-1", "New").await;
    client.pull(&calendar, &known, &mut taken).await.unwrap();
    assert_eq!(taken.calls, before + 1, "one came, and one was read");
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
    let calendar = Calendar { href: "/ada/work/".into(), name: "work".into(), ctag: None, can_sync: true };
    for can_sync in [true, false] {
        let calendar = Calendar { can_sync, ..calendar.clone() };
        let known = Known { etags: [("/ada/work/a.ics".to_owned(), "1".to_owned())].into(), ..Known::default() };
        let mut taken = Taken::default();
        assert!(matches!(client.pull(&calendar, &known, &mut taken).await, Err(CaldavError::NotDav)));
        assert_eq!(taken.calls, 0, "nothing is gone");
    }
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
    let calendar = Calendar { href: "/ada/work/".into(), name: "work".into(), ctag: None, can_sync: true };
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
