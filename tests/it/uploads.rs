//! The text of a meeting, handed in by a client.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::canonical::sha256;
use skillhost_engine::store::{ApiKey, Scope};
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
        ("?meeting_id=m&user_id=nobody", CALL, 403, "not-for-others"),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_rep_never_reads_another_reps_call() {
    let host = TestHost::start(|_| {}).await;
    // A meeting that no record knows is whoever's call it was, and nobody else's.
    let (status, received) = upload(&host, REP, "?meeting_id=unknown", CALL).await;
    assert_eq!(status, 202, "{received}");
    let id = payload(&host, &received).await.2["transcript_id"].clone();
    for (user, reads) in [(REP, true), (OTHER, false), (ADMIN, false)] {
        for by in [json!({ "meeting_id": "unknown" }), json!({ "id": id })] {
            let kept = host.app.store.source(&ORG.into(), &user.into(), "transcript", &by).await.unwrap();
            assert_eq!(kept.is_some(), reads, "{user} {by}");
        }
    }
    // The same words handed in by somebody else are their own, and take nothing away.
    let (status, theirs) = upload(&host, OTHER, "?meeting_id=unknown&idempotency_key=theirs", CALL).await;
    assert_eq!(status, 202, "{theirs}");
    let own = payload(&host, &theirs).await.2["transcript_id"].clone();
    assert_ne!(own, id);
    let by = json!({ "meeting_id": "unknown" });
    let kept = host.app.store.source(&ORG.into(), &REP.into(), "transcript", &by).await.unwrap().unwrap();
    assert_eq!(kept["id"], id);
    // One that was loaded belongs to whom it names, else to its meeting's owner.
    let loaded = json!({
        "meetings": [{ "id": "met", "org_id": ORG, "title": "Rollout", "started_at": START.0, "owner_id": OTHER }],
        "transcripts": [
            { "id": "t-met", "org_id": ORG, "meeting_id": "met", "format": "vtt", "body": CALL, "at": START.0 },
            { "id": "t-own", "org_id": ORG, "owner_id": REP, "format": "vtt", "body": CALL, "at": START.0 },
            { "id": "t-none", "org_id": ORG, "format": "vtt", "body": CALL, "at": START.0 },
        ] });
    host.app.store.load_data(&loaded, Timestamp(i64::MAX)).await.unwrap();
    for (id, reader) in [("t-met", Some(OTHER)), ("t-own", Some(REP)), ("t-none", None)] {
        for user in [REP, OTHER, ADMIN] {
            let kept = host.app.store.source(&ORG.into(), &user.into(), "transcript", &json!({ "id": id })).await;
            assert_eq!(kept.unwrap().is_some(), reader == Some(user), "{id} {user}");
        }
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_raises_nothing_for_another_member() {
    let host = TestHost::start(|_| {}).await;
    let event =
        json!({ "type": "email_received", "user_id": OTHER, "payload": { "message_id": "m1", "ask": "email" } });
    let refused = json!("urn:skillhost:problem:not-for-others");
    let (status, problem) = host.post(REP, "/v1/events", &event).await;
    assert_eq!((status, &problem["type"]), (403, &refused), "{problem}");
    let (status, problem) = upload(&host, REP, &format!("?meeting_id=x&user_id={OTHER}"), CALL).await;
    assert_eq!((status, &problem["type"]), (403, &refused), "{problem}");
    assert_eq!(host.get(ADMIN, "/v1/jobs").await.1["jobs"], json!([]), "nothing of it was stored");
    // To name oneself is to act for oneself.
    let own = json!({ "type": "email_received", "user_id": REP, "payload": { "message_id": "m2", "ask": "email" } });
    assert_eq!(host.post(REP, "/v1/events", &own).await.0, 202);

    // An admin may, and so may a key with the scope; card and audit name who it was.
    let scoped = ApiKey {
        digest: sha256(b"ingest"),
        org: ORG.into(),
        user: REP.into(),
        client: "recorder".to_owned(),
        operator: false,
        scopes: vec![Scope::EventsForAnyUser],
    };
    host.app.store.put_api_key(&scoped).await.unwrap();
    for (bearer, id, who) in [
        (key(ADMIN), "m3", format!("{ADMIN}, with the API client test-{ADMIN}")),
        ("ingest".to_owned(), "m4", format!("{REP}, with the API client recorder")),
    ] {
        let mut event = event.clone();
        event["payload"]["message_id"] = json!(id);
        let request = host.http.post(host.url("/v1/events")).bearer_auth(bearer).json(&event);
        let (status, received) = taken(request.send().await.unwrap()).await;
        assert_eq!(status, 202, "{received}");
        let job = received["job_id"].as_str().unwrap().to_owned();
        let view = host.until(&job, |view| !view.approvals.is_empty()).await;
        assert_eq!(view.approvals[0].card.raised_by.as_deref(), Some(who.as_str()));
        let audit = host.app.store.audit(&ORG.into(), Some(&job.as_str().into()), 100).await.unwrap();
        let admitted = audit.iter().find(|row| row.action == "job.admitted").unwrap();
        assert!(admitted.detail["source"].as_str().unwrap().contains('@'), "{:?}", admitted.detail);
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_answers_no_approvals() {
    let host = TestHost::start(|_| {}).await;
    let agent = ApiKey {
        digest: sha256(b"agent"),
        org: ORG.into(),
        user: REP.into(),
        client: "agent".to_owned(),
        operator: false,
        scopes: Vec::new(),
    };
    host.app.store.put_api_key(&agent).await.unwrap();
    let (job, question) = host.ask("email", "m1").await;
    let path = format!("/v1/approvals/{}", question["id"].as_str().unwrap());
    let call = |method, path: String| host.http.request(method, host.url(&path)).bearer_auth("agent");
    assert_eq!(call(reqwest::Method::GET, path.clone()).send().await.unwrap().status(), 200, "it may look");
    let scope = (403, json!("urn:skillhost:problem:no-scope"));
    for answer in ["approve", "skip", "cancel"] {
        let request = call(reqwest::Method::POST, format!("{path}/answer")).json(&json!({ "answer": answer }));
        let (status, problem) = taken(request.send().await.unwrap()).await;
        assert_eq!((status, problem["type"].clone()), scope, "{answer}: {problem}");
    }
    let request = call(reqwest::Method::POST, "/v1/effects/eff_1/requeue".to_owned()).json(&json!({}));
    let (status, problem) = taken(request.send().await.unwrap()).await;
    assert_eq!((status, problem["type"].clone()), scope, "to send again is to release: {problem}");
    let view = host.until(&job, |_| true).await;
    assert_eq!(view.approvals[0].status, ActionStatus::Pending);
    host.stop().await;
}
