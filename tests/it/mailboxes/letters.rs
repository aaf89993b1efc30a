//! Letters beyond ASCII, out and in: what leaves is read by another implementation, and
//! what comes in the encodings of others is text.

use std::io::Write as _;
use std::process::{Command, Stdio};

use skillhost_engine::outcome::Outcome;
use skillhost_tests::given::{effect, file, given, question};

use super::*;

const SUBJECT: &str = "Größe & Preis – Żółw 見積";
const BODY: &str = "Grüezi Mïra\n\nanbei das Angebot über 5 €. 見積書です。\n\n-- \nAda Öztürk\nAcme GmbH, Zürich";
const NAME: &str = "Ada Öztürk";
const FILE: &str = "Angebot Größe – 見積.pdf";
const CONTENT: &[u8] = b"%PDF-1.7\n\r\n.\n\0\xff offer";

fn answer(_: &str) -> Outcome {
    let payload = json!({
        "to": [format!("Mïra Höltz <{MIRA}>")], "subject": SUBJECT, "body": BODY,
        "attachments": [{ "artifact": "artifact:offer", "name": FILE }],
    });
    let artifacts = vec![file("offer", "application/pdf", CONTENT)];
    let approvals = vec![question(vec![effect("email.send", payload)])];
    Outcome { output: json!({}), artifacts, approvals, ..Outcome::default() }
}

/// What Python's own reader of mails makes of one.
const READER: &str = "
import email, email.policy, json, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
print(json.dumps({
    'subject': mail['subject'], 'defects': [str(one) for one in mail.defects],
    'from': [[one.display_name, one.addr_spec] for one in mail['from'].addresses],
    'to': [[one.display_name, one.addr_spec] for one in mail['to'].addresses],
    'text': mail.get_body(('plain',)).get_content(),
    'files': [[one.get_filename(), one.get_content_type(), one.get_content().hex()] for one in mail.iter_attachments()],
}))";

fn read_by_python(bytes: &[u8]) -> Value {
    let mut child =
        Command::new("python3").args(["-c", READER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_through_real_servers_is_read_right_by_another_implementation() {
    let server = MailServer::with_smtp().unwrap();
    let roots = ExtraRoots::from_pem(server.authority.as_bytes()).unwrap();
    let (imap, port) = (settings(&server, ADA, server.imaps), server.smtp);
    let adjust = |config: &mut skillhost_server::config::Config| {
        config.mailboxes = vec![mailbox(imap)];
        config.outside.fetch.roots = roots;
        config.mail = MailConfig::Smtp {
            host: "localhost".to_owned(),
            port,
            security: "starttls".to_owned(),
            user: Some(ADA.to_owned()),
            password: Some(SecretString::from(PASSWORD)),
        };
    };
    let host = TestHost::with(adjust, given(&["email.send"], answer)).await;
    let ada = json!({ "users": [{ "id": REP, "org_id": ORG, "name": NAME, "email": ADA, "zone": "UTC" }] });
    host.app.store.load_data(&ada, Timestamp(i64::MAX)).await.unwrap();
    let job = host.raise(&json!({ "message_id": "m-1", "ask": "x", "contact_id": "c1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let path = format!("/v1/approvals/{}/answer", view.approvals[0].id);
    assert_eq!(host.post(REP, &path, &json!({ "answer": "approve" })).await.0, 200);
    host.clock.advance(11_000);
    host.until(&job, |view| view.effects.iter().any(|one| one.state == EffectState::Sent)).await;
    let mut copies = Vec::new();
    for (user, folder) in [(MIRA, "INBOX"), (ADA, "Sent Mail")] {
        let mut session = session(&server, user).await;
        let copy = until(folder, async || {
            session.examine(folder).await.unwrap();
            fetched(&mut session).await
        })
        .await;
        copies.push(read_by_python(&copy.bytes));
    }
    let hex: String = CONTENT.iter().map(|byte| format!("{byte:02x}")).collect();
    for read in &copies {
        assert_eq!((&read["subject"], &read["defects"]), (&json!(SUBJECT), &json!([])), "{read}");
        assert_eq!(read["from"], json!([[NAME, ADA]]), "the name of the directory");
        assert_eq!(read["to"], json!([["Mïra Höltz", MIRA]]));
        let text = read["text"].as_str().unwrap().replace("\r\n", "\n");
        assert_eq!(text.trim_end(), BODY, "the signature's line ends with a space");
        assert_eq!(read["files"], json!([[FILE, "application/pdf", hex]]));
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_in_the_encodings_of_others_is_text() {
    let server = MailServer::start().unwrap();
    // From, subject, encoding of the text, text as it is in the mail; then what is read.
    let mails: [([&str; 3], &[u8], [&str; 3]); 3] = [
        (
            [
                "=?ISO-2022-JP?B?GyRCOzNFREJATzobKEI=?=",
                "=?ISO-2022-JP?B?GyRCMnE1RCRON28bKEI=?=",
                "text/plain; charset=iso-2022-jp\r\nContent-Transfer-Encoding: 7bit",
            ],
            b"\x1b$B2q5D$N7o\x1b(B",
            ["山田太郎", "会議の件", "会議の件"],
        ),
        (
            [
                "=?koi8-r?B?6dfBziDwxdTSz9c=?=",
                "=?koi8-r?B?8NLJ18XU?=\r\n =?koi8-r?B?LCDNydI=?=",
                "text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: 8bit",
            ],
            b"\xf0\xd2\xc9\xd7\xc5\xd4, \xcd\xc9\xd2",
            ["Иван Петров", "Привет, мир", "Привет, мир"],
        ),
        (
            [
                "=?windows-1252?Q?J=F6rg_Ma=DF?=",
                "=?windows-1252?Q?Angebot_f=FCr_5_=80?=",
                "text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable",
            ],
            b"Gr=F6=DFe =96 5 =80 und eine Zeile, die weiter=\r\ngeht",
            ["Jörg Maß", "Angebot für 5 €", "Größe – 5 € und eine Zeile, die weitergeht"],
        ),
    ];
    for (n, ([from, subject, kind], text, _)) in mails.iter().enumerate() {
        let head = format!(
            "From: {from} <them-{n}@globex.example>\r\nTo: {ADA}\r\nMessage-ID: <{n}@globex.example>\r\n\
             MIME-Version: 1.0\r\nSubject: {subject}\r\nContent-Type: {kind}\r\n\r\n"
        );
        put(&server, ADA, START, &[[head.as_bytes(), text, b"\r\n"].concat()]).await;
    }
    let host = host(&server, server.imaps).await;
    standing(&host, "listening", 3).await;
    let kept = emails(&host).await;
    for (n, (_, _, [name, subject, text])) in mails.iter().enumerate() {
        let one = kept.iter().find(|one| one["subject"] == *subject);
        let one = one.unwrap_or_else(|| panic!("{subject} is not among {kept:?}"));
        assert_eq!(one["snippet"], *text, "{n}");
        let mut names = Vec::new();
        for job in begun(&host).await {
            let id = job["id"].as_str().unwrap().into();
            let job = host.app.store.job(&ORG.into(), &id).await.unwrap().unwrap();
            names.push(job.row.trigger_payload["from_name"].clone());
        }
        assert!(names.contains(&json!(name)), "{name}: {names:?}");
    }
    host.stop().await;
}
