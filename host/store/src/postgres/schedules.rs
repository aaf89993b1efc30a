//! What the clock raises for anybody.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::schedule::ScheduleRow;
use skillhost_engine::store::{StoreError, UpcomingMeeting, User};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::PgPool;

use crate::postgres::rows::{self, Params};
use crate::schedules::MAX_MEETINGS_AHEAD;

pub(crate) async fn users_after(
    pool: &PgPool,
    after: Option<(&OrgId, &UserId)>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let (org, user) = after.map_or(("", ""), |(org, user)| (org.as_str(), user.as_str()));
    let (what, params) = ("of the users", Params::new().text(org).text(user).int(i64::from(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT users_after_v1($1, $2, $3)", params).await?)
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
            'starts', round(extract(epoch FROM m.started_at::timestamptz) * 1000)::bigint)
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
