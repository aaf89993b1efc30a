//! The text of a meeting, handed in by a client.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_engine::time::Timestamp;
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, START, TestHost, key, taken};

const CALL: &str = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ada>Shall we begin?\n\n\
    00:00:05.000 --> 00:01:10.500\n<v Mira>Yes, send me the plan.\n";

async fn upload(host: &TestHost, user: &str, query: &str, text: impl Into<reqwest::Body>) -> (u16, Value) {
    let request = host.http.post(host.url(&format!("/v1/transcripts{query}"))).bearer_auth(key(user));
    taken(request.body(text).send().await.unwrap()).await
}

async fn payload(host: &TestHost, received: &Value) -> (String, String, Value) {
    let job = received["job_id"].as_str().unwrap_or_else(|| panic!("{received}")).into();
    let row = host.app.store.job(&ORG.into(), &job).await.unwrap().unwrap().row;
    (row.event_type, row.event_source, row.trigger_payload)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_in_a_meeting_is_taken_with_its_event() {
    let host = TestHost::start(|_| {}).await;
    let known = json!({ "meetings": [{ "id": "met", "org_id": ORG, "title": "Rollout", "started_at": START.0, "owner_id": REP,
        "contact_ids": ["c1"], "attendees": [{ "name": "Ada", "email": "ada@acme.example", "side": "rep" },
            { "name": "Mira", "email": "mira@globex.example" }] }] });
    host.app.store.load_data(&known, Timestamp(i64::MAX)).await.unwrap();

    let (status, received) = upload(&host, REP, "?meeting_id=met", CALL).await;
    assert_eq!((status, &received["duplicate"]), (202, &json!(false)), "{received}");
    let (event, source, raised) = payload(&host, &received).await;
    assert_eq!((event.as_str(), source.ends_with(":upload")), ("meeting_ended", true), "{source}");
    assert_eq!((&raised["title"], &raised["contact_id"]), (&json!("Rollout"), &json!("c1")), "{raised}");
    assert_eq!(raised["duration_ms"], 70_500);
    let there =
        json!([{ "name": "Ada", "email": "ada@acme.example" }, { "name": "Mira", "email": "mira@globex.example" }]);
    assert_eq!(raised["attendees"], there);
    assert!(!raised.to_string().contains("send me the plan"), "the text is kept apart");
    // The text is read back by its id, and by its meeting.
    for by in [json!({ "id": raised["transcript_id"] }), json!({ "meeting_id": "met" })] {
        let kept = host.app.store.source(&ORG.into(), &REP.into(), "transcript", &by).await.unwrap().unwrap();
        assert_eq!((&kept["format"], &kept["body"]), (&json!("vtt"), &json!(CALL)), "{kept}");
    }

    // The same once more is the same; another text needs a key of its own.
    let (status, again) = upload(&host, REP, "?meeting_id=met", CALL).await;
    assert_eq!((status, &again["job_id"]), (200, &received["job_id"]), "{again}");
    let corrected = CALL.replace("the plan", "the prices");
    let (status, refused) = upload(&host, REP, "?meeting_id=met", corrected.clone()).await;
    assert_eq!((status, &refused["type"]), (409, &json!("urn:skillhost:problem:key-reused")), "{refused}");
    let (status, other) = upload(&host, REP, "?meeting_id=met&idempotency_key=met-2", corrected).await;
    assert_eq!(status, 202, "{other}");
    assert_ne!(payload(&host, &other).await.2["transcript_id"], raised["transcript_id"]);

    // Of a meeting that nobody recorded the request says what is known, and the text who was there.
    let query = "?meeting_id=new&title=First%20call&started_at=2026-11-03T09:00:00Z&deal_id=d9";
    let (_, unknown) = upload(&host, REP, query, "Ada: Hello.\nJun: Good morning.\n").await;
    let (_, _, raised) = payload(&host, &unknown).await;
    assert_eq!(raised["attendees"], json!([{ "name": "Ada" }, { "name": "Jun" }]));
    assert_eq!((&raised["title"], &raised["deal_id"]), (&json!("First call"), &json!("d9")));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_transcript_is_refused_and_leaves_nothing() {
    let host = TestHost::start(|_| {}).await;
    for (query, text, status, problem) in [
        ("", CALL, 400, "invalid-query"),
        ("?meeting_id=", CALL, 400, "invalid-query"),
        ("?meeting_id=m&started_at=yesterday", CALL, 400, "invalid-query"),
        ("?meeting_id=m&side=rep", CALL, 400, "invalid-query"),
        ("?meeting_id=m", "", 422, "invalid-field"),
        ("?meeting_id=m", "{\"words\": []}", 422, "invalid-field"),
        ("?meeting_id=m", "WEBVTT\n\n", 422, "invalid-field"),
        ("?meeting_id=m&user_id=nobody", CALL, 404, "unknown-user"),
    ] {
        let (said, body) = upload(&host, REP, query, text).await;
        let kind = format!("urn:skillhost:problem:{problem}");
        assert_eq!((said, &body["type"]), (status, &json!(kind)), "{query} {text:?} {body}");
    }
    let long = format!("Ada: {}", "so ".repeat(2 * 1024 * 1024 / 3));
    assert_eq!(upload(&host, REP, "?meeting_id=m", long).await.0, 413);
    let anybody = host.http.post(host.url("/v1/transcripts?meeting_id=m")).body(CALL).send().await.unwrap();
    assert_eq!(anybody.status(), 401);
    let (_, jobs) = host.get(ADMIN, "/v1/jobs").await;
    assert_eq!(jobs["jobs"], json!([]), "{jobs}");
    for user in [REP, OTHER] {
        let by = json!({ "meeting_id": "m" });
        assert_eq!(host.app.store.source(&ORG.into(), &user.into(), "transcript", &by).await.unwrap(), None);
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_of_another_encoding_and_the_text_of_a_vendor_are_read() {
    let host = TestHost::start(|_| {}).await;
    let wide: Vec<u8> = "\u{feff}Ada: Grüß Gott.\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (status, received) = upload(&host, REP, "?meeting_id=wide", wide).await;
    assert_eq!(status, 202, "{received}");
    let kept = host.app.store.source(&ORG.into(), &REP.into(), "transcript", &json!({ "meeting_id": "wide" })).await;
    assert!(kept.unwrap().unwrap()["body"].as_str().unwrap().contains("Grüß Gott."));
    let fireflies =
        json!({ "sentences": [{ "speaker_name": "Ada", "text": "Hello there.", "start_time": 0.0, "end_time": 2.0 }] });
    let (status, received) = upload(&host, REP, "?meeting_id=vendor", fireflies.to_string()).await;
    assert_eq!(status, 202, "{received}");
    host.stop().await;
}
