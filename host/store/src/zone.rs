//! Days as people have them.

use jiff::tz::TimeZone;
use skillhost_engine::time::Timestamp;

/// The day of an instant in a zone, `YYYY-MM-DD`; in UTC where the zone is unknown.
pub(crate) fn day(zone: Option<&str>, at: Timestamp) -> String {
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned(zone).date().to_string()
}
