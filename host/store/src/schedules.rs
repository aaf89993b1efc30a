//! What the clock raises for a user, and what decides when one may be disturbed.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::schedule::ScheduleRow;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::columns::SCHEDULE;
use crate::told::{TOLD, places};

/// Meetings of one user that are looked at ahead: more than two days can hold.
pub(crate) const MAX_MEETINGS_AHEAD: u32 = 200;
/// Schedules of one user: every sequence, and every meeting ahead.
const MAX_SCHEDULES: u32 = 1000;

pub(crate) async fn notified(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Timestamp>, StoreError> {
    let sql = format!(
        "SELECT CAST(at AS text) FROM ({TOLD}
            UNION ALL SELECT * FROM (SELECT at FROM chat_messages WHERE org_id = $1 AND user_id = $2
                AND telling <> 0 AND (post_at IS NULL OR telling > 2) AND at > $7 ORDER BY at DESC LIMIT $3) to_tell
            UNION ALL SELECT * FROM (SELECT created_at FROM pending_actions WHERE org_id = $1 AND user_id = $2
                AND (post_at IS NULL OR telling > 2) AND created_at > $7 ORDER BY created_at DESC LIMIT $3) to_ask
            UNION ALL SELECT * FROM (SELECT wake_at FROM sequence_jobs WHERE status = 'deferred' AND org_id = $1
                AND user_id = $2 AND reason IN ($4, $5) ORDER BY wake_at DESC LIMIT $3) put_off) n
        ORDER BY n.at DESC LIMIT $3"
    );
    ask::all(db, Some(org), "of the notifications", sql, places(org, user, None, since, limit)).await
}

pub(crate) async fn of_user(db: &impl Ask, org: &OrgId, user: &UserId) -> Result<Vec<ScheduleRow>, StoreError> {
    let sql = format!(
        "SELECT {SCHEDULE} FROM schedules s WHERE s.org_id = $1 AND s.user_id = $2
         ORDER BY s.event_type, s.subject LIMIT {MAX_SCHEDULES}"
    );
    ask::all(db, Some(org), "of the schedules", sql, Params::new().text(org.as_str()).text(user.as_str())).await
}
