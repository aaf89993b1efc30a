//! Calendars: their connections, and a calendar replaced as a whole.

use skillhost_engine::calendar::{CalendarState, Occurrence};
use skillhost_engine::store::{Connection, StoreError};
use sqlx::postgres::PgPool;

use crate::calendars::{occurrence_lines, state_line};
use crate::error::Fault;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};

const STATE: &str = "
INSERT INTO calendars (org_id, id, user_id, name, zone, as_of, error, covers_from, covers_until, digest,
    mark, tries, next_attempt)
SELECT x.org_id, x.id, x.user_id, x.name, x.zone, x.as_of, x.error, x.covers_from, x.covers_until, x.digest,
    x.mark, x.tries, x.next_attempt
FROM json_populate_recordset(NULL::calendars, $1::json) x
ON CONFLICT (org_id, id) DO UPDATE SET user_id = excluded.user_id, name = excluded.name, zone = excluded.zone,
    as_of = excluded.as_of, error = excluded.error, covers_from = excluded.covers_from,
    covers_until = excluded.covers_until, digest = excluded.digest, mark = excluded.mark,
    tries = excluded.tries, next_attempt = excluded.next_attempt";
const EMPTY: &str = "
DELETE FROM calendar_events v USING json_to_recordset($1::json) x (org_id text, id text)
WHERE v.org_id = x.org_id AND v.calendar_id = x.id";
const OCCURRENCES: &str = "
INSERT INTO calendar_events (org_id, id, calendar_id, title, starts, ends, all_day, zone, status, shows, response,
    organizer, attendees, location, url, recurring, deal_id, updated_at)
SELECT x.org_id, x.id, x.calendar_id, x.title, x.starts, x.ends, x.all_day, x.zone, x.status, x.shows, x.response,
    x.organizer, x.attendees, x.location, x.url, x.recurring, x.deal_id, x.updated_at
FROM json_populate_recordset(NULL::calendar_events, $1::json) x";

pub(crate) async fn connections_of_kind(
    pool: &PgPool,
    kind: &str,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, Connection)>, StoreError> {
    let (what, params) = ("of the connections", Params::new().text(kind).int(after).int(i64::from(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT connections_of_kind_v1($1, $2, $3)", params).await?)
}

impl PostgresStore {
    pub(crate) async fn write_calendar(
        &self,
        calendar: &CalendarState,
        occurrences: Option<&[Occurrence]>,
    ) -> Result<(), StoreError> {
        let state = state_line(calendar)?.into_list();
        let mut transaction = self.write_much([calendar.org.as_str()]).await?;
        rows::run(&mut transaction, STATE.to_owned(), Params::new().text(state.clone())).await?;
        if let Some(occurrences) = occurrences {
            rows::run(&mut transaction, EMPTY.to_owned(), Params::new().text(state)).await?;
            let list = occurrence_lines(calendar, occurrences)?.into_list();
            rows::run(&mut transaction, OCCURRENCES.to_owned(), Params::new().text(list)).await?;
        }
        transaction.commit().await.map_err(|error| Fault::from(&error).into())
    }
}
