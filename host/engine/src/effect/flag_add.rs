//! `flag.add`: marks a record for a person to look at.

use serde_json::json;

use super::schema::{NAME_PATTERN, id, object, one_line};
use super::{EffectError, EffectKind, FieldView, line, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

const FIELDS: &[FieldView] =
    &[line("entity", "Record"), line("id", "Id"), line("flag", "Flag"), line("reason", "Reason")];

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["entity", "id", "flag", "reason"],
        json!({
            "entity": {"enum": ["contact", "company", "deal"]},
            "id": id(),
            "flag": {"type": "string", "pattern": NAME_PATTERN},
            "reason": one_line(),
        }),
    );
    EffectKind::new("flag.add", "Flag a record", schema, FIELDS).written_by(write)
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    Ok(CrmWrite::Flag {
        org: row.org.clone(),
        entity: string(row, "entity")?,
        id: string(row, "id")?,
        flag: string(row, "flag")?,
        reason: string(row, "reason")?,
        at: now,
    })
}
