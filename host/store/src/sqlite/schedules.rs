//! What the clock raises for anybody.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::schedule::ScheduleRow;
use skillhost_engine::store::{StoreError, UpcomingMeeting, User};
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::SqlitePool;

use crate::columns::{self, SCHEDULE};
use crate::dialect::Dialect;
use crate::schedules::MAX_MEETINGS_AHEAD;
use crate::sqlite::rows::{self, Params};

pub(crate) async fn users_after(
    pool: &SqlitePool,
    after: Option<(&OrgId, &UserId)>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let user = columns::user(Dialect::Sqlite);
    let sql = format!("SELECT {user} FROM users u WHERE (u.org_id, u.id) > (?1, ?2) ORDER BY u.org_id, u.id LIMIT ?3");
    let (org, user) = after.map_or(("", ""), |(org, user)| (org.as_str(), user.as_str()));
    rows::all(pool, "of the users", sql, Params::new().text(org).text(user).int(i64::from(limit))).await
}

pub(crate) async fn due(pool: &SqlitePool, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>, StoreError> {
    let sql = format!("SELECT {SCHEDULE} FROM schedules s WHERE s.next_at <= ?1 ORDER BY s.next_at LIMIT ?2");
    rows::all(pool, "of the schedules", sql, Params::new().int(now.0).int(i64::from(limit))).await
}

pub(crate) async fn external_meetings(
    pool: &SqlitePool,
    org: &OrgId,
    user: &UserId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<UpcomingMeeting>, StoreError> {
    let sql = format!(
        "SELECT json_object('id', m.id, 'starts', CAST(round(unixepoch(m.started_at, 'subsec') * 1000) AS INTEGER))
         FROM meetings m JOIN orgs o ON o.id = m.org_id
         WHERE m.org_id = ?1 AND m.owner_id = ?2 AND m.started_at > ?3 AND m.started_at <= ?4
            AND EXISTS (SELECT 1 FROM json_each(m.attendees) a WHERE instr(a.value ->> '$.email', '@') > 0
                AND lower(substr(a.value ->> '$.email', instr(a.value ->> '$.email', '@') + 1))
                    NOT IN (SELECT lower(d.value) FROM json_each(o.domains) d))
         ORDER BY m.started_at, m.id LIMIT {MAX_MEETINGS_AHEAD}"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(from.rfc3339()).text(until.rfc3339());
    rows::all(pool, "of the meetings", sql, params).await
}
