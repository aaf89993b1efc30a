//! What people are told outside of the inbox.

use skillhost_engine::ids::{ApprovalId, OrgId, UserId};
use skillhost_engine::store::{Brought, ChatMessage, Due, StoreError, Told, Untold};
use skillhost_engine::time::Timestamp;

use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};
use crate::told;

#[async_trait::async_trait]
impl Told for SqliteStore {
    async fn untold(&self, due: Due, limit: u32) -> Result<Vec<Untold>, StoreError> {
        // Nothing is put off for as long as a week.
        let sql = "SELECT json_object('kind', x.kind, 'org', x.org, 'id', x.id, 'at', x.at) FROM (
                SELECT 'card' AS kind, a.org_id AS org, a.id, a.post_at AS at, a.created_at AS made, a.telling
                FROM pending_actions a
                WHERE a.status = 'pending' AND a.message_ts IS NULL AND a.created_at >= ?1 - 604800000
                UNION ALL
                SELECT 'notice', m.org_id, m.id, m.post_at, m.at, m.telling FROM chat_messages m
                WHERE m.telling <> 0 AND m.at >= ?1 - 604800000) x
             WHERE x.telling IN (1, ?3) AND max(x.made, coalesce(x.at, 0)) >= ?1 AND coalesce(x.at, x.made) <= ?2
             ORDER BY x.telling, coalesce(x.at, x.made), x.org, x.id LIMIT ?4";
        let lost = if due.lost { 4 } else { 1 };
        let params = Params::new().int(due.since.0).int(due.until.0).int(lost).int(i64::from(limit));
        rows::all(&self.readers, "of what is untold", sql.to_owned(), params).await
    }

    async fn plan_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError> {
        self.move_telling(what, at, "post_at = e.value ->> 3, telling = 1").await
    }

    async fn begin_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError> {
        self.move_telling(what, at, "post_at = e.value ->> 3, telling = 2").await
    }

    async fn end_telling(&self, what: &Untold, end: Brought) -> Result<(), StoreError> {
        let table = told::table(what.kind);
        let (set, when) = told::ended(end);
        let (set, when) = (set.replace("$at", "e.value ->> 2"), when.replace("$begun", "e.value ->> 3"));
        let sql = format!(
            "UPDATE {table} SET {set} FROM jsonb_each(:list) e
             WHERE org_id = e.value ->> 0 AND {table}.id = e.value ->> 1 AND {when};"
        );
        self.write_line(&(&what.org, &what.id, what.at, told::begun(end)), &sql).await.map(drop)
    }

    async fn notice(&self, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError> {
        told::notice(&self.readers, org, id).await
    }

    async fn outcomes_untold(&self, since: Timestamp, limit: u32) -> Result<Vec<(OrgId, ApprovalId)>, StoreError> {
        let sql = "SELECT json_array(a.org_id, a.id) FROM pending_actions a
            WHERE a.resolved_at IS NOT NULL AND a.message_ts IS NOT NULL
                AND a.id IN (SELECT s.id FROM pending_actions s
                    WHERE s.resolved_at IS NOT NULL AND s.message_ts IS NOT NULL AND s.resolved_at >= ?1
                    UNION SELECT o.approval FROM outbox o WHERE o.approval IS NOT NULL AND o.updated_at >= ?1)
                AND a.told_state IS NOT
                    coalesce((SELECT sum(o.revision) FROM outbox o
                        WHERE o.job_id = a.job_id AND o.approval = a.id), 0)
                    + coalesce((SELECT j.version FROM sequence_jobs j
                        WHERE j.id = a.job_id AND a.status IN ('expired', 'withdrawn')), 0)
            ORDER BY a.resolved_at, a.id LIMIT ?2";
        let params = Params::new().int(since.0).int(i64::from(limit));
        rows::all(&self.readers, "of the approvals", sql.to_owned(), params).await
    }

    async fn outcome_told(&self, org: &OrgId, id: &ApprovalId, state: u64) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE pending_actions SET told_state = e.value ->> 2 FROM jsonb_each(:list) e
            WHERE org_id = e.value ->> 0 AND pending_actions.id = e.value ->> 1;";
        self.write_line(&(org, id, state), SQL).await.map(drop)
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
                AND {open} RETURNING 'true';"
        );
        Ok(!self.write_line(&(&what.org, &what.id, what.at, at), &sql).await?.is_empty())
    }
}
