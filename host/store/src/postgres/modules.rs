//! The bytes of installed modules.

use skillhost_engine::store::StoreError;
use sqlx::Row as _;
use sqlx::postgres::PgPool;

use crate::error::{Fault, read_error};

/// Keeps a module's bytes; those that are there stay.
pub(crate) async fn keep(pool: &PgPool, digest: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let kept = sqlx::query("INSERT INTO skill_module_bytes (digest, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(digest)
        .bind(bytes)
        .execute(pool);
    kept.await.map(drop).map_err(|error| Fault::from(&error).into())
}

/// A module's bytes.
pub(crate) async fn bytes(pool: &PgPool, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT bytes FROM skill_module_bytes WHERE digest = $1";
    let row = sqlx::query(sql).bind(digest).fetch_optional(pool).await;
    let failed = |error: sqlx::Error| read_error("of a module", &error);
    row.map_err(failed)?.map(|row| row.try_get(0).map_err(failed)).transpose()
}
