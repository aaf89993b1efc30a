//! What leaves beside a vendor that has enough under way, and what is remembered of one.

use skillhost_engine::outbox::OutboxRow;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vendor::Gate;
use sqlx::postgres::PgPool;

use crate::encode::json_line;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::reads::rows_at_most;

pub(crate) async fn due_effects_but(
    pool: &PgPool,
    now: Timestamp,
    kinds: &[&str],
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    let params = Params::new().int(now.0).text(json_line(&kinds)?).int(rows_at_most(limit));
    let what = "of the outbox";
    let rows = rows::across(pool, what, "SELECT due_effects_but_v1($1, $2::json, $3)", params).await?;
    rows::decode_all(what, &rows)
}

impl PostgresStore {
    pub(crate) async fn write_vendor_gate(&self, vendor: &str, from: u64, gate: &Gate) -> Result<bool, StoreError> {
        let sql = "INSERT INTO vendor_gates AS g (vendor, revision, gate)
            SELECT l ->> 0, (l ->> 1)::bigint + 1, l -> 2 FROM (SELECT $1::json) t (l)
            ON CONFLICT (vendor) DO UPDATE SET revision = excluded.revision, gate = excluded.gate
                WHERE g.revision = excluded.revision - 1
            RETURNING g.revision::text";
        Ok(!self.change(sql, rows::line(&(vendor, from, gate))?).await?.is_empty())
    }
}
