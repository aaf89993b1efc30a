//! Servers that keep news to themselves, refuse, hang up or say nothing any more.

use skillhost_engine::mailbox::LEFT_OUT_MS;
use skillhost_engine::store::Connection;
use skillhost_tests::imap_double::{Fault, Faults, ImapDouble, Manners};

use super::*;

fn double_settings(server: &ImapDouble) -> ImapSettings {
    ImapSettings {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        security: Security::None,
        login: ADA.to_owned(),
        password: SecretString::from("plain-9"),
        folder: "INBOX".to_owned(),
        sent: None,
        roots: ExtraRoots::default(),
    }
}

async fn host_of(server: &ImapDouble) -> TestHost {
    let imap = double_settings(server);
    TestHost::start(|config| config.mailboxes = vec![mailbox(imap)]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_keeps_to_itself_is_seen_by_the_next_look() {
    let server = ImapDouble::start(Manners::default()).await.unwrap();
    let host = host_of(&server).await;
    until("it listens", async || (server.heard("IDLE") == 1).then_some(())).await;
    // Right after the first look; no word of it is ever said.
    server.put("INBOX", &mail("a", "Subject: x", "x"));
    standing(&host, "listening", 1).await;
    assert_eq!(begun(&host).await.len(), 1);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_complains_while_it_is_listened_to_is_asked_at_once_and_not_without_end() {
    let server =
        ImapDouble::start(Manners { complains: Some("NO out of watches"), ..Manners::default() }).await.unwrap();
    let host = host_of(&server).await;
    // The short waits after the first look are over.
    until("it listens for long", async || (server.heard("IDLE") == 2).then_some(())).await;
    server.put("INBOX", &mail("a", "Subject: x", "x"));
    standing(&host, "listening", 1).await;
    host.stop().await;

    let always = Manners { complains: Some("BAD no"), complains_always: true, ..Manners::default() };
    let server = ImapDouble::start(always).await.unwrap();
    let host = host_of(&server).await;
    standing(&host, "polling", 0).await;
    assert_eq!(server.heard("IDLE"), 2, "it is not asked as fast as it answers");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_a_mailbox_is_first_read_is_not_behind_its_place() {
    for hides_uid_next in [false, true] {
        let late = mail("late", "Subject: x", "x");
        let manners = Manners { comes_after_search: Some(late), hides_uid_next, ..Manners::default() };
        let server = ImapDouble::start(manners).await.unwrap();
        server.put("INBOX", &mail("first", "Subject: x", "x"));
        let host = host_of(&server).await;
        standing(&host, "listening", 2).await;
        assert_eq!(begun(&host).await.len(), 2, "{hides_uid_next}");
        host.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_grew_old_while_the_login_was_refused_is_kept_and_told_to_nobody() {
    let server = MailServer::start().unwrap();
    server.set_password(ADA, "another").unwrap();
    let host = host(&server, server.imaps).await;
    standing(&host, "refused", 0).await;
    let later = START.plus_ms(10 * 24 * 3600 * 1000);
    server.set_password(ADA, PASSWORD).unwrap();
    put(&server, ADA, START, &[mail("old", "Subject: Old", "x")]).await;
    put(&server, ADA, later, &[mail("new", "Subject: New", "x")]).await;
    host.clock.advance(later.0 - host.clock.now().0);
    again(&host, "listening", 2).await;
    let jobs = begun(&host).await;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    host.stop().await;
}

/// Three mails, and this fault whenever the second one is asked for by these words.
async fn with_fault(fault: Fault, words: &'static [&'static str]) -> (ImapDouble, TestHost) {
    let faults: Faults =
        Arc::new(move |uid, what| (uid == 2 && words.iter().any(|word| what.contains(word))).then_some(fault));
    let server = ImapDouble::start(Manners { faults: Some(faults), ..Manners::default() }).await.unwrap();
    for id in ["first", "second", "third"] {
        server.put("INBOX", &mail(id, &format!("Subject: {id}"), "the text"));
    }
    let host = host_of(&server).await;
    (server, host)
}

/// What is read of the second mail, once all came.
async fn second(host: &TestHost) -> Value {
    let row = again(host, "listening", 3).await;
    assert_eq!(row["left_out"], 0, "{row}");
    emails(host).await.into_iter().find(|one| one["subject"] == "second").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_the_server_refuses_for_a_while_comes_when_it_does_not() {
    let (server, host) = with_fault(Fault::Refuses, &["BODY.PEEK"]).await;
    until("it was refused often", async || {
        let (_, list) = host.get(REP, "/v1/mailboxes").await;
        let next = list["mailboxes"].get(0)?["next_attempt"].as_i64()?;
        host.clock.advance((next - host.clock.now().0).max(0));
        (server.heard("UID FETCH 2 (UID INTERNALDATE") >= 10).then_some(())
    })
    .await;
    server.behave(|manners| manners.faults = None);
    assert_eq!(second(&host).await["snippet"], "the text");
    assert_eq!(begun(&host).await.len(), 3);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_is_refused_for_hours_is_left_out_counted_and_holds_up_none_for_good() {
    let (_server, host) = with_fault(Fault::Refuses, &["BODY.PEEK"]).await;
    let begun_at = host.clock.now();
    let row = again(&host, "listening", 2).await;
    assert_eq!(row["left_out"], 1, "{row}");
    let took = host.clock.now().0 - begun_at.0;
    assert!(took >= LEFT_OUT_MS, "{took} ms");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_mail_at_which_the_server_hangs_up_less_is_asked_for() {
    let (_server, host) = with_fault(Fault::HangsUp, &["BODY.PEEK[])"]).await;
    assert_eq!(second(&host).await["snippet"], "the text", "its beginning");
    host.stop().await;
    let (_server, host) = with_fault(Fault::HangsUp, &["BODY.PEEK[]"]).await;
    assert_eq!(second(&host).await["snippet"], "", "its headers");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_slow_with_large_mails_hold_up_no_small_one() {
    const SLOW: usize = 6;
    let faults: Faults = Arc::new(|_, what| what.contains("BODY.PEEK").then_some(Fault::IsSilent));
    let slow = ImapDouble::start(Manners { faults: Some(faults), ..Manners::default() }).await.unwrap();
    slow.put("INBOX", &mail("large", "Subject: Large", &"text ".repeat(500_000)));
    let well = ImapDouble::start(Manners::default()).await.unwrap();
    well.put("INBOX", &mail("small", "Subject: Small", "x"));
    let address = |n: usize| format!("box-{n}@acme.example");
    let host = TestHost::start(|config| {
        config.mailboxes = (0..=SLOW)
            .map(|n| {
                let imap = double_settings(if n == SLOW { &well } else { &slow });
                let (name, address) = (format!("box-{n}"), address(n));
                Arc::new(MailboxConfig { name, address, imap, first_days: 14, files_sent: true, smtp: None })
            })
            .collect();
    })
    .await;
    let connect = async |n: usize| {
        let (kind, external_id) = ("mailbox".to_owned(), address(n));
        let connection = Connection { kind, external_id, org: ORG.into(), user: REP.into(), detail: json!({}) };
        host.app.store.put_connection(&connection).await.unwrap();
        host.clock.advance(60_000);
    };
    for n in 0..SLOW {
        connect(n).await;
    }
    until("the slow ones are asked", async || (slow.heard("UID FETCH 1 (UID INTERNALDATE") >= 4).then_some(())).await;
    connect(SLOW).await;
    until("the small one", async || {
        let row = host.app.store.mailbox(&ORG.into(), &address(SLOW)).await.unwrap()?;
        (row.received == 1).then_some(())
    })
    .await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_refused_holds_up_no_other_and_is_tried_for_a_day() {
    let server =
        ImapDouble::start(Manners { append: Some("NO [OVERQUOTA] full"), ..Manners::default() }).await.unwrap();
    let received = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(received.path()).unwrap();
    let (imap, port) = (double_settings(&server), smtp.port);
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
    let mut ids = Vec::new();
    for to in [MIRA, "jonas@globex.example"] {
        let (job, key) = approve(&host, to).await;
        host.clock.advance(11_000);
        host.until(&job, |view| view.effects[0].state == EffectState::Sent).await;
        ids.push(message_id(&key));
    }
    for id in &ids {
        until("its thread", async || thread_of(&host, id).await).await;
    }
    let row = standing(&host, "listening", 0).await;
    assert_eq!((&row["to_file"], &row["not_filed"]), (&json!(2), &json!(0)), "{row}");
    assert!(server.mails("Sent").is_empty());
    server.behave(|manners| manners.append = None);
    let counts = async |host: &TestHost| {
        let (_, list) = host.get(REP, "/v1/mailboxes").await;
        (list["mailboxes"][0]["to_file"].as_u64().unwrap(), list["mailboxes"][0]["not_filed"].as_u64().unwrap())
    };
    until("both are filed", async || {
        host.clock.advance(600_000);
        (counts(&host).await == (0, 0)).then_some(())
    })
    .await;
    assert_eq!(server.mails("Sent").len(), 2);
    assert_eq!(server.heard("CREATE"), 0, "the folder was there");

    // One whose server is full for good.
    server.behave(|manners| manners.append = Some("NO [OVERQUOTA] full"));
    let (job, _) = approve(&host, "lea@globex.example").await;
    host.clock.advance(11_000);
    host.until(&job, |view| view.effects[0].state == EffectState::Sent).await;
    until("it is given up", async || {
        host.clock.advance(3_600_000);
        (counts(&host).await == (0, 1)).then_some(())
    })
    .await;
    assert!(server.heard("APPEND") <= 30, "it is not tried without end");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_opened_for_now_is_not_a_missing_one() {
    for refusal in
        ["NO [UNAVAILABLE] later", "NO [INUSE] locked", "NO [SERVERBUG] sorry", "NO [LIMIT] many", "BAD what"]
    {
        let server = ImapDouble::start(Manners { examine: Some(refusal), ..Manners::default() }).await.unwrap();
        let host = host_of(&server).await;
        let row = standing(&host, "waiting", 0).await;
        let wait = row["next_attempt"].as_i64().unwrap() - host.clock.now().0;
        assert!(wait <= 5_000, "{refusal}: {row}");
        server.behave(|manners| manners.examine = None);
        again(&host, "listening", 0).await;
        host.stop().await;
    }
    let server = ImapDouble::start(Manners { examine: Some("NO no such folder"), ..Manners::default() }).await.unwrap();
    let host = host_of(&server).await;
    standing(&host, "missing", 0).await;
    host.stop().await;
}
