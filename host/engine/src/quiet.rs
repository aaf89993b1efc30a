//! When a person is not to be disturbed: quiet hours in their own zone, and how
//! many notifications an hour may have. Both put off, neither drops.
//!
//! Local times follow the zone across its changes: an end that a spring night
//! skips comes as much later as the clocks went forward, one that an autumn night
//! has twice is the first that is still ahead.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::time::Timestamp;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Most notifications an hour that a preference may name: more is no bound.
pub const MAX_NOTIFICATIONS: u32 = 1000;
/// How often the two rules are asked in turn before the answer stands: each moves
/// the time on, and a day has one end of quiet hours.
const MAX_TURNS: u8 = 4;

/// Why a job waits for a quieter time; also how jobs that were put off are found again.
pub const QUIET: &str = "quiet hours of the user";
/// The same for the rate.
pub const RATE: &str = "as many notifications as the user wants an hour";

/// A daily span of local time; it may pass midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    to: Time,
}

/// Reads `HH:MM`.
pub fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let whole = |part: &str| (part.len() == 2).then(|| part.parse::<i8>().ok()).flatten();
    Time::new(whole(hour)?, whole(minute)?, 0, 0).ok()
}

impl QuietHours {
    /// From `{"from": "20:00", "to": "08:00"}`; `None` for anything else.
    pub fn read(value: &Value) -> Option<Self> {
        let part = |name: &str| value.get(name).and_then(Value::as_str).and_then(time_of_day);
        Some(Self { from: part("from")?, to: part("to")? })
    }

    fn holds(self, time: Time) -> bool {
        if self.from <= self.to { (self.from..self.to).contains(&time) } else { time >= self.from || time < self.to }
    }

    /// When the quiet hours that `at` falls into are over; `None` when it falls into none.
    pub fn end(self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone.clone());
        if !self.holds(local.time()) {
            return None;
        }
        let date = if self.to <= local.time() { local.date().tomorrow().ok()? } else { local.date() };
        // In an hour that comes twice, the end is the one still ahead.
        ends(date, self.to, zone).into_iter().flatten().find(|end| *end > at)
    }
}

/// The instants a local time may stand for.
fn ends(date: Date, time: Time, zone: &TimeZone) -> [Option<Timestamp>; 2] {
    let ambiguous = zone.to_ambiguous_timestamp(date.to_datetime(time));
    let instant =
        |found: Result<jiff::Timestamp, _>| found.ok().map(|at: jiff::Timestamp| Timestamp(at.as_millisecond()));
    [instant(ambiguous.compatible()), instant(ambiguous.later())]
}

/// What a user wants of notifications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calm {
    /// The user's zone; UTC where there is none of that name.
    zone: Option<TimeZone>,
    quiet: Option<QuietHours>,
    per_hour: Option<u32>,
}

impl Calm {
    /// Of `quiet_hours` and `max_notifications_per_hour`, which the user's preferences
    /// say, or else the org's settings.
    pub fn read(preferences: Option<&Value>, settings: Option<&Value>, zone: &str) -> Self {
        let said = |name: &str| {
            let of = |value: Option<&Value>| {
                value.and_then(|value| value.get(name)).filter(|value| !value.is_null()).cloned()
            };
            of(preferences).or_else(|| of(settings))
        };
        let per_hour = said("max_notifications_per_hour").and_then(|value| value.as_u64());
        Self {
            zone: TimeZone::get(zone).ok(),
            quiet: said("quiet_hours").as_ref().and_then(QuietHours::read),
            per_hour: per_hour
                .map(|count| u32::try_from(count).unwrap_or(MAX_NOTIFICATIONS).clamp(1, MAX_NOTIFICATIONS)),
        }
    }

    /// Whether there is anything to put off.
    pub fn is_any(&self) -> bool {
        self.quiet.is_some() || self.per_hour.is_some()
    }

    /// How many of the last notifications [`Calm::put_off`] must be told; none where there is no bound.
    pub fn counts(&self) -> Option<u32> {
        self.per_hour
    }

    /// Since when [`Calm::put_off`] must be told of notifications.
    pub fn looks_back(at: Timestamp) -> Timestamp {
        at.plus_ms(-HOUR_MS)
    }

    /// When something that would disturb the user at `at` may do so instead, and why;
    /// `None` when it may at once. `notified` are the instants of the user's
    /// notifications, newest first, those already put off among them.
    pub fn put_off(&self, at: Timestamp, notified: &[Timestamp]) -> Option<(Timestamp, &'static str)> {
        let utc = TimeZone::UTC;
        let zone = self.zone.as_ref().unwrap_or(&utc);
        let (mut when, mut why) = (at, None);
        for _ in 0..MAX_TURNS {
            let quiet = self.quiet.and_then(|quiet| quiet.end(when, zone)).map(|end| (end, QUIET));
            let Some((later, reason)) = quiet.or_else(|| self.rate(when, notified)) else { break };
            (when, why) = (later, Some(reason));
        }
        why.map(|why| (when, why))
    }

    fn rate(&self, at: Timestamp, notified: &[Timestamp]) -> Option<(Timestamp, &'static str)> {
        let bound = usize::try_from(self.per_hour?).ok()?;
        let free = notified.get(bound.checked_sub(1)?)?.plus_ms(HOUR_MS);
        (free > at).then_some((free, RATE))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn calm(preferences: Value, zone: &str) -> Calm {
        Calm::read(Some(&preferences), None, zone)
    }

    #[test]
    fn a_night_ends_in_the_morning_of_the_users_zone() {
        let night = calm(json!({ "quiet_hours": { "from": "20:00", "to": "08:00" } }), "America/New_York");
        let of = |text: &str| night.put_off(at(text), &[]).map(|(end, why)| (end.rfc3339(), why));
        let until = |text: &str| Some((text.to_owned(), QUIET));
        assert_eq!(of("2026-11-20T15:00:00Z"), None, "ten in the morning");
        assert_eq!(of("2026-11-21T01:30:00Z"), until("2026-11-21T13:00:00.000Z"), "half past eight in the evening");
        assert_eq!(of("2026-11-21T12:59:59Z"), until("2026-11-21T13:00:00.000Z"));
        assert_eq!(of("2026-11-21T13:00:00Z"), None, "the end is no part of it");
        // The clocks go forward in the night, and back.
        assert_eq!(of("2026-03-08T06:30:00Z"), until("2026-03-08T12:00:00.000Z"));
        assert_eq!(of("2026-11-01T04:30:00Z"), until("2026-11-01T13:00:00.000Z"));
    }

    #[test]
    fn an_end_in_a_gap_or_an_hour_that_comes_twice_is_ahead() {
        let gap = calm(json!({ "quiet_hours": { "from": "22:00", "to": "02:30" } }), "America/New_York");
        let (end, _) = gap.put_off(at("2026-03-08T06:59:00Z"), &[]).unwrap();
        assert_eq!(end.rfc3339(), "2026-03-08T07:30:00.000Z", "half past two is not there");
        let twice = calm(json!({ "quiet_hours": { "from": "22:00", "to": "01:30" } }), "America/New_York");
        let end = |text: &str| twice.put_off(at(text), &[]).unwrap().0.rfc3339();
        assert_eq!(end("2026-11-01T05:10:00Z"), "2026-11-01T05:30:00.000Z");
        assert_eq!(end("2026-11-01T06:10:00Z"), "2026-11-01T06:30:00.000Z", "the second ten past one");
    }

    #[test]
    fn the_users_word_counts_before_the_orgs_and_nonsense_for_nothing() {
        let org = json!({ "quiet_hours": { "from": "00:00", "to": "23:59" }, "max_notifications_per_hour": 1 });
        let now = at("2026-11-20T12:00:00Z");
        assert!(Calm::read(None, Some(&org), "UTC").put_off(now, &[]).is_some());
        let own = json!({ "quiet_hours": { "from": "12:00", "to": "12:00" }, "max_notifications_per_hour": null });
        let calm = Calm::read(Some(&own), Some(&org), "Nowhere/At_All");
        assert_eq!((calm.put_off(now, &[]), calm.counts()), (None, Some(1)));
        for bad in [json!({ "from": "25:00", "to": "08:00" }), json!("20-8"), json!({ "from": "8", "to": "9" })] {
            assert_eq!(QuietHours::read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_too_much_for_an_hour_takes_turns() {
        let calm = calm(json!({ "max_notifications_per_hour": 2 }), "UTC");
        let now = at("2026-11-20T12:00:00Z");
        let mut notified: Vec<Timestamp> = Vec::new();
        let mut sent = Vec::new();
        for _ in 0..6 {
            let when = calm.put_off(now, &notified).map_or(now, |(when, why)| {
                assert_eq!(why, RATE);
                when
            });
            notified.insert(0, when);
            sent.push((when.0 - now.0) / HOUR_MS);
        }
        assert_eq!(sent, [0, 0, 1, 1, 2, 2], "two an hour, none dropped");
    }

    #[test]
    fn the_rate_never_moves_something_into_the_night() {
        let both = json!({ "max_notifications_per_hour": 1, "quiet_hours": { "from": "20:00", "to": "08:00" } });
        let now = at("2026-11-20T19:30:00Z");
        let (when, _) = calm(both, "UTC").put_off(now, &[at("2026-11-20T19:20:00Z")]).unwrap();
        assert_eq!(when.rfc3339(), "2026-11-21T08:00:00.000Z");
    }

    const ZONES: [&str; 6] =
        ["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

        /// Against walking minute by minute, over the days around the changes of a year.
        #[test]
        fn the_end_is_the_first_minute_that_is_not_quiet(
            zone in prop::sample::select(&ZONES[..]), from in 0_i8..24, to in 0_i8..24, half in any::<bool>(),
            day in 0_i64..366, minute in 0_i64..1440,
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let quiet = QuietHours {
                from: Time::new(from, 0, 0, 0).unwrap(),
                to: Time::new(to, if half { 30 } else { 0 }, 0, 0).unwrap(),
            };
            let start = Timestamp(at("2026-01-01T00:00:00Z").0 + day * 24 * HOUR_MS + minute * MINUTE_MS);
            let is_quiet = |at: Timestamp| {
                let local = jiff::Timestamp::from_millisecond(at.0).unwrap().to_zoned(zone.clone());
                quiet.holds(local.time())
            };
            let end = quiet.end(start, &zone);
            prop_assert_eq!(end.is_some(), is_quiet(start));
            if let Some(end) = end {
                let mut walked = start;
                while is_quiet(walked) {
                    walked = walked.plus_ms(MINUTE_MS);
                    prop_assert!(walked.0 - start.0 <= 26 * HOUR_MS);
                }
                // Where clocks go back over the end, it is quiet once more after it.
                prop_assert!(end >= start && end <= walked.plus_ms(HOUR_MS) && walked <= end.plus_ms(HOUR_MS));
                if !is_quiet(end) {
                    prop_assert_eq!(end, walked);
                }
            }
        }
    }
}
