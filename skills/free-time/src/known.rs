//! What calendars say, as sets of instants, and what they could not.

use skillhost_sdk::sources::{Busy, instant_ms};

use crate::span::Span;
use crate::spelling::instant;
use crate::times::Times;

/// Calendars read longer ago than this, milliseconds, may lack today's meetings.
const STALE_MS: i64 = 24 * 60 * 60 * 1000;

/// Somebody's time, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// When they are taken.
    pub busy: Times,
    /// What the calendars answered for.
    pub covered: Span,
    /// Whether all of them were read, and lately.
    pub sure: bool,
    /// What was not.
    pub warnings: Vec<String>,
}

impl Known {
    /// Reads what the calendars answered to a question for `window`, asked at `now`.
    pub fn of(busy: &Busy, window: Span, now: i64, tentative_is_busy: bool) -> Self {
        let mut warnings = Vec::new();
        let mut spans = Vec::new();
        let mut unreadable = 0;
        for one in &busy.busy {
            if one.kind == "tentative" && !tentative_is_busy {
                continue;
            }
            match (instant_ms(&one.starts), instant_ms(&one.ends)) {
                (Some(start), Some(end)) if end >= start => spans.push(Span::new(start, end)),
                _ => unreadable += 1,
            }
        }
        if unreadable > 0 {
            warnings.push(format!("{unreadable} entries of the calendar have no readable time and are left out"));
        }
        for calendar in busy.unread() {
            let why = calendar.error.as_deref().unwrap_or("no reason given");
            warnings.push(format!(
                "the calendar “{}” could not be read ({why}): what is in it is not left out",
                calendar.name
            ));
        }
        if busy.calendars.is_empty() {
            warnings.push("no calendar is connected: every time may be taken".to_owned());
        }
        for calendar in busy.calendars.iter().filter(|calendar| calendar.error.is_none()) {
            let Some(as_of) = calendar.as_of.as_deref().and_then(instant_ms) else { continue };
            if now - as_of > STALE_MS {
                warnings.push(format!("the calendar “{}” was read last at {}", calendar.name, instant(as_of)));
            }
        }
        let from = instant_ms(&busy.from).unwrap_or(window.start);
        let until = instant_ms(&busy.until).unwrap_or(window.end);
        let covered = Span::new(from, until);
        if covered.and(window) != window {
            warnings.push("the calendars answered for a part of the time only; the rest is not offered".to_owned());
        }
        let sure = warnings.is_empty();
        Self { busy: spans.into_iter().collect(), covered, sure, warnings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::DAY_MS;
    use skillhost_sdk::sources::{BusyTime, Calendar};

    const NOON: i64 = 1_795_176_000_000;

    fn entry(starts: &str, ends: &str, kind: &str) -> BusyTime {
        BusyTime { starts: starts.into(), ends: ends.into(), kind: kind.into(), ..BusyTime::default() }
    }

    fn answer(busy: Vec<BusyTime>, calendars: Vec<Calendar>) -> Busy {
        Busy { busy, calendars, ..Busy::default() }
    }

    fn work() -> Calendar {
        Calendar { name: "Work".into(), as_of: Some(instant(NOON)), error: None }
    }

    #[test]
    fn what_could_not_be_read_is_said() {
        let window = Span::new(NOON, NOON + DAY_MS);
        let whole = Known::of(&answer(Vec::new(), vec![work()]), window, NOON, true);
        assert!(whole.sure && whole.warnings.is_empty());
        let broken = Calendar { name: "Home".into(), error: Some("signed out".into()), as_of: None };
        for (busy, part) in [
            (answer(Vec::new(), vec![work(), broken]), "“Home” could not be read (signed out)"),
            (answer(Vec::new(), Vec::new()), "no calendar is connected"),
            (answer(vec![entry("tomorrow", "", "busy")], vec![work()]), "1 entries"),
            (answer(Vec::new(), vec![Calendar { as_of: Some(instant(NOON - 2 * DAY_MS)), ..work() }]), "was read last"),
            (Busy { until: instant(NOON + 1000), ..answer(Vec::new(), vec![work()]) }, "for a part of the time only"),
        ] {
            let taken = Known::of(&busy, window, NOON, true);
            assert!(!taken.sure);
            assert!(taken.warnings.iter().any(|warning| warning.contains(part)), "{:?}", taken.warnings);
        }
    }

    #[test]
    fn tentative_counts_as_the_rep_wants() {
        let window = Span::new(NOON, NOON + DAY_MS);
        let busy = answer(
            vec![
                entry("2026-11-20T13:00:00.000Z", "2026-11-20T14:00:00.000Z", "tentative"),
                entry("2026-11-20T15:00:00.000Z", "2026-11-20T16:00:00.000Z", "out_of_office"),
            ],
            vec![work()],
        );
        assert_eq!(Known::of(&busy, window, NOON, true).busy.spans().len(), 2);
        assert_eq!(Known::of(&busy, window, NOON, false).busy.spans().len(), 1);
    }
}
