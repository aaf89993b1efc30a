//! What effects keep, and the end of a link.

use std::sync::Arc;

use skillhost_engine::artifact::Share;
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::store::{CoachingAnalysis, Shelf, StoreError};
use skillhost_engine::time::Timestamp;

use crate::error::Fault;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::{bodies, kept};

#[async_trait::async_trait]
impl Shelf for PostgresStore {
    async fn blob(
        &self,
        org: &OrgId,
        subject: &Subject,
        digest: &str,
        now: Timestamp,
    ) -> Result<Kept<Arc<[u8]>>, StoreError> {
        bodies::blob(&self.pool, self.vault.as_ref(), org, subject, digest, now).await
    }

    async fn share(&self, org: &OrgId, id: &str) -> Result<Option<Share>, StoreError> {
        kept::share(&self.pool, org, id).await
    }

    async fn shares(&self, org: &OrgId, job: &JobId) -> Result<Vec<Share>, StoreError> {
        kept::shares(&self.pool, org, job).await
    }

    async fn revoke_share(&self, org: &OrgId, id: &str, by: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.end_share(org, id, by, at).await
    }

    async fn email_class(&self, org: &OrgId, email: &str) -> Result<Option<(String, String)>, StoreError> {
        kept::email_class(&self.pool, org, email).await
    }

    async fn coaching(&self, org: &OrgId, user: &UserId, limit: u32) -> Result<Vec<CoachingAnalysis>, StoreError> {
        kept::coaching(&self.pool, org, user, "", limit).await
    }
}

impl PostgresStore {
    pub(crate) async fn end_share(&self, org: &OrgId, id: &str, by: &str, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "WITH ended AS (UPDATE shares SET revoked_at = $4
                WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $4
                RETURNING org_id, job_id, id, digest)
            INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
            SELECT org_id, job_id, $3, 'share.revoked', id, json_build_object('digest', digest), $4 FROM ended
            RETURNING n";
        let params = Params::new().text(org.as_str()).text(id).text(by).int(at.0);
        let mut transaction = self.write_as([org.as_str()]).await?;
        let ended = rows::run(&mut transaction, sql.to_owned(), params).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        Ok(!ended.is_empty())
    }
}
