//! A person who can write the database and has not the host's key: rows of
//! approvals and effects made by hand, and changed ones. Nothing of them leaves.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_tests::test_host::{REP, TestHost};
use sqlx::{Connection as _, SqliteConnection};

/// Past the undo window of 10 seconds.
const LATER_MS: i64 = 11_000;
const EVIL: &str = "eve@evil.example";

async fn database(host: &TestHost) -> SqliteConnection {
    let path = host.folder().path().join("data/skillhost.db");
    SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

async fn write(database: &mut SqliteConnection, sql: &'static str) -> u64 {
    sqlx::query(sql).execute(database).await.unwrap().rows_affected()
}

/// Every mail that left, as text.
fn mails(host: &TestHost) -> Vec<String> {
    let folder = host.folder().path().join("data/sent-mail");
    let files = std::fs::read_dir(folder).into_iter().flatten();
    let mails = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "eml"));
    mails.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// A job whose mail is approved and waits out its undo window.
async fn approved(host: &TestHost, id: &str) -> String {
    let (job, question) = host.ask("email", id).await;
    let path = format!("/v1/approvals/{}/answer", question["id"].as_str().unwrap());
    let (status, answer) = host.post(REP, &path, &json!({ "answer": "approve" })).await;
    assert_eq!(status, 200, "{answer}");
    host.until(&job, |view| view.effects.iter().any(|effect| effect.state == EffectState::Ready)).await;
    job
}

/// Waits until the job's one effect is void, and says why.
async fn void(host: &TestHost, job: &str) -> String {
    host.clock.advance(LATER_MS);
    let view = host.until(job, |view| view.effects.iter().all(|effect| effect.state == EffectState::Dead)).await;
    view.effects[0].last_error.clone().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_row_that_was_changed_is_void() {
    let host = TestHost::start(|_| {}).await;
    let mut database = database(&host).await;
    for (id, sql) in [
        (
            "recipient",
            "UPDATE outbox SET payload = replace(payload, 'mira@globex.example', 'eve@evil.example') WHERE state = 'ready'",
        ),
        ("body", "UPDATE outbox SET payload = replace(payload, 'thank you', 'no thanks') WHERE state = 'ready'"),
        ("module", "UPDATE outbox SET module = replace(module, 'sha256:', 'sha256:0') WHERE state = 'ready'"),
        ("rights", "UPDATE outbox SET rights = '[\"effect:*\"]' WHERE state = 'ready'"),
        ("order", "UPDATE outbox SET \"after\" = '[\"eff_other\"]' WHERE state = 'ready'"),
        ("approver", "UPDATE outbox SET release = replace(release, 'ada', 'eve') WHERE state = 'ready'"),
        ("approval", "UPDATE outbox SET approval = 'act_other' WHERE state = 'ready'"),
    ] {
        let job = approved(&host, id).await;
        assert_eq!(write(&mut database, sql).await, 1, "{id}");
        if id == "order" {
            // It waits for ever for an effect that is not there; it does not leave.
            host.clock.advance(LATER_MS);
            let (_, view) = host.get(REP, &format!("/v1/jobs/{job}")).await;
            assert_ne!(view["effects"][0]["state"], "sent", "{view}");
            write(&mut database, "DELETE FROM outbox WHERE state = 'ready'").await;
            continue;
        }
        let reason = void(&host, &job).await;
        assert!(!reason.is_empty(), "{id}");
    }
    assert_eq!(mails(&host), [""; 0]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_written_by_hand_sends_nothing_and_an_approved_one_sends_once() {
    let host = TestHost::start(|_| {}).await;
    let mut database = database(&host).await;
    // A question that nobody answered, marked as answered, and a row for its mail.
    let (waiting, _) = host.ask("email", "waiting").await;
    let job = approved(&host, "good").await;
    write(
        &mut database,
        "UPDATE pending_actions SET status = 'approved', resolved_at = created_at WHERE status = 'pending'",
    )
    .await;
    const COPY: &str =
        "INSERT INTO outbox SELECT NULL, 'eff_forged', org_id, user_id, job_id, step, 'forged', kind, state,
        revision, attempt, not_before, last_error, created_at, updated_at, digest, approval, \"after\", module, rights,
        release, receipt, payload FROM outbox WHERE state = 'ready' LIMIT 1";
    assert_eq!(write(&mut database, COPY).await, 1);
    host.clock.advance(LATER_MS);
    let view = host.until(&job, |view| view.effects.iter().all(|effect| effect.state.is_final())).await;
    let sent = view.effects.iter().filter(|effect| effect.state == EffectState::Sent).count();
    assert_eq!(sent, 1, "{:?}", view.effects);
    assert_eq!(mails(&host).len(), 1, "once, however many rows there are");
    let view: Value = host.get(REP, &format!("/v1/jobs/{waiting}")).await.1;
    assert_eq!(view["effects"], json!([]), "{view}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_was_changed_cannot_be_approved() {
    let host = TestHost::start(|_| {}).await;
    let mut database = database(&host).await;
    let (job, question) = host.ask("email", "m-1").await;
    const CHANGE: &str =
        "UPDATE pending_actions SET effects = replace(effects, 'mira@globex.example', 'eve@evil.example')";
    assert_eq!(write(&mut database, CHANGE).await, 1);
    let path = format!("/v1/approvals/{}/answer", question["id"].as_str().unwrap());
    let (status, answer) = host.post(REP, &path, &json!({ "answer": "approve" })).await;
    assert!(status >= 400, "{answer}");
    host.clock.advance(LATER_MS);
    let view = host.get(REP, &format!("/v1/jobs/{job}")).await.1;
    assert!(!view["effects"].to_string().contains(EVIL), "{view}");
    assert!(!mails(&host).iter().any(|mail| mail.contains(EVIL)));
    assert_ne!(view["status"], json!(JobStatus::Completed));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_card_is_never_shown() {
    let host = TestHost::start(|_| {}).await;
    let mut database = database(&host).await;
    let (_, question) = host.ask("email", "m-1").await;
    let path = format!("/v1/approvals/{}", question["id"].as_str().unwrap());
    let before = host.get(REP, &path).await.1["card"].clone();
    assert!(before["parts"].to_string().contains("mira@globex.example"), "{before}");
    // The stored card alone: what is shown is rendered from what an answer releases.
    const CARD: &str = "UPDATE pending_actions SET preview_data = replace(replace(preview_data,
        'mira@globex.example', 'boss@acme.example'), 'Send an email', 'Nothing leaves')";
    assert_eq!(write(&mut database, CARD).await, 1);
    assert_eq!(host.get(REP, &path).await.1["card"], before);
    let listed = host.get(REP, "/v1/approvals").await.1;
    assert_eq!(listed["approvals"][0]["card"], before);
    // What an answer would release, or the words beside it: the card says that it is void.
    for change in [
        "UPDATE pending_actions SET effects = replace(effects, 'mira@globex.example', 'eve@evil.example'),
            action_data = replace(action_data, 'mira@globex.example', 'eve@evil.example')",
        "UPDATE pending_actions SET effects = replace(effects, 'eve@evil.example', 'mira@globex.example'),
            action_data = json_set(replace(action_data, 'eve@evil.example', 'mira@globex.example'),
                '$.title', 'Your manager asked for this')",
    ] {
        assert_eq!(write(&mut database, change).await, 1);
        let card = host.get(REP, &path).await.1["card"].clone();
        assert_eq!((&card["pattern"], &card["parts"]), (&json!("void"), &json!([])), "{card}");
        let page = host.app.store.open_actions(&"acme".into(), None).await.unwrap();
        assert_eq!(page[0].card.pattern, "void", "the inbox and Slack draw what the store returns");
        let (status, answer) = host.post(REP, &format!("{path}/answer"), &json!({ "answer": "approve" })).await;
        assert_eq!((status, &answer["type"]), (409, &json!("urn:skillhost:problem:void")), "{answer}");
    }
    let (status, answer) = host.post(REP, &format!("{path}/answer"), &json!({ "answer": "skip" })).await;
    assert_eq!(status, 200, "it can still be skipped: {answer}");
    assert_eq!(mails(&host), [""; 0]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_sessions_and_admins_are_the_hosts_alone() {
    let host = TestHost::start(|_| {}).await;
    let mut database = database(&host).await;
    let digest = |secret: &str| skillhost_engine::canonical::sha256(secret.as_bytes());
    // A key and a session made by hand; a key that gives itself more; an admin by hand.
    let sql = format!(
        "INSERT INTO api_keys (digest, org_id, user_id, client, operator, scopes, proof)
            SELECT '{}', org_id, user_id, 'evil', 1, '[\"approvals:answer\"]', proof FROM api_keys LIMIT 1;
         INSERT INTO tokens (kind, digest, value, expires_at, proof) VALUES ('session', '{}',
            '{{\"org\":\"acme\",\"user\":\"{REP}\",\"expires_at\":99999999999999,\"csrf\":\"c\"}}', 99999999999999, '');
         UPDATE users SET admin = 1 WHERE id = '{REP}';",
        digest("forged"),
        digest("forged-session"),
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut database).await.unwrap();
    let forged = host.http.get(host.url("/v1/approvals")).bearer_auth("forged").send().await.unwrap();
    assert_eq!(forged.status(), 401);
    let cookie = host.http.get(host.url("/inbox")).header("cookie", "skillhost_session=forged-session");
    assert_eq!(cookie.send().await.unwrap().status(), 401);
    let user = host.app.store.user(&"acme".into(), &REP.into()).await.unwrap().unwrap();
    assert!(!user.admin, "an admin has the host's proof");
    write(&mut database, "UPDATE api_keys SET operator = 1 WHERE client = 'test-ada'").await;
    assert_eq!(host.get(REP, "/v1/approvals").await.0, 401, "a key that was changed is no key");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sent_effect_set_back_is_unknown_and_stays() {
    let host = TestHost::start(|_| {}).await;
    let mut database = database(&host).await;
    let job = approved(&host, "once").await;
    host.clock.advance(LATER_MS);
    host.until(&job, |view| view.effects.iter().all(|effect| effect.state == EffectState::Sent)).await;
    assert_eq!(mails(&host).len(), 1);
    let back = "UPDATE outbox SET state = 'ready', receipt = 'null', attempt = 0 WHERE state = 'sent'";
    assert_eq!(write(&mut database, back).await, 1);
    host.app.wake.effects();
    host.clock.advance(LATER_MS);
    let mut changes = host.app.wake.watch();
    loop {
        let (_, view) = host.get(REP, &format!("/v1/jobs/{job}")).await;
        if view["effects"][0]["state"] == "unknown" {
            break;
        }
        let next = tokio::time::timeout(std::time::Duration::from_secs(60), changes.recv()).await;
        assert!(next.is_ok(), "{view}");
    }
    assert_eq!(mails(&host).len(), 1, "it did not leave again");
    host.stop().await;
}
