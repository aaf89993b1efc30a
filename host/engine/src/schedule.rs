//! When events are raised by the clock: a cron pattern in somebody's zone, or so
//! many minutes before each meeting. Pure: what is due, and when next.
//!
//! ```yaml
//! schedule:
//!   cron: "0 8 * * MON-FRI"     # minute hour day month weekday
//!   time_of: briefing_time      # a preference "HH:MM" that replaces minute and hour
//!   zone: user                  # or an IANA name
//!   misfire: run_once           # a host that was down: run_once | skip | catch_up
//!   catch_up: 3                 # of what was missed, the last so many
//!   grace_minutes: 60           # later than this is missed
//! ```
//! or `schedule: { before_meeting_minutes: 90 }`.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{OrgId, UserId};
use crate::quiet::time_of_day;
use crate::time::Timestamp;

/// How late a run may be and still be on time, by default: a restart takes seconds,
/// an upgrade minutes.
pub const DEFAULT_GRACE_MINUTES: u32 = 60;
/// Longest grace, a week.
pub const MAX_GRACE_MINUTES: u32 = 7 * 24 * 60;
/// Most missed runs that are made good.
pub const MAX_CATCH_UP: u32 = 31;
/// Longest time before a meeting: two days.
pub const MAX_BEFORE_MINUTES: u32 = 2 * 24 * 60;
/// Missed runs that are looked at after a long stop; older ones are not counted.
const MAX_MISSED: usize = 10_000;
const MINUTE_MS: i64 = 60_000;

/// What is done with runs whose time passed while no host ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfire {
    /// The last of them, once.
    RunOnce,
    /// None.
    Skip,
    /// The last so many, in order.
    CatchUp(u32),
}

/// In whose zone a pattern is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The user's own.
    User,
    /// A named one, checked when the file was read.
    Named(String),
}

/// A pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct CronSchedule {
    text: String,
    time_of: Option<String>,
    zone: Zone,
    misfire: Misfire,
    grace_ms: i64,
}

/// When events of a sequence are raised by themselves.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// For every user, by the clock.
    Cron(CronSchedule),
    /// For the owner of each external meeting, so many minutes before it.
    BeforeMeeting {
        /// Minutes.
        minutes: u32,
    },
}

/// A schedule as a file states it; see the [module](self).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSchedule {
    cron: Option<String>,
    time_of: Option<String>,
    zone: Option<String>,
    misfire: Option<String>,
    catch_up: Option<u32>,
    grace_minutes: Option<u32>,
    before_meeting_minutes: Option<u32>,
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build()
}

impl TryFrom<RawSchedule> for Schedule {
    type Error = String;

    fn try_from(raw: RawSchedule) -> Result<Self, String> {
        let RawSchedule { cron, time_of, zone, misfire, catch_up, grace_minutes, before_meeting_minutes } = raw;
        let text = match (cron, before_meeting_minutes) {
            (Some(text), None) => text,
            (None, Some(minutes)) => {
                let more =
                    [time_of.is_some(), zone.is_some(), misfire.is_some(), catch_up.is_some(), grace_minutes.is_some()];
                if more.contains(&true) {
                    return Err("`before_meeting_minutes` stands alone".to_owned());
                }
                if !(1..=MAX_BEFORE_MINUTES).contains(&minutes) {
                    return Err(format!("1 to {MAX_BEFORE_MINUTES} minutes before a meeting"));
                }
                return Ok(Self::BeforeMeeting { minutes });
            }
            _ => return Err("a schedule has either `cron` or `before_meeting_minutes`".to_owned()),
        };
        parser().parse(&text).map_err(|error| format!("`{text}` is no cron pattern: {error}"))?;
        if text.split_whitespace().count() != 5 {
            return Err(format!("`{text}` has not the five fields minute, hour, day, month and weekday"));
        }
        let zone = match zone.as_deref() {
            None | Some("user") => Zone::User,
            Some(name) if TimeZone::get(name).is_ok() => Zone::Named(name.to_owned()),
            Some(name) => return Err(format!("there is no zone `{name}`; write `user` or an IANA name")),
        };
        let misfire = match (misfire.as_deref(), catch_up) {
            (None | Some("run_once"), None) => Misfire::RunOnce,
            (Some("skip"), None) => Misfire::Skip,
            (Some("catch_up"), Some(count)) if (1..=MAX_CATCH_UP).contains(&count) => Misfire::CatchUp(count),
            (Some("catch_up"), _) => return Err(format!("`catch_up: N` with 1 to {MAX_CATCH_UP} says how many")),
            (_, Some(_)) => return Err("`catch_up` goes with `misfire: catch_up`".to_owned()),
            (Some(other), None) => return Err(format!("`{other}`: run_once, skip or catch_up")),
        };
        let grace = grace_minutes.unwrap_or(DEFAULT_GRACE_MINUTES);
        if !(1..=MAX_GRACE_MINUTES).contains(&grace) {
            return Err(format!("`grace_minutes` is 1 to {MAX_GRACE_MINUTES}"));
        }
        Ok(Self::Cron(CronSchedule { text, time_of, zone, misfire, grace_ms: i64::from(grace) * MINUTE_MS }))
    }
}

/// What is due, kept in the database: one row a sequence and user, or meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// Tenant.
    pub org: OrgId,
    /// On whose behalf.
    pub user: UserId,
    /// Event type that is raised.
    pub event_type: String,
    /// The meeting; empty for a pattern.
    pub subject: String,
    /// What `next` was computed from; another one computes it anew.
    pub spec: String,
    /// The next run; `None` when there is none.
    pub next: Option<Timestamp>,
}

/// What a due row leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Runs to raise, in order, by the instant each was meant for.
    pub runs: Vec<Timestamp>,
    /// Runs that were missed and are not made good.
    pub missed: usize,
    /// The next one.
    pub next: Option<Timestamp>,
}

/// A pattern with one user's zone and preferences put in.
pub struct Timetable {
    cron: Cron,
    zone: TimeZone,
    misfire: Misfire,
    grace_ms: i64,
    /// What it was made of, for [`ScheduleRow::spec`].
    pub spec: String,
}

impl CronSchedule {
    /// For a user of this zone with these preferences. A preference that is no
    /// `HH:MM` leaves the pattern as it is.
    pub fn timetable(&self, zone: &str, preferences: &Value) -> Option<Timetable> {
        let named = match &self.zone {
            Zone::User => zone,
            Zone::Named(name) => name,
        };
        let (name, zone) = match TimeZone::get(named) {
            Ok(zone) => (named, zone),
            Err(_) => ("UTC", TimeZone::UTC),
        };
        let wanted = self.time_of.as_ref().and_then(|name| preferences.get(name)).and_then(Value::as_str);
        let pattern = match wanted.and_then(time_of_day) {
            Some(time) => {
                let rest: Vec<&str> = self.text.split_whitespace().skip(2).collect();
                format!("{} {} {}", time.minute(), time.hour(), rest.join(" "))
            }
            None => self.text.clone(),
        };
        let cron = parser().parse(&pattern).ok()?;
        let spec = format!("{pattern} {name}");
        Some(Timetable { cron, zone, misfire: self.misfire, grace_ms: self.grace_ms, spec })
    }
}

impl Timetable {
    fn zoned(&self, at: Timestamp) -> Option<Zoned> {
        Some(jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(self.zone.clone()))
    }

    /// The first run after an instant.
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self.cron.find_next_occurrence(&self.zoned(at)?, false).ok()?;
        Some(Timestamp(next.timestamp().as_millisecond()))
    }

    /// The next runs after an instant.
    pub fn upcoming(&self, at: Timestamp, count: usize) -> Vec<Timestamp> {
        std::iter::successors(self.after(at), |last| self.after(*last)).take(count).collect()
    }

    /// The last run before an instant, or at it.
    fn before(&self, at: Timestamp, inclusive: bool) -> Option<Timestamp> {
        let last = self.cron.find_previous_occurrence(&self.zoned(at)?, inclusive).ok()?;
        Some(Timestamp(last.timestamp().as_millisecond()))
    }

    /// The runs from `due` to `now`, in order. Looked for from now on back, so that of
    /// too many the last ones are found.
    fn passed(&self, due: Timestamp, now: Timestamp) -> Vec<Timestamp> {
        let second = now.plus_ms(-now.0.rem_euclid(1000));
        let back = std::iter::successors(self.before(second, true), |at| self.before(*at, false));
        let mut passed: Vec<Timestamp> = back.take_while(|at| *at > due).take(MAX_MISSED).collect();
        if due <= now && passed.len() < MAX_MISSED {
            passed.push(due);
        }
        passed.reverse();
        passed
    }

    /// What to do at `now` about a run that was meant for `due`.
    pub fn fire(&self, due: Timestamp, now: Timestamp) -> Firing {
        let passed = self.passed(due, now);
        let (late, timely): (Vec<_>, Vec<_>) = passed.iter().partition(|at| now.0 - at.0 > self.grace_ms);
        let kept = match self.misfire {
            Misfire::Skip => 0,
            // What is on time makes up for what was missed.
            Misfire::RunOnce => usize::from(timely.is_empty()),
            Misfire::CatchUp(count) => usize::try_from(count).unwrap_or(usize::MAX),
        };
        let missed = late.len().saturating_sub(kept);
        let runs = late.into_iter().skip(missed).chain(timely).collect();
        Firing { runs, missed, next: self.after(now) }
    }
}

/// The instant before a meeting at which its event is raised; at once for a meeting
/// that is closer than that, `None` for one that has begun.
pub fn before_meeting(starts: Timestamp, minutes: u32, now: Timestamp) -> Option<Timestamp> {
    let due = starts.plus_ms(-i64::from(minutes) * MINUTE_MS);
    (starts > now).then(|| due.max(now))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn read(value: Value) -> Result<Schedule, String> {
        Schedule::try_from(serde_json::from_value::<RawSchedule>(value).unwrap())
    }

    fn timetable(value: Value, zone: &str, preferences: Value) -> Timetable {
        match read(value).unwrap() {
            Schedule::Cron(cron) => cron.timetable(zone, &preferences).unwrap(),
            Schedule::BeforeMeeting { .. } => unreachable!(),
        }
    }

    fn shown(times: &[Timestamp]) -> Vec<String> {
        times.iter().map(|at| at.rfc3339()).collect()
    }

    #[test]
    fn a_pattern_follows_its_users_zone_across_a_change() {
        let daily = timetable(json!({ "cron": "0 8 * * *" }), "Europe/Berlin", json!({}));
        assert_eq!(
            shown(&daily.upcoming(at("2026-10-23T12:00:00Z"), 3)),
            ["2026-10-24T06:00:00.000Z", "2026-10-25T07:00:00.000Z", "2026-10-26T07:00:00.000Z"]
        );
        let skipped = timetable(json!({ "cron": "30 2 * * *" }), "Europe/Berlin", json!({}));
        assert_eq!(
            shown(&skipped.upcoming(at("2026-03-28T12:00:00Z"), 2)),
            ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"],
            "a time that is not there is the first after the gap"
        );
        let twice = timetable(json!({ "cron": "30 2 * * *" }), "Europe/Berlin", json!({}));
        assert_eq!(shown(&twice.upcoming(at("2026-10-24T12:00:00Z"), 2)).len(), 2);
        let days = twice.upcoming(at("2026-10-24T12:00:00Z"), 2);
        assert!(days[1].0 - days[0].0 >= 24 * 3_600_000, "once on the day that has it twice");
    }

    #[test]
    fn a_preference_replaces_the_time_and_only_the_time() {
        let value = json!({ "cron": "30 7 * * MON-FRI", "time_of": "briefing_time" });
        let own = timetable(value.clone(), "UTC", json!({ "briefing_time": "06:05" }));
        assert_eq!(shown(&own.upcoming(at("2026-11-20T12:00:00Z"), 1)), ["2026-11-23T06:05:00.000Z"]);
        for unusable in [json!({ "briefing_time": "6 o'clock" }), json!({})] {
            let usual = timetable(value.clone(), "UTC", unusable);
            assert_eq!(shown(&usual.upcoming(at("2026-11-20T12:00:00Z"), 1)), ["2026-11-23T07:30:00.000Z"]);
        }
        assert_ne!(own.spec, timetable(value, "UTC", json!({})).spec);
    }

    #[test]
    fn what_was_missed_is_made_good_as_the_file_says() {
        let now = at("2026-11-20T12:00:00Z");
        let due = at("2026-11-16T08:00:00Z");
        let fire = |more: Value| {
            let mut value = json!({ "cron": "0 8 * * *" });
            value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            timetable(value, "UTC", json!({})).fire(due, now)
        };
        let next = Some(at("2026-11-21T08:00:00Z"));
        let once = fire(json!({}));
        assert_eq!((shown(&once.runs), once.missed, once.next), (vec!["2026-11-20T08:00:00.000Z".to_owned()], 4, next));
        let none = fire(json!({ "misfire": "skip" }));
        assert_eq!((none.runs.len(), none.missed, none.next), (0, 5, next));
        let some = fire(json!({ "misfire": "catch_up", "catch_up": 3 }));
        assert_eq!((some.runs.len(), some.missed, some.runs[0]), (3, 2, at("2026-11-18T08:00:00Z")));
        let timely = fire(json!({ "misfire": "skip", "grace_minutes": 300 }));
        assert_eq!((timely.runs.len(), timely.missed), (1, 4), "today's is within its grace");
    }

    #[test]
    fn after_a_long_stop_the_last_runs_are_the_ones_that_are_found() {
        let minutes = timetable(json!({ "cron": "* * * * *" }), "Europe/Berlin", json!({}));
        // Over the night in which the clocks go back.
        let (due, now) = (at("2026-10-20T12:00:00Z"), at("2026-10-28T12:00:30.500Z"));
        let fired = minutes.fire(due, now);
        assert_eq!(fired.runs.len(), 60, "the last hour is on time");
        assert_eq!(fired.runs.last(), Some(&at("2026-10-28T12:00:00Z")));
        assert_eq!((fired.missed, fired.next), (MAX_MISSED - 60, Some(at("2026-10-28T12:01:00Z"))));
        let early = minutes.fire(due, due.plus_ms(-1));
        assert_eq!((early.runs.len(), early.missed), (0, 0));
    }

    #[test]
    fn a_wrong_schedule_says_what_is_wrong() {
        for (value, word) in [
            (json!({}), "either"),
            (json!({ "cron": "0 8 * *" }), "cron"),
            (json!({ "cron": "0 0 8 * * *" }), "cron"),
            (json!({ "cron": "61 8 * * *" }), "61"),
            (json!({ "cron": "0 8 * * *", "zone": "Mars/Olympus" }), "Mars/Olympus"),
            (json!({ "cron": "0 8 * * *", "misfire": "sometimes" }), "sometimes"),
            (json!({ "cron": "0 8 * * *", "catch_up": 3 }), "misfire"),
            (json!({ "cron": "0 8 * * *", "misfire": "catch_up", "catch_up": 1000 }), "31"),
            (json!({ "cron": "0 8 * * *", "grace_minutes": 0 }), "grace_minutes"),
            (json!({ "before_meeting_minutes": 90, "zone": "UTC" }), "alone"),
            (json!({ "before_meeting_minutes": 90, "catch_up": 3 }), "alone"),
            (json!({ "before_meeting_minutes": 0 }), "minutes"),
        ] {
            let error = read(value.clone()).unwrap_err();
            assert!(error.contains(word), "{value}: {error}");
        }
    }

    #[test]
    fn a_meeting_that_is_near_is_due_at_once_and_one_that_began_never() {
        let now = at("2026-11-20T12:00:00Z");
        assert_eq!(before_meeting(at("2026-11-20T15:00:00Z"), 90, now), Some(at("2026-11-20T13:30:00Z")));
        assert_eq!(before_meeting(at("2026-11-20T12:30:00Z"), 90, now), Some(now));
        assert_eq!(before_meeting(now, 90, now), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_run_is_lost_doubled_or_early(
            hour in 0_u8..24, down_hours in 0_i64..400, ahead in 0_i64..100, catch_up in 1_u32..31,
            zone in prop::sample::select(&["UTC", "Europe/London", "America/New_York", "Asia/Tokyo"][..]),
            season in prop::sample::select(&["2026-03-01T00:00:00Z", "2026-03-22T00:00:00Z", "2026-10-20T00:00:00Z"][..]),
            minute in prop::sample::select(&["0", "30", "*/20"][..]),
        ) {
            let hours = if minute == "*/20" { "*".to_owned() } else { hour.to_string() };
            let value = json!({ "cron": format!("{minute} {hours} * * *"), "misfire": "catch_up", "catch_up": catch_up });
            let daily = timetable(value, zone, json!({}));
            let start = at(season).plus_ms(ahead * 3_600_000);
            let due = daily.after(start).unwrap();
            let now = due.plus_ms(down_hours * 3_600_000);
            let fired = daily.fire(due, now);
            let all: Vec<Timestamp> = std::iter::once(due)
                .chain(daily.upcoming(due, 1300)).take_while(|at| *at <= now).collect();
            prop_assert_eq!(fired.runs.len() + fired.missed, all.len());
            prop_assert_eq!(&fired.runs[..], &all[fired.missed..]);
            prop_assert!(fired.next.is_some_and(|next| next > now));
        }
    }
}
