//! What people are told outside of the inbox.

use skillhost_engine::ids::{ApprovalId, OrgId, UserId};
use skillhost_engine::store::{ChatMessage, StoreError, Telling, Told, Untold};
use skillhost_engine::time::Timestamp;

use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};
use crate::told;

#[async_trait::async_trait]
impl Told for SqliteStore {
    async fn untold(&self, since: Timestamp, limit: u32) -> Result<Vec<Untold>, StoreError> {
        let sql = "SELECT json_object('kind', x.kind, 'org', x.org, 'id', x.id, 'at', x.at) FROM (
                SELECT * FROM (SELECT 'card' AS kind, a.org_id AS org, a.id, a.post_at AS at, a.created_at AS made
                    FROM pending_actions a WHERE a.status = 'pending' AND a.message_ts IS NULL AND a.created_at >= ?1
                    ORDER BY a.n DESC LIMIT ?2)
                UNION ALL
                SELECT * FROM (SELECT 'notice', m.org_id, m.id, m.post_at, m.at FROM chat_messages m
                    WHERE m.unposted = 1 AND m.at >= ?1 ORDER BY m.at DESC LIMIT ?2)) x
             ORDER BY x.made DESC LIMIT ?2";
        let params = Params::new().int(since.0).int(i64::from(limit));
        rows::all(&self.readers, "of what is untold", sql.to_owned(), params).await
    }

    async fn plan_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError> {
        const CARD: &str = "UPDATE pending_actions SET post_at = e.value ->> 3 FROM jsonb_each(:list) e
            WHERE org_id = e.value ->> 0 AND pending_actions.id = e.value ->> 1 AND post_at IS e.value ->> 2
                AND status = 'pending' AND message_ts IS NULL RETURNING 'true';";
        const NOTICE: &str = "UPDATE chat_messages SET post_at = e.value ->> 3 FROM jsonb_each(:list) e
            WHERE org_id = e.value ->> 0 AND chat_messages.id = e.value ->> 1 AND post_at IS e.value ->> 2
                AND unposted = 1 RETURNING 'true';";
        let sql = match what.kind {
            Telling::Card => CARD,
            Telling::Notice => NOTICE,
        };
        Ok(!self.write_line(&(&what.org, &what.id, what.at, at), sql).await?.is_empty())
    }

    async fn notice(&self, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError> {
        told::notice(&self.readers, org, id).await
    }

    async fn notice_told(&self, org: &OrgId, id: &str) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE chat_messages SET unposted = 0 FROM jsonb_each(:list) e
            WHERE org_id = e.value ->> 0 AND chat_messages.id = e.value ->> 1;";
        self.write_line(&(org, id), SQL).await.map(drop)
    }

    async fn outcomes_untold(&self, since: Timestamp, limit: u32) -> Result<Vec<(OrgId, ApprovalId)>, StoreError> {
        let sql = "SELECT json_array(a.org_id, a.id) FROM pending_actions a
            WHERE a.resolved_at >= ?1 AND a.message_ts IS NOT NULL AND a.told_at IS NULL
            ORDER BY a.resolved_at DESC LIMIT ?2";
        let params = Params::new().int(since.0).int(i64::from(limit));
        rows::all(&self.readers, "of the approvals", sql.to_owned(), params).await
    }

    async fn outcome_told(&self, org: &OrgId, id: &ApprovalId, at: Option<Timestamp>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE pending_actions SET told_at = e.value ->> 2 FROM jsonb_each(:list) e
            WHERE org_id = e.value ->> 0 AND pending_actions.id = e.value ->> 1;";
        self.write_line(&(org, id, at), SQL).await.map(drop)
    }

    async fn told(
        &self,
        org: &OrgId,
        user: &UserId,
        but: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        told::told(&self.readers, org, user, but, limit).await
    }
}
