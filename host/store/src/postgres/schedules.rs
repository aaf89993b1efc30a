//! What the clock raises for anybody.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::schedule::ScheduleRow;
use skillhost_engine::store::{Schedules, StoreError, UpcomingMeeting, User};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::PgPool;

use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::proof::StoredUser;
use crate::schedules::{self, MAX_MEETINGS_AHEAD};

#[async_trait::async_trait]
impl Schedules for PostgresStore {
    async fn notified(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        schedules::notified(&self.pool, org, user, since, limit).await
    }

    async fn users_after(&self, after: Option<(&OrgId, &UserId)>, limit: u32) -> Result<Vec<User>, StoreError> {
        let found = users_after(&self.pool, after, limit).await?;
        Ok(found.into_iter().map(|stored| self.proofs.user(stored)).collect())
    }

    async fn schedules(&self, org: &OrgId, user: &UserId) -> Result<Vec<ScheduleRow>, StoreError> {
        schedules::of_user(&self.pool, org, user).await
    }

    async fn due_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>, StoreError> {
        due(&self.pool, now, limit).await
    }

    async fn external_meetings(
        &self,
        org: &OrgId,
        user: &UserId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<UpcomingMeeting>, StoreError> {
        external_meetings(&self.pool, org, user, from, until).await
    }
}

async fn users_after(
    pool: &PgPool,
    after: Option<(&OrgId, &UserId)>,
    limit: u32,
) -> Result<Vec<StoredUser>, StoreError> {
    let (org, user) = after.map_or(("", ""), |(org, user)| (org.as_str(), user.as_str()));
    let (what, params) = ("of the users", Params::new().text(org).text(user).int(i64::from(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT users_after_v1($1, $2, $3)", params).await?)
}

async fn due(pool: &PgPool, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>, StoreError> {
    let (what, params) = ("of the schedules", Params::new().int(now.0).int(i64::from(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT due_schedules_v1($1, $2)", params).await?)
}

async fn external_meetings(
    pool: &PgPool,
    org: &OrgId,
    user: &UserId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<UpcomingMeeting>, StoreError> {
    let outside = |address: &str| {
        format!(
            "(position('@' IN coalesce({address}, '')) > 0 AND lower({address}) <> lower(u.email)
                AND lower(split_part({address}, '@', 2))
                    NOT IN (SELECT lower(d) FROM json_array_elements_text(o.domains) d))"
        )
    };
    let somebody = |list: &str| {
        format!("EXISTS (SELECT 1 FROM json_array_elements({list}) a WHERE {})", outside("(a ->> 'email')"))
    };
    let (in_meeting, in_event, organizer) = (somebody("m.attendees"), somebody("e.attendees"), outside("e.organizer"));
    let starts = |at: &str| format!("round(extract(epoch FROM {at}::timestamptz) * 1000)::bigint");
    let (of_meeting, of_event) = (starts("m.started_at"), starts("e.starts"));
    let sql = format!(
        "SELECT json_build_object('id', x.id, 'starts', x.starts) FROM (
            SELECT m.id, {of_meeting} AS starts
            FROM meetings m JOIN orgs o ON o.id = m.org_id JOIN users u ON u.org_id = m.org_id AND u.id = m.owner_id
            WHERE m.org_id = $1 AND m.owner_id = $2 AND m.started_at > $3 AND m.started_at <= $4 AND {in_meeting}
            UNION ALL
            SELECT min(e.id), {of_event}
            FROM calendars c JOIN calendar_events e ON e.org_id = c.org_id AND e.calendar_id = c.id
                JOIN orgs o ON o.id = c.org_id JOIN users u ON u.org_id = c.org_id AND u.id = c.user_id
            WHERE c.org_id = $1 AND c.user_id = $2 AND e.ends > $3 AND e.starts > $3 AND e.starts <= $4
                AND NOT e.all_day AND e.status <> 'cancelled' AND e.response <> 'declined' AND e.shows <> 'free'
                AND ({in_event} OR {organizer})
                AND NOT EXISTS (SELECT 1 FROM meetings m WHERE m.org_id = c.org_id AND m.owner_id = c.user_id
                    AND m.started_at::timestamptz = e.starts::timestamptz)
            GROUP BY e.starts, e.title) x
         ORDER BY x.starts, x.id LIMIT {MAX_MEETINGS_AHEAD}"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(from.rfc3339()).text(until.rfc3339());
    rows::all(pool, org, "of the meetings", sql, params).await
}
