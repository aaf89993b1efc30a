use serde_json::json;
use skillhost_connectors::mail::{FolderMailer, compose};
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};

use super::parts::{mail, row};

#[tokio::test]
async fn a_mail_becomes_one_whole_file_and_again_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::open(folder.path()).unwrap();
    assert!(mailer.is_keyed());
    let row = mail("eff_01", "ana@buyer.example");
    let first = mailer.perform(&row).await;
    let receipt = json!({"message_id": "<eff_01@seller.example>", "file": "eff_01.eml"});
    assert_eq!(first, Delivery::Sent { receipt: receipt.clone() });
    let before = std::fs::read(folder.path().join("eff_01.eml")).unwrap();
    // What a crash left behind does not stand in the way.
    std::fs::write(folder.path().join(".eff_02.eml.part"), b"half").unwrap();
    assert_eq!(mailer.perform(&row).await, Delivery::Sent { receipt: receipt.clone() });
    // A stop before the result was kept: it is tried again, later.
    let later = OutboxRow { not_before: row.not_before.plus_ms(60_000), ..row };
    assert_eq!(mailer.perform(&later).await, Delivery::Sent { receipt });
    assert_eq!(std::fs::read(folder.path().join("eff_01.eml")).unwrap(), before);
    assert!(matches!(mailer.perform(&mail("eff_02", "b@buyer.example")).await, Delivery::Sent { .. }));
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["eff_01.eml", "eff_02.eml"]);
}

#[tokio::test]
async fn another_mail_under_the_same_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::open(folder.path()).unwrap();
    assert!(matches!(mailer.perform(&mail("k", "ana@buyer.example")).await, Delivery::Sent { .. }));
    assert!(matches!(mailer.perform(&mail("k", "eve@else.example")).await, Delivery::Permanent { .. }));
    let kept = std::fs::read_to_string(folder.path().join("k.eml")).unwrap();
    assert!(kept.contains("ana@buyer.example") && !kept.contains("eve@else.example"));
}

#[tokio::test]
async fn no_key_leaves_the_folder_or_meets_another() {
    let above = tempfile::tempdir().unwrap();
    let inside = above.path().join("mail");
    std::fs::create_dir(&inside).unwrap();
    let mailer = FolderMailer::open(&inside).unwrap();
    let long = "k".repeat(5000);
    let keys = ["../up", "..", ".", "/etc/x", "a/b", "a_b", "a\\b", "", "nul\0", "Ä", &long];
    let names: std::collections::HashSet<String> = keys.iter().map(|key| FolderMailer::file_name(key)).collect();
    assert_eq!(names.len(), keys.len(), "two keys share a name");
    for key in keys {
        assert!(matches!(mailer.perform(&mail(key, "ana@buyer.example")).await, Delivery::Sent { .. }), "{key}");
    }
    assert_eq!(std::fs::read_dir(above.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(&inside).unwrap().count(), keys.len());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_out_of_the_folder_is_not_followed() {
    let above = tempfile::tempdir().unwrap();
    let inside = above.path().join("mail");
    std::fs::create_dir(&inside).unwrap();
    std::os::unix::fs::symlink(above.path().join("outside"), inside.join(".k.eml.part")).unwrap();
    let mailer = FolderMailer::open(&inside).unwrap();
    assert!(matches!(mailer.perform(&mail("k", "ana@buyer.example")).await, Delivery::Transient { .. }));
    assert!(!above.path().join("outside").exists());
}

#[test]
fn the_message_is_what_the_row_says_every_time() {
    let mail = mail("eff_01", "\"Ana\" <ana@buyer.example>");
    let composed = compose(&mail, &[]).unwrap();
    assert_eq!(composed.bytes, compose(&mail, &[]).unwrap().bytes);
    let text = String::from_utf8(composed.bytes).unwrap();
    for line in [
        "Message-ID: <eff_01@seller.example>",
        "Date: Sun, 17 Mar 2030 17:46:40 +0000",
        "In-Reply-To: <a1@buyer.example>",
        "References: <a0@buyer.example>\r\n <a1@buyer.example>",
        "Cc: boss@seller.example",
        "MIME-Version: 1.0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.contains("Subject: N=?utf-8?") || text.contains("Subject: =?utf-8?"), "{text}");
    assert!(text.is_ascii() && !text.contains("archive@seller.example"), "a blind copy is visible");
    let to: Vec<String> = composed.envelope.to().iter().map(ToString::to_string).collect();
    assert_eq!(to, ["ana@buyer.example", "boss@seller.example", "archive@seller.example"]);
    // One that was put off is of the day on which it leaves.
    let put_off = OutboxRow { not_before: mail.not_before.plus_ms(3 * 86_400_000), ..mail };
    let text = String::from_utf8(compose(&put_off, &[]).unwrap().bytes).unwrap();
    assert!(text.contains("Date: Wed, 20 Mar 2030 17:46:40 +0000"), "{text}");
}

#[test]
fn nothing_gets_into_a_header_that_could_end_it() {
    let evil = "x\r\nBcc: eve@else.example";
    let base = mail("k", "ana@buyer.example").payload;
    let cases = [
        ("subject", json!(evil)),
        ("subject", json!("a\nb")),
        ("subject", json!("a\u{0}b")),
        ("from", json!(format!("Rep {evil} <rep@seller.example>"))),
        ("to", json!([format!("ana@buyer.example{evil}")])),
        ("to", json!(["ana@buyer.example, eve@else.example"])),
        ("to", json!(["Ana <ana@buyer.example>, Eve <eve@else.example>"])),
        ("to", json!(["no address"])),
        ("to", json!([])),
        ("cc", json!([evil])),
        ("in_reply_to", json!(format!("<a@b>{evil}"))),
        ("in_reply_to", json!("<ä@b>")),
        ("references", json!(["<a@b>", "<c@d>\r\n X: y"])),
        ("attachments", json!(["offer.pdf"])),
    ];
    for (field, value) in cases {
        let mut payload = base.clone();
        payload[field] = value;
        assert!(compose(&row("k", "email.send", payload.clone()), &[]).is_err(), "{field}: {}", payload[field]);
    }
    let mut payload = base;
    payload.as_object_mut().unwrap().remove("from");
    assert!(compose(&row("k", "email.send", payload), &[]).is_err(), "a mail without its sender");
}
