//! `briefed`: meetings of which the rep got a brief lately, by the message that left for
//! it. Whoever tells the rep of their day says of these that they are prepared. A brief is
//! raised for the record of a meeting where there is one; the calendar has it under another
//! id and at the same time, and both are named.

use serde_json::Value;
use skillhost_engine::body::DAY_MS;
use skillhost_engine::ids::UserId;
use skillhost_engine::store::StoreError;

use super::Reader;
use crate::ask::{self, Ask, Params};

/// The rep's last jobs that are looked at: a day has a few dozen.
const LAST_JOBS: u32 = 300;

impl<D: Ask> Reader<'_, D> {
    /// Of the last day, the newest first.
    pub(super) async fn briefed(&self) -> Result<Option<Value>, StoreError> {
        let since = self.now().plus_ms(-DAY_MS);
        let sql = format!(
            "WITH told AS (
                SELECT j.id, p.trigger_payload ->> 'meeting_id' AS meeting_id, o.updated_at AS at
                FROM (SELECT * FROM sequence_jobs WHERE org_id = $1 AND user_id = $2 ORDER BY id DESC
                    LIMIT {LAST_JOBS}) j
                JOIN job_payloads p ON p.job_id = j.id
                JOIN outbox o ON o.job_id = j.id AND o.org_id = $1
                WHERE j.event_type = 'pre_meeting_90min' AND o.kind = 'chat.post' AND o.state = 'sent'
                    AND o.updated_at >= $3)
             SELECT json_object('meeting_id', b.meeting_id, 'at', b.at) FROM (
                SELECT meeting_id, at FROM told WHERE meeting_id IS NOT NULL
                UNION
                SELECT e.id, t.at FROM told t
                CROSS JOIN meetings m CROSS JOIN calendars c CROSS JOIN calendar_events e
                WHERE m.org_id = $1 AND m.id = t.meeting_id AND c.org_id = $1 AND c.user_id = $2
                    AND e.org_id = $1 AND e.calendar_id = c.id AND e.ends >= m.started_at AND e.starts = m.started_at) b
             ORDER BY b.at DESC, b.meeting_id"
        );
        let params = Params::new().text(self.org.as_str()).maybe(self.user.map(UserId::as_str)).int(since.0);
        let rows: Vec<Value> = ask::all(self.db, Some(self.org), "of the briefs", sql, params).await?;
        Ok(Some(Value::Array(rows)))
    }
}
