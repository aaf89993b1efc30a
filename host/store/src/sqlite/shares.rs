//! What effects keep, and the end of a link.

use std::sync::Arc;

use skillhost_engine::artifact::Share;
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::store::{CoachingAnalysis, Shelf, StoreError};
use skillhost_engine::time::Timestamp;

use crate::sqlite::open::SqliteStore;
use crate::{bodies, kept};

#[async_trait::async_trait]
impl Shelf for SqliteStore {
    async fn blob(
        &self,
        org: &OrgId,
        subject: &Subject,
        digest: &str,
        now: Timestamp,
    ) -> Result<Kept<Arc<[u8]>>, StoreError> {
        bodies::blob(&self.readers, self.vault.as_ref(), org, subject, digest, now).await
    }

    async fn share(&self, org: &OrgId, id: &str) -> Result<Option<Share>, StoreError> {
        kept::share(&self.readers, org, id).await
    }

    async fn shares(&self, org: &OrgId, job: &JobId) -> Result<Vec<Share>, StoreError> {
        kept::shares(&self.readers, org, job).await
    }

    async fn revoke_share(&self, org: &OrgId, id: &str, by: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.end_share(org, id, by, at).await
    }

    async fn email_class(&self, org: &OrgId, email: &str) -> Result<Option<(String, String)>, StoreError> {
        kept::email_class(&self.readers, org, email).await
    }

    async fn coaching(&self, org: &OrgId, user: &UserId, limit: u32) -> Result<Vec<CoachingAnalysis>, StoreError> {
        kept::coaching(&self.readers, org, user, "", limit).await
    }
}

impl SqliteStore {
    pub(crate) async fn end_share(&self, org: &OrgId, id: &str, by: &str, at: Timestamp) -> Result<bool, StoreError> {
        const WORKS: &str = "h.org_id = e.value ->> 0 AND h.id = e.value ->> 1 AND h.revoked_at IS NULL
            AND h.expires_at > e.value ->> 3";
        let sql = format!(
            "INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
             SELECT h.org_id, h.job_id, e.value ->> 2, 'share.revoked', h.id, json_object('digest', h.digest), e.value ->> 3
             FROM jsonb_each(:list) e JOIN shares h ON {WORKS};
             UPDATE shares AS h SET revoked_at = e.value ->> 3 FROM jsonb_each(:list) e WHERE {WORKS};
             SELECT CAST(changes() AS TEXT);"
        );
        let ended = self.write_line(&(org, id, by, at), &sql).await?;
        Ok(ended.first().is_some_and(|count| count != "0"))
    }
}
