//! Mailboxes of real servers: what comes becomes rows and one event each, whatever breaks
//! in between, and what the host sent is found in the folder of what was sent.

#![allow(clippy::unwrap_used)]

mod letters;
mod senders;
mod troubles;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::mail::imap::{Fetched, ImapSession, ImapSettings, Security};
use skillhost_engine::job::JobStatus;
use skillhost_engine::mailbox::Extent;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::time::{Clock as _, Timestamp};
use skillhost_server::config::{MailConfig, MailboxConfig};
use skillhost_tests::mail_server::{MailServer, PASSWORD, USERS};
use skillhost_tests::mail_way::Way;
use skillhost_tests::process::Host;
use skillhost_tests::rep;
use skillhost_tests::smtp_server::SmtpServer;
use skillhost_tests::test_host::{ORG, REP, START, TestHost};

const ADA: &str = USERS[0];
const MIRA: &str = USERS[2];
const PRIYA: &str = USERS[3];
/// Between two looks, and how many there are before a test gives up.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const PATIENCE: usize = 3000;

fn settings(server: &MailServer, login: &str, port: u16) -> ImapSettings {
    ImapSettings {
        host: "localhost".to_owned(),
        port,
        security: if port == server.imaps { Security::Tls } else { Security::None },
        login: login.to_owned(),
        password: SecretString::from(PASSWORD),
        folder: "INBOX".to_owned(),
        sent: None,
        roots: ExtraRoots::from_pem(server.authority.as_bytes()).unwrap(),
    }
}

fn mailbox(imap: ImapSettings) -> Arc<MailboxConfig> {
    let (name, address) = ("ada".to_owned(), ADA.to_owned());
    Arc::new(MailboxConfig { name, address, imap, first_days: 14, files_sent: true, smtp: None })
}

async fn host(server: &MailServer, port: u16) -> TestHost {
    let imap = settings(server, ADA, port);
    TestHost::start(|config| config.mailboxes = vec![mailbox(imap)]).await
}

async fn session(server: &MailServer, user: &str) -> ImapSession {
    ImapSession::open(&settings(server, user, server.imaps)).await.unwrap()
}

fn mail(id: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "From: Mira Holt <mira@globex.example>\r\nTo: {ADA}\r\nMessage-ID: <{id}@globex.example>\r\n\
         Date: Tue, 3 Nov 2026 10:00:00 +0100\r\n{headers}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

async fn put(server: &MailServer, user: &str, at: Timestamp, mails: &[Vec<u8>]) {
    let mut session = session(server, user).await;
    for mail in mails {
        session.append("INBOX", at, mail).await.unwrap();
    }
    session.close().await;
}

/// The first mail of the open folder.
async fn fetched(session: &mut ImapSession) -> Option<Fetched> {
    let size = session.size(1).await.unwrap()?;
    session.fetch(1, size, Extent::Whole).await.unwrap()
}

/// Looks until something is so.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..PATIENCE {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("{what}: not seen");
}

/// The mailbox as its user sees it, once it is in this state with so many mails.
async fn standing(host: &TestHost, state: &str, received: u64) -> Value {
    until(&format!("{state} with {received} mails"), async || {
        let (status, list) = host.get(REP, "/v1/mailboxes").await;
        assert_eq!(status, 200, "{list}");
        let row = list["mailboxes"].get(0)?.clone();
        (row["state"] == state && row["received"] == received).then_some(row)
    })
    .await
}

/// The same for one that has to try again first: its clock moves to each attempt.
async fn again(host: &TestHost, state: &str, received: u64) -> Value {
    until(&format!("{state} again with {received} mails"), async || {
        let (_, list) = host.get(REP, "/v1/mailboxes").await;
        let row = list["mailboxes"].get(0)?.clone();
        if let Some(wait) = row["next_attempt"].as_i64().map(|next| next - host.clock.now().0)
            && wait > 0
        {
            host.clock.advance(wait);
        }
        (row["state"] == state && row["received"] == received).then_some(row)
    })
    .await
}

/// Jobs that mails began.
async fn begun(host: &TestHost) -> Vec<Value> {
    let (_, list) = host.get(REP, "/v1/jobs?event_type=email_received&limit=200").await;
    list["jobs"].as_array().unwrap().clone()
}

async fn emails(host: &TestHost) -> Vec<Value> {
    let found = host.app.store.source(&ORG.into(), &REP.into(), "emails", &json!({})).await.unwrap();
    found.unwrap().as_array().unwrap().clone()
}

async fn thread_of(host: &TestHost, message_id: &str) -> Option<String> {
    let ids = [message_id.to_owned()];
    let known = host.app.store.mails_by_message_id(&ORG.into(), &REP.into(), &ids).await.unwrap();
    known.into_iter().next()?.thread_id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_is_kept_threaded_and_told_of_once() {
    let server = MailServer::start().unwrap();
    let day = 24 * 3600 * 1000;
    put(&server, ADA, START.plus_ms(-30 * day), &[mail("ancient", "Subject: Ancient", "x")]).await;
    put(&server, ADA, START.plus_ms(-5 * day), &[mail("old", "Subject: Old", "x")]).await;
    put(&server, ADA, START, &[mail("rollout-0", "Subject: Rollout", "schöne Grüße")]).await;
    let host = host(&server, server.imaps).await;
    standing(&host, "listening", 2).await;
    assert_eq!(begun(&host).await.len(), 1, "of a mail that was old already nobody is told");

    // While the host listens.
    let reply = "Subject: Re: Rollout\r\nIn-Reply-To: <rollout-0@globex.example>";
    put(&server, ADA, START, &[mail("rollout-1", reply, "more"), mail("bare", "Subject: Re: Rollout", "no headers")])
        .await;
    let row = standing(&host, "listening", 4).await;
    assert!(row["reason"].is_null() && row["synced_at"].is_number(), "{row}");
    let jobs = begun(&host).await;
    assert_eq!(jobs.len(), 3, "{jobs:?}");
    let job = host.app.store.job(&ORG.into(), &jobs[0]["id"].as_str().unwrap().into()).await.unwrap().unwrap();
    let payload = &job.row.trigger_payload;
    assert_eq!(
        (job.row.event_source.as_str(), payload["from"].as_str()),
        ("webhook:imap", Some("mira@globex.example"))
    );
    assert_eq!(payload["contact_id"], "c1");
    for field in ["message_id", "email_id", "thread_id", "subject"] {
        assert!(payload[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {payload}");
    }
    let threads: BTreeSet<_> = [
        thread_of(&host, "rollout-0@globex.example").await,
        thread_of(&host, "rollout-1@globex.example").await,
        thread_of(&host, "bare@globex.example").await,
    ]
    .into();
    assert_eq!(threads.len(), 1, "{threads:?}");
    assert!(emails(&host).await.iter().any(|one| one["snippet"] == "schöne Grüße"));
    // The same mail once more, as a copy that somebody moved.
    put(&server, ADA, START, &[mail("rollout-1", reply, "more")]).await;
    put(&server, ADA, START, &[mail("last", "Subject: Last", "x")]).await;
    standing(&host, "listening", 5).await;
    assert_eq!(begun(&host).await.len(), 4);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_at_any_byte_loses_and_doubles_nothing() {
    let server = MailServer::start().unwrap();
    let way = Way::to(server.imap).await.unwrap();
    let mails: Vec<_> =
        (0..12).map(|n| mail(&format!("m-{n}"), &format!("Subject: Mail {n}"), &"text ".repeat(400))).collect();
    put(&server, ADA, START, &mails).await;
    way.cut_after(4_000);
    let host = host(&server, way.port).await;
    for bytes in [150, 600, 2_500, 6_000, 9_000] {
        let row = until("it waits", async || {
            let (_, list) = host.get(REP, "/v1/mailboxes").await;
            let row = list["mailboxes"].get(0)?.clone();
            (row["state"] == "waiting").then_some(row)
        })
        .await;
        assert!(row["reason"].as_str().unwrap().contains("closed the connection"), "{row}");
        assert_eq!(host.get(REP, "/readyz").await.0, 200, "the host itself is well");
        way.cut_after(bytes);
        let next = row["next_attempt"].as_i64().unwrap();
        host.clock.advance(next - host.clock.now().0);
        // It leaves the state and comes back to it, or to its end.
        until("it tried", async || {
            let (_, list) = host.get(REP, "/v1/mailboxes").await;
            let row = list["mailboxes"].get(0)?.clone();
            (row["state"] != "waiting" || row["next_attempt"] != next).then_some(())
        })
        .await;
    }
    way.cut_after(usize::MAX);
    again(&host, "listening", 12).await;
    let jobs = begun(&host).await;
    assert_eq!(jobs.len(), 12, "{jobs:?}");
    // A wait for news that breaks is begun anew.
    way.cut();
    until("it waits", async || {
        let (_, list) = host.get(REP, "/v1/mailboxes").await;
        (list["mailboxes"][0]["state"] == "waiting").then_some(())
    })
    .await;
    put(&server, ADA, START, &[mail("late", "Subject: Late", "x")]).await;
    again(&host, "listening", 13).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_was_numbered_anew_tells_nothing_twice() {
    let mut server = MailServer::start().unwrap();
    let mails: Vec<_> = (0..3).map(|n| mail(&format!("m-{n}"), "Subject: x", "x")).collect();
    put(&server, ADA, START, &mails).await;
    let host = host(&server, server.imaps).await;
    let before = standing(&host, "listening", 3).await;
    server.number_anew(ADA).unwrap();
    put(&server, ADA, START, &[mail("new", "Subject: New", "x")]).await;
    let after = again(&host, "listening", 4).await;
    assert_ne!(before["uid_validity"], after["uid_validity"]);
    assert_eq!(begun(&host).await.len(), 4);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_login_and_a_vanished_folder_are_states_of_their_own() {
    let server = MailServer::start().unwrap();
    server.set_password(ADA, "another").unwrap();
    let host = host(&server, server.imaps).await;
    let row = standing(&host, "refused", 0).await;
    assert!(row["reason"].as_str().unwrap().contains("login"), "{row}");
    assert_eq!(host.get(REP, "/readyz").await.0, 200);
    server.set_password(ADA, PASSWORD).unwrap();
    again(&host, "listening", 0).await;
    let (_, others) = host.get("bob", "/v1/mailboxes").await;
    assert_eq!(others["mailboxes"], json!([]), "a mailbox is shown to its user and to admins");
    host.stop().await;

    let missing = ImapSettings { folder: "Sales".to_owned(), ..settings(&server, ADA, server.imaps) };
    let host = TestHost::start(|config| config.mailboxes = vec![mailbox(missing)]).await;
    standing(&host, "missing", 0).await;
    let mut session = session(&server, ADA).await;
    session.append("Sales", START, &mail("m", "Subject: x", "x")).await.unwrap();
    again(&host, "listening", 1).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_of_25_mb_and_an_answer_to_nobodys_mail_hold_up_none_behind_them() {
    let server = MailServer::start().unwrap();
    let mut large = mail("large", "Subject: Large\r\nMIME-Version: 1.0", "x");
    let text = String::from_utf8(large.clone()).unwrap();
    let head = text.split("Content-Type:").next().unwrap();
    large = format!(
        "{head}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nthe text\r\n\
         --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    let line = format!("{}\r\n", "QUJD".repeat(18));
    while large.len() < 25 * 1024 * 1024 {
        large.extend_from_slice(line.as_bytes());
    }
    large.extend_from_slice(b"--m--\r\n");
    let orphan = "Subject: Re: Elsewhere\r\nIn-Reply-To: <gone@globex.example>\r\nReferences: <first@globex.example> <gone@globex.example>";
    put(&server, ADA, START, &[large, mail("orphan", orphan, "as I said"), mail("behind", "Subject: Behind", "x")])
        .await;
    let host = host(&server, server.imaps).await;
    let row = standing(&host, "listening", 3).await;
    assert!(row["reason"].is_null(), "{row}");
    assert_eq!(begun(&host).await.len(), 3);
    let all = emails(&host).await;
    let large = all.iter().find(|one| one["subject"] == "Large").unwrap();
    assert_eq!(large["snippet"], "the text");
    // Its beginning comes last, and is in its thread all the same.
    let thread = thread_of(&host, "orphan@globex.example").await;
    assert!(thread.is_some());
    put(&server, ADA, START, &[mail("first", "Subject: Elsewhere", "this is what I said")]).await;
    standing(&host, "listening", 4).await;
    assert_eq!(thread_of(&host, "first@globex.example").await, thread);
    assert_ne!(thread_of(&host, "behind@globex.example").await, thread);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_goes_while_it_is_read_and_a_login_that_does_lose_and_double_nothing() {
    const MAILS: u64 = 12;
    let mut server = MailServer::start().unwrap();
    let mails: Vec<_> =
        (0..MAILS).map(|n| mail(&format!("m-{n}"), &format!("Subject: Mail {n}"), &"text ".repeat(400))).collect();
    let fill = async |server: &MailServer| {
        let mut session = session(server, ADA).await;
        for mail in &mails {
            session.append("Sales", START, mail).await.unwrap();
        }
        session.close().await;
    };
    fill(&server).await;
    let way = Way::to(server.imap).await.unwrap();
    let imap = ImapSettings { folder: "Sales".to_owned(), ..settings(&server, ADA, way.port) };
    // It breaks off in the middle, and then the folder is gone.
    way.cut_after(9_000);
    let host = TestHost::start(|config| config.mailboxes = vec![mailbox(imap)]).await;
    let row = until("it waits", async || {
        let (_, list) = host.get(REP, "/v1/mailboxes").await;
        let row = list["mailboxes"].get(0)?.clone();
        (row["state"] == "waiting").then_some(row)
    })
    .await;
    let some = row["received"].as_u64().unwrap();
    assert!((1..MAILS).contains(&some), "{row}");
    server.remove_folder(ADA, "Sales").unwrap();
    let row = again(&host, "missing", some).await;
    assert!(row["reason"].as_str().unwrap().contains("folder"), "{row}");
    assert_eq!(host.get(REP, "/readyz").await.0, 200);
    fill(&server).await;
    again(&host, "listening", MAILS).await;
    assert_eq!(begun(&host).await.len(), usize::try_from(MAILS).unwrap(), "what was taken before is not told again");

    // The password is another one by the next sign-in.
    server.set_password(ADA, "another").unwrap();
    way.cut();
    let row = again(&host, "refused", MAILS).await;
    assert!(row["reason"].as_str().unwrap().contains("login"), "{row}");
    server.set_password(ADA, PASSWORD).unwrap();
    let mut session = session(&server, ADA).await;
    session.append("Sales", START, &mail("meanwhile", "Subject: Meanwhile", "x")).await.unwrap();
    again(&host, "listening", MAILS + 1).await;
    host.stop().await;
}

/// Approves the mail of a question; its job, and its effect once it is about to leave.
async fn approve(host: &TestHost, to: &str) -> (String, String) {
    let (job, approval) = host.ask(&format!("email-to:{to}"), &format!("ask-{to}")).await;
    let path = format!("/v1/approvals/{}/answer", approval["id"].as_str().unwrap());
    let (status, answer) = host.post(REP, &path, &json!({ "answer": "approve" })).await;
    assert_eq!(status, 200, "{answer}");
    let view = host.until(&job, |view| !view.effects.is_empty()).await;
    (job, view.effects[0].key.to_string())
}

/// The message id that a mail of this key gets.
fn message_id(key: &str) -> String {
    let id: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    format!("{id}@acme.example")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_is_in_its_folder_and_the_answer_in_its_thread() {
    let server = MailServer::with_smtp().unwrap();
    let roots = ExtraRoots::from_pem(server.authority.as_bytes()).unwrap();
    let (imap, port) = (settings(&server, ADA, server.imaps), server.smtp);
    let host = TestHost::start(|config| {
        config.mailboxes = vec![mailbox(imap)];
        config.outside.fetch.roots = roots;
        config.mail = MailConfig::Smtp {
            host: "localhost".to_owned(),
            port,
            security: "starttls".to_owned(),
            user: Some(ADA.to_owned()),
            password: Some(SecretString::from(PASSWORD)),
        };
    })
    .await;
    standing(&host, "listening", 0).await;
    put(&server, ADA, START, &[mail("rollout-1", "Subject: Rollout", "x")]).await;
    standing(&host, "listening", 1).await;
    let (job, key) = approve(&host, MIRA).await;
    host.clock.advance(11_000);
    host.until(&job, |view| view.effects[0].state == EffectState::Sent).await;
    let id = message_id(&key);
    let mut ada = session(&server, ADA).await;
    until("the copy", async || {
        ada.examine("Sent Mail").await.unwrap();
        ada.has_message(&id).await.unwrap().then_some(())
    })
    .await;
    assert_eq!(ada.uids_after(0).await.unwrap(), [1], "one copy");
    let copy = fetched(&mut ada).await.unwrap();
    let text = String::from_utf8(copy.bytes).unwrap();
    assert!(text.contains("In-Reply-To: <rollout-1@globex.example>"), "{text}");
    assert!(text.contains("<rollout-0@globex.example>") && !copy.marks.unread);
    let mut mira = session(&server, MIRA).await;
    let at_mira = until("the mail", async || {
        mira.examine("INBOX").await.unwrap();
        fetched(&mut mira).await
    })
    .await;
    assert!(String::from_utf8(at_mira.bytes).unwrap().contains(&id));
    let begun_by = thread_of(&host, "rollout-1@globex.example").await;
    assert!(begun_by.is_some());
    until("its thread", async || (thread_of(&host, &id).await == begun_by).then_some(())).await;
    let answer = format!("Subject: Re: Rollout\r\nIn-Reply-To: <{id}>");
    put(&server, ADA, START, &[mail("answer", &answer, "Thursday is fine")]).await;
    standing(&host, "listening", 2).await;
    assert_eq!(thread_of(&host, "answer@globex.example").await, begun_by);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_result_is_unknown_is_looked_for_before_anybody_is_asked() {
    let server = MailServer::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(folder.path()).unwrap();
    let (imap, port) = (settings(&server, ADA, server.imaps), smtp.port);
    let host = TestHost::start(|config| {
        config.mailboxes = vec![mailbox(imap)];
        config.mail = MailConfig::Smtp {
            host: "127.0.0.1".to_owned(),
            port,
            security: "none".to_owned(),
            user: None,
            password: None,
        };
    })
    .await;
    standing(&host, "listening", 0).await;
    // The server takes the mail, files it as some do, and is gone before it says so.
    let (job, key) = approve(&host, "drop-mira@globex.example").await;
    let id = message_id(&key);
    let mut ada = session(&server, ADA).await;
    let copy = String::from_utf8(mail("x", "Subject: x", "x")).unwrap().replace("x@globex.example", &id);
    ada.append("Sent Mail", START, copy.as_bytes()).await.unwrap();
    host.clock.advance(11_000);
    let done = host.until(&job, |view| view.effects[0].state == EffectState::Sent).await;
    assert_eq!(done.effects[0].receipt.as_ref().unwrap()["message_id"], format!("<{id}>"));
    assert_eq!(smtp.received().unwrap().len(), 1, "it is not sent twice");
    until("it is filed", async || {
        let (_, list) = host.get(REP, "/v1/mailboxes").await;
        (list["mailboxes"][0]["to_file"] == 0).then_some(())
    })
    .await;
    ada.examine("Sent Mail").await.unwrap();
    assert_eq!(ada.uids_after(0).await.unwrap(), [1], "nor is its copy");
    // Nothing shows the next one: its sender is asked.
    let (job, _) = approve(&host, "drop-jonas@globex.example").await;
    host.clock.advance(120_000);
    let asked = host.until(&job, |view| view.effects[0].state == EffectState::Unknown).await;
    assert!(asked.approvals.len() > 1 && asked.status == JobStatus::AwaitingApproval, "{asked:?}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_killed_while_it_reads_goes_on_and_its_log_holds_no_password() {
    const MAILS: usize = 25;
    let server = MailServer::start().unwrap();
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("ca.pem"), &server.authority).unwrap();
    let toml = format!(
        "[egress]\nroots = \"ca.pem\"\n[mailboxes.priya]\naddress = \"{PRIYA}\"\nhost = \"localhost\"\nport = {}\n",
        server.imaps
    );
    std::fs::write(data.path().join("skillhost.toml"), toml).unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let now = Timestamp(i64::try_from(now).unwrap());
    let mails: Vec<_> = (0..MAILS).map(|n| mail(&format!("m-{n}"), &format!("Subject: Zebra {n}"), "quagga")).collect();
    put(&server, PRIYA, now, &mails).await;
    let start = || {
        let environment = [
            ("SKILLHOST_MAILBOX_PRIYA_PASSWORD", PASSWORD),
            (
                "RUST_LOG",
                "trace,async_imap=trace,async_imap::imap_stream=trace,hyper=info,h2=info,sqlx=info,wasmtime=info,cranelift=info,cranelift_codegen=info,regalloc2=info",
            ),
        ];
        Host::start(data.path(), &[], &environment)
    };
    let mut logs = String::new();
    let taken = async |host: &Host| -> u64 {
        let list: Value = rep::client(host).get("/v1/mailboxes").await.unwrap();
        list["mailboxes"].get(0).map_or(0, |row| row["received"].as_u64().unwrap())
    };
    for most in [3, 9, 16] {
        let host = start();
        until("some are taken", async || (taken(&host).await >= most).then_some(())).await;
        logs.push_str(&host.logs());
        host.kill();
    }
    let host = start();
    let list = until("all are taken", async || {
        let list: Value = rep::client(&host).get("/v1/mailboxes").await.unwrap();
        let row = list["mailboxes"].get(0)?;
        (row["state"] == "listening" && row["received"] == MAILS).then(|| list.clone())
    })
    .await;
    assert_eq!(list["mailboxes"].as_array().unwrap().len(), 1);
    let jobs: Value = rep::client(&host).get("/v1/jobs?event_type=email_received&limit=200").await.unwrap();
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), MAILS);
    logs.push_str(&host.logs());
    host.stop();
    assert!(logs.contains("listening"));
    for secret in [PASSWORD, "cGEic3N", "Zebra", "quagga", PRIYA, "mira@globex"] {
        let line = logs.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "a log line holds {secret:?}: {line:?}");
    }
}
