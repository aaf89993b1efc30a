//! Counting days on which somebody works.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::hours::Week;
use crate::local::{DaySpan, day_in, times_of};
use crate::span::{DAY_MS, Span};

/// Furthest a count looks ahead, days: somebody without working days in a year has none.
const MAX_AHEAD: i64 = 366;

/// A counted day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The day.
    pub day: Date,
    /// The instant at which it is over, epoch milliseconds.
    pub over: i64,
}

/// The `nth` day after today on which the week has hours and which is not off;
/// `None` where there is none within a year. A day that a zone skips is not counted.
pub fn nth_business_day(zone: &TimeZone, now: i64, week: &Week, off: &BTreeSet<Date>, nth: u32) -> Option<Turn> {
    let today = day_in(zone, now)?;
    let mut left = nth;
    for ahead in 1..=MAX_AHEAD {
        let day = today.checked_add(ahead.days()).ok()?;
        if week.of(day.weekday()).is_empty() || off.contains(&day) {
            continue;
        }
        // A local day is within two days of the same day in UTC.
        let around = Span::new(now + (ahead - 2) * DAY_MS, now + (ahead + 3) * DAY_MS);
        let whole = times_of(zone, around, |other| if other == day { vec![DaySpan::ALL] } else { Vec::new() });
        let Some(last) = whole.spans().last() else { continue };
        left = left.saturating_sub(1);
        if left == 0 {
            return Some(Turn { day, over: last.end });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    #[test]
    fn weekends_and_days_off_are_not_counted() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let now = "2026-11-18T15:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let week = Week::weekdays(&[DaySpan::new(540, 1020).unwrap()]);
        let off = BTreeSet::from([date(2026, 11, 26)]);
        let tenth = nth_business_day(&zone, now, &week, &off, 10).unwrap();
        assert_eq!(tenth.day, date(2026, 12, 3));
        assert_eq!(jiff::Timestamp::from_millisecond(tenth.over).unwrap().to_string(), "2026-12-04T05:00:00Z");
        assert_eq!(nth_business_day(&zone, now, &week, &off, 1).unwrap().day, date(2026, 11, 19));
        assert_eq!(nth_business_day(&zone, now, &Week::default(), &off, 1), None);
    }
}
