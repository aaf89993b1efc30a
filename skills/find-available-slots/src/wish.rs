//! What was asked for, as sets of instants.

use free_time::record::{Request, Stretch, Window};
use free_time::{DaySpan, Span, Times, minute_of_day, times_of};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use skillhost_sdk::sources::instant_ms;

/// A day or instant as the first moment of it.
pub(crate) fn starts(text: &str, zone: &TimeZone) -> Option<i64> {
    instant_ms(text).or_else(|| Some(whole(text.parse().ok()?, zone)?.start))
}

/// A day or instant as the moment at which it is over.
pub(crate) fn ends(text: &str, zone: &TimeZone) -> Option<i64> {
    instant_ms(text).or_else(|| Some(whole(text.parse().ok()?, zone)?.end))
}

/// The instants of a local day; none where a zone skips it.
fn whole(day: Date, zone: &TimeZone) -> Option<Span> {
    let around = |days: i64| {
        let day = day.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
    };
    let times =
        times_of(
            zone,
            Span::new(around(-2)?, around(3)?),
            |other| {
                if other == day { vec![DaySpan::ALL] } else { Vec::new() }
            },
        );
    Some(Span::new(times.spans().first()?.start, times.spans().last()?.end))
}

/// The window of a request; `None` where it names none or cannot be read.
pub(crate) fn window(window: &Window, zone: &TimeZone) -> Option<(i64, Option<i64>)> {
    let until = match &window.until {
        Some(until) => Some(ends(until, zone)?),
        None => None,
    };
    Some((starts(&window.from, zone)?, until))
}

/// The instants of stretches within a window, and how many could not be read.
pub(crate) fn times(stretches: &[Stretch], within: Span, zone: &TimeZone) -> (Times, usize) {
    let mut bad = 0;
    let mut all = Times::default();
    for stretch in stretches {
        match one(stretch, within, zone) {
            Some(times) => all = all.or(&times),
            None => bad += 1,
        }
    }
    (all, bad)
}

fn one(stretch: &Stretch, within: Span, zone: &TimeZone) -> Option<Times> {
    let day = |text: &Option<String>| match text {
        Some(text) => text.parse::<Date>().ok().map(Some),
        None => Some(None),
    };
    let minute = |text: &Option<String>, default: i64| match text {
        Some(text) => minute_of_day(text),
        None => Some(default),
    };
    let (first, last) = (day(&stretch.day)?, day(&stretch.last_day)?);
    let last = last.or(first);
    let weekday = match stretch.weekday.as_deref() {
        Some(name) => Some(weekday(name)?),
        None => None,
    };
    let hours = DaySpan::new(minute(&stretch.from, 0)?, minute(&stretch.until, free_time::MINUTES_A_DAY)?)?;
    Some(times_of(zone, within, |day| {
        let is_meant = first.is_none_or(|first| day >= first)
            && last.is_none_or(|last| day <= last)
            && weekday.is_none_or(|weekday| day.weekday() == weekday);
        if is_meant { vec![hours] } else { Vec::new() }
    }))
}

fn weekday(name: &str) -> Option<Weekday> {
    Weekday::Monday.cycle_forward().take(7).find(|weekday| free_time::weekday_name(*weekday) == name)
}

/// The exact times of a request that were named, as spans of a length.
pub(crate) fn named(request: &Request, length: i64) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    for moment in &request.proposed {
        let Some(start) = instant_ms(&moment.starts).filter(|at| Timestamp::from_millisecond(*at).is_ok()) else {
            continue;
        };
        let end = moment.ends.as_deref().and_then(instant_ms).filter(|end| *end > start);
        let span = Span::new(start, end.unwrap_or(start.saturating_add(length)));
        if !out.contains(&span) {
            out.push(span);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn utc(text: &str) -> i64 {
        instant_ms(text).unwrap()
    }

    fn stretch(day: &str, last: &str, weekday: &str, from: &str, until: &str) -> Stretch {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Stretch { day: some(day), last_day: some(last), weekday: some(weekday), from: some(from), until: some(until) }
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(starts("2026-11-24", &berlin), Some(utc("2026-11-23T23:00:00Z")));
        assert_eq!(ends("2026-11-24", &berlin), Some(utc("2026-11-24T23:00:00Z")));
        assert_eq!(ends("2026-11-24T17:00:00-05:00", &berlin), Some(utc("2026-11-24T22:00:00Z")));
        // The day on which the clocks go back has 25 hours.
        let day = whole("2026-10-25".parse().unwrap(), &berlin).unwrap();
        assert_eq!(day.length(), 25 * 3_600_000);
        assert_eq!(starts("2026-13-24", &berlin), None);
        assert_eq!(starts("soon", &berlin), None);
    }

    #[test]
    fn stretches_are_instants() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let within = Span::new(utc("2026-11-23T00:00:00Z"), utc("2026-12-07T00:00:00Z"));
        for (one, spans, hours) in [
            (stretch("2026-11-24", "", "", "14:00", ""), 1, 10),
            (stretch("2026-11-24", "2026-11-26", "", "", "12:00"), 3, 36),
            (stretch("", "", "friday", "", ""), 2, 48),
            (stretch("", "", "", "09:00", "10:00"), 14, 14),
        ] {
            let (times, bad) = times(std::slice::from_ref(&one), within, &berlin);
            let length: i64 = times.spans().iter().map(|span| span.length()).sum();
            assert_eq!((times.spans().len(), length / 3_600_000, bad), (spans, hours, 0), "{one:?}");
        }
        for one in [
            stretch("2026-02-30", "", "", "", ""),
            stretch("", "", "someday", "", ""),
            stretch("", "", "", "15:00", "14:00"),
            stretch("", "", "", "3pm", ""),
        ] {
            assert_eq!(times(&[one], within, &berlin), (Times::default(), 1));
        }
    }
}
