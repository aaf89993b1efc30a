//! Whom and what an event is about whose sender named only a part of it.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_engine::time::Timestamp;
use skillhost_tests::test_host::{ORG, REP, TestHost};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_completed_with_whom_and_what_it_is_about() {
    let host = TestHost::start(|_| {}).await;
    let more = json!({
        "deals": [{ "id": "d1", "org_id": ORG, "name": "Rollout", "stage": "lead", "owner_id": REP, "company_id": "co1",
            "contact_ids": ["c1"], "updated_at": 0 }],
        "meetings": [{ "id": "met", "org_id": ORG, "title": "t", "started_at": 0, "owner_id": REP, "deal_id": "d1",
            "attendees": [{ "name": "Mira", "email": "mira@globex.example", "side": "prospect" }] }],
    });
    host.app.store.load_data(&more, Timestamp(i64::MAX)).await.unwrap();
    let about = async |payload: &Value| {
        let mut payload = payload.clone();
        payload["ask"] = json!("email");
        let job = host.raise(&payload).await;
        let row = host.app.store.job(&ORG.into(), &job.as_str().into()).await.unwrap().unwrap().row;
        let id = |name: &str| row.trigger_payload.get(name).cloned().unwrap_or_default();
        json!([id("contact_id"), id("company_id"), id("deal_id")])
    };
    let people = |addresses: &[&str]| addresses.iter().map(|email| json!({ "email": email })).collect::<Value>();
    let nobody = json!([null, null, null]);
    for (payload, found) in [
        (json!({ "message_id": "a", "deal_id": "d1" }), json!(["c1", "co1", "d1"])),
        (json!({ "message_id": "b", "meeting_id": "met", "contact_id": null }), json!(["c1", "co1", "d1"])),
        (
            json!({ "message_id": "c", "attendees": people(&["ada@acme.example", "Mira@Globex.example"]) }),
            json!(["c1", "co1", "d1"]),
        ),
        (json!({ "message_id": "d", "from": "mira@globex.example" }), json!(["c1", "co1", "d1"])),
        // What the payload says stays.
        (json!({ "message_id": "e", "contact_id": "c9", "deal_id": "d1" }), json!(["c9", null, "d1"])),
        (json!({ "message_id": "f", "deal_id": "d1", "company_id": "co9" }), json!(["c1", "co9", "d1"])),
        (json!({ "message_id": "g", "attendees": people(&["ada@acme.example", "bob@acme.example"]) }), nobody.clone()),
        (json!({ "message_id": "h", "attendees": "everybody", "from": 7 }), nobody.clone()),
        (json!({ "message_id": "i", "meeting_id": "gone", "from": "stranger@x.example" }), nobody),
    ] {
        assert_eq!(about(&payload).await, found, "{payload}");
    }
    // The same event again is the same, also when somebody else would be found now.
    let moved = json!({ "deals": [{ "id": "d1", "org_id": ORG, "name": "Rollout", "stage": "lead", "owner_id": REP,
        "contact_ids": [], "updated_at": 0 }] });
    host.app.store.load_data(&moved, Timestamp(i64::MAX)).await.unwrap();
    let again = json!({ "type": "email_received", "payload": { "message_id": "a", "deal_id": "d1", "ask": "email" } });
    let (status, said) = host.post(REP, "/v1/events", &again).await;
    assert_eq!((status, &said["duplicate"]), (200, &json!(true)), "{said}");
    host.stop().await;
}
