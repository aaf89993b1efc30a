//! What leaves beside a vendor that has enough under way, and what is remembered of one.

use skillhost_engine::outbox::OutboxRow;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vendor::Gate;
use sqlx::sqlite::SqlitePool;

use crate::columns::EFFECT;
use crate::encode::json_line;
use crate::reads::rows_at_most;
use crate::sqlite::hold::MAY_LEAVE;
use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};

pub(crate) async fn due_effects_but(
    pool: &SqlitePool,
    now: Timestamp,
    kinds: &[&str],
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = format!(
        "SELECT {EFFECT} FROM outbox o WHERE o.state = 'ready' AND o.not_before <= ?1
            AND o.kind NOT IN (SELECT value FROM json_each(?3)) AND {MAY_LEAVE}
         ORDER BY o.not_before, o.n LIMIT ?2"
    );
    let params = Params::new().int(now.0).int(rows_at_most(limit)).text(json_line(&kinds)?);
    rows::all(pool, "of the outbox", sql, params).await
}

impl SqliteStore {
    pub(crate) async fn write_vendor_gate(&self, vendor: &str, from: u64, gate: &Gate) -> Result<bool, StoreError> {
        let moved = self
            .write_line(
                &(vendor, from, gate),
                "INSERT INTO vendor_gates (vendor, revision, gate)
                 SELECT value ->> 0, value ->> 1 + 1, value -> 2 FROM jsonb_each(:list)
                 WHERE true ON CONFLICT (vendor) DO UPDATE SET revision = excluded.revision, gate = excluded.gate
                    WHERE vendor_gates.revision = excluded.revision - 1
                 RETURNING CAST(revision AS TEXT);",
            )
            .await?;
        Ok(!moved.is_empty())
    }
}
