//! What people are told outside of the inbox.

use skillhost_engine::ids::{ApprovalId, OrgId, UserId};
use skillhost_engine::store::{ChatMessage, StoreError, Telling, Told, Untold};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::PgRow;

use crate::error::Fault;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::told;

#[async_trait::async_trait]
impl Told for PostgresStore {
    async fn untold(&self, since: Timestamp, limit: u32) -> Result<Vec<Untold>, StoreError> {
        let (what, params) = ("of what is untold", Params::new().int(since.0).int(i64::from(limit)));
        rows::decode_all(what, &rows::across(&self.pool, what, "SELECT untold_v1($1, $2)", params).await?)
    }

    async fn plan_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError> {
        const CARD: &str = "UPDATE pending_actions a SET post_at = (l ->> 3)::bigint FROM (SELECT $1::json) t (l)
            WHERE a.org_id = l ->> 0 AND a.id = l ->> 1 AND a.post_at IS NOT DISTINCT FROM (l ->> 2)::bigint
                AND a.status = 'pending' AND a.message_ts IS NULL RETURNING 'true'";
        const NOTICE: &str = "UPDATE chat_messages m SET post_at = (l ->> 3)::bigint FROM (SELECT $1::json) t (l)
            WHERE m.org_id = l ->> 0 AND m.id = l ->> 1 AND m.post_at IS NOT DISTINCT FROM (l ->> 2)::bigint
                AND m.unposted = 1 RETURNING 'true'";
        let sql = match what.kind {
            Telling::Card => CARD,
            Telling::Notice => NOTICE,
        };
        let line = rows::line(&(&what.org, &what.id, what.at, at))?;
        Ok(!self.change_of(&what.org, sql, line).await?.is_empty())
    }

    async fn notice(&self, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError> {
        told::notice(&self.pool, org, id).await
    }

    async fn notice_told(&self, org: &OrgId, id: &str) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE chat_messages m SET unposted = 0 FROM (SELECT $1::json) t (l)
            WHERE m.org_id = l ->> 0 AND m.id = l ->> 1";
        self.change_of(org, SQL, rows::line(&(org, id))?).await.map(drop)
    }

    async fn outcomes_untold(&self, since: Timestamp, limit: u32) -> Result<Vec<(OrgId, ApprovalId)>, StoreError> {
        let (what, params) = ("of the approvals", Params::new().int(since.0).int(i64::from(limit)));
        rows::decode_all(what, &rows::across(&self.pool, what, "SELECT outcomes_untold_v1($1, $2)", params).await?)
    }

    async fn outcome_told(&self, org: &OrgId, id: &ApprovalId, at: Option<Timestamp>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE pending_actions a SET told_at = (l ->> 2)::bigint FROM (SELECT $1::json) t (l)
            WHERE a.org_id = l ->> 0 AND a.id = l ->> 1";
        self.change_of(org, SQL, rows::line(&(org, id, at))?).await.map(drop)
    }

    async fn told(
        &self,
        org: &OrgId,
        user: &UserId,
        but: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        told::told(&self.pool, org, user, but, limit).await
    }
}

impl PostgresStore {
    /// One statement that changes rows of one org.
    async fn change_of(&self, org: &OrgId, sql: &str, params: Params) -> Result<Vec<PgRow>, StoreError> {
        let mut transaction = self.write_as([org.as_str()]).await?;
        let moved = rows::run(&mut transaction, sql.to_owned(), params).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        Ok(moved)
    }
}
