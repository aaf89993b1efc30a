//! Mails that take files along: the very bytes that were approved, or no mail.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use skillhost_connectors::mail::{FolderMailer, compose};
use skillhost_engine::artifact::{Attached, File, FileError, Files};
use skillhost_engine::canonical::sha256;
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};

use super::parts::{mail, row};

/// Files by digest; of one that is not there, what is said instead.
struct Kept {
    files: HashMap<String, File>,
    otherwise: FileError,
}

#[async_trait::async_trait]
impl Files for Kept {
    async fn file(&self, _: &OutboxRow, digest: &str) -> Result<File, FileError> {
        self.files.get(digest).cloned().ok_or_else(|| self.otherwise.clone())
    }
}

fn kept(files: &[(&str, &[u8])], otherwise: FileError) -> Arc<Kept> {
    let file = |(media_type, bytes): &(&str, &[u8])| {
        (sha256(bytes), File { media_type: (*media_type).to_owned(), bytes: Arc::from(*bytes) })
    };
    Arc::new(Kept { files: files.iter().map(file).collect(), otherwise })
}

fn gone() -> FileError {
    FileError::Gone { reason: "the file is gone".to_owned() }
}

fn with(attachments: &[Value]) -> OutboxRow {
    let mut payload = mail("k", "ana@buyer.example").payload;
    payload["attachments"] = json!(attachments);
    row("k", "email.send", payload)
}

fn entry(name: &str, media_type: &str, bytes: &[u8]) -> Value {
    json!({"artifact": sha256(bytes), "name": name, "media_type": media_type, "bytes": bytes.len()})
}

/// The one part of a mail that has this in its head: its head, and its content decoded.
fn part(text: &str, of: &str) -> (String, Vec<u8>) {
    let boundary = text.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    let between = format!("--{boundary}");
    let mut found =
        text.split(&between).filter(|part| part.split_once("\r\n\r\n").is_some_and(|(head, _)| head.contains(of)));
    let (head, content) = found.next().unwrap().split_once("\r\n\r\n").unwrap();
    assert!(found.next().is_none(), "{of} is in two parts");
    (head.to_owned(), STANDARD.decode(content.replace("\r\n", "")).unwrap())
}

#[tokio::test]
async fn the_files_arrive_as_they_were_approved() {
    let folder = tempfile::tempdir().unwrap();
    // Line ends and bytes that a mail would change if it could.
    let (pdf, csv): (&[u8], &[u8]) = (b"%PDF-1.7\n\r\n.\n\0\xff", b"a,b\n1,2\n");
    let files = kept(&[("application/pdf", pdf), ("text/csv", csv)], gone());
    let mailer = FolderMailer::open(folder.path()).unwrap().with_files(files);
    let effect = with(&[entry("Angebot März.pdf", "application/pdf", pdf), entry("figures.csv", "text/csv", csv)]);
    assert!(matches!(mailer.perform(&effect).await, Delivery::Sent { .. }));
    let first = std::fs::read(folder.path().join("k.eml")).unwrap();
    assert!(matches!(mailer.perform(&effect).await, Delivery::Sent { .. }), "the second attempt is another mail");
    let text = String::from_utf8(first).unwrap();
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("Content-Type: multipart/mixed"), "{text}");
    let (head, content) = part(&text, "application/pdf");
    assert_eq!(content, pdf);
    assert!(head.contains("Content-Disposition: attachment") && head.contains("base64"), "{head}");
    let (head, content) = part(&text, "text/csv");
    assert_eq!(content, csv);
    assert!(head.contains("figures.csv"), "{head}");
}

#[tokio::test]
async fn without_its_file_a_mail_does_not_leave() {
    let folder = tempfile::tempdir().unwrap();
    let approved: &[u8] = b"approved";
    let one = entry("offer.pdf", "application/pdf", approved);
    let changed = |field: &str, value: Value| {
        let mut entry = one.clone();
        entry[field] = value;
        with(&[entry])
    };
    let there = kept(&[("application/pdf", approved)], gone());
    let mailer = FolderMailer::open(folder.path()).unwrap().with_files(there);
    for (what, effect) in [
        ("another number of bytes", changed("bytes", json!(9))),
        ("another type", changed("media_type", json!("text/html"))),
        ("another file", changed("artifact", json!(sha256(b"other")))),
        ("no type", changed("media_type", Value::Null)),
        ("a reference that nobody filled in", changed("artifact", json!("artifact:offer"))),
        ("a name that ends its header", changed("name", json!("offer.pdf\r\nBcc: eve@else.example"))),
    ] {
        assert!(matches!(mailer.perform(&effect).await, Delivery::Permanent { .. }), "{what}");
    }
    // A store that lies about a digest.
    let lying = Kept {
        files: HashMap::from([(
            sha256(approved),
            File { media_type: "application/pdf".to_owned(), bytes: Arc::from(&b"another!"[..]) },
        )]),
        otherwise: gone(),
    };
    let mailer = FolderMailer::open(folder.path()).unwrap().with_files(Arc::new(lying));
    assert!(matches!(mailer.perform(&with(std::slice::from_ref(&one))).await, Delivery::Permanent { .. }));
    // A store that is away now may be back.
    let mailer = FolderMailer::open(folder.path()).unwrap().with_files(kept(&[], FileError::Away));
    assert!(matches!(mailer.perform(&with(std::slice::from_ref(&one))).await, Delivery::Transient { .. }));
    // A mailer without files.
    let mailer = FolderMailer::open(folder.path()).unwrap();
    assert!(matches!(mailer.perform(&with(&[one])).await, Delivery::Permanent { .. }));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn fewer_files_than_the_card_had_are_no_mail() {
    let bytes: &[u8] = b"x";
    let effect = with(&[entry("a.txt", "text/plain", bytes), entry("b.txt", "text/plain", bytes)]);
    let one = Attached { name: "a.txt".to_owned(), media_type: "text/plain".to_owned(), bytes: Arc::from(bytes) };
    assert!(compose(&effect, &[]).is_err());
    assert!(compose(&effect, std::slice::from_ref(&one)).is_err());
    assert!(compose(&effect, &[one.clone(), one]).is_ok());
}
