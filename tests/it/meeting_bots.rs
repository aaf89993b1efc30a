//! What a meeting bot's vendor delivers: words in the delivery, words at an address, and
//! no words at all.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use skillhost_engine::store::Connection;
use skillhost_server::config::Config;
use skillhost_tests::process::{self, Host, seed, signed};
use skillhost_tests::rep::client;
use skillhost_tests::test_host::{BOT, BOT_SECRET, OTHER, REP, TestHost, taken};

/// What a signed address holds beside its path.
const SIGNATURE: &str = "X-Amz-Signature=5e2f-of-the-vendor";
/// Time for a file in these tests.
const TIMEOUT: Duration = Duration::from_millis(500);
const MAX_BYTES: usize = 20_000;

/// What the vendor's storage does with a request.
#[derive(Clone)]
enum Answer {
    Body(String),
    Status(u16),
    Redirect(String),
    Silence,
}

/// The vendor's storage: answers with the next of these, and the last for ever.
#[derive(Clone)]
struct Storage {
    address: SocketAddr,
    answers: Arc<Mutex<Vec<Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Storage {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let storage = Self { address, answers: Arc::default(), asked: Arc::default() };
        let router = Router::new().fallback(answer).with_state(storage.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        storage
    }

    fn says(&self, answers: &[Answer]) {
        *self.answers.lock().unwrap() = answers.to_vec();
    }

    /// A signed address of a file.
    fn file(&self, name: &str) -> String {
        format!("http://{}/bucket/{name}.json?X-Amz-Expires=14400&{SIGNATURE}", self.address)
    }

    /// The addresses that were asked for so far.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(State(storage): State<Storage>, OriginalUri(uri): OriginalUri) -> Response {
    storage.asked.lock().unwrap().push(uri.to_string());
    let answer = {
        let mut answers = storage.answers.lock().unwrap();
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    };
    match answer {
        Answer::Body(body) => body.into_response(),
        Answer::Status(status) => (StatusCode::from_u16(status).unwrap(), "<Error/>").into_response(),
        Answer::Redirect(to) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]).into_response(),
        Answer::Silence => std::future::pending().await,
    }
}

/// A host that may fetch from the storage.
async fn start(storage: &Storage, adjust: impl FnOnce(&mut Config)) -> TestHost {
    let address = storage.address;
    TestHost::start(move |config| {
        config.outside.fetch.allow_private.insert(address);
        config.meetingbaas_artifacts.timeout = TIMEOUT;
        config.meetingbaas_artifacts.max_bytes = MAX_BYTES;
        adjust(config);
    })
    .await
}

/// The file as the vendor documents it.
fn transcript() -> Answer {
    let words = json!([{ "word": "Good", "start": 0.5, "end": 0.8 }, { "word": "morning,", "start": 0.8, "end": 1.2 },
                       { "word": "Mira.", "start": 1.2, "end": 1.5, "confidence": 0.9 }]);
    let file = json!({ "bot_id": BOT, "provider": "gladia", "created_at": "2026-11-03T09:00:00Z", "result": {
        "utterances": [
            { "speaker": "Ada Reed", "text": "Good morning, Mira.", "words": words, "start": 0.5, "end": 1.5 },
            { "speaker": 2, "text": "We sign on Friday.", "words": [], "start": 2.0, "end": 3.25 },
        ],
        "languages": ["en"], "total_utterances": 2, "total_duration": 3.25 } });
    Answer::Body(file.to_string())
}

/// A delivery of version 2 with the transcript at an address, or without one.
fn completed(bot: &str, transcription: Option<&str>) -> Value {
    let people = json!([{ "id": 1, "name": "Ada Reed" }, { "id": 2, "name": "Mira Holt", "display_name": "Mira" }]);
    json!({ "event": "bot.completed", "extra": null, "data": {
        "bot_id": bot, "event_id": null, "participants": people, "speakers": people, "duration_seconds": 1830,
        "data_deleted": false, "video": null, "audio": null, "diarization": null, "raw_transcription": null,
        "transcription": transcription, "transcription_ids": null, "sent_at": "2026-11-03T09:00:10Z" } })
}

fn failed(bot: &str) -> Value {
    json!({ "event": "bot.failed", "extra": null, "data": { "bot_id": bot, "event_id": null,
        "error_code": "BOT_NOT_ACCEPTED", "error_message": "Bot was not accepted into the meeting",
        "sent_at": "2026-11-03T09:00:10Z" } })
}

/// Delivers with the bot's own secret.
async fn deliver(host: &TestHost, body: &Value) -> (u16, Value) {
    let request = host.http.post(host.url("/hooks/meetingbaas")).header("x-mb-secret", BOT_SECRET);
    taken(request.json(body).send().await.unwrap()).await
}

/// The texts of a person's feed.
async fn told(host: &TestHost, user: &str) -> Vec<String> {
    let (_, feed) = host.get(user, "/v1/feed").await;
    let messages = feed["messages"].as_array().unwrap();
    messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

async fn jobs(host: &TestHost) -> Vec<Value> {
    host.get(REP, "/v1/jobs").await.1["jobs"].as_array().unwrap().clone()
}

/// Connects one more bot, which was sent to no meeting that is known.
async fn connect(host: &TestHost, bot: &str, detail: Value) {
    let mut detail = detail;
    detail["secret_digest"] = json!(skillhost_tests::test_host::digest(BOT_SECRET));
    let (kind, external_id) = ("meetingbaas-bot".to_owned(), bot.to_owned());
    let connection = Connection { kind, external_id, org: "acme".into(), user: REP.into(), detail };
    host.app.store.put_connection(&connection).await.unwrap();
}

#[tokio::test]
async fn a_named_transcript_is_fetched_and_raised_once() {
    let storage = Storage::start().await;
    storage.says(&[transcript()]);
    let host = start(&storage, |_| {}).await;
    let body = completed(BOT, Some(&storage.file("t")));
    let (status, first) = deliver(&host, &body).await;
    assert_eq!(status, 202, "{first}");
    assert_eq!(storage.asked(), [format!("/bucket/t.json?X-Amz-Expires=14400&{SIGNATURE}")]);
    let row = host.app.store.job(&"acme".into(), &first["job_id"].as_str().unwrap().into()).await.unwrap().unwrap().row;
    assert_eq!((row.event_type.as_str(), row.user.as_str()), ("meeting_ended", REP));
    let payload = &row.trigger_payload;
    assert_eq!((&payload["meeting_id"], &payload["contact_id"]), (&json!("m1"), &json!("c1")));
    assert_eq!((&payload["bot_id"], &payload["duration_ms"]), (&json!(BOT), &json!(3250)));
    let params = json!({ "id": payload["transcript_id"] });
    let kept = host.app.store.source(&"acme".into(), &REP.into(), "transcript", &params).await.unwrap().unwrap();
    assert!(kept.to_string().contains("<v Ada Reed>Good morning, Mira."), "{kept}");
    assert!(kept.to_string().contains("<v Mira Holt>We sign on Friday."), "{kept}");

    // Again, by whichever way, with whatever address: the first one's job, and nothing is fetched.
    for name in ["t", "another"] {
        let (status, again) = deliver(&host, &completed(BOT, Some(&storage.file(name)))).await;
        assert_eq!((status, &again["job_id"]), (200, &first["job_id"]), "{again}");
    }
    // What comes out of order is no news.
    for late in [failed(BOT), completed(BOT, None)] {
        let (status, answer) = deliver(&host, &late).await;
        assert_eq!((status, &answer["told"]), (202, &Value::Null), "{answer}");
    }
    assert_eq!((storage.asked().len(), jobs(&host).await.len()), (1, 1));
    assert_eq!(told(&host, REP).await, Vec::<String>::new());
    host.stop().await;
}

#[tokio::test]
async fn people_of_an_unknown_meeting_are_names() {
    let storage = Storage::start().await;
    storage.says(&[Answer::Redirect(storage.file("region")), transcript()]);
    let host = start(&storage, |_| {}).await;
    connect(&host, "bot-2", json!({})).await;
    let (status, first) = deliver(&host, &completed("bot-2", Some(&storage.file("t")))).await;
    assert_eq!((status, storage.asked().len()), (202, 2), "{first}");
    let row = host.app.store.job(&"acme".into(), &first["job_id"].as_str().unwrap().into()).await.unwrap().unwrap().row;
    assert_eq!(row.trigger_payload["attendees"], json!([{ "name": "Ada Reed" }, { "name": "Mira Holt" }]));
    host.stop().await;
}

#[tokio::test]
async fn nothing_is_fetched_before_a_delivery_is_proven() {
    let storage = Storage::start().await;
    storage.says(&[transcript()]);
    let host = start(&storage, |_| {}).await;
    for (bot, secret) in [(BOT, "wrong"), ("bot-2", BOT_SECRET)] {
        let request = host.http.post(host.url("/hooks/meetingbaas")).header("x-mb-secret", secret);
        let body = completed(bot, Some(&storage.file("t")));
        let (status, answer) = taken(request.json(&body).send().await.unwrap()).await;
        assert_eq!(status, 401, "{answer}");
    }
    assert_eq!((storage.asked().len(), jobs(&host).await.len()), (0, 0));
    host.stop().await;
}

#[tokio::test]
async fn a_transcript_that_will_never_come_is_told_once() {
    let storage = Storage::start().await;
    let host = start(&storage, |_| {}).await;
    let too_long = json!([{ "speaker": "Ada", "text": "word ".repeat(MAX_BYTES) }]).to_string();
    let elsewhere = "http://169.254.169.254/latest/meta-data/".to_owned();
    for (index, (answer, says)) in [
        (Answer::Status(403), "could not be fetched: the meeting bot's storage answered 403"),
        (Answer::Status(404), "answered 404"),
        (Answer::Status(410), "answered 410"),
        (Answer::Body("<html>Sign in</html>".to_owned()), "a format that is not known here"),
        (Answer::Body(json!({ "message": "no" }).to_string()), "a format that is not known here"),
        (Answer::Body(too_long), "too large"),
        (Answer::Body(json!({ "result": { "utterances": [] } }).to_string()), "heard nobody speak"),
        (Answer::Redirect(elsewhere), "may not download"),
    ]
    .into_iter()
    .enumerate()
    {
        let bot = format!("bot-{index}0");
        connect(&host, &bot, json!({ "meeting": { "id": "m7", "title": "Renewal" } })).await;
        storage.says(&[answer]);
        let body = completed(&bot, Some(&storage.file("t")));
        for _ in 0..2 {
            let (status, answer) = deliver(&host, &body).await;
            assert_eq!((status, &answer["told"]), (202, &json!(true)), "{says}: {answer}");
            assert!(!answer.to_string().contains("bucket"), "{answer}");
        }
        let told = told(&host, REP).await;
        assert_eq!(told.len(), index + 1, "{told:?}");
        assert!(told[0].contains(says) && told[0].contains("“Renewal”"), "{says}: {told:?}");
        assert!(told[0].ends_with("upload it yourself: `skillhost event transcript FILE --meeting m7`."), "{told:?}");
        assert!(!told[0].contains("127.0.0.1") && !told[0].contains("X-Amz"), "{told:?}");
    }
    assert_eq!(jobs(&host).await, Vec::<Value>::new());
    assert_eq!(told(&host, OTHER).await, Vec::<String>::new());
    // The vendor's dashboard sends the meeting again with an address that works.
    storage.says(&[transcript()]);
    let (status, answer) = deliver(&host, &completed("bot-00", Some(&storage.file("fresh")))).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(jobs(&host).await.len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn while_the_storage_is_away_the_vendor_is_to_try_again() {
    let storage = Storage::start().await;
    storage.says(&[Answer::Status(500), Answer::Silence, Answer::Status(503), transcript()]);
    let host = start(&storage, |_| {}).await;
    let body = completed(BOT, Some(&storage.file("t")));
    for _ in 0..3 {
        let request = host.http.post(host.url("/hooks/meetingbaas")).header("x-mb-secret", BOT_SECRET);
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.headers()["retry-after"], "60");
        let (status, answer) = taken(response).await;
        assert_eq!(
            (status, &answer["type"]),
            (503, &json!("urn:skillhost:problem:transcript-unavailable")),
            "{answer}"
        );
        assert!(!answer.to_string().contains("bucket") && !answer.to_string().contains("127.0.0.1"), "{answer}");
    }
    assert_eq!(told(&host, REP).await, Vec::<String>::new(), "it may still come");
    assert_eq!(jobs(&host).await, Vec::<Value>::new());
    let (status, answer) = deliver(&host, &body).await;
    assert_eq!((status, storage.asked().len()), (202, 4), "{answer}");
    assert_eq!(jobs(&host).await.len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_storage_that_stays_away_is_told() {
    let storage = Storage::start().await;
    storage.says(&[Answer::Status(500)]);
    let host = start(&storage, |_| {}).await;
    let body = completed(BOT, Some(&storage.file("t")));
    for attempt in 1..=6 {
        assert_eq!(deliver(&host, &body).await.0, 503);
        assert_eq!(told(&host, REP).await.len(), usize::from(attempt >= 4), "attempt {attempt}");
    }
    let told = told(&host, REP).await;
    assert!(told[0].contains("“Globex discovery” could not be fetched so far"), "{told:?}");
    storage.says(&[transcript()]);
    assert_eq!(deliver(&host, &body).await.0, 202);
    host.stop().await;
}

#[tokio::test]
async fn hosts_beyond_the_operators_list_are_not_asked() {
    let storage = Storage::start().await;
    storage.says(&[transcript()]);
    let host = start(&storage, |config| {
        config.meetingbaas_artifacts.hosts = vec!["*.amazonaws.com/".parse().unwrap()];
    })
    .await;
    let (status, answer) = deliver(&host, &completed(BOT, Some(&storage.file("t")))).await;
    assert_eq!((status, &answer["told"], storage.asked().len()), (202, &json!(true), 0), "{answer}");
    assert!(told(&host, REP).await[0].contains("may not download"));
    host.stop().await;
}

#[tokio::test]
async fn a_bot_without_words_is_told_to_its_rep_once() {
    let storage = Storage::start().await;
    let host = start(&storage, |_| {}).await;
    connect(&host, "bot-2", json!({})).await;
    connect(&host, "bot-3", json!({ "meeting": { "id": "m3", "title": "Kick-off" } })).await;
    let v1 = json!({ "event": "complete", "data": { "bot_id": "bot-3", "speakers": [], "transcript": [] } });
    for (body, says) in [
        (
            failed(BOT),
            "The meeting bot did not record “Globex discovery”: Bot was not accepted into the meeting (BOT_NOT_ACCEPTED).",
        ),
        (completed("bot-2", None), "The meeting bot recorded a meeting, but made no transcript of it."),
        (v1, "The transcript of “Kick-off” is empty: the meeting bot heard nobody speak."),
    ] {
        for _ in 0..3 {
            let (status, answer) = deliver(&host, &body).await;
            assert_eq!((status, &answer["told"]), (202, &json!(true)), "{answer}");
        }
        let told = told(&host, REP).await;
        assert_eq!(told.iter().filter(|text| text.starts_with(says)).count(), 1, "{told:?}");
    }
    assert_eq!(told(&host, REP).await.len(), 3);
    assert_eq!((jobs(&host).await.len(), told(&host, OTHER).await.len()), (0, 0));
    host.stop().await;
}

#[tokio::test]
async fn a_failed_bot_of_nobody_is_taken_and_told_to_nobody() {
    let storage = Storage::start().await;
    storage.says(&[transcript()]);
    let secret = process::account_secret();
    let host = start(&storage, |config| config.meetingbaas_secret = Some(secret.into())).await;
    let send = async |id: &str, body: Value| {
        let bytes = serde_json::to_vec(&body).unwrap();
        let mut request = host.http.post(host.url("/hooks/meetingbaas"));
        for (name, value) in process::signed_at(id, host.app.clock.now().0 / 1000, &bytes) {
            request = request.header(name, value);
        }
        taken(request.body(bytes).send().await.unwrap()).await
    };
    let (status, answer) = send("msg-1", failed("bot-of-nobody")).await;
    assert_eq!((status, &answer["told"]), (202, &Value::Null), "{answer}");
    let (status, answer) = send("msg-2", completed("bot-of-nobody", Some(&storage.file("t")))).await;
    assert_eq!((status, storage.asked().len()), (404, 0), "{answer}");
    // The account's signature is proof as well, and its message is remembered.
    let body = completed(BOT, Some(&storage.file("t")));
    assert_eq!(send("msg-3", body.clone()).await.0, 202);
    assert_eq!(send("msg-3", body.clone()).await.0, 200);
    assert_eq!(send("msg-4", body).await.0, 200);
    assert_eq!((storage.asked().len(), told(&host, REP).await.len()), (1, 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_in_no_log_line_and_in_no_row() {
    let storage = Storage::start().await;
    let data = tempfile::tempdir().unwrap();
    seed(data.path()).unwrap();
    let config = data.path().join("host.toml");
    let text = format!("[egress]\nallow_private = [\"{}\"]\n\n[meetingbaas]\ntimeout_ms = 500\n", storage.address);
    std::fs::write(&config, text).unwrap();
    let noisy = "trace,hyper=debug,h2=info,sqlx=info,wasmtime=info,cranelift=info,cranelift_codegen=info,regalloc2=info,mio=info,polling=info";
    let host = Host::start(data.path(), &["--config", config.to_str().unwrap()], &[("RUST_LOG", noisy)]);
    let api = client(&host);
    let send = async |id: &str| {
        let body =
            serde_json::to_vec(&completed("bot-castlereed-2", Some(&storage.file("words-of-the-call")))).unwrap();
        api.deliver("/hooks/meetingbaas", &signed(id, &body), body).await.map_err(|error| error.to_string())
    };
    storage.says(&[Answer::Status(500), Answer::Status(403), transcript()]);
    let away = send("msg-1").await.unwrap_err();
    let gone = send("msg-2").await.unwrap();
    assert_eq!(gone["told"], true, "{gone}");
    let received = send("msg-3").await.unwrap();
    assert!(received["job_id"].is_string(), "{received}");
    let logs = host.logs();
    host.stop();
    assert!(logs.contains("meetingbaas.transcript-unavailable") && logs.contains("meetingbaas.fetch-failed"), "{logs}");
    let mut kept =
        vec![("logs".to_owned(), logs.into_bytes()), ("answers".to_owned(), format!("{away}{gone}").into_bytes())];
    for entry in std::fs::read_dir(data.path()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        kept.push((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap()));
    }
    assert!(
        kept.iter().any(|(name, _)| name.contains("sqlite") || name.contains(".db")),
        "no database among the files"
    );
    for secret in ["words-of-the-call", SIGNATURE, "X-Amz-Expires"] {
        let found = kept.iter().find(|(_, bytes)| bytes.windows(secret.len()).any(|piece| piece == secret.as_bytes()));
        assert!(found.is_none(), "{secret} is in {:?}", found.map(|(name, _)| name));
    }
}
