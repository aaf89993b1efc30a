//! What people are told outside of the inbox.

use skillhost_engine::ids::{ApprovalId, OrgId, UserId};
use skillhost_engine::store::{Brought, ChatMessage, Due, StoreError, Told, Untold};
use skillhost_engine::time::Timestamp;

use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};
use crate::told;

#[async_trait::async_trait]
impl Told for SqliteStore {
    async fn untold(&self, due: Due<'_>, limit: u32) -> Result<Vec<Untold>, StoreError> {
        let sql = "SELECT json_object('kind', x.kind, 'org', x.org, 'id', x.id, 'at', x.at) FROM (
                SELECT 'card' AS kind, a.org_id AS org, a.user_id AS who, a.id, a.post_at AS at, a.created_at AS made,
                    a.telling
                FROM pending_actions a WHERE a.status = 'pending' AND a.message_ts IS NULL AND a.telling IN (1, 4)
                UNION ALL
                SELECT 'notice', m.org_id, m.user_id, m.id, m.post_at, m.at, m.telling
                FROM chat_messages m WHERE m.telling <> 0 AND m.telling IN (1, 4)) x
             WHERE max(x.made, coalesce(x.at, 0)) >= ?1 AND coalesce(x.at, x.made) <= ?2
                AND (x.telling = 1 OR EXISTS (SELECT 1 FROM connections c
                    WHERE c.org_id = x.org AND c.user_id = x.who AND c.kind = ?3))
             ORDER BY coalesce(x.at, x.made), x.org, x.id LIMIT ?4";
        let params = Params::new().int(due.since.0).int(due.until.0).text(due.reached_by.unwrap_or_default());
        rows::all(&self.readers, "of what is untold", sql.to_owned(), params.int(i64::from(limit))).await
    }

    async fn plan_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError> {
        self.move_telling(what, at, "post_at = e.value ->> 3").await
    }

    async fn begin_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError> {
        self.move_telling(what, at, "post_at = e.value ->> 3, telling = 2").await
    }

    async fn end_telling(&self, what: &Untold, end: Brought) -> Result<(), StoreError> {
        let table = told::table(what.kind);
        let (set, when) = told::ended(end);
        let set = set.replace("$at", "e.value ->> 2");
        let sql = format!(
            "UPDATE {table} SET {set} FROM jsonb_each(:list) e
             WHERE org_id = e.value ->> 0 AND {table}.id = e.value ->> 1 AND telling IN ({when});"
        );
        self.write_line(&(&what.org, &what.id, what.at), &sql).await.map(drop)
    }

    async fn notice(&self, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError> {
        told::notice(&self.readers, org, id).await
    }

    async fn outcomes_untold(&self, since: Timestamp, limit: u32) -> Result<Vec<(OrgId, ApprovalId)>, StoreError> {
        let sql = "SELECT json_array(a.org_id, a.id) FROM pending_actions a
            WHERE a.resolved_at >= ?1 AND a.message_ts IS NOT NULL AND (a.told_at IS NULL
                OR EXISTS (SELECT 1 FROM outbox o
                    WHERE o.job_id = a.job_id AND o.approval = a.id AND o.updated_at > a.told_at)
                OR a.status = 'expired' AND EXISTS (SELECT 1 FROM sequence_jobs j
                    WHERE j.id = a.job_id AND j.updated_at > a.told_at))
            ORDER BY a.resolved_at, a.id LIMIT ?2";
        let params = Params::new().int(since.0).int(i64::from(limit));
        rows::all(&self.readers, "of the approvals", sql.to_owned(), params).await
    }

    async fn outcome_told(&self, org: &OrgId, id: &ApprovalId, at: Timestamp) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE pending_actions SET told_at = e.value ->> 2 FROM jsonb_each(:list) e
            WHERE org_id = e.value ->> 0 AND pending_actions.id = e.value ->> 1;";
        self.write_line(&(org, id, at), SQL).await.map(drop)
    }

    async fn told(
        &self,
        org: &OrgId,
        user: &UserId,
        but: Option<&str>,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        told::told(&self.readers, org, user, but, since, limit).await
    }
}

impl SqliteStore {
    /// Changes what is to be brought and stands as given; whether it did.
    async fn move_telling(&self, what: &Untold, at: Timestamp, set: &str) -> Result<bool, StoreError> {
        let (table, open) = (told::table(what.kind), told::open(what.kind));
        let sql = format!(
            "UPDATE {table} SET {set} FROM jsonb_each(:list) e
             WHERE org_id = e.value ->> 0 AND {table}.id = e.value ->> 1 AND post_at IS e.value ->> 2
                AND telling IN (1, 4) AND {open} RETURNING 'true';"
        );
        Ok(!self.write_line(&(&what.org, &what.id, what.at, at), &sql).await?.is_empty())
    }
}
