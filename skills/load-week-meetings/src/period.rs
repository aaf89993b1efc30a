//! The week.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use skillhost_sdk::{Call, Failure};

/// Weeks before it that it is held against.
const WEEKS_BEFORE: i64 = 4;

/// How far back kept calls are looked for.
const MONTHS_KEPT: i64 = 18;

/// Seven days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// First day.
    pub(crate) start: Date,
    /// Last day.
    pub(crate) end: Date,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the week.
    Week,
    /// In the weeks before.
    Before,
}

/// The seven days up to the day before `after`, or before today.
pub(crate) fn of(call: &Call, zone: &str, after: Option<&str>) -> Result<Period, Failure> {
    let broken = || Failure::invalid("after", "`after` is no day");
    let after: Date = match after {
        Some(day) => day.parse().map_err(|_| broken())?,
        None => deal_record::day_of(call.now_ms(), zone).and_then(|day| day.parse().ok()).ok_or_else(broken)?,
    };
    let end = after.checked_sub(1.day()).map_err(|_| broken())?;
    let start = end.checked_sub(6.days()).map_err(|_| broken())?;
    Ok(Period { start, end })
}

impl Period {
    /// The day since which kept calls can be of a deal that ended in the last year, each led
    /// for up to half a year.
    pub(crate) fn kept_since(&self) -> String {
        self.end.checked_sub(MONTHS_KEPT.months()).unwrap_or(self.end).to_string()
    }

    /// Where a moment stands, by its day in the zone; none where it is in neither.
    pub(crate) fn place(&self, instant: &str, zone: &str) -> Option<Place> {
        let at: Timestamp = instant.parse().ok()?;
        let day = at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).date();
        let earliest = self.start.checked_sub((WEEKS_BEFORE * 7).days()).ok()?;
        if day > self.end || day < earliest {
            return None;
        }
        Some(if day >= self.start { Place::Week } else { Place::Before })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn days_are_those_of_the_zone() {
        let period = Period { start: "2026-11-16".parse().unwrap(), end: "2026-11-22".parse().unwrap() };
        for (instant, zone, want) in [
            ("2026-11-15T23:30:00.000Z", "Europe/Berlin", Some(Place::Week)),
            ("2026-11-15T23:30:00.000Z", "UTC", Some(Place::Before)),
            ("2026-11-22T23:30:00.000Z", "Europe/Berlin", None),
            ("2026-11-23T04:30:00.000Z", "America/New_York", Some(Place::Week)),
            ("2026-10-19T12:00:00.000Z", "UTC", Some(Place::Before)),
            ("2026-10-18T12:00:00.000Z", "UTC", None),
            ("soon", "UTC", None),
        ] {
            assert_eq!(period.place(instant, zone), want, "{instant} {zone}");
        }
    }
}
