use secrecy::SecretString;
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::mail::{SmtpError, SmtpMailer, SmtpSettings};
use skillhost_engine::outbox::{Delivery, Performer};

use super::parts::mail;
use super::smtp_server::SmtpServer;

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security: "none".to_owned(),
        user: None,
        password: None,
        roots: ExtraRoots::default(),
    }
}

#[tokio::test]
async fn every_end_of_a_dialogue_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let server = SmtpServer::start(folder.path()).unwrap();
    let mailer = SmtpMailer::new(settings(server.port)).unwrap();
    assert!(!mailer.is_keyed());

    let sent = mailer.perform(&mail("eff_ok", "ana@buyer.example")).await;
    assert!(
        matches!(&sent, Delivery::Sent { receipt } if receipt["message_id"] == "<eff_ok@seller.example>"),
        "{sent:?}"
    );
    let received = server.received().unwrap();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].from, "rep@seller.example");
    assert_eq!(received[0].to, ["ana@buyer.example", "boss@seller.example", "archive@seller.example"]);
    assert!(received[0].text.contains("Message-ID: <eff_ok@seller.example>"));
    assert!(!received[0].text.contains("archive@seller.example"));

    for (to, wanted) in [
        ("busy451-ana@buyer.example", "transient"),
        ("no550-ana@buyer.example", "permanent"),
        ("data451-ana@buyer.example", "transient"),
        ("data550-ana@buyer.example", "permanent"),
    ] {
        let ended = match mailer.perform(&mail("eff_no", to)).await {
            Delivery::Transient { reason, .. } => {
                assert!(!reason.contains('@'), "{reason}");
                "transient"
            }
            Delivery::Permanent { reason } => {
                assert!(!reason.contains('@'), "{reason}");
                "permanent"
            }
            other => panic!("{to}: {other:?}"),
        };
        assert_eq!(ended, wanted, "{to}");
    }
    assert_eq!(server.received().unwrap().len(), 1, "a refused mail was kept");

    let lost = mailer.perform(&mail("eff_lost", "drop-ana@buyer.example")).await;
    assert!(matches!(lost, Delivery::Unknown { .. }), "{lost:?}");
    assert_eq!(server.received().unwrap().len(), 2, "the server had taken it");
}

#[tokio::test]
async fn nobody_listening_is_transient() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mailer = SmtpMailer::new(settings(free.port())).unwrap();
    assert!(matches!(mailer.perform(&mail("k", "ana@buyer.example")).await, Delivery::Transient { .. }));
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let server = SmtpServer::start(folder.path()).unwrap();
    let mailer = SmtpMailer::new(SmtpSettings { security: "starttls".to_owned(), ..settings(server.port) }).unwrap();
    assert!(matches!(mailer.perform(&mail("k", "ana@buyer.example")).await, Delivery::Permanent { .. }));
    assert!(server.received().unwrap().is_empty());
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let base = || settings(25);
    let word = SmtpMailer::new(SmtpSettings { security: "ssl".to_owned(), ..base() });
    assert!(matches!(word, Err(SmtpError::Security { .. })));
    let half = SmtpMailer::new(SmtpSettings { user: Some("u".to_owned()), ..base() });
    assert!(matches!(half, Err(SmtpError::HalfCredentials)));
    let clear = SmtpMailer::new(SmtpSettings {
        host: "mail.seller.example".to_owned(),
        user: Some("u".to_owned()),
        password: Some(SecretString::from("p")),
        ..base()
    });
    assert!(matches!(clear, Err(SmtpError::CredentialsInTheClear)));
}
