//! Money of boots that are gone.

use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::sqlite::open::SqliteStore;

impl SqliteStore {
    /// One transaction: the lines of the audit first, while they can still be found.
    pub(crate) async fn write_disputes(&self, boot: &str, now: Timestamp) -> Result<u64, StoreError> {
        let strays = self
            .write_line(
                &(boot, now),
                "INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
                 SELECT r.org_id, r.job_id, 'host', 'money.disputed', r.id,
                    json_object('amount', r.amount, 'what', r.what, 'step', r.step, 'boot', r.owner), e.value ->> 1
                 FROM reservations r, jsonb_each(:list) e WHERE r.state = 'held' AND r.owner <> e.value ->> 0;
                 UPDATE reservations SET state = 'disputed'
                 WHERE state = 'held' AND owner <> (SELECT value ->> 0 FROM jsonb_each(:list)) RETURNING id;",
            )
            .await?;
        Ok(u64::try_from(strays.len()).unwrap_or(u64::MAX))
    }
}
