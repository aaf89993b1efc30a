//! Calendars from files and feeds, as the source of busy times shows them.

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::context::{Doors as _, Query};
use skillhost_engine::store::Connection;
use skillhost_server::driver::JobDoors;
use skillhost_tests::test_host::{ORG, REP, TestHost};

use super::Vendor;

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Work\r\n\
BEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=Europe/Zurich:20261103T140000\r\nDTEND;TZID=Europe/Zurich:20261103T150000\r\n\
RRULE:FREQ=WEEKLY\r\nSUMMARY:Weekly\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// The busy times of the rep's next eight days, and what is said of the calendars.
async fn busy(host: &TestHost) -> (Vec<String>, Vec<Value>) {
    let doors = JobDoors::new(Arc::clone(&host.app.store), Arc::clone(&host.app.clock), ORG.into(), REP.into());
    let params = json!({ "from": "2026-11-03T00:00:00Z", "until": "2026-11-11T00:00:00Z" });
    let query = Query { source: "calendar.busy".to_owned(), params, max_bytes: None, cursor: None };
    let snapshot = doors.read(query).await.unwrap();
    let body: Value = serde_json::from_str(&snapshot.body).unwrap();
    let starts = body["busy"].as_array().unwrap().iter().map(|one| one["starts"].as_str().unwrap()[5..16].to_owned());
    (starts.collect(), body["calendars"].as_array().unwrap().clone())
}

async fn connect(host: &TestHost, id: &str, detail: Value) {
    let connection = Connection {
        kind: "calendar".to_owned(),
        external_id: id.to_owned(),
        org: ORG.into(),
        user: REP.into(),
        detail,
    };
    host.app.store.put_connection(&connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_in_a_file_is_read_again_and_what_breaks_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let host = TestHost::start(move |config| config.calendars.folder = Some(path)).await;
    let file = folder.path().join("ada.ics");
    connect(&host, "k1", json!({ "path": "ada.ics" })).await;
    let refresh = async || skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    refresh().await;
    let (starts, calendars) = busy(&host).await;
    assert_eq!(
        (starts, &calendars[0]["error"], &calendars[0]["as_of"]),
        (vec![], &json!("there is no such file"), &Value::Null)
    );

    std::fs::write(&file, CALENDAR).unwrap();
    assert_eq!(refresh().await, 1);
    let (starts, calendars) = busy(&host).await;
    assert_eq!(starts, ["11-03T13:00", "11-10T13:00"]);
    assert_eq!(calendars, [json!({ "name": "Work", "as_of": host.clock_now(), "error": null })]);

    // The file changes; then it breaks off, then it is no calendar, then it is gone.
    std::fs::write(&file, CALENDAR.replace("20261103T14", "20261104T08").replace("20261103T15", "20261104T09"))
        .unwrap();
    refresh().await;
    assert_eq!(busy(&host).await.0, ["11-04T07:00"]);
    for (text, error) in [
        (&CALENDAR[..200], "the calendar breaks off before its end"),
        ("<html></html>", "this is no calendar: it does not begin with BEGIN:VCALENDAR"),
    ] {
        std::fs::write(&file, text).unwrap();
        refresh().await;
        let (starts, calendars) = busy(&host).await;
        assert_eq!((starts, &calendars[0]["error"]), (vec!["11-04T07:00".to_owned()], &json!(error)));
    }
    std::fs::remove_file(&file).unwrap();
    refresh().await;
    assert_eq!(busy(&host).await.1[0]["error"], "there is no such file");
    std::fs::write(&file, CALENDAR).unwrap();
    refresh().await;
    let (starts, calendars) = busy(&host).await;
    assert_eq!((starts.len(), &calendars[0]["error"]), (2, &Value::Null), "it is whole again");

    // Out of its folder nothing is read.
    connect(&host, "k2", json!({ "path": "../../etc/hostname" })).await;
    connect(&host, "k3", json!({})).await;
    refresh().await;
    let calendars = busy(&host).await.1;
    assert!(calendars[1]["error"].as_str().unwrap().contains("cannot be read"), "{calendars:?}");
    assert!(calendars[2]["error"].as_str().unwrap().contains("none of a path, an address"), "{calendars:?}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_at_an_address_is_fetched_by_the_rules_of_fetches() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(200, json!(CALENDAR))]);
    let address: std::net::SocketAddr = base.trim_start_matches("http://").parse().unwrap();
    let host = TestHost::start(move |config| {
        config.outside.fetch.allow_private.insert(address);
    })
    .await;
    connect(&host, "k1", json!({ "url": format!("{base}/private-token/basic.ics"), "name": "Feed" })).await;
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    connect(&host, "k2", json!({ "url": format!("http://{other}/secret-token") })).await;
    skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    let (starts, calendars) = busy(&host).await;
    assert_eq!((starts.len(), &calendars[0]["name"], &calendars[0]["error"]), (2, &json!("Feed"), &Value::Null));
    let error = calendars[1]["error"].as_str().unwrap();
    assert!(error.contains("is not on the public internet") && !error.contains("secret-token"), "{error}");
    vendor.says(&[(404, json!("no"))]);
    skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    let (starts, calendars) = busy(&host).await;
    assert_eq!((starts.len(), &calendars[0]["error"]), (2, &json!("127.0.0.1 has no such calendar (404)")));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calendars_are_read_when_the_host_starts_and_every_so_often() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ada.ics"), CALENDAR).unwrap();
    let path = folder.path().to_owned();
    let host = TestHost::start(move |config| config.calendars.folder = Some(path)).await;
    connect(&host, "k1", json!({ "path": "ada.ics" })).await;
    host.clock.advance(15 * 60_000);
    // Read by the host itself, in its own time.
    let state = async || host.app.store.calendar(&ORG.into(), "k1").await.unwrap();
    while state().await.and_then(|state| state.as_of).is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(busy(&host).await.0.len(), 2);
    host.stop().await;
}
