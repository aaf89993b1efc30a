//! Calendars that the host reads by itself: their state, and rows of their occurrences.

use serde::Deserialize;
use serde_json::{Value, json};
use skillhost_engine::calendar::{CalendarState, Occurrence};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::encode::{NUL, has_nul};
use crate::error::refused;
use crate::lines::Lines;

/// A row of `calendars` as it is read.
#[derive(Deserialize)]
struct Row {
    org: OrgId,
    id: String,
    user: UserId,
    name: String,
    zone: String,
    as_of: Option<String>,
    error: Option<String>,
    covers_from: Option<String>,
    covers_until: Option<String>,
    digest: Option<String>,
    mark: Option<String>,
    tries: u32,
    next_attempt: Option<String>,
}

pub(crate) async fn state(db: &impl Ask, org: &OrgId, id: &str) -> Result<Option<CalendarState>, StoreError> {
    let sql = "SELECT json_object('org', c.org_id, 'id', c.id, 'user', c.user_id, 'name', c.name, 'zone', c.zone,
        'as_of', c.as_of, 'error', c.error, 'covers_from', c.covers_from, 'covers_until', c.covers_until,
        'digest', c.digest, 'mark', c.mark, 'tries', c.tries, 'next_attempt', c.next_attempt) FROM calendars c WHERE c.org_id = $1 AND c.id = $2";
    let params = Params::new().text(org.as_str()).text(id);
    let row: Option<Row> = ask::one(db, Some(org), "of the calendars", sql.to_owned(), params).await?;
    Ok(row.map(|row| CalendarState {
        org: row.org,
        id: row.id,
        user: row.user,
        name: row.name,
        zone: row.zone,
        as_of: instant(row.as_of),
        error: row.error,
        covers_from: instant(row.covers_from),
        covers_until: instant(row.covers_until),
        digest: row.digest,
        mark: row.mark,
        tries: row.tries,
        next_attempt: instant(row.next_attempt),
    }))
}

fn instant(text: Option<String>) -> Option<Timestamp> {
    let at: jiff::Timestamp = text?.parse().ok()?;
    Some(Timestamp(at.as_millisecond()))
}

/// The state as a row.
pub(crate) fn state_line(calendar: &CalendarState) -> Result<Lines, StoreError> {
    let CalendarState { org, id, user, name, zone, as_of, error, covers_from, covers_until, digest, mark, .. } =
        calendar;
    let at = |at: &Option<Timestamp>| at.map(Timestamp::rfc3339);
    let row = json!({
        "org_id": org, "id": id, "user_id": user, "name": name, "zone": zone, "as_of": at(as_of), "error": error,
        "covers_from": at(covers_from), "covers_until": at(covers_until), "digest": digest,
        "mark": mark, "tries": calendar.tries, "next_attempt": at(&calendar.next_attempt),
    });
    let mut lines = Lines::default();
    push(&mut lines, &row)?;
    Ok(lines)
}

/// The occurrences as rows.
pub(crate) fn occurrence_lines(calendar: &CalendarState, occurrences: &[Occurrence]) -> Result<Lines, StoreError> {
    let mut lines = Lines::default();
    for one in occurrences {
        push(
            &mut lines,
            &json!({
                "org_id": calendar.org, "id": format!("{}/{}", calendar.id, one.id), "calendar_id": calendar.id,
                "title": one.title, "starts": one.starts.rfc3339(), "ends": one.ends.rfc3339(), "all_day": one.all_day,
                "zone": one.zone, "status": one.status, "shows": one.shows, "response": one.response,
                "organizer": one.organizer, "attendees": one.attendees, "location": one.location, "url": one.url,
                "recurring": one.recurring, "deal_id": null, "updated_at": one.updated_at.rfc3339(),
            }),
        )?;
    }
    Ok(lines)
}

fn push(lines: &mut Lines, row: &Value) -> Result<(), StoreError> {
    let text = row.to_string();
    if has_nul(&text) {
        return Err(refused(format!("a calendar: {NUL}")));
    }
    lines.push(&text);
    Ok(())
}
