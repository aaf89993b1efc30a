//! Forgetting a person: the migrations' `erase_person_v3` does it in one call.
//!
//! What it takes away is gone from every query at once and from the files when the
//! server has next vacuumed its tables; texts under the person's key are unreadable
//! from the moment the key is destroyed, in backups as well.

use skillhost_engine::body::Subject;
use skillhost_engine::ids::{JobId, OrgId};
use skillhost_engine::store::{Erased, StoreError};
use skillhost_engine::time::Timestamp;

use crate::error::Fault;
use crate::person::{self, Person};
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};

impl PostgresStore {
    /// Open jobs of the person, and those that their jobs raised.
    pub(crate) async fn read_open_jobs(&self, org: &OrgId, subject: &Subject) -> Result<Vec<JobId>, StoreError> {
        let sql = "SELECT to_json(id) FROM jobs_about_v1($1, $2, $3)
            WHERE status NOT IN ('completed', 'failed', 'skipped', 'cancelled', 'expired') ORDER BY id";
        let (kind, id) = person::parts(subject);
        let params = Params::new().text(org.as_str()).text(kind).text(id);
        rows::all(&self.pool, org, "of the jobs", sql.to_owned(), params).await
    }

    pub(crate) async fn erase(
        &self,
        org: &OrgId,
        subject: &Subject,
        by: &str,
        at: Timestamp,
    ) -> Result<Option<Erased>, StoreError> {
        let Some(Person { kind, id, email, hashed }) = person::find(&self.pool, org, subject).await? else {
            return Ok(None);
        };
        let params = Params::new()
            .text(org.as_str())
            .text(kind)
            .text(id)
            .text(subject.as_str())
            .int(at.0)
            .maybe(email.as_deref())
            .maybe(hashed.as_deref())
            .text(by);
        let mut transaction = self.write_much([org.as_str()]).await?;
        let whose = Params::new().text(org.as_str()).text(kind).text(id).maybe(email.as_deref());
        let beside = "SELECT erase_mailboxes_v1($1, $2, $3, $4)::text".to_owned();
        rows::run(&mut transaction, beside, whose).await?;
        let sql = "SELECT erase_person_v3($1, $2, $3, $4, $5, $6, $7, $8)";
        let answered = rows::run(&mut transaction, sql.to_owned(), params).await?;
        // What waited to be brought to somebody has nothing to say any more.
        let silent = "UPDATE chat_messages SET telling = 3 WHERE org_id = $1 AND telling IN (1, 4) AND text = 'erased'";
        rows::run(&mut transaction, silent.to_owned(), Params::new().text(org.as_str())).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        if let Some(vault) = &self.vault {
            vault.forget();
        }
        Ok(rows::decode_all("of the people", &answered)?.into_iter().next())
    }
}
