//! `crm.update_fields`: merges fields into a record. Never the stage: a deal's
//! stage moves by `crm.set_stage` alone, under an approval.

use serde_json::{Value, json};

use super::schema::{NAME_PATTERN, id, object};
use super::{EffectError, EffectKind, FieldView, line, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

/// Most fields in one update.
const MAX_FIELDS: usize = 50;
/// Names that only protected kinds, or nobody, may write.
const FORBIDDEN: &str =
    "^(stage|stage_id|deal_stage|dealstage|stage_name|status|id|org|org_id|owner|owner_id|user_id)$";

const FIELDS: &[FieldView] = &[line("entity", "Record"), line("id", "Id")];

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["entity", "id", "fields"],
        json!({
            "entity": {"enum": ["contact", "company", "deal"]},
            "id": id(),
            "fields": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_FIELDS,
                "propertyNames": {"pattern": NAME_PATTERN, "not": {"pattern": FORBIDDEN}},
            },
        }),
    );
    EffectKind::new("crm.update_fields", "Update a record", schema, FIELDS).written_by(write)
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    let fields = row
        .payload
        .get("fields")
        .and_then(Value::as_object)
        .ok_or_else(|| EffectError::new(&row.kind, "/fields", "the field is missing or not an object"))?;
    Ok(CrmWrite::UpdateFields {
        org: row.org.clone(),
        entity: string(row, "entity")?,
        id: string(row, "id")?,
        fields: fields.clone(),
        at: now,
    })
}
