//! What people are told outside of the inbox.

use skillhost_engine::ids::{ApprovalId, OrgId, UserId};
use skillhost_engine::store::{Brought, ChatMessage, Due, StoreError, Told, Untold};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::PgRow;

use crate::error::Fault;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::told;

#[async_trait::async_trait]
impl Told for PostgresStore {
    async fn untold(&self, due: Due, limit: u32) -> Result<Vec<Untold>, StoreError> {
        let what = "of what is untold";
        let sql = "SELECT untold_v1($1, $2, ARRAY[1::bigint, $3], $4)";
        let lost = if due.lost { 4 } else { 1 };
        let params = Params::new().int(due.since.0).int(due.until.0).int(lost).int(i64::from(limit));
        rows::decode_all(what, &rows::across(&self.pool, what, sql, params).await?)
    }

    async fn plan_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError> {
        self.move_telling(what, at, "post_at = (l ->> 3)::bigint, telling = 1").await
    }

    async fn begin_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError> {
        self.move_telling(what, at, "post_at = (l ->> 3)::bigint, telling = 2").await
    }

    async fn end_telling(&self, what: &Untold, end: Brought) -> Result<(), StoreError> {
        let table = told::table(what.kind);
        let (set, when) = told::ended(end);
        let set = set.replace("$at", "(l ->> 2)::bigint");
        let when = when.replace("$begun", "(l ->> 3)::bigint");
        let sql = format!(
            "UPDATE {table} x SET {set} FROM (SELECT $1::json) t (l)
             WHERE x.org_id = l ->> 0 AND x.id = l ->> 1 AND {when}"
        );
        let line = rows::line(&(&what.org, &what.id, what.at, told::begun(end)))?;
        self.change_of(&what.org, &sql, line).await.map(drop)
    }

    async fn notice(&self, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError> {
        told::notice(&self.pool, org, id).await
    }

    async fn outcomes_untold(&self, since: Timestamp, limit: u32) -> Result<Vec<(OrgId, ApprovalId)>, StoreError> {
        let (what, params) = ("of the approvals", Params::new().int(since.0).int(i64::from(limit)));
        rows::decode_all(what, &rows::across(&self.pool, what, "SELECT outcomes_untold_v1($1, $2)", params).await?)
    }

    async fn outcome_told(&self, org: &OrgId, id: &ApprovalId, state: u64) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE pending_actions a SET told_state = (l ->> 2)::bigint FROM (SELECT $1::json) t (l)
            WHERE a.org_id = l ->> 0 AND a.id = l ->> 1";
        self.change_of(org, SQL, rows::line(&(org, id, state))?).await.map(drop)
    }

    async fn told(
        &self,
        org: &OrgId,
        user: &UserId,
        but: Option<&str>,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        told::told(&self.pool, org, user, but, since, limit).await
    }
}

impl PostgresStore {
    /// Changes what is to be brought and stands as given; whether it did.
    async fn move_telling(&self, what: &Untold, at: Timestamp, set: &str) -> Result<bool, StoreError> {
        let (table, open) = (told::table(what.kind), told::open(what.kind));
        let sql = format!(
            "UPDATE {table} x SET {set} FROM (SELECT $1::json) t (l)
             WHERE x.org_id = l ->> 0 AND x.id = l ->> 1 AND x.post_at IS NOT DISTINCT FROM (l ->> 2)::bigint
                AND {open} RETURNING 'true'"
        );
        let line = rows::line(&(&what.org, &what.id, what.at, at))?;
        Ok(!self.change_of(&what.org, &sql, line).await?.is_empty())
    }

    /// One statement that changes rows of one org.
    async fn change_of(&self, org: &OrgId, sql: &str, params: Params) -> Result<Vec<PgRow>, StoreError> {
        let mut transaction = self.write_as([org.as_str()]).await?;
        let moved = rows::run(&mut transaction, sql.to_owned(), params).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        Ok(moved)
    }
}
