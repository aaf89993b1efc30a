//! The events of the rep's day.

use briefing_record::RepClock;
use skillhost_sdk::sources::{CalendarEvent, Span, instant_ms};

/// Most meetings of a day that are told.
const MAX_MEETINGS: usize = 30;
/// Most whole-day titles.
const MAX_ALL_DAY: usize = 5;

/// What the day holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day {
    /// By start; still to come or under way.
    pub(crate) meetings: Vec<CalendarEvent>,
    pub(crate) all_day: Vec<String>,
    pub(crate) off: usize,
}

/// Midnight to midnight, where the rep is.
pub(crate) fn span(clock: &RepClock) -> Span {
    Span::new(RepClock::text(clock.at(0, 0)), RepClock::text(clock.at(1, 0)))
}

pub(crate) fn of(events: Vec<CalendarEvent>, clock: &RepClock) -> Day {
    let (from, until) = (clock.at(0, 0), clock.at(1, 0));
    let mut day = Day::default();
    for event in events {
        let (Some(starts), Some(ends)) = (instant_ms(&event.starts), instant_ms(&event.ends)) else { continue };
        // An event without length is a moment of its day.
        if starts >= until || ends <= from && !(starts == ends && starts >= from) {
            continue;
        }
        if event.status == "cancelled" || event.response == "declined" {
            day.off += 1;
        } else if event.all_day {
            if day.all_day.len() < MAX_ALL_DAY && !event.title.trim().is_empty() {
                day.all_day.push(event.title.trim().to_owned());
            }
        } else if ends > clock.now_ms() && !day.meetings.iter().any(|other| other.id == event.id) {
            day.meetings.push(event);
        }
    }
    day.meetings.sort_by(|a, b| (&a.starts, &a.id).cmp(&(&b.starts, &b.id)));
    day.meetings.truncate(MAX_MEETINGS);
    day
}
