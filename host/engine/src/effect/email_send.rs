//! `email.send`: a mail from the user's own mailbox. One effect, one mail.

use serde_json::{Value, json};

use super::attachment;
use super::schema::{address, object, one_line, text};
use super::sender::bare;
use super::{EffectKind, FieldView, block, line, worded};
use crate::canonical::sha256;
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

/// Its name.
pub const KIND: &str = "email.send";
/// Most addresses a field: a sales mail to more is a campaign, which is another kind.
const MAX_ADDRESSES: usize = 20;
/// Most mails of a thread in `References`.
const MAX_REFERENCES: usize = 50;

const FIELDS: &[FieldView] = &[
    line("from", "From"),
    line("to", "To"),
    line("cc", "Cc"),
    line("bcc", "Bcc"),
    line("subject", "Subject"),
    block("body", "Body"),
    worded(block("attachments", "Attachments"), attachment::words),
    line("in_reply_to", "In reply to"),
    line("references", "References"),
];

fn addresses(min: usize) -> Value {
    json!({"type": "array", "items": address(), "minItems": min, "maxItems": MAX_ADDRESSES, "uniqueItems": true})
}

fn message_id() -> Value {
    json!({"type": "string", "maxLength": 500, "pattern": "^<?[^\\s\\x00-\\x1f<>]+>?$"})
}

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["to", "subject", "body"],
        json!({
            "from": address(),
            "to": addresses(1),
            "cc": addresses(0),
            "bcc": addresses(0),
            "subject": one_line(),
            "body": text(),
            "in_reply_to": message_id(),
            "references": {"type": "array", "items": message_id(), "maxItems": MAX_REFERENCES},
            "attachments": attachment::list(),
        }),
    );
    EffectKind::new(KIND, "Send an email", schema, FIELDS)
        .protected()
        .undoable()
        .signed_in("from")
        .writing_to(recipients)
        .with_files(attachment::in_list)
        .checked_by(attachment::check_list)
}

/// Every bare address a mail goes to, lower case, each once.
fn recipients(payload: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for field in ["to", "cc", "bcc"] {
        for entry in payload.get(field).and_then(Value::as_array).into_iter().flatten() {
            let Some(entry) = entry.as_str() else { continue };
            let bare = bare(entry).to_lowercase();
            if !all.contains(&bare) {
                all.push(bare);
            }
        }
    }
    all
}

/// The record of a mail that went out, from its row and what the server said.
pub fn sent_mail(row: &OutboxRow, receipt: &Value, now: Timestamp) -> CrmWrite {
    let field = |name: &str| row.payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let message_id = receipt.get("message_id").and_then(Value::as_str).unwrap_or(row.key.as_str());
    let body = field("body");
    CrmWrite::SentMail {
        org: row.org.clone(),
        user: row.user.clone(),
        key: row.key.clone(),
        message_id: message_id.trim_matches(|c| c == '<' || c == '>').to_owned(),
        to: recipients(&row.payload),
        subject: field("subject"),
        body_digest: sha256(body.as_bytes()),
        body,
        at: now,
    }
}
