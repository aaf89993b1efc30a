//! The registry: installed modules with their bytes, and what served when.

use skillhost_engine::ids::SkillName;
use skillhost_engine::registry::{ModuleRow, SkillChange};
use skillhost_engine::store::StoreError;
use sqlx::Row as _;
use sqlx::postgres::PgPool;

use crate::error::{Fault, read_error};
use crate::postgres::rows::{self, MODULE, Params, SKILL_CHANGE};

/// Most lines of a history: far more versions than anybody goes back.
const MAX_CHANGES: u32 = 1000;

pub(crate) async fn all(pool: &PgPool) -> Result<Vec<ModuleRow>, StoreError> {
    let sql = format!("SELECT {MODULE} FROM skill_modules m ORDER BY m.n");
    rows::decode_all("of the modules", &rows::across(pool, "of the modules", &sql, Params::new()).await?)
}

pub(crate) async fn standings(pool: &PgPool) -> Result<Vec<SkillChange>, StoreError> {
    let sql = format!(
        "SELECT {SKILL_CHANGE} FROM skill_changes c
         WHERE c.seq = (SELECT max(l.seq) FROM skill_changes l WHERE l.skill = c.skill) ORDER BY c.skill"
    );
    let what = "of the skills' standings";
    rows::decode_all(what, &rows::across(pool, what, &sql, Params::new()).await?)
}

/// The newest `limit` lines, oldest first.
pub(crate) async fn history(pool: &PgPool, skill: &SkillName, limit: u32) -> Result<Vec<SkillChange>, StoreError> {
    let sql = format!("SELECT {SKILL_CHANGE} FROM skill_changes c WHERE c.skill = $1 ORDER BY c.seq DESC LIMIT $2");
    let params = Params::new().text(skill.as_str()).int(i64::from(limit.min(MAX_CHANGES)));
    let mut lines: Vec<SkillChange> =
        rows::decode_all("of a skill's history", &rows::across(pool, "of a skill's history", &sql, params).await?)?;
    lines.reverse();
    Ok(lines)
}

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
