//! What the clock does: schedules in everybody's own zone, runs that were missed,
//! briefs before meetings that move, quiet hours and the hourly rate. The clock is
//! the test's, so that weeks pass at once.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::store::JobFilter;
use skillhost_engine::time::{Clock as _, Timestamp};
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, START, TestClock, TestHost};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const SECOND: i64 = 1_000;
/// Looks at what no signal tells of, a millisecond apart.
const PATIENCE: u32 = 10_000;
/// No signal for so long means that none will come.
const LONG: std::time::Duration = std::time::Duration::from_secs(60);

/// One step of the host's own, which tells the user something.
fn sequence(event: &str, head: &str) -> String {
    format!(
        "sequence: {event}\nversion: 1\nevent: {event}\n{head}\nsteps:\n  tell:\n    action: card\n    with: {{ title: \"'Hello'\", text: \"'hello'\" }}\n"
    )
}

async fn start(sequences: &[(&str, &str)]) -> TestHost {
    let folder = tempfile::tempdir().unwrap();
    for name in ["skills", "sequences"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    for (event, head) in sequences {
        std::fs::write(folder.path().join(format!("sequences/{event}.yaml")), sequence(event, head)).unwrap();
    }
    TestHost::on_modules(Arc::new(folder), TestClock::new(), |_| {}).await.unwrap()
}

async fn jobs(host: &TestHost, event: &str) -> Vec<JobRow> {
    let filter = JobFilter { event_type: Some(event.to_owned()), limit: 200, ..JobFilter::default() };
    let mut jobs = host.app.store.jobs(&ORG.into(), &filter).await.unwrap();
    jobs.reverse();
    jobs
}

/// Waits, by the host's own signals, until there are as many jobs of this kind, in these states.
async fn until(host: &TestHost, event: &str, count: usize, status: JobStatus) -> Vec<JobRow> {
    until_so(host, event, |found| {
        assert!(found.len() <= count, "{} jobs of {event}", found.len());
        found.len() == count && found.iter().all(|job| job.status == status)
    })
    .await
}

/// The same until they are as wanted.
async fn until_so(host: &TestHost, event: &str, wanted: impl Fn(&[JobRow]) -> bool) -> Vec<JobRow> {
    let mut changes = host.app.wake.watch();
    loop {
        let found = jobs(host, event).await;
        if wanted(&found) {
            return found;
        }
        let next = tokio::time::timeout(LONG, changes.recv()).await;
        let states: Vec<_> = found.iter().map(|job| (job.status, job.reason.clone())).collect();
        assert!(next.is_ok(), "{event} stays {states:?}");
    }
}

async fn people(host: &TestHost, users: Value) {
    host.app.store.load_data(&json!({ "users": users }), Timestamp(i64::MAX)).await.unwrap();
    host.app.wake.schedules_moved();
}

fn user(id: &str, zone: &str, preferences: Value) -> Value {
    json!({ "id": id, "org_id": ORG, "name": id, "email": format!("{id}@acme.example"), "zone": zone,
            "admin": id == ADMIN, "preferences": preferences })
}

/// Waits until the host's view of its schedules is as wanted.
async fn until_listed(host: &TestHost, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..PATIENCE {
        let (status, list) = host.get(ADMIN, "/v1/schedules").await;
        assert_eq!(status, 200, "{list}");
        if wanted(&list) {
            return list;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("the schedules are not as wanted");
}

/// Waits until the rows of a user have these specs.
async fn until_kept(host: &TestHost, user: &str, specs: &[&str]) {
    for _ in 0..PATIENCE {
        let rows = host.app.store.schedules(&ORG.into(), &user.into()).await.unwrap();
        if rows.iter().map(|row| row.spec.as_str()).eq(specs.iter().copied()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("the schedules of {user} are not {specs:?}");
}

fn meant_for(jobs: &[JobRow]) -> Vec<String> {
    let mut times: Vec<String> = jobs
        .iter()
        .map(|job| format!("{} {}", job.user, job.trigger_payload["scheduled_for"].as_str().unwrap()))
        .collect();
    times.sort();
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_briefed_in_their_morning() {
    let host = start(&[(
        "morning_brief",
        "quiet_hours: ignore\nschedule: { cron: \"30 7 * * MON-FRI\", time_of: briefing_time }",
    )])
    .await;
    until_kept(&host, ADMIN, &["30 7 * * MON-FRI Europe/Zurich"]).await;
    until_kept(&host, OTHER, &["30 7 * * MON-FRI Europe/Zurich"]).await;
    // Tuesday, 3 November, 09:00 UTC.
    people(
        &host,
        json!([
            user(REP, "Europe/Zurich", json!({})),
            user(OTHER, "America/New_York", json!({ "briefing_time": "06:45" })),
            user(ADMIN, "Asia/Tokyo", json!({ "disabled_events": ["morning_brief"] })),
        ]),
    )
    .await;
    let list = until_listed(&host, |list| list["schedules"].as_array().is_some_and(|all| all.len() == 3)).await;
    let of = |user: &str| list["schedules"].as_array().unwrap().iter().find(|one| one["user"] == user).unwrap().clone();
    assert_eq!(of(OTHER)["what"], "45 6 * * MON-FRI America/New_York");
    assert_eq!(of(OTHER)["next"].as_array().unwrap().len(), 5);
    assert_eq!(of(ADMIN)["off"], "the user opted out");

    until_kept(&host, OTHER, &["45 6 * * MON-FRI America/New_York"]).await;
    until_kept(&host, ADMIN, &[]).await;
    for (day, count) in [(1, 2), (2, 4), (3, 6), (4, 7), (5, 7), (6, 8)] {
        host.clock.advance(DAY);
        let done = until(&host, "morning_brief", count, JobStatus::Completed).await;
        assert_eq!(done.len(), count, "day {day}");
    }
    assert_eq!(
        meant_for(&jobs(&host, "morning_brief").await)[..4],
        [
            format!("{REP} 2026-11-04T06:30:00.000Z"),
            format!("{REP} 2026-11-05T06:30:00.000Z"),
            format!("{REP} 2026-11-06T06:30:00.000Z"),
            format!("{REP} 2026-11-09T06:30:00.000Z"),
        ]
    );
    let sources = jobs(&host, "morning_brief").await;
    assert!(sources.iter().all(|job| job.event_source == "cron:morning_brief"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_host_makes_good_what_the_file_says_and_no_more() {
    let head = "schedule: { cron: \"0 8 * * *\", zone: UTC, misfire: catch_up, catch_up: 2 }";
    let host = start(&[
        ("pipeline_scan", head),
        ("campaign_check", "schedule: { cron: \"0 8 * * *\", zone: UTC, misfire: skip }"),
    ])
    .await;
    until_kept(&host, OTHER, &["0 8 * * * UTC", "0 8 * * * UTC"]).await;
    until_kept(&host, ADMIN, &["0 8 * * * UTC", "0 8 * * * UTC"]).await;
    people(
        &host,
        json!([
            user(REP, "UTC", json!({})),
            user(OTHER, "UTC", json!({ "disabled_events": ["pipeline_scan", "campaign_check"] })),
            user(ADMIN, "UTC", json!({ "disabled_events": ["pipeline_scan", "campaign_check"] }))
        ]),
    )
    .await;
    until_kept(&host, OTHER, &[]).await;
    until_kept(&host, ADMIN, &[]).await;
    host.clock.advance(DAY);
    until(&host, "pipeline_scan", 1, JobStatus::Completed).await;
    let (folder, clock) = (host.folder(), Arc::clone(&host.clock));
    host.stop().await;
    clock.advance(5 * DAY);
    let host = TestHost::on_modules(folder, clock, |_| {}).await.unwrap();
    let scans = until(&host, "pipeline_scan", 4, JobStatus::Completed).await;
    assert_eq!(
        meant_for(&scans),
        ["2026-11-04", "2026-11-07", "2026-11-08", "2026-11-09"].map(|day| format!("{REP} {day}T08:00:00.000Z")),
        "the last two that were missed, and the one that is on time"
    );
    let checks = until(&host, "campaign_check", 2, JobStatus::Completed).await;
    assert_eq!(meant_for(&checks), ["2026-11-04", "2026-11-09"].map(|day| format!("{REP} {day}T08:00:00.000Z")));
    host.stop().await;
}

fn meeting(id: &str, starts: Timestamp, with: &str) -> Value {
    json!({ "meetings": [{ "id": id, "org_id": ORG, "title": "Review", "started_at": starts.rfc3339(), "owner_id": REP,
        "attendees": [{ "name": "Ada", "email": "ada@acme.example" }, { "name": "Guest", "email": with }] }] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brief_moves_with_its_meeting() {
    let host = start(&[("pre_meeting_90min", "quiet_hours: ignore\nschedule: { before_meeting_minutes: 90 }")]).await;
    let put = async |document: Value| {
        host.app.store.load_data(&document, Timestamp(i64::MAX)).await.unwrap();
        host.app.wake.schedules_moved();
    };
    put(meeting("in", START.plus_ms(5 * HOUR), "bob@acme.example")).await;
    put(meeting("ex", START.plus_ms(5 * HOUR), "mira@globex.example")).await;
    let next = |list: &Value| {
        let all = list["schedules"].as_array().unwrap();
        all.iter().find(|one| one["user"] == REP).map(|one| one["next"].clone()).unwrap_or_default()
    };
    let due = START.plus_ms(5 * HOUR - 90 * 60_000);
    until_listed(&host, |list| next(list) == json!([due.0])).await;
    // It moves to the afternoon; what was due is not raised.
    put(meeting("ex", START.plus_ms(9 * HOUR), "mira@globex.example")).await;
    let later = START.plus_ms(9 * HOUR - 90 * 60_000);
    until_listed(&host, |list| next(list) == json!([later.0])).await;
    host.clock.advance(5 * HOUR);
    assert!(jobs(&host, "pre_meeting_90min").await.is_empty());
    host.clock.advance(3 * HOUR);
    let raised = until(&host, "pre_meeting_90min", 1, JobStatus::Completed).await;
    assert_eq!(raised[0].trigger_payload["meeting_id"], "ex", "the internal one gets none");
    // One that comes up at short notice is prepared at once.
    put(meeting("soon", host.clock.now().plus_ms(20 * 60_000), "mira@globex.example")).await;
    until(&host, "pre_meeting_90min", 2, JobStatus::Completed).await;
    host.clock.advance(2 * DAY);
    assert_eq!(jobs(&host, "pre_meeting_90min").await.len(), 2);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brief_comes_before_a_meeting_that_only_the_calendar_knows() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["skills", "sequences", "calendars"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let head = "quiet_hours: ignore\nschedule: { before_meeting_minutes: 90 }";
    std::fs::write(folder.path().join("sequences/brief.yaml"), sequence("pre_meeting_90min", head)).unwrap();
    let (calendars, file) = (folder.path().join("calendars"), folder.path().join("calendars/ada.ics"));
    let host = TestHost::on_modules(Arc::new(folder), TestClock::new(), |config| {
        config.calendars.folder = Some(calendars);
    })
    .await
    .unwrap();
    let connection = json!({ "connections": [{ "kind": "calendar", "external_id": "k1", "org_id": ORG,
        "user_id": REP, "detail": { "path": "ada.ics", "name": "Work" } }] });
    host.app.store.load_data(&connection, Timestamp(i64::MAX)).await.unwrap();
    let deal = json!({ "deals": [{ "id": "d1", "org_id": ORG, "name": "Rollout", "stage": "lead", "owner_id": REP,
        "contact_ids": ["c1"], "updated_at": 0 }] });
    host.app.store.load_data(&deal, Timestamp(i64::MAX)).await.unwrap();
    let read_at = async |starts: Timestamp| {
        let zulu = |at: Timestamp| at.rfc3339()[..19].replace(['-', ':'], "") + "Z";
        let (start, end) = (zulu(starts), zulu(starts.plus_ms(HOUR)));
        let event = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\nBEGIN:VEVENT\r\nUID:review\r\nDTSTAMP:{start}\r\n\
             DTSTART:{start}\r\nDTEND:{end}\r\nSUMMARY:Review\r\nORGANIZER:mailto:ada@acme.example\r\n\
             ATTENDEE:mailto:mira@globex.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        std::fs::write(&file, event).unwrap();
        skillhost_server::calendars::refresh_all(&host.app).await.unwrap();
    };
    let next = |list: &Value, starts: Timestamp| {
        let all = list["schedules"].as_array().unwrap();
        all.iter().any(|one| one["user"] == REP && one["next"] == json!([starts.0 - 90 * 60_000]))
    };
    let starts = START.plus_ms(5 * HOUR);
    read_at(starts).await;
    until_listed(&host, |list| next(list, starts)).await;
    // Somebody moves it in the calendar, and what was due is not raised.
    let later = START.plus_ms(9 * HOUR);
    read_at(later).await;
    until_listed(&host, |list| next(list, later)).await;
    host.clock.advance(5 * HOUR);
    assert!(jobs(&host, "pre_meeting_90min").await.is_empty());
    host.clock.advance(3 * HOUR);
    let raised = until(&host, "pre_meeting_90min", 1, JobStatus::Completed).await;
    let payload = &raised[0].trigger_payload;
    assert!(payload["meeting_id"].as_str().unwrap().starts_with("k1/"), "{payload}");
    // With whom it is, so that what is known of them is read as the job begins.
    assert_eq!(["contact_id", "company_id", "deal_id"].map(|name| payload[name].clone()), ["c1", "co1", "d1"]);
    let by_meeting = json!({ "meeting_id": payload["meeting_id"] });
    let contact = host.app.store.source(&ORG.into(), &REP.into(), "contact", &by_meeting).await.unwrap().unwrap();
    assert_eq!(contact["id"], "c1", "{contact}");
    let other = host.app.store.source(&ORG.into(), &OTHER.into(), "contact", &by_meeting).await.unwrap();
    assert_eq!(other, None, "somebody else's calendar tells nothing");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_time_before_meetings_holds_for_those_that_are_known() {
    let event = "pre_meeting_90min";
    let head = |minutes: u32| format!("quiet_hours: ignore\nschedule: {{ before_meeting_minutes: {minutes} }}");
    let host = start(&[(event, &head(90))]).await;
    let starts = START.plus_ms(5 * HOUR);
    host.app.store.load_data(&meeting("ex", starts, "mira@globex.example"), Timestamp(i64::MAX)).await.unwrap();
    host.app.wake.schedules_moved();
    let next = |list: &Value, minutes: i64| {
        let all = list["schedules"].as_array().unwrap();
        all.iter().any(|one| one["user"] == REP && one["next"] == json!([starts.0 - minutes * 60_000]))
    };
    until_listed(&host, |list| next(list, 90)).await;
    let (folder, clock) = (host.folder(), Arc::clone(&host.clock));
    host.stop().await;
    std::fs::write(folder.path().join(format!("sequences/{event}.yaml")), sequence(event, &head(30))).unwrap();
    let host = TestHost::on_modules(folder, clock, |_| {}).await.unwrap();
    until_listed(&host, |list| next(list, 30)).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_finds_the_door_shut_is_raised_when_it_opens() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["skills", "sequences"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let cron = "quiet_hours: ignore\nschedule: { cron: \"0 21 * * *\", zone: UTC, misfire: run_once }";
    for (event, head) in [("email_received", ""), ("pipeline_scan", cron)] {
        std::fs::write(folder.path().join(format!("sequences/{event}.yaml")), sequence(event, head)).unwrap();
    }
    let host = TestHost::on_modules(Arc::new(folder), TestClock::new(), |config| config.open_jobs = 1).await.unwrap();
    let off = json!({ "disabled_events": ["pipeline_scan"] });
    let calm = json!({ "quiet_hours": { "from": "20:00", "to": "23:00" } });
    // The other org counts at the door as well.
    let rival = json!({ "id": "rex", "org_id": "rival", "name": "Rex", "email": "rex@rival.example", "zone": "UTC",
                        "preferences": off });
    people(&host, json!([user(REP, "UTC", calm), user(OTHER, "UTC", off.clone()), user(ADMIN, "UTC", off), rival]))
        .await;
    until_kept(&host, REP, &["0 21 * * * UTC"]).await;
    until_kept(&host, OTHER, &[]).await;
    until_kept(&host, ADMIN, &[]).await;
    host.clock.advance(11 * HOUR + HOUR / 2);
    // One open job, until 23:00; the run of 21:00 finds no room.
    assert_eq!(deliver(&host, "m-1").await.status, JobStatus::Deferred);
    host.clock.advance(HOUR);
    assert!(jobs(&host, "pipeline_scan").await.is_empty());
    host.clock.advance(2 * HOUR);
    until(&host, "email_received", 1, JobStatus::Completed).await;
    // The door counts anew a second later.
    host.clock.advance(2 * SECOND);
    let raised = until(&host, "pipeline_scan", 1, JobStatus::Completed).await;
    assert_eq!(meant_for(&raised), [format!("{REP} 2026-11-03T21:00:00.000Z")]);
    host.stop().await;
}

async fn deliver(host: &TestHost, id: &str) -> JobRow {
    let payload = json!({ "message_id": id });
    let (status, taken) = host.post(REP, "/v1/events", &json!({ "type": "email_received", "payload": payload })).await;
    assert_eq!(status, 202, "{taken}");
    let job = taken["job_id"].as_str().unwrap();
    host.app.store.job(&ORG.into(), &job.into()).await.unwrap().unwrap().row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_put_off_and_drop_nothing() {
    let host = start(&[("email_received", ""), ("campaign_check", "quiet_hours: ignore")]).await;
    let calm = json!({ "quiet_hours": { "from": "20:00", "to": "08:00" } });
    people(&host, json!([user(REP, "Europe/Zurich", calm)])).await;
    host.clock.advance(12 * HOUR);
    let late = deliver(&host, "late").await;
    assert_eq!((late.status, late.reason.as_deref()), (JobStatus::Deferred, Some("quiet hours of the user")));
    assert_eq!(late.wake_at.unwrap().rfc3339(), "2026-11-04T07:00:00.000Z");
    let (_, taken) = host.post(REP, "/v1/events", &json!({ "type": "campaign_check", "payload": {} })).await;
    host.until(taken["job_id"].as_str().unwrap(), |view| view.status == JobStatus::Completed).await;
    host.clock.advance(9 * HOUR);
    assert_eq!(jobs(&host, "email_received").await[0].status, JobStatus::Deferred);
    host.clock.advance(HOUR);
    until(&host, "email_received", 1, JobStatus::Completed).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_an_hour_than_the_user_wants() {
    let host = start(&[("email_received", "")]).await;
    people(&host, json!([user(REP, "UTC", json!({ "max_notifications_per_hour": 2 }))])).await;
    for number in 0..2 {
        deliver(&host, &format!("m{number}")).await;
        until(&host, "email_received", number + 1, JobStatus::Completed).await;
    }
    let mut waiting = Vec::new();
    for number in 2..6 {
        let job = deliver(&host, &format!("m{number}")).await;
        assert_eq!(job.status, JobStatus::Deferred, "{:?}", job.reason);
        waiting.push((job.wake_at.unwrap().0 - START.0) / HOUR);
    }
    assert_eq!(waiting, [1, 1, 2, 2], "two each hour");
    for done in [4, 6] {
        host.clock.advance(HOUR);
        until_so(&host, "email_received", |found| {
            let completed = found.iter().filter(|job| job.status == JobStatus::Completed).count();
            assert!(completed <= done, "{completed} instead of {done}");
            completed == done
        })
        .await;
    }
    host.stop().await;
}
