//! Two people of one host whose provider lets a login send under its own address alone: each
//! mail leaves by its sender's own login, waits while that is refused, and is filed.

use skillhost_connectors::mail::SmtpSettings;
use skillhost_engine::outcome::Outcome;
use skillhost_server::config::Config;
use skillhost_server::view::JobView;
use skillhost_tests::given::{effect, given, question};
use skillhost_tests::test_host::OTHER;

use super::*;

const BOB: &str = USERS[1];

fn answer(ask: &str) -> Outcome {
    let (kind, payload) = match ask {
        "invite" => (
            "calendar.invite",
            json!({
                "title": "Rollout", "starts": "2026-11-26T14:00:00Z", "ends": "2026-11-26T14:30:00Z", "zone": "UTC",
                "attendees": [{ "email": MIRA, "name": "Mira Holt" }], "uid": "rollout-1@acme.example",
            }),
        ),
        subject => ("email.send", json!({ "to": [MIRA], "subject": subject, "body": "Hello." })),
    };
    Outcome { output: json!({}), approvals: vec![question(vec![effect(kind, payload)])], ..Outcome::default() }
}

/// The mailbox of a user with a server of its own.
fn own(server: &MailServer, name: &str, address: &str, password: &str) -> Arc<MailboxConfig> {
    let imap = settings(server, address, server.imaps);
    let smtp = SmtpSettings {
        host: "localhost".to_owned(),
        port: server.smtp,
        security: "starttls".to_owned(),
        user: Some(address.to_owned()),
        password: Some(SecretString::from(password)),
        roots: imap.roots.clone(),
    };
    let (name, address) = (name.to_owned(), address.to_owned());
    Arc::new(MailboxConfig { name, address, imap, first_days: 14, files_sent: true, smtp: Some(smtp) })
}

async fn start(server: &MailServer, boxes: &[(&str, &str)], password: &str) -> TestHost {
    let roots = ExtraRoots::from_pem(server.authority.as_bytes()).unwrap();
    let mailboxes = boxes.iter().map(|(name, address)| own(server, name, address, password)).collect();
    let adjust = |config: &mut Config| {
        config.mailboxes = mailboxes;
        config.outside.fetch.roots = roots;
        config.mail = MailConfig::Smtp {
            host: "localhost".to_owned(),
            port: server.smtp,
            security: "starttls".to_owned(),
            user: Some(ADA.to_owned()),
            password: Some(SecretString::from(PASSWORD)),
        };
    };
    let bob = json!({ "connections": [{ "kind": "mailbox", "external_id": BOB, "org_id": ORG, "user_id": OTHER }] });
    TestHost::prepared(adjust, given(&["email.send", "calendar.invite"], answer), async |app| {
        app.store.load_data(&bob, Timestamp(i64::MAX)).await.unwrap();
    })
    .await
}

/// A job of somebody whose question is answered with yes, and whose undo is over.
async fn approved(host: &TestHost, user: &str, ask: &str) -> String {
    let payload = json!({ "message_id": format!("{user}-{ask}"), "ask": ask, "contact_id": "c1" });
    let (status, job) = host.post(user, "/v1/events", &json!({ "type": "email_received", "payload": payload })).await;
    assert!(status < 300, "{job}");
    let job = job["job_id"].as_str().unwrap().to_owned();
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let path = format!("/v1/approvals/{}/answer", view.approvals[0].id);
    assert_eq!(host.post(user, &path, &json!({ "answer": "approve" })).await.0, 200);
    host.clock.advance(11_000);
    job
}

async fn tried(host: &TestHost, job: &str, state: EffectState) -> JobView {
    host.until(job, |view| {
        view.effects.iter().any(|one| one.state == state && (state == EffectState::Sent || one.attempt > 0))
    })
    .await
}

/// The first mail in somebody's folder of what was sent.
async fn filed(server: &MailServer, user: &str) -> String {
    let mut session = session(server, user).await;
    let copy = until("a copy in the folder of what was sent", async || {
        session.examine("Sent Mail").await.unwrap();
        fetched(&mut session).await
    })
    .await;
    session.close().await;
    String::from_utf8(copy.bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sends_by_their_own_login_and_an_invitation_is_filed_like_a_mail() {
    let server = MailServer::with_own_senders().unwrap();
    let host = start(&server, &[("ada", ADA), ("bob", BOB)], PASSWORD).await;
    let (invite, mail) = (approved(&host, REP, "invite").await, approved(&host, OTHER, "From Bob").await);
    for job in [&invite, &mail] {
        tried(&host, job, EffectState::Sent).await;
    }
    let copy = filed(&server, ADA).await;
    assert!(copy.contains("Subject: Invitation: Rollout") && copy.contains("text/calendar"), "{copy}");
    assert!(filed(&server, BOB).await.contains("Subject: From Bob"));
    let received = server.received().unwrap();
    let from: Vec<&str> = received.iter().map(|mail| mail.from.as_str()).collect();
    assert_eq!((from.len(), from.contains(&ADA), from.contains(&BOB)), (2, true, true), "{from:?}");
    for user in [REP, OTHER] {
        let (_, list) = host.get(user, "/v1/mailboxes").await;
        let row = &list["mailboxes"][0];
        assert_eq!((&row["to_file"], &row["not_filed"]), (&json!(0), &json!(0)), "{list}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_of_their_own_the_hosts_takes_it_and_a_refused_login_is_tried_again() {
    let server = MailServer::with_own_senders().unwrap();
    const CHANGED: &str = "the-next-one";
    let host = start(&server, &[("ada", ADA)], CHANGED).await;
    // The host's login is Ada's, and the server will not have Bob under it.
    let foreign = approved(&host, OTHER, "From Bob").await;
    let refused = tried(&host, &foreign, EffectState::Dead).await;
    assert!(refused.effects[0].last_error.as_ref().unwrap().contains("naming sender and recipients"));

    let job = approved(&host, REP, "From Ada").await;
    let mut waits = tried(&host, &job, EffectState::Ready).await;
    let why = waits.effects[0].last_error.clone().unwrap();
    assert!(why.contains("refused the login") && !why.contains('@'), "{why}");
    assert!(waits.effects[0].not_before >= host.clock.now().plus_ms(30 * 60_000));
    // It is one login's trouble: what others send is not put off for it.
    let next = approved(&host, OTHER, "From Bob again").await;
    tried(&host, &next, EffectState::Dead).await;
    server.set_password(ADA, CHANGED).unwrap();
    // Dovecot may need a moment until it reads the file again.
    while waits.effects[0].state != EffectState::Sent {
        let before = waits.effects[0].attempt;
        host.clock.advance(waits.effects[0].not_before.0 - host.clock.now().0);
        waits = host
            .until(&job, |view| view.effects[0].attempt > before && view.effects[0].state != EffectState::Sending)
            .await;
    }
    assert_eq!(server.received().unwrap().len(), 1);
    host.stop().await;
}
