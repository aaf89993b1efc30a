//! Reading a mailbox of a real server.

use std::time::Duration;

use secrecy::SecretString;
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::mail::imap::{Fetched, Heard, ImapError, ImapSession, ImapSettings, Security};
use skillhost_connectors::mail::read::read;
use skillhost_engine::mailbox::Extent;
use skillhost_engine::time::Timestamp;

use super::imap_double::{ImapDouble, Manners};
use super::mail_server::{MailServer, PASSWORD, USERS};
use super::mail_way::Way;

const AT: Timestamp = Timestamp(1_793_696_400_000);
const ADA: &str = USERS[0];

fn settings(server: &MailServer, security: Security) -> ImapSettings {
    ImapSettings {
        host: "localhost".to_owned(),
        port: if security == Security::Tls { server.imaps } else { server.imap },
        security,
        login: ADA.to_owned(),
        password: SecretString::from(PASSWORD),
        folder: "INBOX".to_owned(),
        sent: None,
        roots: ExtraRoots::from_pem(server.authority.as_bytes()).unwrap(),
    }
}

fn mail(id: &str, body: &str) -> Vec<u8> {
    format!(
        "From: Mira Holt <mira@globex.example>\r\nTo: ada@acme.example\r\nSubject: Mail {id}\r\n\
         Message-ID: <{id}@globex.example>\r\nDate: Tue, 3 Nov 2026 10:00:00 +0100\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

/// A mail by its number, all of it where it is not too large.
async fn fetch(session: &mut ImapSession, uid: u32) -> Result<Option<Fetched>, ImapError> {
    match session.size(uid).await? {
        Some(size) => session.fetch(uid, size, Extent::Whole).await,
        None => Ok(None),
    }
}

async fn put(server: &MailServer, bytes: &[u8]) {
    let mut session = ImapSession::open(&settings(server, Security::None)).await.unwrap();
    session.append("INBOX", AT, bytes).await.unwrap();
    session.close().await;
}

#[tokio::test]
async fn mails_are_listed_read_and_left_as_they_were() {
    let server = MailServer::start().unwrap();
    for id in ["a", "b", "c"] {
        put(&server, &mail(id, "schöne Grüße")).await;
    }
    for security in [Security::Tls, Security::StartTls, Security::None] {
        let mut session = ImapSession::open(&settings(&server, security)).await.unwrap();
        assert!(session.can_idle);
        let folder = session.examine("INBOX").await.unwrap();
        assert_eq!((folder.exists, session.last_uid(folder).await.unwrap()), (3, 3), "{security:?}");
        assert_eq!(session.uids_after(0).await.unwrap(), [1, 2, 3]);
        assert_eq!(session.uids_after(2).await.unwrap(), [3]);
        assert_eq!(session.uids_after(3).await.unwrap(), [0_u32; 0], "`*` is the last one, which is known");
        assert_eq!(session.uids_since("2026-11-03".parse().unwrap()).await.unwrap(), [1, 2, 3]);
        assert_eq!(session.uids_since("2026-11-04".parse().unwrap()).await.unwrap(), [0_u32; 0]);
        let fetched = fetch(&mut session, 2).await.unwrap().unwrap();
        assert_eq!((fetched.uid, fetched.at, fetched.is_cut), (2, Some(AT), false));
        let read = read(&fetched.bytes, fetched.is_cut);
        assert_eq!((read.subject.as_str(), read.body.as_str()), ("Mail b", "schöne Grüße"));
        assert_eq!(fetch(&mut session, 9).await.unwrap(), None);
        let marks = session.marks(1, 3).await.unwrap();
        assert_eq!(marks.len(), 3);
        assert!(marks.iter().all(|(_, marks)| !marks.unread && !marks.answered), "as they were put there: {marks:?}");
        assert!(session.has_message("b@globex.example").await.unwrap());
        assert!(!session.has_message("z@globex.example").await.unwrap());
        session.close().await;
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_folder_are_told_from_an_absent_server() {
    let mut server = MailServer::start().unwrap();
    let open = async |settings: ImapSettings| ImapSession::open(&settings).await.map(drop);
    let wrong = ImapSettings { password: SecretString::from("wrong"), ..settings(&server, Security::Tls) };
    assert_eq!(open(wrong).await, Err(ImapError::Login), "by LOGIN");
    let wrong = ImapSettings { password: SecretString::from("wröng"), ..settings(&server, Security::Tls) };
    assert_eq!(open(wrong).await, Err(ImapError::Login), "by AUTHENTICATE");
    server.set_password(ADA, "plain-9").unwrap();
    let plain = ImapSettings { password: SecretString::from("plain-9"), ..settings(&server, Security::Tls) };
    let mut session = ImapSession::open(&plain).await.unwrap();
    assert_eq!(session.examine("Sales").await, Err(ImapError::NoFolder));
    assert_eq!(session.examine("INBOX").await.unwrap().exists, 0, "and the session goes on");
    let stranger = ImapSettings { roots: ExtraRoots::default(), ..plain.clone() };
    assert!(matches!(open(stranger).await, Err(ImapError::Unreachable(_))), "an unknown authority");
    let other = ImapSettings { host: "127.0.0.2".to_owned(), ..plain.clone() };
    assert!(matches!(open(other).await, Err(ImapError::Unreachable(_))), "another name");
    server.stop_dovecot();
    assert_eq!(open(plain).await, Err(ImapError::Unreachable("")));
}

#[tokio::test]
async fn settings_that_would_show_a_password_are_refused() {
    let server = MailServer::start().unwrap();
    let clear = ImapSettings { host: "mail.acme.example".to_owned(), ..settings(&server, Security::None) };
    assert!(matches!(ImapSession::open(&clear).await.map(drop), Err(ImapError::Settings(_))));
    assert!(!format!("{clear:?}").contains(PASSWORD));
}

#[tokio::test]
async fn news_are_heard_and_silence_ends() {
    let server = MailServer::start().unwrap();
    let mut session = ImapSession::open(&settings(&server, Security::Tls)).await.unwrap();
    session.examine("INBOX").await.unwrap();
    assert_eq!(session.listen(Duration::from_millis(10)).await.unwrap(), Heard::Nothing);
    let news = mail("a", "x");
    let (heard, ()) = tokio::join!(session.listen(Duration::from_secs(60)), put(&server, &news));
    assert_eq!(heard.unwrap(), Heard::News);
    session.examine("INBOX").await.unwrap();
    assert_eq!(session.uids_after(0).await.unwrap(), [1]);
}

#[tokio::test]
async fn what_came_before_a_wait_is_news_to_it() {
    let server = MailServer::start().unwrap();
    let mut session = ImapSession::open(&settings(&server, Security::Tls)).await.unwrap();
    session.examine("INBOX").await.unwrap();
    put(&server, &mail("came", "x")).await;
    // The server says so once, in its answer to this.
    session.marks(1, 1).await.unwrap();
    assert_eq!(session.listen(Duration::from_secs(5)).await.unwrap(), Heard::News);
    session.examine("INBOX").await.unwrap();
    session.marks(1, 1).await.unwrap();
    assert_eq!(session.listen(Duration::from_millis(100)).await.unwrap(), Heard::Nothing);
}

/// A server that behaves as is asked of it.
async fn double(manners: Manners) -> (ImapDouble, ImapSession) {
    let server = ImapDouble::start(manners).await.unwrap();
    let settings = ImapSettings {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        security: Security::None,
        login: ADA.to_owned(),
        password: SecretString::from("plain-9"),
        folder: "INBOX".to_owned(),
        sent: None,
        roots: ExtraRoots::default(),
    };
    let mut session = ImapSession::open(&settings).await.unwrap();
    session.examine("INBOX").await.unwrap();
    (server, session)
}

#[tokio::test]
async fn a_complaint_ends_a_wait_for_news_and_silence_does_not() {
    for words in ["NO out of watches", "BAD internal error"] {
        let manners = Manners { complains: Some(words), ..Manners::default() };
        let (server, mut session) = double(manners).await;
        let complain = async {
            while server.heard("IDLE") == 0 {
                tokio::task::yield_now().await;
            }
            server.put("INBOX", &mail("a", "x"));
        };
        let (heard, ()) = tokio::join!(session.listen(Duration::from_secs(60)), complain);
        assert_eq!(heard.unwrap(), Heard::Trouble, "{words}");
        session.examine("INBOX").await.unwrap();
        assert_eq!(session.uids_after(0).await.unwrap(), [1], "and the session goes on");
    }
    let (server, mut session) = double(Manners::default()).await;
    server.put("INBOX", &mail("a", "x"));
    assert_eq!(session.listen(Duration::from_millis(100)).await.unwrap(), Heard::Nothing);
}

#[tokio::test]
async fn what_breaks_off_is_never_a_shorter_answer() {
    let server = MailServer::start().unwrap();
    let way = Way::to(server.imap).await.unwrap();
    for id in 0..20 {
        put(&server, &mail(&id.to_string(), &"text ".repeat(2_000))).await;
    }
    let through = ImapSettings { port: way.port, ..settings(&server, Security::None) };
    for bytes in [10, 100, 5_000] {
        let mut session = ImapSession::open(&through).await.unwrap();
        session.examine("INBOX").await.unwrap();
        way.cut_after(bytes);
        let fetched = fetch(&mut session, 7).await;
        assert!(matches!(fetched, Err(ImapError::Lost(_))), "{bytes}: {fetched:?}");
    }
    let mut session = ImapSession::open(&through).await.unwrap();
    session.examine("INBOX").await.unwrap();
    way.cut_after(20);
    assert!(matches!(session.uids_after(0).await, Err(ImapError::Lost(_))));
    let mut session = ImapSession::open(&through).await.unwrap();
    session.examine("INBOX").await.unwrap();
    let cut = async {
        way.cut();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        heard = session.listen(Duration::from_secs(60)) => {
            assert!(matches!(heard, Err(ImapError::Lost(_))), "{heard:?}");
        }
        () = cut => {}
    }
}

#[tokio::test]
async fn a_mail_of_25_mb_is_read_whole_and_a_larger_one_to_its_text() {
    let server = MailServer::start().unwrap();
    let line = format!("{}\r\n", "QUJD".repeat(18));
    let attached = |bytes: usize| {
        let mut mail = b"From: mira@globex.example\r\nMessage-ID: <big@globex.example>\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nthe text\r\n\
            --m\r\nContent-Type: application/pdf; name=big.pdf\r\nContent-Transfer-Encoding: base64\r\n\
            Content-Disposition: attachment; filename=big.pdf\r\n\r\n"
            .to_vec();
        while mail.len() < bytes {
            mail.extend_from_slice(line.as_bytes());
        }
        mail.extend_from_slice(b"--m--\r\n");
        mail
    };
    let (fits, larger) = (attached(25 * 1024 * 1024), attached(30 * 1024 * 1024));
    put(&server, &fits).await;
    put(&server, &larger).await;
    let mut session = ImapSession::open(&settings(&server, Security::Tls)).await.unwrap();
    session.examine("INBOX").await.unwrap();
    let whole = fetch(&mut session, 1).await.unwrap().unwrap();
    assert_eq!((whole.bytes.len(), whole.is_cut), (fits.len(), false));
    let mail = read(&whole.bytes, whole.is_cut);
    assert_eq!((mail.body.as_str(), mail.attachments[0].name.as_str()), ("the text", "big.pdf"));
    assert!(mail.attachments[0].bytes > 18_000_000 && !mail.is_cut);
    let begun = fetch(&mut session, 2).await.unwrap().unwrap();
    assert!(begun.is_cut && begun.bytes.len() <= 1024 * 1024, "{}", begun.bytes.len());
    assert_eq!(usize::try_from(begun.size).unwrap(), larger.len());
    // Of a mail that fits as much as is asked for.
    for (extent, most) in [(Extent::Beginning, 1024 * 1024), (Extent::Head, 1024)] {
        let part = session.fetch(1, whole.size, extent).await.unwrap().unwrap();
        assert!(part.is_cut && part.bytes.len() <= most, "{extent:?}: {}", part.bytes.len());
        let mail = read(&part.bytes, part.is_cut);
        assert_eq!(
            (mail.from.as_str(), mail.message_id.as_deref()),
            ("mira@globex.example", Some("big@globex.example"))
        );
    }
    let mail = read(&begun.bytes, begun.is_cut);
    assert!(mail.is_cut);
    assert_eq!((mail.body.as_str(), mail.attachments[0].name.as_str()), ("the text", "big.pdf"));
}

#[tokio::test]
async fn a_server_that_floods_is_left() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let flood = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let line = format!("* OK {}\r\n", "x".repeat(1000));
        while tokio::io::AsyncWriteExt::write_all(&mut stream, line.as_bytes()).await.is_ok() {}
    });
    let server = MailServer::start().unwrap();
    let settings = ImapSettings { port, ..settings(&server, Security::None) };
    assert!(matches!(ImapSession::open(&settings).await.map(drop), Err(ImapError::TooLarge(_) | ImapError::Slow(_))));
    flood.abort();
}

#[tokio::test]
async fn the_folder_of_sent_mail_is_found_by_its_mark_and_holds_a_copy() {
    let server = MailServer::start().unwrap();
    let mut session = ImapSession::open(&settings(&server, Security::Tls)).await.unwrap();
    let folder = session.sent_folder().await.unwrap().unwrap();
    assert_eq!(folder, "Sent Mail");
    session.append(&folder, AT, &mail("sent", "x")).await.unwrap();
    session.examine(&folder).await.unwrap();
    assert!(session.has_message("sent@globex.example").await.unwrap());
    let copy = fetch(&mut session, 1).await.unwrap().unwrap();
    assert_eq!((copy.bytes.as_slice(), copy.at, copy.marks.unread), (&mail("sent", "x")[..], Some(AT), false));
    session.append("Made \"here\"", AT, &mail("new", "x")).await.unwrap();
    assert_eq!(session.examine("Made \"here\"").await.unwrap().exists, 1);
}
