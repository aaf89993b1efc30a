//! `crm.log_activity`: a line in a record's history.

use serde_json::json;

use super::schema::{id, object, one_line, text};
use super::{EffectError, EffectKind, FieldView, block, line, optional, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

const FIELDS: &[FieldView] = &[
    line("kind", "Activity"),
    line("contact_id", "Contact"),
    line("deal_id", "Deal"),
    line("subject", "Subject"),
    block("body", "Text"),
    line("email_id", "Mail"),
];

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["kind", "subject", "body"],
        json!({
            "kind": {"enum": ["call", "email", "meeting", "note"]},
            "contact_id": id(),
            "deal_id": id(),
            "subject": one_line(),
            "body": text(),
            // A mail has one line in the history: this one takes the place of the one that
            // its mailbox made.
            "email_id": id(),
        }),
    );
    EffectKind::new("crm.log_activity", "Log an activity", schema, FIELDS).written_by(write)
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    Ok(CrmWrite::Activity {
        org: row.org.clone(),
        id: row.key.to_string(),
        user: row.user.clone(),
        kind: string(row, "kind")?,
        contact: optional(row, "contact_id"),
        deal: optional(row, "deal_id"),
        subject: string(row, "subject")?,
        body: string(row, "body")?,
        mail: optional(row, "email_id"),
        at: now,
    })
}
