//! The rep's clock: which day and hour it is where they are.
//!
//! The call's instant and zone are all there is. A zone that is not known reads
//! as UTC, and [`RepClock::zone`] says so.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use skillhost_sdk::Call;
use skillhost_sdk::sources::instant_ms;

/// Milliseconds of 24 hours.
const DAY_MS: i64 = 86_400_000;
/// Further away than this a day is written with its year.
const YEAR_NEEDED_DAYS: i64 = 180;

/// A moment in the rep's zone.
#[derive(Clone, Debug)]
pub struct RepClock {
    now: Zoned,
}

impl RepClock {
    /// The moment of a call.
    #[must_use]
    pub fn of(call: &Call) -> Self {
        Self::new(call.now_ms(), &call.zone)
    }

    /// Epoch milliseconds in an IANA zone.
    #[must_use]
    pub fn new(now_ms: i64, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        Self { now: Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(zone) }
    }

    /// Epoch milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now.timestamp().as_millisecond()
    }

    /// The zone it reads in, `UTC` where the given one is not known.
    #[must_use]
    pub fn zone(&self) -> String {
        self.now.time_zone().iana_name().unwrap_or("UTC").to_owned()
    }

    /// `YYYY-MM-DD`.
    #[must_use]
    pub fn today(&self) -> String {
        self.now.date().to_string()
    }

    /// `Tuesday`.
    #[must_use]
    pub fn weekday(&self) -> &'static str {
        weekday(self.now.date())
    }

    /// The instant at which a time of day falls, so many days from today. A time
    /// that a spring night skips is the moment right after the gap; of one that an
    /// autumn night has twice, the first.
    #[must_use]
    pub fn at(&self, days: i64, hour: i8) -> i64 {
        let day = moved(self.now.date(), days);
        let wanted = DateTime::from_parts(day, jiff::civil::time(hour.clamp(0, 23), 0, 0, 0));
        wanted
            .to_zoned(self.now.time_zone().clone())
            .map_or_else(|_| self.now_ms(), |zoned| zoned.timestamp().as_millisecond())
    }

    /// Days from today to the Sunday of this week, 0 on a Sunday.
    #[must_use]
    pub fn days_to_sunday(&self) -> i64 {
        6 - i64::from(self.now.date().weekday().to_monday_zero_offset())
    }

    /// The last working day before today, in days from today.
    #[must_use]
    pub fn last_working_day(&self) -> i64 {
        match self.now.date().weekday() {
            Weekday::Monday => -3,
            Weekday::Sunday => -2,
            _ => -1,
        }
    }

    /// An instant as the host writes it: RFC 3339 in UTC with milliseconds.
    #[must_use]
    pub fn text(epoch_ms: i64) -> String {
        Timestamp::from_millisecond(epoch_ms).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
    }

    /// The local day of an instant, or a day as it stands.
    #[must_use]
    pub fn day_of(&self, text: &str) -> Option<Date> {
        match instant_ms(text) {
            Some(at) => Some(self.local(at)?.date()),
            None => text.get(..10).filter(|_| text.len() == 10)?.parse().ok(),
        }
    }

    /// The local time of an instant, `09:30`.
    #[must_use]
    pub fn time_of(&self, instant: &str) -> Option<String> {
        Some(self.local(instant_ms(instant)?)?.strftime("%H:%M").to_string())
    }

    /// Days from today to a day or an instant, negative when it has passed.
    #[must_use]
    pub fn days_to(&self, text: &str) -> Option<i64> {
        let span = self.now.date().until(self.day_of(text)?).ok()?;
        Some(i64::from(span.get_days()))
    }

    /// Whole times 24 hours since an instant; zero for one that is still to come.
    #[must_use]
    pub fn whole_days_since(&self, instant: &str) -> Option<i64> {
        Some(((self.now_ms() - instant_ms(instant)?) / DAY_MS).max(0))
    }

    /// `today`, `yesterday`, `5 days ago`; `tomorrow`, `in 5 days`.
    #[must_use]
    pub fn ago(&self, text: &str) -> Option<String> {
        Some(match self.days_to(text)? {
            0 => "today".to_owned(),
            -1 => "yesterday".to_owned(),
            1 => "tomorrow".to_owned(),
            days if days < 0 => format!("{} days ago", -days),
            days => format!("in {days} days"),
        })
    }

    /// `Thu 26 Nov`, with the year when it is far from now.
    #[must_use]
    pub fn short_day(&self, text: &str) -> Option<String> {
        let day = self.day_of(text)?;
        let far = self.days_to(text)?.abs() > YEAR_NEEDED_DAYS;
        Some(day.strftime(if far { "%a %-d %b %Y" } else { "%a %-d %b" }).to_string())
    }

    fn local(&self, epoch_ms: i64) -> Option<Zoned> {
        Some(Timestamp::from_millisecond(epoch_ms).ok()?.to_zoned(self.now.time_zone().clone()))
    }
}

fn moved(day: Date, days: i64) -> Date {
    Span::new().try_days(days).ok().and_then(|span| day.checked_add(span).ok()).unwrap_or(day)
}

fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// 2026-11-22T20:30:00Z.
    const NOW: i64 = 1_795_379_400_000;

    #[test]
    fn a_day_is_the_one_where_the_rep_is() {
        let auckland = RepClock::new(NOW, "Pacific/Auckland");
        assert_eq!((auckland.today().as_str(), auckland.weekday()), ("2026-11-23", "Monday"));
        assert_eq!(auckland.time_of("2026-11-22T20:30:00.000Z").as_deref(), Some("09:30"));
        assert_eq!(auckland.days_to("2026-11-22"), Some(-1));
        assert_eq!(auckland.days_to("2026-11-22T20:30:00.000Z"), Some(0));
        let utc = RepClock::new(NOW, "nowhere/at-all");
        assert_eq!((utc.zone().as_str(), utc.today().as_str()), ("UTC", "2026-11-22"));
    }

    #[test]
    fn words_for_days() {
        let clock = RepClock::new(NOW, "UTC");
        for (text, words) in [
            ("2026-11-22", Some("today")),
            ("2026-11-21T23:59:00.000Z", Some("yesterday")),
            ("2026-11-23", Some("tomorrow")),
            ("2026-11-12", Some("10 days ago")),
            ("2026-12-02", Some("in 10 days")),
            ("soon", None),
        ] {
            assert_eq!(clock.ago(text).as_deref(), words, "{text}");
        }
        assert_eq!(clock.short_day("2026-11-26").as_deref(), Some("Thu 26 Nov"));
        assert_eq!(clock.short_day("2027-11-26").as_deref(), Some("Fri 26 Nov 2027"));
        assert_eq!(clock.whole_days_since("2026-11-08T20:30:00.000Z"), Some(14));
        assert_eq!(clock.whole_days_since("2026-11-08T20:31:00.000Z"), Some(13));
        assert_eq!(clock.whole_days_since("2026-12-08T20:31:00.000Z"), Some(0));
        // A Sunday.
        assert_eq!((clock.days_to_sunday(), clock.last_working_day()), (0, -2));
    }

    #[test]
    fn times_of_day_hold_across_a_change_of_clocks() {
        // Berlin leaves summer time in the night to 2026-10-25; noon before is 12:00Z minus two.
        let clock = RepClock::new(instant_ms("2026-10-25T12:00:00.000Z").unwrap(), "Europe/Berlin");
        assert_eq!(RepClock::text(clock.at(-1, 18)), "2026-10-24T16:00:00.000Z");
        assert_eq!(RepClock::text(clock.at(0, 18)), "2026-10-25T17:00:00.000Z");
        // 02:00 does not exist there on 2027-03-28.
        let spring = RepClock::new(instant_ms("2027-03-28T12:00:00.000Z").unwrap(), "Europe/Berlin");
        assert_eq!(RepClock::text(spring.at(0, 2)), "2027-03-28T01:00:00.000Z");
    }
}
