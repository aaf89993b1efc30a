//! What is remembered of a vendor: one row, moved by compare-and-set.

use serde::Deserialize;
use skillhost_engine::store::StoreError;
use skillhost_engine::vendor::Gate;

use crate::ask::{self, Ask, Params};

pub(crate) const VENDORS: &str = "of the vendors";

#[derive(Deserialize)]
struct Row {
    revision: u64,
    gate: Gate,
}

/// As [`skillhost_engine::store::Store::vendor_gate`].
pub(crate) async fn gate(db: &impl Ask, vendor: &str) -> Result<Option<(u64, Gate)>, StoreError> {
    let sql = "SELECT json_object('revision', revision, 'gate', json(gate)) FROM vendor_gates WHERE vendor = $1";
    let row: Option<Row> = ask::one(db, None, VENDORS, sql.to_owned(), Params::new().text(vendor)).await?;
    Ok(row.map(|row| (row.revision, row.gate)))
}
