//! What the clock raises next, and what a user was told of late.

use serde_json::{Value, json};
use skillhost_engine::job::JobStatus;
use skillhost_engine::quiet::{QUIET, RATE};
use skillhost_engine::schedule::ScheduleRow;
use skillhost_engine::store::{ChatMessage, Write};
use skillhost_engine::time::Timestamp;

use super::made::{Bench, FAR, NOW, action, batch, data, job, new_job};

fn row(org: &str, user: &str, event_type: &str, subject: &str, next: Option<i64>) -> ScheduleRow {
    ScheduleRow {
        org: org.into(),
        user: user.into(),
        event_type: event_type.to_owned(),
        subject: subject.to_owned(),
        spec: "0 8 * * * UTC".to_owned(),
        next: next.map(|ms| NOW.plus_ms(ms)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_earliest_schedule_is_due_first_and_a_moved_one_moves() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let rows = [
        row("acme", "u1", "morning_brief", "", Some(500)),
        row("acme", "u1", "pre_meeting_90min", "m1", Some(100)),
        row("globex", "u9", "morning_brief", "", Some(900)),
        row("acme", "u2", "morning_brief", "", None),
    ];
    store.commit(batch(rows.clone().map(Write::Schedule))).await.unwrap();
    let due = async |ms: i64| store.due_schedules(NOW.plus_ms(ms), 10).await.unwrap();
    assert_eq!(due(99).await, []);
    assert_eq!(due(500).await, [rows[1].clone(), rows[0].clone()]);
    assert_eq!(store.due_schedules(FAR, 1).await.unwrap(), [rows[1].clone()]);
    assert_eq!(store.next_due(NOW).await.unwrap(), Some(NOW.plus_ms(100)));
    assert_eq!(store.schedules(&"acme".into(), &"u1".into()).await.unwrap(), [rows[0].clone(), rows[1].clone()]);
    assert_eq!(store.schedules(&"globex".into(), &"u1".into()).await.unwrap(), []);

    let moved = ScheduleRow { next: Some(NOW.plus_ms(700)), ..rows[1].clone() };
    store.commit(batch([Write::Schedule(moved.clone()), Write::Unschedule(rows[0].clone())])).await.unwrap();
    assert_eq!(due(1000).await, [moved, rows[2].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_come_in_pages_and_meetings_with_strangers_ahead() {
    let bench = Bench::open().await;
    let store = &bench.store;
    store.load_data(&data(), FAR).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let last: Option<&skillhost_engine::store::User> = seen.last();
        let page = store.users_after(last.map(|user| (&user.org, &user.id)), 1).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    let places: Vec<_> = seen.iter().map(|user| (user.org.clone(), user.id.clone())).collect();
    let mut sorted = places.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(places, sorted);
    assert_eq!(store.users_after(None, 100).await.unwrap(), seen);

    let at = |ms: i64| Timestamp(NOW.0 + ms).rfc3339();
    let meeting = |id: &str, ms: i64, owner: &str, email: &str| {
        json!({ "id": id, "org_id": "acme", "title": "t", "started_at": at(ms), "owner_id": owner,
                    "attendees": [{ "name": "A", "email": email }, { "name": "nobody" }] })
    };
    let document = json!({
        "orgs": [{ "id": "acme", "name": "Acme", "domains": ["Acme.test"] }],
        "meetings": [
            meeting("later", 2000, "u1", "x@other.test"), meeting("next", 1000, "u1", "X@OTHER.test"),
            meeting("own", 1000, "u1", "a@acme.TEST"), meeting("theirs", 1000, "u2", "x@other.test"),
            meeting("begun", 0, "u1", "x@other.test"), meeting("far", 9000, "u1", "x@other.test"),
        ],
    });
    store.load_data(&document, FAR).await.unwrap();
    let ahead = store.external_meetings(&"acme".into(), &"u1".into(), NOW, NOW.plus_ms(5000)).await.unwrap();
    let ahead: Vec<_> = ahead.into_iter().map(|meeting| (meeting.id, meeting.starts.0 - NOW.0)).collect();
    assert_eq!(ahead, [("next".to_owned(), 1000), ("later".to_owned(), 2000)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn meetings_with_strangers_are_those_of_calendars_too() {
    let bench = Bench::open().await;
    let store = &bench.store;
    store.load_data(&data(), FAR).await.unwrap();
    let at = |ms: i64| Timestamp(NOW.0 + ms).rfc3339();
    let calendar = |id: &str, user: &str| json!({ "id": id, "org_id": "acme", "user_id": user, "name": id });
    let event = |id: &str, ms: i64, email: &str, more: Value| {
        let mut event = json!({ "id": id, "org_id": "acme", "calendar_id": "k1", "title": id, "starts": at(ms),
            "ends": at(ms + 100), "attendees": [{ "name": "A", "email": email }], "updated_at": at(0) });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let stranger = "x@other.test";
    let own = store.user(&"acme".into(), &"u1".into()).await.unwrap().unwrap().email;
    let document = json!({
        "orgs": [{ "id": "acme", "name": "Acme", "domains": ["Acme.test"] }],
        "meetings": [{ "id": "recorded", "org_id": "acme", "title": "t", "started_at": at(3000), "owner_id": "u1",
            "attendees": [{ "name": "A", "email": stranger }] }],
        "calendars": [calendar("k1", "u1"), calendar("k2", "u2"), calendar("k3", "u1")],
        "calendar_events": [
            event("k1/later", 2000, stranger, json!({})),
            event("k1/next", 1000, "X@OTHER.test", json!({ "response": "needs_action" })),
            event("k1/asked", 1500, "a@acme.TEST", json!({ "organizer": stranger })),
            // In two calendars, and in the records.
            event("k3/later", 2000, stranger, json!({ "calendar_id": "k3", "title": "k1/later" })),
            event("k1/recorded", 3000, stranger, json!({})),
            event("k1/own", 1000, "a@acme.TEST", json!({})), event("k1/self", 1000, &own, json!({})),
            event("k2/theirs", 1000, stranger, json!({ "calendar_id": "k2" })),
            event("k1/off", 1000, stranger, json!({ "status": "cancelled" })),
            event("k1/declined", 1000, stranger, json!({ "response": "declined" })),
            event("k1/free", 1000, stranger, json!({ "shows": "free" })),
            event("k1/day", 1000, stranger, json!({ "all_day": true })),
            event("k1/begun", 0, stranger, json!({})), event("k1/far", 9000, stranger, json!({})),
        ],
    });
    store.load_data(&document, FAR).await.unwrap();
    let ahead = store.external_meetings(&"acme".into(), &"u1".into(), NOW, NOW.plus_ms(5000)).await.unwrap();
    let ahead: Vec<_> = ahead.iter().map(|meeting| (meeting.id.as_str(), meeting.starts.0 - NOW.0)).collect();
    assert_eq!(ahead, [("k1/next", 1000), ("k1/asked", 1500), ("k1/later", 2000), ("recorded", 3000)]);
    let theirs = store.external_meetings(&"acme".into(), &"u2".into(), NOW, NOW.plus_ms(5000)).await.unwrap();
    assert_eq!(theirs.iter().map(|meeting| meeting.id.as_str()).collect::<Vec<_>>(), ["k2/theirs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_was_told_and_will_be_told_counts() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let mut told = job("job_1", "acme");
    told.status = JobStatus::Deferred;
    told.reason = Some(RATE.to_owned());
    told.wake_at = Some(NOW.plus_ms(900));
    let mut put_off = job("job_2", "acme");
    put_off.status = JobStatus::Deferred;
    put_off.reason = Some(QUIET.to_owned());
    put_off.wake_at = Some(NOW.plus_ms(700));
    let chat = |id: &str, user: &str, ms: i64| {
        Write::Chat(ChatMessage {
            id: id.to_owned(),
            org: "acme".into(),
            user: user.into(),
            job: None,
            text: "t".to_owned(),
            at: NOW.plus_ms(ms),
        })
    };
    let user = told.user.as_str();
    let asked = action("act_1", &told);
    let created = asked.created_at.0 - NOW.0;
    let writes = [
        new_job(&told),
        new_job(&put_off),
        Write::NewAction(asked.into()),
        chat("c1", user, -500),
        chat("c2", user, 500),
        chat("c3", "somebody-else", 800),
    ];
    store.commit(batch(writes)).await.unwrap();
    let times = async |limit| {
        let times = store.notified(&"acme".into(), &told.user, Timestamp(0), limit).await.unwrap();
        times.into_iter().map(|at| at.0 - NOW.0).collect::<Vec<_>>()
    };
    let mut all = vec![900, 700, 500, -500, created];
    all.sort_by_key(|at| -at);
    assert_eq!(times(10).await, all);
    assert_eq!(times(2).await, all[..2]);
}
