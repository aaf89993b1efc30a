//! Money of boots that are gone.

use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};

impl PostgresStore {
    pub(crate) async fn write_disputes(&self, boot: &str, now: Timestamp) -> Result<u64, StoreError> {
        let params = Params::new().text(boot).int(now.0);
        let sql = "SELECT dispute_strays_v1($1, $2)";
        let rows = rows::across(&self.pool, "of the reservations", sql, params).await?;
        let strays = rows::first_number("of the reservations", &rows)?;
        Ok(strays.and_then(|strays| u64::try_from(strays).ok()).unwrap_or(0))
    }
}
