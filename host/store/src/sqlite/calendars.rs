//! Calendars: their connections, and a calendar replaced as a whole.

use skillhost_engine::calendar::{CalendarState, Occurrence};
use skillhost_engine::store::{Connection, StoreError};
use sqlx::sqlite::SqlitePool;

use crate::calendars::{occurrence_lines, state_line};
use crate::columns::CONNECTION;
use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};
use crate::sqlite::statements::ScriptBuilder;

const STATE: &str = "
INSERT INTO calendars (org_id, id, user_id, name, zone, as_of, error, covers_from, covers_until, digest,
    mark, tries, next_attempt)
SELECT value ->> 'org_id', value ->> 'id', value ->> 'user_id', value ->> 'name', value ->> 'zone', value ->> 'as_of',
    value ->> 'error', value ->> 'covers_from', value ->> 'covers_until', value ->> 'digest',
    value ->> 'mark', value ->> 'tries', value ->> 'next_attempt' FROM jsonb_each(:list)
WHERE true ON CONFLICT (org_id, id) DO UPDATE SET user_id = excluded.user_id, name = excluded.name,
    zone = excluded.zone, as_of = excluded.as_of, error = excluded.error, covers_from = excluded.covers_from,
    covers_until = excluded.covers_until, digest = excluded.digest, mark = excluded.mark,
    tries = excluded.tries, next_attempt = excluded.next_attempt;";
const EMPTY: &str = "
DELETE FROM calendar_events WHERE (org_id, calendar_id) IN
    (SELECT value ->> 'org_id', value ->> 'id' FROM jsonb_each(:list));";
const OCCURRENCES: &str = "
INSERT INTO calendar_events (org_id, id, calendar_id, title, starts, ends, all_day, zone, status, shows, response,
    organizer, attendees, location, url, recurring, deal_id, updated_at)
SELECT value ->> 'org_id', value ->> 'id', value ->> 'calendar_id', value ->> 'title', value ->> 'starts',
    value ->> 'ends', value ->> 'all_day', value ->> 'zone', value ->> 'status', value ->> 'shows', value ->> 'response',
    value ->> 'organizer', value -> 'attendees', value ->> 'location', value ->> 'url', value ->> 'recurring',
    value ->> 'deal_id', value ->> 'updated_at' FROM jsonb_each(:list);";

pub(crate) async fn connections_of_kind(
    pool: &SqlitePool,
    kind: &str,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, Connection)>, StoreError> {
    let sql = format!(
        "SELECT json_array(c.n, {CONNECTION}) FROM connections c WHERE c.kind = ?1 AND c.n > ?2 ORDER BY c.n LIMIT ?3"
    );
    let params = Params::new().text(kind).int(after).int(i64::from(limit));
    rows::all(pool, "of the connections", sql, params).await
}

impl SqliteStore {
    pub(crate) async fn write_calendar(
        &self,
        calendar: &CalendarState,
        occurrences: Option<&[Occurrence]>,
    ) -> Result<(), StoreError> {
        let mut builder = ScriptBuilder::default();
        builder.raw("BEGIN IMMEDIATE;");
        let state = builder.list(state_line(calendar)?);
        builder.over(state, STATE);
        if let Some(occurrences) = occurrences {
            builder.over(state, EMPTY);
            let list = builder.list(occurrence_lines(calendar, occurrences)?);
            builder.over(list, OCCURRENCES);
        }
        builder.raw("COMMIT;");
        self.script(builder.finish()).await??;
        Ok(())
    }
}
