//! Calendars that are large, or partly nonsense: what can be read is, the rest is said, and
//! the next calendar is read all the same.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::context::{Doors as _, Query};
use skillhost_engine::store::Connection;
use skillhost_server::driver::JobDoors;
use skillhost_tests::test_host::{ORG, REP, TestHost};

/// Events of the large one.
const EVENTS: usize = 20_000;

fn calendar(name: &str, events: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//test//EN\r\nX-WR-CALNAME:{name}\r\n{events}END:VCALENDAR\r\n"
    )
}

fn event(uid: &str, starts: &str, ends: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART{starts}\r\nDTEND{ends}\r\nSUMMARY:{uid}\r\nEND:VEVENT\r\n"
    )
}

async fn connect(host: &TestHost, file: &str) {
    let connection = Connection {
        kind: "calendar".to_owned(),
        external_id: format!("cal-{file}"),
        org: ORG.into(),
        user: REP.into(),
        detail: json!({ "path": file }),
    };
    host.app.store.put_connection(&connection).await.unwrap();
}

/// The rep's busy times of a day, `HH:MM`, and what is said of each calendar.
async fn busy(host: &TestHost, day: &str, next: &str) -> (Vec<String>, Vec<Value>) {
    let doors = JobDoors::new(Arc::clone(&host.app.store), Arc::clone(&host.app.clock), ORG.into(), REP.into());
    let params = json!({ "from": format!("{day}T00:00:00Z"), "until": format!("{next}T00:00:00Z") });
    let query = Query { source: "calendar.busy".to_owned(), params, max_bytes: None, cursor: None };
    let body: Value = serde_json::from_str(&doors.read(query).await.unwrap().body).unwrap();
    let starts = body["busy"].as_array().unwrap().iter().map(|one| one["starts"].as_str().unwrap()[11..16].to_owned());
    (starts.collect(), body["calendars"].as_array().unwrap().clone())
}

fn of<'v>(calendars: &'v [Value], name: &str) -> &'v Value {
    calendars.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {calendars:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_of_twenty_thousand_events_and_one_of_an_unknown_zone_hold_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    // One every half hour, all of them within the time that is kept.
    let half_hours = |count: usize| -> String {
        let mut events = String::new();
        let mut at = jiff::civil::date(2026, 10, 1).at(0, 0, 0, 0);
        for n in 0..count {
            let ends = at + jiff::SignedDuration::from_mins(10);
            let [from, until] = [at, ends].map(|at| at.strftime(":%Y%m%dT%H%M%SZ").to_string());
            let _written = write!(events, "{}", event(&format!("e-{n}"), &from, &until));
            at += jiff::SignedDuration::from_mins(30);
        }
        events
    };
    let events = half_hours(EVENTS);
    std::fs::write(folder.path().join("large.ics"), calendar("Large", &events)).unwrap();
    let mixed = [
        event("lost", ";TZID=Mars/Olympus:20261104T120000", ";TZID=Mars/Olympus:20261104T130000"),
        event("fine", ";TZID=Europe/Zurich:20261104T161500", ";TZID=Europe/Zurich:20261104T162500"),
    ];
    std::fs::write(folder.path().join("mixed.ics"), calendar("Mixed", &mixed.concat())).unwrap();
    let other = event("lunch", ":20261104T121500Z", ":20261104T122500Z");
    std::fs::write(folder.path().join("other.ics"), calendar("Other", &other)).unwrap();

    let path = folder.path().to_owned();
    let host = TestHost::start(move |config| config.calendars.folder = Some(path)).await;
    for file in ["large.ics", "mixed.ics", "other.ics"] {
        connect(&host, file).await;
    }
    assert_eq!(skillhost_server::calendars::refresh_all(&host.app).await.unwrap(), 3);
    let (starts, calendars) = busy(&host, "2026-11-04", "2026-11-05").await;
    assert_eq!(starts.len(), 48 + 2, "{starts:?}");
    assert!(["12:15", "15:15"].iter().all(|at| starts.iter().any(|start| start == at)), "{starts:?}");
    for name in ["Large", "Other"] {
        assert_eq!((&of(&calendars, name)["error"], of(&calendars, name)["as_of"].is_string()), (&Value::Null, true));
    }
    let mixed = of(&calendars, "Mixed")["error"].as_str().unwrap();
    assert_eq!(mixed, "1 event cannot be read: the zone `Mars/Olympus` is unknown");

    // One event more than anybody keeps: it is said, and what was read stays.
    std::fs::write(folder.path().join("large.ics"), calendar("Large", &half_hours(EVENTS + 1))).unwrap();
    skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    let (starts, calendars) = busy(&host, "2026-11-04", "2026-11-05").await;
    assert_eq!((starts.len(), &of(&calendars, "Other")["error"]), (50, &Value::Null));
    let error = of(&calendars, "Large")["error"].as_str().unwrap();
    assert!(error.contains("20000") || error.contains("20,000"), "{error}");
    host.stop().await;
}
