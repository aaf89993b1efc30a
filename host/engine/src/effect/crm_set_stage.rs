//! `crm.set_stage`: moves a deal. It names the stage it moves from, so that an
//! approval of a move that is no longer the same move fails.

use serde_json::json;

use super::schema::{id, object, one_line};
use super::{EffectError, EffectKind, FieldView, change, line, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

const FIELDS: &[FieldView] = &[line("deal_id", "Deal"), change("to", "Stage", "from")];

pub(super) fn kind() -> EffectKind {
    let schema = object(&["deal_id", "from", "to"], json!({"deal_id": id(), "from": one_line(), "to": one_line()}));
    EffectKind::new("crm.set_stage", "Move a deal", schema, FIELDS).protected().written_by(write)
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    Ok(CrmWrite::SetStage {
        org: row.org.clone(),
        deal: string(row, "deal_id")?,
        from: string(row, "from")?,
        to: string(row, "to")?,
        at: now,
    })
}
