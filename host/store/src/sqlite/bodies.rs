//! Texts under keys: where their keys are kept, and the end of their time.

use skillhost_engine::body::Subject;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows;
use crate::vault::{Keys, corrupt};

#[async_trait::async_trait]
impl Keys for SqliteStore {
    async fn keep(&self, org: &OrgId, subject: &Subject, wrapped: String) -> Result<(i64, String), StoreError> {
        let found = self
            .write_line(
                &(org, subject, wrapped),
                "INSERT INTO data_keys (org_id, subject, wrapped)
                 SELECT value ->> 0, value ->> 1, unhex(value ->> 2) FROM jsonb_each(:list)
                 WHERE true ON CONFLICT DO NOTHING;
                 SELECT json_array(k.id, hex(k.wrapped)) FROM data_keys k, jsonb_each(:list) e
                 WHERE k.org_id = e.value ->> 0 AND k.subject = e.value ->> 1 AND k.wrapped IS NOT NULL;",
            )
            .await?;
        let row = found.first().ok_or_else(|| corrupt("a data key"))?;
        rows::decode("of the data keys", row)
    }
}

impl SqliteStore {
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let swept = self
            .write_line(
                &now,
                "UPDATE bodies SET sealed = NULL
                 WHERE sealed IS NOT NULL AND expires_at <= (SELECT value FROM json_each(:list));
                 SELECT CAST(changes() AS TEXT);",
            )
            .await?;
        Ok(swept.first().and_then(|count| count.parse().ok()).unwrap_or(0))
    }
}
