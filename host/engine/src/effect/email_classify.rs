//! `email.classify`: what a received mail is about, in a word. The last word counts.

use serde_json::json;

use super::schema::{NAME_PATTERN, id, object, one_line};
use super::{EffectError, EffectKind, FieldView, line, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

const FIELDS: &[FieldView] = &[line("email_id", "Mail"), line("class", "Class"), line("reason", "Reason")];

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["email_id", "class", "reason"],
        json!({
            "email_id": id(),
            "class": {"type": "string", "pattern": NAME_PATTERN},
            "reason": one_line(),
        }),
    );
    EffectKind::new("email.classify", "Classify a mail", schema, FIELDS).written_by(write)
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    Ok(CrmWrite::EmailClass {
        org: row.org.clone(),
        user: row.user.clone(),
        email: string(row, "email_id")?,
        class: string(row, "class")?,
        reason: string(row, "reason")?,
        at: now,
    })
}
