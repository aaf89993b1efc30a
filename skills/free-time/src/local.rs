//! From hours of a local day to instants.
//!
//! A zone is cut into stretches of one offset. Within one, a local time and an
//! instant differ by that offset and nothing is skipped or repeated, so the set
//! of instants whose local time is in a span is exact whatever the clocks do.

use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use jiff::tz::TimeZone;

use crate::span::{DAY_MS, MINUTE_MS, Span};
use crate::times::Times;

/// Minutes of a local day.
pub const MINUTES_A_DAY: i64 = 24 * 60;

/// From one minute of a local day to before another; it never passes midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DaySpan {
    from: i64,
    to: i64,
}

impl DaySpan {
    /// The whole day.
    pub const ALL: Self = Self { from: 0, to: MINUTES_A_DAY };

    /// Minutes from midnight, `to` at most 1440; `None` where that is no span.
    pub fn new(from: i64, to: i64) -> Option<Self> {
        (0 <= from && from < to && to <= MINUTES_A_DAY).then_some(Self { from, to })
    }

    /// From one time to another, through midnight where the second is the earlier:
    /// "22:00 to 07:00" is two spans of every day. Two equal times are none.
    pub fn daily(from: i64, to: i64) -> Vec<Self> {
        match from.cmp(&to) {
            std::cmp::Ordering::Less => Self::new(from, to).into_iter().collect(),
            std::cmp::Ordering::Equal => Vec::new(),
            std::cmp::Ordering::Greater => {
                [Self::new(0, to), Self::new(from, MINUTES_A_DAY)].into_iter().flatten().collect()
            }
        }
    }

    /// First minute.
    pub fn from(self) -> i64 {
        self.from
    }

    /// The minute after the last.
    pub fn to(self) -> i64 {
        self.to
    }

    /// What both have.
    #[must_use]
    pub fn and(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }
}

/// Minutes from midnight of `HH:MM`; `24:00` is the end of the day.
pub fn minute_of_day(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i8>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    if (hour, minute) == (24, 0) {
        return Some(MINUTES_A_DAY);
    }
    let time = Time::new(hour, minute, 0, 0).ok()?;
    Some(i64::from(time.hour()) * 60 + i64::from(time.minute()))
}

/// The local day that an instant is on.
pub fn day_in(zone: &TimeZone, at: i64) -> Option<Date> {
    Some(Timestamp::from_millisecond(at).ok()?.to_zoned(zone.clone()).date())
}

/// The instants within a span whose local time is in the spans that `of_day` gives
/// for the local day.
pub fn times_of(zone: &TimeZone, within: Span, of_day: impl Fn(Date) -> Vec<DaySpan>) -> Times {
    let mut all = Vec::new();
    for (stretch, offset) in stretches(zone, within) {
        let first = (stretch.start + offset).div_euclid(DAY_MS);
        let last = (stretch.end - 1 + offset).div_euclid(DAY_MS);
        for number in first..=last {
            let Some(day) = numbered(number) else { continue };
            let midnight = number * DAY_MS - offset;
            all.extend(
                of_day(day).into_iter().map(|span| {
                    Span::new(midnight + span.from * MINUTE_MS, midnight + span.to * MINUTE_MS).and(stretch)
                }),
            );
        }
    }
    all.into_iter().collect()
}

/// The stretches of a span in which the zone keeps one offset, milliseconds east
/// of UTC. A span beyond the calendar has none.
pub(crate) fn stretches(zone: &TimeZone, within: Span) -> Vec<(Span, i64)> {
    let mut out = Vec::new();
    let Some(first) = Timestamp::from_millisecond(within.start).ok().filter(|_| !within.is_empty()) else { return out };
    if Timestamp::from_millisecond(within.end).is_err() {
        return out;
    }
    let millis = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1000;
    let (mut at, mut offset) = (within.start, millis(zone.to_offset(first)));
    for change in zone.following(first) {
        let when = change.timestamp().as_millisecond();
        if when >= within.end {
            break;
        }
        out.push((Span::new(at, when), offset));
        (at, offset) = (when, millis(change.offset()));
    }
    out.push((Span::new(at, within.end), offset));
    out
}

/// A day by its number since 1970-01-01; `None` beyond the calendar.
fn numbered(number: i64) -> Option<Date> {
    date(1970, 1, 1).checked_add(jiff::Span::new().try_days(number).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn instant(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn spans(zone: &str, from: &str, until: &str, hours: (i64, i64)) -> Vec<(String, String)> {
        let zone = TimeZone::get(zone).unwrap();
        let within = Span::new(instant(from), instant(until));
        let text = |at: i64| Timestamp::from_millisecond(at).unwrap().to_string();
        times_of(&zone, within, |_| DaySpan::daily(hours.0, hours.1))
            .spans()
            .iter()
            .map(|span| (text(span.start), text(span.end)))
            .collect()
    }

    fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a_skipped_hour_is_in_no_set() {
        // New York springs forward on 2026-03-08: 02:00 is 03:00.
        let got = spans("America/New_York", "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z", (90, 210));
        assert_eq!(got, pairs(&[("2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z")]));
    }

    #[test]
    fn a_repeated_hour_is_in_it_twice() {
        // New York falls back on 2026-11-01: 02:00 is 01:00 again.
        let got = spans("America/New_York", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", (30, 90));
        assert_eq!(
            got,
            pairs(&[
                ("2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z"),
                ("2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z"),
            ])
        );
    }

    #[test]
    fn a_day_that_a_zone_skips_is_no_day() {
        // Samoa had no 2011-12-30.
        let zone = TimeZone::get("Pacific/Apia").unwrap();
        let within = Span::new(instant("2011-12-28T00:00:00Z"), instant("2012-01-02T00:00:00Z"));
        let skipped =
            times_of(&zone, within, |day| if day == date(2011, 12, 30) { vec![DaySpan::ALL] } else { Vec::new() });
        assert!(skipped.is_empty());
    }

    #[test]
    fn clock_times_are_read_strictly() {
        for (text, want) in [
            ("00:00", Some(0)),
            ("09:30", Some(570)),
            ("24:00", Some(1440)),
            ("24:01", None),
            ("9:30", None),
            ("09:60", None),
            ("-1:00", None),
            ("+9:00", None),
            ("0900", None),
            ("", None),
        ] {
            assert_eq!(minute_of_day(text), want, "{text}");
        }
    }

    #[test]
    fn a_span_through_midnight_is_two_of_each_day() {
        let night = DaySpan::daily(22 * 60, 7 * 60);
        assert_eq!(night.iter().map(|span| (span.from(), span.to())).collect::<Vec<_>>(), [(0, 420), (1320, 1440)]);
        assert!(DaySpan::daily(600, 600).is_empty());
        assert!(DaySpan::new(10, 1441).is_none() && DaySpan::new(-1, 5).is_none() && DaySpan::new(5, 5).is_none());
    }

    #[test]
    fn beyond_the_calendar_there_is_nothing() {
        let all = |span| times_of(&TimeZone::UTC, span, |_| vec![DaySpan::ALL]);
        assert!(all(Span::new(i64::MAX - 5, i64::MAX)).is_empty());
        assert!(all(Span::new(i64::MIN, i64::MIN + 5)).is_empty());
        assert!(all(Span::new(5, 5)).is_empty());
    }
}
