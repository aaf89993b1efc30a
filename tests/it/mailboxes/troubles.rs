//! Servers that keep news to themselves, refuse, hang up or say nothing any more.

use skillhost_tests::imap_double::{ImapDouble, Manners};

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
    let server = ImapDouble::start(Manners { complains: Some("NO out of watches"), ..Manners::default() }).await.unwrap();
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
