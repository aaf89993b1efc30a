//! `task.create`: a task for the job's user.

use serde_json::json;

use super::schema::{id, object, one_line, text};
use super::{EffectError, EffectKind, FieldView, block, line, optional, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

const FIELDS: &[FieldView] = &[
    line("title", "Task"),
    block("detail", "Detail"),
    line("due", "Due"),
    line("priority", "Priority"),
    line("contact_id", "Contact"),
    line("deal_id", "Deal"),
];

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["title"],
        json!({
            "title": one_line(),
            "detail": text(),
            "due": {"type": "string", "maxLength": 40, "pattern": "^\\d{4}-\\d{2}-\\d{2}(T[0-9:.]+(Z|[+-]\\d{2}:\\d{2}))?$"},
            "priority": {"enum": ["low", "normal", "high"]},
            "contact_id": id(),
            "deal_id": id(),
        }),
    );
    EffectKind::new("task.create", "Create a task", schema, FIELDS).protected().written_by(write)
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    Ok(CrmWrite::Task {
        org: row.org.clone(),
        id: row.key.to_string(),
        user: row.user.clone(),
        title: string(row, "title")?,
        detail: optional(row, "detail"),
        due: optional(row, "due"),
        priority: optional(row, "priority").unwrap_or_else(|| "normal".to_owned()),
        contact: optional(row, "contact_id"),
        deal: optional(row, "deal_id"),
        at: now,
    })
}
