//! Sending over TLS with a sign-in, through a real server, to a real mailbox.

use secrecy::SecretString;
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::mail::imap::{ImapSession, ImapSettings, Security};
use skillhost_connectors::mail::{SmtpMailer, SmtpSettings};
use skillhost_engine::outbox::{Delivery, Performer};

use super::mail_server::{MailServer, PASSWORD, USERS};
use super::parts::mail_from;

const MIRA: &str = USERS[2];

fn settings(server: &MailServer, security: &str) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".to_owned(),
        port: if security == "tls" { server.smtps } else { server.smtp },
        security: security.to_owned(),
        user: Some(USERS[0].to_owned()),
        password: Some(SecretString::from(PASSWORD)),
        roots: ExtraRoots::from_pem(server.authority.as_bytes()).unwrap(),
    }
}

#[tokio::test]
async fn a_signed_in_mail_arrives_over_tls_and_starttls() {
    let server = MailServer::with_smtp().unwrap();
    for security in ["starttls", "tls"] {
        let mailer = SmtpMailer::new(settings(&server, security)).unwrap();
        let sent = mailer.perform(&mail_from(USERS[0], security, MIRA)).await;
        assert!(matches!(&sent, Delivery::Sent { .. }), "{sent:?}\n{}", server.logs());
    }
    let inbox = ImapSettings {
        host: "localhost".to_owned(),
        port: server.imaps,
        security: Security::Tls,
        login: MIRA.to_owned(),
        password: SecretString::from(PASSWORD),
        folder: "INBOX".to_owned(),
        sent: None,
        roots: ExtraRoots::from_pem(server.authority.as_bytes()).unwrap(),
    };
    let mut session = ImapSession::open(&inbox).await.unwrap();
    loop {
        session.examine("INBOX").await.unwrap();
        if session.uids_after(0).await.unwrap().len() == 2 {
            break;
        }
        session.listen(std::time::Duration::from_secs(10)).await.unwrap();
    }
    assert!(session.has_message("starttls@acme.example").await.unwrap(), "the id that the host made");
    assert!(session.has_message("tls@acme.example").await.unwrap());
}

#[tokio::test]
async fn a_refused_sign_in_sends_nothing_and_is_tried_again_later() {
    let server = MailServer::with_smtp().unwrap();
    for security in ["starttls", "tls"] {
        let wrong = SmtpSettings { password: Some(SecretString::from("wrong")), ..settings(&server, security) };
        let ended = SmtpMailer::new(wrong).unwrap().perform(&mail_from(USERS[0], "k", MIRA)).await;
        let Delivery::Waits { reason, wait_ms: 1_800_000 } = ended else { panic!("{ended:?}") };
        assert!(reason.contains("535") && !reason.contains('@'), "{reason}");
        let nobody = SmtpSettings { user: None, password: None, ..settings(&server, security) };
        let ended = SmtpMailer::new(nobody).unwrap().perform(&mail_from(USERS[0], "k", MIRA)).await;
        assert!(matches!(ended, Delivery::Permanent { .. }), "no relay without a sign-in: {ended:?}");
    }
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_told_nothing() {
    let server = MailServer::with_smtp().unwrap();
    for security in ["starttls", "tls"] {
        let strange = SmtpSettings { roots: ExtraRoots::default(), ..settings(&server, security) };
        let ended = SmtpMailer::new(strange).unwrap().perform(&mail_from(USERS[0], "k", MIRA)).await;
        assert!(!matches!(ended, Delivery::Sent { .. } | Delivery::Unknown { .. }), "{ended:?}");
    }
    assert!(!server.logs().contains("sasl_username"), "{}", server.logs());
}
