//! `crm.create_contact`: a person nobody has in the CRM yet. Of an address there is one
//! contact: where it is known, to anybody of the org, nothing changes.

use serde_json::{Value, json};

use super::moment;
use super::schema::{bare_address, id, object, one_line};
use super::{EffectError, EffectKind, FieldView, line, optional, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

const FIELDS: &[FieldView] = &[
    line("name", "Name"),
    line("email", "Address"),
    line("title", "Title"),
    line("phone", "Phone"),
    line("company_id", "Company"),
    line("zone", "Time zone"),
];

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["name", "email"],
        json!({
            "name": one_line(),
            "email": bare_address(),
            "company_id": id(),
            "title": one_line(),
            "phone": one_line(),
            "zone": moment::zone(),
        }),
    );
    EffectKind::new("crm.create_contact", "Add a contact", schema, FIELDS).checked_by(check).written_by(write)
}

fn check(payload: &Value) -> Result<(), (String, String)> {
    moment::need_zone(payload, "zone").map(drop)
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    Ok(CrmWrite::Contact {
        org: row.org.clone(),
        id: row.key.to_string(),
        user: row.user.clone(),
        name: string(row, "name")?,
        email: string(row, "email")?.to_lowercase(),
        company: optional(row, "company_id"),
        title: optional(row, "title"),
        phone: optional(row, "phone"),
        zone: optional(row, "zone"),
        at: now,
    })
}
