//! The HTTP door against a real host: what a client may get wrong, what vendors
//! must prove, who may decide, and that the OpenAPI document tells the truth.

#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use skillhost_engine::approval::DEFAULT_EXPIRY_MS;
use skillhost_engine::job::JobStatus;
use skillhost_server::config::SlackConfig;
use skillhost_tests::test_host::{ADMIN, BODY, BOT, BOT_SECRET, OTHER, REP, SLACK, START, TestHost, key, taken};

const ACCOUNT_KEY: &[u8] = b"a key of the account, 32 bytes..";
const SLACK_SECRET: &str = "slack-signing-secret";

fn problem<'a>(body: &'a Value, kind: &str) -> &'a Value {
    assert_eq!(body["type"], format!("urn:skillhost:problem:{kind}"), "{body}");
    for member in ["title", "status", "detail"] {
        assert!(!body[member].is_null(), "{member} is missing: {body}");
    }
    body
}

async fn raw(host: &TestHost, media: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let request = host.http.post(host.url("/v1/events")).bearer_auth(key(REP)).header(CONTENT_TYPE, media);
    taken(request.body(body).send().await.unwrap()).await
}

#[tokio::test]
async fn bad_events_are_refused_each_with_its_own_problem() {
    let host = TestHost::start(|_| {}).await;
    let event = |fields: Value| {
        let mut event = json!({ "type": "email_received", "payload": { "message_id": "m" } });
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        event
    };
    let table = [
        (event(json!({ "type": "emial_received" })), 422, "unknown-event-type"),
        (event(json!({ "type": "approval_resolved" })), 422, "not-an-event"),
        (event(json!({ "user_id": "nobody" })), 403, "not-for-others"),
        (event(json!({ "user_id": "rex" })), 403, "not-for-others"),
        (event(json!({ "org_id": "rival" })), 400, "invalid-body"),
        (event(json!({ "payload": [] })), 422, "invalid-payload"),
        (event(json!({ "idempotency_key": "" })), 422, "invalid-field"),
        (event(json!({ "idempotency_key": "k".repeat(600) })), 422, "invalid-field"),
        (json!({ "type": "email_received" }), 400, "invalid-body"),
    ];
    for (body, status, kind) in table {
        let (got, answer) = host.post(REP, "/v1/events", &body).await;
        assert_eq!(got, status, "{body} {answer}");
        problem(&answer, kind);
    }

    let (status, answer) = host.post(REP, "/v1/events", &event(json!({ "type": "emial_received" }))).await;
    assert_eq!(status, 422);
    assert_eq!(answer["hint"], "Did you mean `email_received`?");
    assert!(answer["known_types"].as_array().unwrap().contains(&json!("meeting_ended")));

    let (status, answer) = raw(&host, "application/json", "{\n  \"type\": ]").await;
    assert_eq!(status, 400);
    assert_eq!((&problem(&answer, "invalid-json")["line"], &answer["column"]), (&json!(2), &json!(11)));
    let (status, answer) = raw(&host, "text/xml", "<event/>").await;
    assert_eq!(status, 415);
    problem(&answer, "media-type");
    let (status, answer) =
        raw(&host, "application/cloudevents+json", json!({ "specversion": "0.3" }).to_string()).await;
    assert_eq!(status, 400, "{answer}");
    let (status, answer) = raw(&host, "application/json", vec![b' '; 10 * 1024 * 1024]).await;
    assert_eq!(status, 413);
    assert_eq!(problem(&answer, "body-too-large")["limit_bytes"], 8 * 1024 * 1024);

    // Nothing of all this is a job.
    let (_, jobs) = host.get(ADMIN, "/v1/jobs").await;
    assert_eq!(jobs["jobs"], json!([]));
    host.stop().await;
}

#[tokio::test]
async fn keys_open_only_what_is_theirs() {
    let host = TestHost::start(|_| {}).await;
    for request in [
        host.http.get(host.url("/v1/jobs")),
        host.http.get(host.url("/v1/jobs")).bearer_auth("wrong"),
        host.http.get(host.url("/v1/jobs")).basic_auth("ada", Some("x")),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
        assert!(response.headers().contains_key("x-request-id"));
    }
    let (job, approval) = host.ask("email", "m-1").await;
    let approval = approval["id"].as_str().unwrap();
    for (user, sees) in [(REP, 200), (OTHER, 404), (ADMIN, 200)] {
        for path in [
            format!("/v1/jobs/{job}"),
            format!("/v1/jobs/{job}/audit"),
            format!("/v1/jobs/{job}/watch"),
            format!("/v1/approvals/{approval}"),
        ] {
            let response = host.http.get(host.url(&path)).bearer_auth(key(user)).send().await.unwrap();
            assert_eq!(response.status(), sees, "{user} {path}");
        }
    }
    let (_, jobs) = host.get(OTHER, "/v1/jobs").await;
    assert_eq!(jobs["jobs"], json!([]));
    let (status, answer) = host.get(REP, "/v1/jobs?status=done").await;
    assert_eq!(status, 400);
    problem(&answer, "invalid-query");
    let (status, answer) = host.get(REP, "/v1/jobs?limit=0").await;
    assert_eq!(status, 400, "{answer}");
    host.stop().await;
}

#[tokio::test]
async fn an_event_sent_twice_is_one_job_in_every_dress() {
    let host = TestHost::start(|_| {}).await;
    let event =
        json!({ "type": "email_received", "payload": { "message_id": "m", "ask": "email" }, "idempotency_key": "k" });
    let (status, first) = host.post(REP, "/v1/events", &event).await;
    assert_eq!((status, &first["duplicate"]), (202, &json!(false)), "{first}");
    let (status, again) = host.post(REP, "/v1/events", &event).await;
    assert_eq!((status, &again["job_id"]), (200, &first["job_id"]), "{again}");
    assert_eq!(again["duplicate"], true);
    let other = json!({ "type": "email_received", "payload": { "message_id": "x" }, "idempotency_key": "k" });
    let (status, refused) = host.post(REP, "/v1/events", &other).await;
    assert_eq!(status, 409);
    assert_eq!(problem(&refused, "key-reused")["job_id"], first["job_id"]);
    // A mail is the event's own; a deal is what many are about.
    for (field, told) in [("deal_id", 202), ("email_id", 409)] {
        let about = |ask: &str| json!({ "type": "email_received", "payload": { field: "d-1", "ask": ask } });
        assert_eq!(host.post(REP, "/v1/events", &about("email")).await.0, 202);
        assert_eq!(host.post(REP, "/v1/events", &about("email")).await.0, 200, "{field}");
        assert_eq!(host.post(REP, "/v1/events", &about("tasks")).await.0, told, "{field}");
    }

    let cloud = json!({ "specversion": "1.0", "id": "7", "source": "/mail", "type": "email_received", "data": { "message_id": "c", "ask": "email" } });
    let (status, structured) = raw(&host, "application/cloudevents+json", cloud.to_string()).await;
    assert_eq!(status, 202, "{structured}");
    let binary = host.http.post(host.url("/v1/events")).bearer_auth(key(REP)).header(CONTENT_TYPE, "application/json");
    let binary = [("specversion", "1.0"), ("id", "7"), ("source", "/mail"), ("type", "email_received")]
        .iter()
        .fold(binary, |request, (name, value)| request.header(format!("ce-{name}"), *value));
    let (status, binary) = taken(binary.body(r#"{"message_id":"c","ask":"email"}"#).send().await.unwrap()).await;
    assert_eq!((status, &binary["job_id"]), (200, &structured["job_id"]), "{binary}");
    let (_, job) = host.get(REP, &format!("/v1/jobs/{}", structured["job_id"].as_str().unwrap())).await;
    assert_eq!(job["event_source"], "api:test-ada:/mail");
    host.stop().await;
}

#[tokio::test]
async fn only_the_person_decides_and_only_once() {
    let host = TestHost::start(|_| {}).await;
    let (job, approval) = host.ask("email", "m-1").await;
    let path = format!("/v1/approvals/{}/answer", approval["id"].as_str().unwrap());
    let approve = json!({ "answer": "approve" });
    for (user, body, status, kind) in [
        (OTHER, approve.clone(), 403, "not-yours"),
        (ADMIN, approve.clone(), 403, "not-yours"),
        (REP, json!({ "answer": "approve", "nonce": "stale" }), 409, "stale-form"),
        (REP, json!({ "answer": "approve", "payload": {} }), 400, "invalid-body"),
        (REP, json!({ "answer": "yes" }), 400, "invalid-body"),
        (
            REP,
            json!({ "answer": "approve", "edits": [{ "effect": "mail", "pointer": "/to", "value": ["x@evil.example"] }] }),
            422,
            "invalid-answer",
        ),
        (
            REP,
            json!({ "answer": "approve", "edits": [{ "effect": "mail", "pointer": "/subject", "value": "a\r\nBcc: x@evil.example" }] }),
            422,
            "invalid-answer",
        ),
    ] {
        let (got, answer) = host.post(user, &path, &body).await;
        assert_eq!(got, status, "{user} {body} {answer}");
        problem(&answer, kind);
    }
    let (_, view) = host.get(REP, &format!("/v1/jobs/{job}")).await;
    assert_eq!((&view["status"], &view["effects"]), (&json!("awaiting_approval"), &json!([])));

    let edited = json!({ "answer": "approve", "nonce": approval["nonce"], "note": "shorter",
        "edits": [{ "effect": "mail", "pointer": "/subject", "value": "Next steps" }] });
    let (status, answered) = host.post(REP, &path, &edited).await;
    assert_eq!((status, &answered["already"]), (200, &json!(false)), "{answered}");
    let (status, again) = host.post(REP, &path, &edited).await;
    assert_eq!((status, &again["already"]), (200, &json!(true)), "{again}");
    let (status, late) = host.post(REP, &path, &json!({ "answer": "skip" })).await;
    assert_eq!(status, 409);
    assert_eq!(problem(&late, "already-settled")["approval"]["status"], "approved");

    let view = host.until(&job, |view| !view.effects.is_empty()).await;
    assert_eq!(view.effects.len(), 1);
    assert_eq!(view.effects[0].payload["subject"], "Next steps");
    assert_eq!(view.effects[0].payload["body"], BODY);

    let undo = format!("/v1/effects/{}/undo", view.effects[0].key);
    let (status, answer) = host.post(OTHER, &undo, &json!({})).await;
    assert_eq!(status, 403, "{answer}");
    let (status, card) = host.post(REP, &undo, &json!({})).await;
    assert_eq!((status, &card["status"]), (200, &json!("pending")), "{card}");
    assert_ne!(card["id"], approval["id"]);
    let again = format!("/v1/approvals/{}/answer", card["id"].as_str().unwrap());
    assert_eq!(host.post(REP, &again, &approve).await.0, 200);
    host.clock.advance(11_000);
    let view = host.until(&job, |view| view.status == JobStatus::Completed).await;
    let sent = view.effects.iter().find(|effect| effect.state.as_str() == "sent");
    let Some(sent) = sent else { panic!("nothing left: {:?}", view.effects) };
    let (status, answer) = host.post(REP, &format!("/v1/effects/{}/undo", sent.key), &json!({})).await;
    assert_eq!(status, 409);
    problem(&answer, "too-late");
    host.stop().await;
}

#[tokio::test]
async fn after_its_time_a_question_releases_nothing() {
    let host = TestHost::start(|_| {}).await;
    let (job, approval) = host.ask("email", "m-1").await;
    host.clock.advance(DEFAULT_EXPIRY_MS + 1);
    let path = format!("/v1/approvals/{}/answer", approval["id"].as_str().unwrap());
    let (status, answer) = host.post(REP, &path, &json!({ "answer": "approve" })).await;
    // The host's own expiry and this answer race; both refuse.
    assert!(status == 410 || status == 409, "{answer}");
    let view = host.until(&job, |view| view.approvals[0].status.as_str() == "expired").await;
    assert_eq!(view.effects, []);
    host.stop().await;
}

fn signed(body: &str, id: &str, at_ms: i64, key: &[u8]) -> Vec<(&'static str, String)> {
    let at = at_ms / 1000;
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    vec![("svix-id", id.to_owned()), ("svix-timestamp", at.to_string()), ("svix-signature", format!("v1,{signature}"))]
}

fn complete(bot: &str) -> String {
    let words = json!([{ "start": 0.5, "end": 0.9, "word": "Hello" }, { "start": 1.0, "end": 1.5, "word": "Mira" }]);
    json!({ "event": "complete", "data": { "bot_id": bot, "speakers": ["Ada"],
            "transcript": [{ "speaker": "Ada", "words": words }] } })
    .to_string()
}

async fn deliver(host: &TestHost, body: &str, headers: &[(&'static str, String)]) -> (u16, Value) {
    let request = host.http.post(host.url("/hooks/meetingbaas")).header(CONTENT_TYPE, "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
    taken(request.body(body.to_owned()).send().await.unwrap()).await
}

#[tokio::test]
async fn a_delivery_must_prove_itself_and_belong_to_somebody() {
    let secret = format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(ACCOUNT_KEY));
    let host = TestHost::start(|config| config.meetingbaas_secret = Some(SecretString::from(secret))).await;
    let body = complete(BOT);
    let five_minutes = 5 * 60 * 1000;
    for headers in [
        vec![],
        signed(&body, "msg-1", START.0, b"another key"),
        signed(&complete("bot-2"), "msg-1", START.0, ACCOUNT_KEY),
        signed(&body, "msg-1", START.0 - five_minutes - 2000, ACCOUNT_KEY),
        signed(&body, "msg-1", START.0 + five_minutes + 2000, ACCOUNT_KEY),
        vec![("x-mb-secret", "wrong".to_owned())],
    ] {
        let (status, answer) = deliver(&host, &body, &headers).await;
        assert_eq!(status, 401, "{headers:?} {answer}");
        problem(&answer, "not-believed");
    }
    // Without the account's signature nobody learns which bots exist.
    let unknown = complete("bot-2");
    let (_, stranger) = deliver(&host, &unknown, &[("x-mb-secret", "x".to_owned())]).await;
    let (_, forged) = deliver(&host, &body, &[("x-mb-secret", "x".to_owned())]).await;
    assert_eq!(stranger, forged);
    let (status, answer) = deliver(&host, &unknown, &signed(&unknown, "msg-2", START.0, ACCOUNT_KEY)).await;
    assert_eq!(status, 404);
    assert_eq!(problem(&answer, "unknown-bot")["bot_id"], "bot-2");
    let (status, answer) = deliver(&host, "{", &signed("{", "msg-3", START.0, ACCOUNT_KEY)).await;
    assert_eq!(status, 400, "{answer}");
    let (_, jobs) = host.get(ADMIN, "/v1/jobs").await;
    assert_eq!(jobs["jobs"], json!([]));

    let (status, first) = deliver(&host, &body, &signed(&body, "msg-4", START.0, ACCOUNT_KEY)).await;
    assert_eq!(status, 202, "{first}");
    let (status, replay) = deliver(&host, &body, &signed(&body, "msg-4", START.0, ACCOUNT_KEY)).await;
    assert_eq!((status, &replay["job_id"]), (200, &first["job_id"]), "{replay}");
    let (status, by_bot) = deliver(&host, &body, &[("x-mb-secret", BOT_SECRET.to_owned())]).await;
    assert_eq!((status, &by_bot["job_id"]), (200, &first["job_id"]), "{by_bot}");
    let status_change =
        json!({ "event": "bot.status_change", "data": { "bot_id": BOT, "status": { "code": "joining_call" } } })
            .to_string();
    let (status, ignored) = deliver(&host, &status_change, &[("x-mb-secret", BOT_SECRET.to_owned())]).await;
    assert_eq!(status, 202);
    assert!(ignored["ignored"].as_str().unwrap().contains("joining_call"), "{ignored}");

    // No sequence is for it here: the job says so, with everything the delivery told.
    let row = host.app.store.job(&"acme".into(), &first["job_id"].as_str().unwrap().into()).await.unwrap().unwrap().row;
    assert_eq!((row.status, row.user.as_str()), (JobStatus::Skipped, REP));
    assert_eq!(row.trigger_payload["meeting_id"], "m1");
    assert_eq!(row.trigger_payload["contact_id"], "c1");
    assert_eq!(row.trigger_payload["duration_ms"], 1500);
    host.stop().await;
}

fn slack_signed(body: &str, at_ms: i64, secret: &str) -> Vec<(&'static str, String)> {
    let at = at_ms / 1000;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{at}:{body}").as_bytes());
    let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    vec![("x-slack-request-timestamp", at.to_string()), ("x-slack-signature", signature)]
}

fn press(approval: &str, user: (&str, &str), verb: &str) -> String {
    let payload = json!({
        "type": "block_actions", "team": { "id": user.0 }, "user": { "id": user.1, "team_id": user.0 },
        "trigger_id": "1.2.x", "container": { "channel_id": "D1", "message_ts": "1.2" },
        "actions": [{ "action_id": verb, "block_id": "r0.0.1", "value": approval }],
    });
    reqwest::Url::parse_with_params("http://x/", [("payload", payload.to_string())])
        .unwrap()
        .query()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_press_in_slack_must_be_slacks_and_of_the_right_person() {
    let host = TestHost::start(|config| {
        config.slack = Some(SlackConfig {
            // Nobody listens there: answers must not depend on calls to Slack.
            base_url: "http://127.0.0.1:9/api".to_owned(),
            token: SecretString::from("xoxb-test"),
            signing_secret: SecretString::from(SLACK_SECRET),
        });
    })
    .await;
    let (job, approval) = host.ask("email", "m-1").await;
    let approval = approval["id"].as_str().unwrap();
    let send = async |body: &str, headers: &[(&'static str, String)]| {
        let request = host.http.post(host.url("/hooks/slack/interactive"));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        taken(request.body(body.to_owned()).send().await.unwrap()).await
    };
    let approve = press(approval, SLACK, "approve");
    for headers in [
        vec![],
        slack_signed(&approve, START.0, "wrong"),
        slack_signed(&press("other", SLACK, "approve"), START.0, SLACK_SECRET),
        slack_signed(&approve, START.0 - 5 * 60 * 1000 - 2000, SLACK_SECRET),
    ] {
        let (status, answer) = send(&approve, &headers).await;
        assert_eq!(status, 401, "{answer}");
        problem(&answer, "not-believed");
    }
    let (status, answer) = send("payload=%7B", &slack_signed("payload=%7B", START.0, SLACK_SECRET)).await;
    assert_eq!(status, 400, "{answer}");
    let stranger = press(approval, ("T1", "U-stranger"), "approve");
    let (status, _) = send(&stranger, &slack_signed(&stranger, START.0, SLACK_SECRET)).await;
    assert_eq!(status, 200);
    let (_, view) = host.get(REP, &format!("/v1/jobs/{job}")).await;
    assert_eq!((&view["status"], &view["effects"]), (&json!("awaiting_approval"), &json!([])), "nothing was released");

    let (status, _) = send(&approve, &slack_signed(&approve, START.0, SLACK_SECRET)).await;
    assert_eq!(status, 200);
    let view = host.until(&job, |view| !view.effects.is_empty()).await;
    assert_eq!(view.approvals[0].resolution.as_ref().unwrap().via, "slack");
    host.stop().await;
}

#[tokio::test]
async fn a_watcher_sees_a_job_to_its_end() {
    let host = TestHost::start(|_| {}).await;
    let (job, approval) = host.ask("tasks", "m-1").await;
    let mut stream =
        host.http.get(host.url(&format!("/v1/jobs/{job}/watch"))).bearer_auth(key(REP)).send().await.unwrap();
    assert_eq!(stream.headers()[CONTENT_TYPE], "text/event-stream");
    let first = stream.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("awaiting_approval"));
    let answer = json!({ "answer": "items", "items": [{ "item": "two", "approve": true }] });
    let path = format!("/v1/approvals/{}/answer", approval["id"].as_str().unwrap());
    assert_eq!(host.post(REP, &path, &answer).await.0, 200);
    let mut seen = String::new();
    while let Some(chunk) = stream.chunk().await.unwrap() {
        seen.push_str(&String::from_utf8_lossy(&chunk));
    }
    let last = seen.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().unwrap().to_owned();
    let last: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last["status"], "completed");
    assert_eq!(last["effects"].as_array().unwrap().len(), 1, "only the ticked one: {last}");
    host.stop().await;
}

#[tokio::test]
async fn answers_are_what_the_openapi_document_says() {
    let host = TestHost::start(|_| {}).await;
    let (job, approval) = host.ask("email", "m-1").await;
    let document: Value =
        serde_json::from_str(&host.http.get(host.url("/openapi.json")).send().await.unwrap().text().await.unwrap())
            .unwrap();
    let check = |name: &str, value: &Value| {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}"), "components": document["components"] });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{} {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}: {value}");
    };
    let approval = approval["id"].as_str().unwrap();
    let answer = json!({ "answer": "approve", "edits": [{ "effect": "mail", "pointer": "/subject", "value": "S" }] });
    check("AnswerRequest", &answer);
    let (_, answered) = host.post(REP, &format!("/v1/approvals/{approval}/answer"), &answer).await;
    check("Answered", &answered);
    for (path, schema) in [
        (format!("/v1/jobs/{job}"), "JobView"),
        ("/v1/jobs".to_owned(), "JobList"),
        (format!("/v1/jobs/{job}/audit"), "AuditList"),
        ("/v1/approvals".to_owned(), "ApprovalList"),
        (format!("/v1/approvals/{approval}"), "ApprovalView"),
        ("/v1/feed".to_owned(), "Feed"),
        ("/v1/skills".to_owned(), "SkillList"),
        ("/v1/jobs/none".to_owned(), "Problem"),
        ("/readyz".to_owned(), "Health"),
    ] {
        let (_, value) = host.get(REP, &path).await;
        check(schema, &value);
    }
    host.stop().await;
}

#[tokio::test]
async fn a_draining_host_says_so() {
    let host = TestHost::start(|_| {}).await;
    assert_eq!(host.get(REP, "/healthz").await.0, 200);
    assert_eq!(host.get(REP, "/readyz").await.0, 200);
    let (status, answer) = host.get(REP, "/nowhere").await;
    assert_eq!(status, 404);
    problem(&answer, "no-such-route");
    let (status, answer) = host.post(REP, "/readyz", &json!({})).await;
    assert_eq!(status, 405);
    problem(&answer, "no-such-method");
    host.stop().await;
}
