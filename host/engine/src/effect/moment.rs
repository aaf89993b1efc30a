//! Times as payloads write them: an RFC 3339 instant, a day, the name of a zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::time::Timestamp;

/// Longest name of a zone; the longest there is has 32 characters.
const MAX_ZONE: usize = 64;

/// `2026-11-26T14:00:00Z`, or with an offset.
pub(super) fn instant() -> Value {
    json!({
        "type": "string", "maxLength": 40,
        "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2})$",
    })
}

/// An instant, or a day `2026-11-26`.
pub(super) fn day_or_instant() -> Value {
    json!({
        "type": "string", "maxLength": 40,
        "pattern": "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2}))?$",
    })
}

/// A name of the IANA database; that there is such a zone is checked apart.
pub(super) fn zone() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_ZONE, "pattern": "^[A-Za-z0-9_+/-]+$"})
}

/// The instant of a text that [`instant`] allows; `None` for a day that is in no calendar.
pub(super) fn read_instant(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond()))
}

/// The day of a text that [`day_or_instant`] allows, as it is written there.
pub(super) fn read_day(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// A field that must hold an instant of the calendar.
pub(super) fn need_instant(payload: &Value, field: &str) -> Result<Timestamp, (String, String)> {
    let text = payload.get(field).and_then(Value::as_str).unwrap_or_default();
    read_instant(text).ok_or_else(|| (format!("/{field}"), "there is no such time".to_owned()))
}

/// A field that names a zone, where it is there.
pub(super) fn need_zone(payload: &Value, field: &str) -> Result<Option<TimeZone>, (String, String)> {
    let Some(name) = payload.get(field).and_then(Value::as_str) else { return Ok(None) };
    TimeZone::get(name).map(Some).map_err(|_| (format!("/{field}"), "there is no such time zone".to_owned()))
}

/// `Thursday, 26 November 2026, 15:00`.
pub(super) fn in_words(at: Timestamp, zone: &TimeZone) -> Option<String> {
    let local = jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone.clone());
    Some(local.strftime("%A, %-d %B %Y, %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_the_calendar_does_not_have_is_no_time() {
        assert_eq!(read_instant("1970-01-01T00:00:01Z"), Some(Timestamp(1000)));
        assert_eq!(read_instant("1970-01-01T01:00:01+01:00"), Some(Timestamp(1000)));
        for text in ["2026-02-30T10:00:00Z", "2026-13-01T10:00:00Z", "2026-11-26T25:00:00Z", "tomorrow"] {
            assert_eq!(read_instant(text), None, "{text}");
        }
        assert!(read_day("2026-11-26T14:00:00Z").is_some() && read_day("2026-02-30").is_none());
        assert!(read_day("é").is_none(), "shorter than a day");
        assert!(need_zone(&json!({"zone": "Mars/Olympus"}), "zone").is_err());
    }

    #[test]
    fn a_time_is_told_in_its_zone_across_the_change_of_clocks() {
        let zone = TimeZone::get("Europe/Zurich").unwrap();
        let told = |text: &str| in_words(read_instant(text).unwrap(), &zone).unwrap();
        assert_eq!(told("2026-10-24T13:00:00Z"), "Saturday, 24 October 2026, 15:00");
        assert_eq!(told("2026-10-25T13:00:00Z"), "Sunday, 25 October 2026, 14:00");
    }
}
