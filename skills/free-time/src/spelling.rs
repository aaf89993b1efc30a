//! Slots as people write them, in a zone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned};

use crate::record::Local;
use crate::span::Span;

/// Zones, or their beginnings, where the clock has twice twelve hours.
const TWELVE_HOURS: [&str; 29] = [
    "America/New_York",
    "America/Detroit",
    "America/Chicago",
    "America/Denver",
    "America/Boise",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Indiana/",
    "America/Kentucky/",
    "America/North_Dakota/",
    "America/Toronto",
    "America/Winnipeg",
    "America/Regina",
    "America/Edmonton",
    "America/Vancouver",
    "America/Halifax",
    "America/Moncton",
    "America/St_Johns",
    "Pacific/Honolulu",
    "Pacific/Auckland",
    "Australia/",
    "Asia/Kolkata",
    "Asia/Calcutta",
    "Asia/Manila",
    "Asia/Karachi",
    "Asia/Dhaka",
    "US/",
    "Canada/",
];

/// What a slot is called in a zone; `None` where the instants or the zone are none.
pub fn say(zone: &TimeZone, span: Span) -> Option<Local> {
    let at = |at: i64| Some(Timestamp::from_millisecond(at).ok()?.to_zoned(zone.clone()));
    let (start, end) = (at(span.start)?, at(span.end)?);
    let twelve = zone.iana_name().is_some_and(|name| TWELVE_HOURS.iter().any(|zone| name.starts_with(zone)));
    let next_day = if end.date() > start.date() && end.time() != Time::midnight() { " the next day" } else { "" };
    let mut text = format!(
        "{}, {}\u{2013}{}{next_day}",
        day_name(start.date()),
        spoken(start.time(), twelve),
        spoken(end.time(), twelve)
    );
    // An hour that comes twice needs to say which one is meant.
    if [&start, &end].into_iter().any(is_repeated) {
        text.push_str(&format!(" {}", start.strftime("%Z")));
        if start.offset() != end.offset() {
            text.push_str(&format!("\u{2013}{}", end.strftime("%Z")));
        }
    }
    Some(Local { day: start.date().to_string(), from: clock(start.time()), until: clock(end.time()), text })
}

/// `2026-11-24T15:00:00.000Z`; empty beyond the calendar.
pub fn instant(at: i64) -> String {
    Timestamp::from_millisecond(at)
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

/// `Tuesday 24 November`.
pub fn day_name(day: Date) -> String {
    day.strftime("%A %-d %B").to_string()
}

/// `09:30`.
pub fn clock(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

/// `monday`.
pub fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

/// `9:30 am` or `09:30`.
fn spoken(time: Time, twelve: bool) -> String {
    if twelve { time.strftime("%-I:%M %P").to_string() } else { clock(time) }
}

fn is_repeated(local: &Zoned) -> bool {
    let civil: DateTime = local.datetime();
    matches!(local.time_zone().to_ambiguous_timestamp(civil).offset(), AmbiguousOffset::Fold { .. })
}

/// The place that a zone is named after, for people: `New York`.
pub fn place(zone: &str) -> String {
    match zone {
        "UTC" | "Etc/UTC" | "Etc/GMT" | "GMT" => "UTC".to_owned(),
        "Asia/Kolkata" | "Asia/Calcutta" => "India".to_owned(),
        other => other.rsplit('/').next().unwrap_or(other).replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::span::MINUTE_MS;

    fn said(zone: &str, start: &str, minutes: i64) -> String {
        let start = start.parse::<Timestamp>().unwrap().as_millisecond();
        say(&TimeZone::get(zone).unwrap(), Span::new(start, start + minutes * MINUTE_MS)).unwrap().text
    }

    #[test]
    fn slots_are_written_as_people_there_write_them() {
        assert_eq!(said("Europe/Berlin", "2026-11-24T15:00:00Z", 30), "Tuesday 24 November, 16:00\u{2013}16:30");
        assert_eq!(
            said("America/New_York", "2026-11-24T15:00:00Z", 30),
            "Tuesday 24 November, 10:00 am\u{2013}10:30 am"
        );
        assert_eq!(
            said("Europe/Berlin", "2026-11-24T22:30:00Z", 60),
            "Tuesday 24 November, 23:30\u{2013}00:30 the next day"
        );
        assert_eq!(said("Europe/Berlin", "2026-11-24T22:30:00Z", 30), "Tuesday 24 November, 23:30\u{2013}00:00");
    }

    #[test]
    fn an_hour_that_comes_twice_says_which_one() {
        assert_eq!(said("Europe/Berlin", "2026-10-25T00:30:00Z", 15), "Sunday 25 October, 02:30\u{2013}02:45 CEST");
        assert_eq!(said("Europe/Berlin", "2026-10-25T01:30:00Z", 15), "Sunday 25 October, 02:30\u{2013}02:45 CET");
        assert_eq!(
            said("Europe/Berlin", "2026-10-25T00:45:00Z", 30),
            "Sunday 25 October, 02:45\u{2013}02:15 CEST\u{2013}CET"
        );
    }

    #[test]
    fn zones_are_named_after_places() {
        assert_eq!(place("America/Argentina/Buenos_Aires"), "Buenos Aires");
        assert_eq!(place("Etc/UTC"), "UTC");
    }
}
