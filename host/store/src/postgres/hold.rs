//! What leaves the outbox of a restored database, and how the database shows that it
//! is one. The functions of the migrations hold it; no host can write their tables.

use skillhost_engine::hold::{EffectHold, HeldEffect};
use skillhost_engine::ids::EffectKey;
use skillhost_engine::registry::HOST_ORG;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::error::refused;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};

const HOLD: &str = "of the hold";

impl PostgresStore {
    pub(crate) async fn read_hold(&self) -> Result<Option<EffectHold>, StoreError> {
        let found = rows::across(&self.pool, HOLD, "SELECT hold_v1()", Params::new()).await?;
        Ok(rows::decode_all(HOLD, &found)?.into_iter().next())
    }

    pub(crate) async fn write_hold(&self, hold: &EffectHold, by: &str) -> Result<(), StoreError> {
        let params = Params::new().int(hold.taken_at.0).int(hold.since.0).text(by).text(HOST_ORG);
        let sql = "SELECT 1::bigint FROM (SELECT hold_effects_v1($1, $2, $3, $4)) done";
        rows::across(&self.pool, HOLD, sql, params).await.map(drop)
    }

    pub(crate) async fn notice(&self, boot: &str, now: Timestamp) -> Result<Option<EffectHold>, StoreError> {
        let params = Params::new().text(boot).int(now.0).text(HOST_ORG);
        let found = rows::across(&self.pool, HOLD, "SELECT notice_restore_v1($1, $2, $3)", params).await?;
        Ok(rows::decode_all(HOLD, &found)?.into_iter().next())
    }

    pub(crate) async fn read_held(&self, limit: u32) -> Result<Vec<HeldEffect>, StoreError> {
        let (what, params) = ("of the outbox", Params::new().int(i64::from(limit)));
        rows::decode_all(what, &rows::across(&self.pool, what, "SELECT held_effects_v1($1)", params).await?)
    }

    pub(crate) async fn write_release(
        &self,
        keys: Option<&[EffectKey]>,
        by: &str,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let keys = keys.map(serde_json::to_string).transpose().map_err(|error| refused(error.to_string()))?;
        let params = Params::new().maybe(keys.as_deref()).text(by).int(at.0).text(HOST_ORG);
        let sql = "SELECT release_held_v1($1::json, $2, $3, $4)";
        let released = rows::first_number(HOLD, &rows::across(&self.pool, HOLD, sql, params).await?)?;
        Ok(released.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }
}
