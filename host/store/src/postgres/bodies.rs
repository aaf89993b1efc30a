//! Texts under keys: where their keys are kept, and the end of their time.

use skillhost_engine::body::Subject;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::error::Fault;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::vault::{Keys, corrupt};

/// Texts that one statement sweeps: far from what the server lets a statement take.
const SWEEP_PAGE: i64 = 10_000;

#[async_trait::async_trait]
impl Keys for PostgresStore {
    async fn keep(&self, org: &OrgId, subject: &Subject, wrapped: String) -> Result<(i64, String), StoreError> {
        let mut transaction = self.write_as([org.as_str()]).await?;
        let sql = "INSERT INTO data_keys (org_id, subject, wrapped) VALUES ($1, $2, decode($3, 'hex'))
            ON CONFLICT (org_id, subject) WHERE wrapped IS NOT NULL DO NOTHING";
        let params = Params::new().text(org.as_str()).text(subject.as_str()).text(wrapped);
        rows::run(&mut transaction, sql.to_owned(), params).await?;
        let sql = "SELECT json_build_array(id, encode(wrapped, 'hex')) FROM data_keys
            WHERE org_id = $1 AND subject = $2 AND wrapped IS NOT NULL";
        let params = Params::new().text(org.as_str()).text(subject.as_str());
        let found = rows::run(&mut transaction, sql.to_owned(), params).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        rows::decode_all("of the data keys", &found)?.into_iter().next().ok_or_else(|| corrupt("a data key"))
    }
}

impl PostgresStore {
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let params = Params::new().int(now.0).int(SWEEP_PAGE);
            let rows = rows::across(&self.pool, "of the bodies", "SELECT sweep_bodies_v1($1, $2)", params).await?;
            let swept = rows::first_number("of the bodies", &rows)?.unwrap_or(0);
            all += u64::try_from(swept).unwrap_or(0);
            if swept < SWEEP_PAGE {
                return Ok(all);
            }
        }
    }
}
