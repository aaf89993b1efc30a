//! `followups.postpone`: what was to happen about a contact before a date happens after
//! it, because they are away until then.
//!
//! It moves jobs of the same user that wait for the time their event names and have not
//! begun, and no others: what waits for quiet hours or a rate is about something that
//! just came in, and a job that has begun waits for an answer, an effect or a retry,
//! each with a time of its own. It drops nothing, brings nothing forward, and so needs no
//! person's word; each job it moves is in the audit.

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::moment;
use super::schema::{id, object};
use super::{EffectError, EffectKind, FieldView, line, string};
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

/// Its name.
pub const KIND: &str = "followups.postpone";
/// Longest that anything is put off: half a year is a sabbatical or a parent's leave, and
/// what was agreed before is stale after it.
const MAX_AHEAD_MS: i64 = 183 * 24 * 3_600_000;
/// When a day begins for what was put off to it: the user's morning.
const MORNING: Time = time(8, 0, 0, 0);

const FIELDS: &[FieldView] = &[line("contact_id", "Contact"), line("until", "Not before")];

pub(super) fn kind() -> EffectKind {
    let schema = object(&["contact_id", "until"], json!({"contact_id": id(), "until": moment::day_or_instant()}));
    EffectKind::new(KIND, "Put follow-ups off", schema, FIELDS).checked_by(check).inside()
}

fn check(payload: &Value) -> Result<(), (String, String)> {
    until(payload, &TimeZone::UTC).map(drop).ok_or_else(|| ("/until".to_owned(), "there is no such time".to_owned()))
}

/// The instant of `until`; a day is its morning in the user's zone.
fn until(payload: &Value, zone: &TimeZone) -> Option<Timestamp> {
    let text = payload.get("until")?.as_str()?;
    if text.contains('T') {
        return moment::read_instant(text);
    }
    let morning = moment::read_day(text)?.to_datetime(MORNING);
    // A morning that the clocks skip is as much later as they went forward.
    let at = zone.to_ambiguous_timestamp(morning).compatible().ok()?;
    Some(Timestamp(at.as_millisecond()))
}

/// The change that performs it.
///
/// # Errors
/// The row was changed in the database, or the date is further ahead than anything is put
/// off.
pub fn write(row: &OutboxRow, zone: &TimeZone, now: Timestamp) -> Result<CrmWrite, EffectError> {
    let bad = |message: &str| EffectError::new(&row.kind, "/until", message);
    let until = until(&row.payload, zone).ok_or_else(|| bad("there is no such time"))?;
    if until > now.plus_ms(MAX_AHEAD_MS) {
        return Err(bad("nothing is put off by more than half a year"));
    }
    Ok(CrmWrite::Postpone {
        org: row.org.clone(),
        user: row.user.clone(),
        contact: string(row, "contact_id")?,
        until,
        job: row.job.clone(),
        key: row.key.clone(),
        at: now,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(until_text: &str, zone: &str) -> Option<String> {
        let zone = TimeZone::get(zone).unwrap();
        until(&json!({"until": until_text}), &zone).map(Timestamp::rfc3339)
    }

    #[test]
    fn a_day_is_the_users_morning_and_an_instant_is_itself() {
        assert_eq!(at("2026-12-01", "Europe/Zurich").as_deref(), Some("2026-12-01T07:00:00.000Z"));
        assert_eq!(at("2026-07-01", "America/New_York").as_deref(), Some("2026-07-01T12:00:00.000Z"));
        assert_eq!(at("2026-12-01T10:00:00+01:00", "UTC").as_deref(), Some("2026-12-01T09:00:00.000Z"));
        assert_eq!(at("2026-02-30", "UTC"), None);
        let kind = crate::effect::kind(KIND).unwrap();
        assert!(kind.validate(&json!({"contact_id": "c1", "until": "2026-02-30"})).is_err());
        assert!(kind.is_local() && !kind.protected);
    }
}
