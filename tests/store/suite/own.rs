//! What a user reads of themselves: who leads them, which briefs reached them, what was
//! kept of their calls.

use serde_json::{Value, json};
use skillhost_engine::context::{MAX_COACHING, MAX_COACHING_BYTES};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::{CrmWrite, Write};

use super::fits::fits;
use super::made::{Bench, FAR, NOW, batch, crm, data, effect, job, new_effect, new_job};

const DAY_MS: i64 = 24 * 3_600_000;

async fn read(bench: &Bench, org: &str, user: &str, source: &str) -> Value {
    let params = json!({ "now": NOW.0 });
    let found = bench.store.source(&org.into(), &user.into(), source, &params).await.unwrap().unwrap();
    fits(source, &found);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_is_a_user_of_the_same_org() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    assert_eq!(store.user(&"acme".into(), &"u1".into()).await.unwrap().unwrap().manager_id, None);
    let led = |manager: &str| json!({"users": [{"id": "u1", "org_id": "acme", "name": "Ada", "email": "ada@acme.test", "manager_id": manager}]});
    store.load_data(&led("u2"), FAR).await.unwrap();
    let user = store.user(&"acme".into(), &"u1".into()).await.unwrap().unwrap();
    assert_eq!(user.manager_id, Some("u2".into()));
    assert_eq!(read(&bench, "acme", "u1", "user").await["manager_id"], "u2");
    let refused = store.load_data(&led("u9"), FAR).await.unwrap_err().to_string();
    assert!(refused.contains("manager_id"), "{refused}");
    assert_eq!(store.user(&"acme".into(), &"u1".into()).await.unwrap().unwrap().manager_id, Some("u2".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn briefs_count_when_they_reached_their_user_within_a_day() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    // The meeting m1 is in two calendars, of which one is theirs.
    let calendar =
        |id: &str, user: &str| json!({"id": id, "org_id": "acme", "user_id": user, "name": id, "as_of": NOW.rfc3339()});
    let event = |id: &str, calendar: &str, starts: &str| {
        json!({"id": id, "org_id": "acme", "calendar_id": calendar, "title": id, "starts": starts,
            "ends": "2026-05-28T23:00:00Z", "updated_at": NOW.rfc3339()})
    };
    let events = json!([
        event("ev-of-m1", "k1", "2026-05-28T20:26:40Z"),
        event("ev-later", "k1", "2026-05-28T21:00:00Z"),
        event("ev-of-another", "k2", "2026-05-28T20:26:40Z")
    ]);
    let days = json!({"calendars": [calendar("k1", "u1"), calendar("k2", "u2")], "calendar_events": events});
    store.load_data(&days, FAR).await.unwrap();
    let mut writes = Vec::new();
    for (id, org, user, event, meeting, state, ago) in [
        ("job_1", "acme", "u1", "pre_meeting_90min", json!("ev-1"), EffectState::Sent, 60_000),
        ("job_2", "acme", "u1", "pre_meeting_90min", json!("ev-2"), EffectState::Sent, 2 * DAY_MS),
        ("job_3", "acme", "u1", "pre_meeting_90min", json!("ev-3"), EffectState::Dead, 60_000),
        ("job_4", "acme", "u1", "meeting_ended", json!("ev-4"), EffectState::Sent, 60_000),
        ("job_5", "acme", "u2", "pre_meeting_90min", json!("ev-5"), EffectState::Sent, 60_000),
        ("job_6", "globex", "u1", "pre_meeting_90min", json!("ev-6"), EffectState::Sent, 60_000),
        ("job_7", "acme", "u1", "pre_meeting_90min", Value::Null, EffectState::Sent, 60_000),
        ("job_8", "acme", "u1", "pre_meeting_90min", json!("m1"), EffectState::Sent, 30_000),
    ] {
        let mut row = job(id, org);
        (row.user, row.event_type) = (user.into(), event.to_owned());
        row.trigger_payload = json!({ "meeting_id": meeting });
        let mut post = effect(&format!("eff_{id}"), &row);
        (post.state, post.updated_at) = (state, NOW.plus_ms(-ago));
        writes.extend([new_job(&row), new_effect(&post)]);
    }
    store.commit(batch(writes)).await.unwrap();
    let told = read(&bench, "acme", "u1", "briefed").await;
    let at = |ago: i64| NOW.plus_ms(-ago).0;
    let brief = |id: &str, ago: i64| json!({"meeting_id": id, "at": at(ago)});
    assert_eq!(told, json!([brief("ev-of-m1", 30_000), brief("m1", 30_000), brief("ev-1", 60_000)]));
    assert_eq!(store.org_source(&"acme".into(), "briefed", &json!({"now": NOW.0})).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_analyses_are_the_users_own_and_bounded() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    let kept_on = |id: &str, user: &str, end: &str, analysis: Value| -> Write {
        crm(CrmWrite::Coaching {
            org: "acme".into(),
            id: format!("eff_{user}_{id}"),
            user: user.into(),
            period_start: "2026-05-01".to_owned(),
            period_end: end.to_owned(),
            meeting: None,
            analysis,
            at: NOW,
        })
    };
    let kept = |nth: usize, user: &str, analysis: Value| {
        kept_on(&nth.to_string(), user, &format!("2026-05-{:02}", nth + 1), analysis)
    };
    // One was emptied with a person; the other user's is not ours to read.
    store
        .commit(batch([
            kept(0, "u1", json!({"calls": 1})),
            kept(1, "u1", json!({})),
            kept(2, "u1", json!({"calls": 3})),
            kept(3, "u2", json!({"calls": 9})),
        ]))
        .await
        .unwrap();
    let ends = |rows: &Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row["period_end"].as_str().unwrap().to_owned()).collect()
    };
    let own = read(&bench, "acme", "u1", "coaching").await;
    assert_eq!(ends(&own), ["2026-05-03", "2026-05-01"]);
    assert_eq!(own[0]["analysis"], json!({"calls": 3}));
    assert_eq!(read(&bench, "globex", "u1", "coaching").await, json!([]));
    assert_eq!(store.org_source(&"acme".into(), "coaching", &json!({})).await.unwrap(), None);

    let large = "x".repeat(MAX_COACHING_BYTES / 3);
    let more: Vec<Write> = (4..9).map(|nth| kept(nth, "u1", json!({"note": large}))).collect();
    store.commit(batch(more)).await.unwrap();
    assert_eq!(ends(&read(&bench, "acme", "u1", "coaching").await), ["2026-05-09", "2026-05-08"]);
    const { assert!(MAX_COACHING >= 5) };
    // Those since a day are more, and none before it.
    let day = |nth: u32| format!("2026-{:02}-{:02}", 6 + nth / 28, 1 + nth % 28);
    let one = |nth: u32| kept_on(&format!("y{nth}"), "u2", &day(nth), json!({"calls": nth}));
    let many: Vec<Write> = (0..MAX_COACHING + 9).map(one).collect();
    store.commit(batch(many)).await.unwrap();
    assert_eq!(ends(&read(&bench, "acme", "u2", "coaching").await).len(), MAX_COACHING as usize);
    let since = store.source(&"acme".into(), &"u2".into(), "coaching", &json!({"since": "2026-06-01"})).await;
    let since = since.unwrap().unwrap();
    assert_eq!(ends(&since).len(), MAX_COACHING as usize + 9);
    assert_eq!(ends(&since).last().unwrap(), "2026-06-01");
}
