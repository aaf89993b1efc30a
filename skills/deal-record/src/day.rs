//! Days as they stand in a document: `18 December 2026`. Nothing relative, and
//! always with the year, because a document is read later than it is written.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// `2026-12-18`, or an instant that begins with it, as `18 December 2026`.
pub fn written_day(text: &str) -> Option<String> {
    let date: Date = text.get(..10)?.parse().ok()?;
    Some(date.strftime("%-d %B %Y").to_string())
}

/// The day of an instant in a zone, `YYYY-MM-DD`; UTC where the zone is unknown.
pub fn day_of(epoch_ms: i64, zone: &str) -> Option<String> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Some(Timestamp::from_millisecond(epoch_ms).ok()?.to_zoned(zone).date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_out() {
        for (text, want) in [
            ("2026-12-18", Some("18 December 2026")),
            ("2024-02-29T23:30:00.000Z", Some("29 February 2024")),
            ("2025-02-29", None),
            ("by Friday", None),
            ("", None),
            ("ÿÿÿÿÿÿÿÿÿÿ", None),
        ] {
            assert_eq!(written_day(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn an_instant_is_another_day_elsewhere() {
        // 2026-11-20T23:30:00Z
        let at = 1_795_217_400_000;
        assert_eq!(day_of(at, "UTC").as_deref(), Some("2026-11-20"));
        assert_eq!(day_of(at, "Europe/Berlin").as_deref(), Some("2026-11-21"));
        assert_eq!(day_of(at, "America/New_York").as_deref(), Some("2026-11-20"));
        assert_eq!(day_of(at, "Nowhere/Else").as_deref(), Some("2026-11-20"));
        assert_eq!(day_of(i64::MAX, "UTC"), None);
    }
}
