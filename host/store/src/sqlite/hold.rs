//! What leaves the outbox of a restored database, and what does not yet.

use serde_json::json;
use skillhost_engine::hold::{EffectHold, HeldEffect};
use skillhost_engine::ids::EffectKey;
use skillhost_engine::registry::HOST_ORG;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::SqlitePool;

use crate::columns::EFFECT;
use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};

/// What an effect `o` must be to leave.
pub(crate) const MAY_LEAVE: &str =
    "(NOT EXISTS (SELECT 1 FROM effect_hold) OR o.\"key\" IN (SELECT \"key\" FROM effects_released))";

pub(crate) async fn hold(pool: &SqlitePool) -> Result<Option<EffectHold>, StoreError> {
    let sql = "SELECT json_object('taken_at', taken_at, 'since', since) FROM effect_hold";
    rows::one(pool, "of the hold", sql.to_owned(), Params::new()).await
}

pub(crate) async fn held(pool: &SqlitePool, limit: u32) -> Result<Vec<HeldEffect>, StoreError> {
    let sql = format!(
        "SELECT json_object('row', json({EFFECT}), 'job_created_at', j.created_at)
         FROM outbox o JOIN sequence_jobs j ON j.id = o.job_id
         WHERE o.state = 'ready' AND NOT {MAY_LEAVE} ORDER BY o.n LIMIT ?1"
    );
    rows::all(pool, "of the outbox", sql, Params::new().int(i64::from(limit))).await
}

impl SqliteStore {
    pub(crate) async fn write_hold(&self, hold: &EffectHold, by: &str) -> Result<(), StoreError> {
        let sql = format!(
            "DELETE FROM effects_released;
             INSERT INTO effect_hold SELECT 1, value ->> 0, value ->> 1 FROM jsonb_each(:list)
                WHERE true ON CONFLICT (n) DO UPDATE SET taken_at = excluded.taken_at, since = excluded.since;
             INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
                SELECT '{HOST_ORG}', NULL, value ->> 2, 'effects.held', 'all', json_object('taken_at', value ->> 0),
                    value ->> 1 FROM jsonb_each(:list);"
        );
        self.write_line(&(hold.taken_at, hold.since, by), &sql).await.map(drop)
    }

    /// With keys, these alone; without, the hold itself ends.
    pub(crate) async fn write_release(
        &self,
        keys: Option<&[EffectKey]>,
        by: &str,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let named = match keys {
            Some(_) => "o.\"key\" IN (SELECT k.value FROM jsonb_each(:list) e, json_each(e.value -> 'keys') k)",
            None => "true",
        };
        let then = match keys {
            Some(_) => format!(
                "INSERT INTO effects_released SELECT o.\"key\" FROM outbox o
                 WHERE o.state = 'ready' AND NOT {MAY_LEAVE} AND {named};"
            ),
            None => format!(
                "INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
                    SELECT '{HOST_ORG}', NULL, e.value ->> 'by', 'effects.hold_ended', 'all', '{{}}', e.value ->> 'at'
                    FROM jsonb_each(:list) e WHERE EXISTS (SELECT 1 FROM effect_hold);
                 DELETE FROM effects_released; DELETE FROM effect_hold;"
            ),
        };
        let sql = format!(
            "INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
                SELECT o.org_id, o.job_id, e.value ->> 'by', 'effect.released', o.\"key\", '{{}}', e.value ->> 'at'
                FROM jsonb_each(:list) e, outbox o WHERE o.state = 'ready' AND NOT {MAY_LEAVE} AND {named};
             SELECT CAST(changes() AS TEXT);
             {then}"
        );
        let line = json!({ "keys": keys.unwrap_or_default(), "by": by, "at": at });
        let answer = self.write_line(&line, &sql).await?;
        Ok(answer.first().and_then(|count| count.parse().ok()).unwrap_or(0))
    }
}
