//! What the clock raises, and what decides when a user may be disturbed.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::quiet::{QUIET, RATE};
use skillhost_engine::schedule::ScheduleRow;
use skillhost_engine::store::{StoreError, UpcomingMeeting, User};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::PgPool;

use crate::postgres::rows::{self, Params};

/// Meetings of one user that are looked at ahead: more than two days can hold.
const MAX_MEETINGS_AHEAD: u32 = 200;
/// Schedules of one user: every sequence, and every meeting ahead.
const MAX_SCHEDULES: u32 = 1000;

pub(crate) async fn notified(
    pool: &PgPool,
    org: &OrgId,
    user: &UserId,
    limit: u32,
) -> Result<Vec<Timestamp>, StoreError> {
    let sql = "SELECT at::text FROM (
            (SELECT at FROM chat_messages WHERE org_id = $1 AND user_id = $2 ORDER BY at DESC LIMIT $3)
            UNION ALL (SELECT created_at FROM pending_actions WHERE org_id = $1 AND user_id = $2
                ORDER BY created_at DESC LIMIT $3)
            UNION ALL (SELECT wake_at FROM sequence_jobs WHERE status = 'deferred' AND org_id = $1
                AND user_id = $2 AND reason IN ($4, $5) ORDER BY wake_at DESC LIMIT $3)) n
        ORDER BY at DESC LIMIT $3";
    let params = Params::new().text(org.as_str()).text(user.as_str()).int(i64::from(limit)).text(RATE).text(QUIET);
    rows::all(pool, org, "of the notifications", sql.to_owned(), params).await
}

pub(crate) async fn users_after(
    pool: &PgPool,
    after: Option<(&OrgId, &UserId)>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let (org, user) = after.map_or(("", ""), |(org, user)| (org.as_str(), user.as_str()));
    let (what, params) = ("of the users", Params::new().text(org).text(user).int(i64::from(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT users_after_v1($1, $2, $3)", params).await?)
}

pub(crate) async fn of_user(pool: &PgPool, org: &OrgId, user: &UserId) -> Result<Vec<ScheduleRow>, StoreError> {
    let sql = format!(
        "SELECT schedule_json(s) FROM schedules s WHERE s.org_id = $1 AND s.user_id = $2
         ORDER BY s.event_type, s.subject LIMIT {MAX_SCHEDULES}"
    );
    rows::all(pool, org, "of the schedules", sql, Params::new().text(org.as_str()).text(user.as_str())).await
}

pub(crate) async fn due(pool: &PgPool, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>, StoreError> {
    let (what, params) = ("of the schedules", Params::new().int(now.0).int(i64::from(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT due_schedules_v1($1, $2)", params).await?)
}

pub(crate) async fn external_meetings(
    pool: &PgPool,
    org: &OrgId,
    user: &UserId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<UpcomingMeeting>, StoreError> {
    let sql = format!(
        "SELECT json_build_object('id', m.id,
            'starts', round(extract(epoch FROM m.started_at::timestamptz) * 1000)::bigint)::text
         FROM meetings m JOIN orgs o ON o.id = m.org_id
         WHERE m.org_id = $1 AND m.owner_id = $2 AND m.started_at > $3 AND m.started_at <= $4
            AND EXISTS (SELECT 1 FROM json_array_elements(m.attendees) a
                WHERE position('@' IN coalesce(a ->> 'email', '')) > 0
                AND lower(split_part(a ->> 'email', '@', 2))
                    NOT IN (SELECT lower(d) FROM json_array_elements_text(o.domains) d))
         ORDER BY m.started_at, m.id LIMIT {MAX_MEETINGS_AHEAD}"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(from.rfc3339()).text(until.rfc3339());
    rows::all(pool, org, "of the meetings", sql, params).await
}
