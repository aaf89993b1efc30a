//! `crm.suppress`: no mail of this org goes to the address any more. It needs no
//! person's word, because it only prevents.

use serde_json::json;

use super::schema::{bare_address, object, one_line};
use super::{EffectError, EffectKind, FieldView, line, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

const FIELDS: &[FieldView] = &[line("address", "Address"), line("reason", "Reason")];

pub(super) fn kind() -> EffectKind {
    let schema = object(&["address", "reason"], json!({"address": bare_address(), "reason": one_line()}));
    EffectKind::new("crm.suppress", "Write to an address no more", schema, FIELDS).written_by(write)
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    Ok(CrmWrite::Suppress {
        org: row.org.clone(),
        address: string(row, "address")?,
        reason: string(row, "reason")?,
        at: now,
    })
}
