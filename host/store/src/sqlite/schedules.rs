//! What the clock raises, and what decides when a user may be disturbed.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::quiet::{QUIET, RATE};
use skillhost_engine::schedule::ScheduleRow;
use skillhost_engine::store::{StoreError, UpcomingMeeting, User};
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::SqlitePool;

use super::access::USER;
use super::rows::{self, Params};

/// Meetings of one user that are looked at ahead: more than two days can hold.
const MAX_MEETINGS_AHEAD: u32 = 200;
/// Schedules of one user: every sequence, and every meeting ahead.
const MAX_SCHEDULES: u32 = 1000;

const ROW: &str = "json_object('org', s.org_id, 'user', s.user_id, 'event_type', s.event_type, 'subject', s.subject,
    'spec', s.spec, 'next', s.next_at)";

pub(crate) async fn notified(
    pool: &SqlitePool,
    org: &OrgId,
    user: &UserId,
    limit: u32,
) -> Result<Vec<Timestamp>, StoreError> {
    let sql = "SELECT CAST(at AS TEXT) FROM (
            SELECT * FROM (SELECT at FROM chat_messages WHERE org_id = ?1 AND user_id = ?2 ORDER BY at DESC LIMIT ?3)
            UNION ALL SELECT * FROM (SELECT created_at FROM pending_actions WHERE org_id = ?1 AND user_id = ?2
                ORDER BY created_at DESC LIMIT ?3)
            UNION ALL SELECT * FROM (SELECT wake_at FROM sequence_jobs WHERE status = 'deferred' AND org_id = ?1
                AND user_id = ?2 AND reason IN (?4, ?5) ORDER BY wake_at DESC LIMIT ?3))
        ORDER BY at DESC LIMIT ?3";
    let params = Params::new().text(org.as_str()).text(user.as_str()).int(i64::from(limit)).text(RATE).text(QUIET);
    rows::all(pool, "of the notifications", sql.to_owned(), params).await
}

pub(crate) async fn users_after(
    pool: &SqlitePool,
    after: Option<(&OrgId, &UserId)>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let sql = format!("SELECT {USER} FROM users u WHERE (u.org_id, u.id) > (?1, ?2) ORDER BY u.org_id, u.id LIMIT ?3");
    let (org, user) = after.map_or(("", ""), |(org, user)| (org.as_str(), user.as_str()));
    rows::all(pool, "of the users", sql, Params::new().text(org).text(user).int(i64::from(limit))).await
}

pub(crate) async fn of_user(pool: &SqlitePool, org: &OrgId, user: &UserId) -> Result<Vec<ScheduleRow>, StoreError> {
    let sql = format!(
        "SELECT {ROW} FROM schedules s WHERE s.org_id = ?1 AND s.user_id = ?2
         ORDER BY s.event_type, s.subject LIMIT {MAX_SCHEDULES}"
    );
    rows::all(pool, "of the schedules", sql, Params::new().text(org.as_str()).text(user.as_str())).await
}

pub(crate) async fn due(pool: &SqlitePool, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>, StoreError> {
    let sql = format!("SELECT {ROW} FROM schedules s WHERE s.next_at <= ?1 ORDER BY s.next_at LIMIT ?2");
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
