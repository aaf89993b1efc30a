//! `email.send`: a mail from the user's own mailbox. One effect, one mail.

use serde_json::{Value, json};

use super::schema::{object, one_line, text};
use super::{EffectKind, FieldView, block, line};
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
/// Most attachments.
const MAX_ATTACHMENTS: usize = 10;

const FIELDS: &[FieldView] = &[
    line("from", "From"),
    line("to", "To"),
    line("cc", "Cc"),
    line("bcc", "Bcc"),
    line("subject", "Subject"),
    block("body", "Body"),
    line("attachments", "Attachments"),
    line("in_reply_to", "In reply to"),
    line("references", "References"),
];

/// `a@b` or `Name <a@b>`, with nothing in it that could end a header or add a
/// second address.
const ADDRESS: &str = "^(?:[^\\x00-\\x1f\\x7f<>@,;\"]{1,120} <[^\\s\\x00-\\x1f<>@,;\"]+@[^\\s\\x00-\\x1f<>@,;\"]+>|[^\\s\\x00-\\x1f<>@,;\"]+@[^\\s\\x00-\\x1f<>@,;\"]+)$";

fn address() -> Value {
    json!({"type": "string", "maxLength": 320, "pattern": ADDRESS})
}

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
            "attachments": {"type": "array", "items": one_line(), "maxItems": MAX_ATTACHMENTS, "uniqueItems": true},
        }),
    );
    EffectKind::new(KIND, "Send an email", schema, FIELDS).protected().undoable()
}

/// Why a mail may not leave in somebody's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sender is not the person on whose behalf the job runs")]
pub struct NotTheirs;

/// Whether the mail is from `own`; a mail without a sender is not.
///
/// # Errors
/// It names somebody else, or nobody.
pub fn is_from(payload: &Value, own: &str) -> Result<(), NotTheirs> {
    let sender = payload.get("from").and_then(Value::as_str).map(bare).unwrap_or_default();
    if sender.is_empty() || !sender.eq_ignore_ascii_case(own) { Err(NotTheirs) } else { Ok(()) }
}

/// Puts `own` where a mail names no sender.
///
/// # Errors
/// It names somebody else.
pub fn sign(payload: &mut Value, own: &str) -> Result<(), NotTheirs> {
    if let Some(fields) = payload.as_object_mut()
        && !own.is_empty()
    {
        fields.entry("from").or_insert_with(|| own.into());
    }
    is_from(payload, own)
}

/// The address alone, of `a@b` or `Name <a@b>`.
fn bare(entry: &str) -> &str {
    entry.rsplit_once('<').map_or(entry, |(_, rest)| rest.trim_end_matches('>'))
}

/// Every bare address a mail goes to, lower case, each once.
pub fn recipients(payload: &Value) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_from_the_person_themselves() {
        let mut mail = json!({"to": ["b@x.example"]});
        assert_eq!(is_from(&mail, "ada@x.example"), Err(NotTheirs));
        assert_eq!(sign(&mut mail, "ada@x.example"), Ok(()));
        assert_eq!(mail["from"], "ada@x.example");
        for (from, ok) in
            [("Ada Reed <ADA@x.example>", true), ("boss@x.example", false), ("ada@x.example <boss@x.example>", false)]
        {
            assert_eq!(sign(&mut json!({ "from": from }), "ada@x.example").is_ok(), ok, "{from}");
        }
        assert_eq!(sign(&mut json!({}), ""), Err(NotTheirs));
    }
}
