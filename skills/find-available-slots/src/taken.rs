//! What the calendars say, and what they could not.

use free_time::{DAY_MS, Known, Span, instant};
use skillhost_sdk::context;
use skillhost_sdk::sources::{self, CalendarEvent, instant_ms};
use skillhost_sdk::{Failure, Optional, ReadError, ReadErrorKind};

/// Read around the window: buffers, and the whole of its first and last day.
const AROUND_MS: i64 = DAY_MS;

/// The rep's time.
#[derive(Debug)]
pub(crate) struct Taken {
    /// When they are taken.
    pub(crate) known: Known,
    /// When their meetings begin.
    pub(crate) meetings: Vec<i64>,
    /// The zone that the calendars name.
    pub(crate) zone: String,
}

/// Reads the calendars for a window.
///
/// # Errors
/// What the source says; without busy times there is nothing to look in.
pub(crate) fn read(window: Span, now: i64, tentative_is_busy: bool) -> Result<Taken, Failure> {
    let asked = window.widened(AROUND_MS);
    let span = sources::Span::new(instant(asked.start), instant(asked.end));
    let read = context::calendar_busy(&span)?;
    let mut known = Known::of(&read.value, window, now, tentative_is_busy);
    let meetings = match events(&span)? {
        Some(events) => meetings(&events, tentative_is_busy),
        // Stretches are merged, so this counts too few rather than too many.
        None => {
            known
                .warnings
                .push("the meetings of a day could not be counted one by one; touching ones count as one".into());
            let stretches = read.value.busy.iter().filter(|busy| !busy.all_day && busy.kind == "busy");
            stretches.filter_map(|busy| instant_ms(&busy.starts)).collect()
        }
    };
    Ok(Taken { known, meetings, zone: read.value.zone })
}

/// Events, where they can be read; they only count the meetings of a day.
fn events(span: &sources::Span) -> Result<Option<Vec<CalendarEvent>>, ReadError> {
    match context::calendar_events(span).optional() {
        Ok(read) => Ok(read.map(|read| read.value)),
        Err(error)
            if matches!(
                error.kind,
                ReadErrorKind::Denied | ReadErrorKind::UnknownSource | ReadErrorKind::Unavailable
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Starts of the events that are meetings: with somebody else, of some hours, and not called off.
fn meetings(events: &[CalendarEvent], tentative_is_busy: bool) -> Vec<i64> {
    let counts = |event: &&CalendarEvent| {
        let tentative = event.status == "tentative" || matches!(event.response.as_str(), "tentative" | "needs_action");
        event.busy
            && !event.all_day
            && event.status != "cancelled"
            && event.response != "declined"
            && event.attendees.len() > 1
            && (tentative_is_busy || !tentative)
    };
    events.iter().filter(counts).filter_map(|event| instant_ms(&event.starts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillhost_sdk::sources::CalendarAttendee;

    #[test]
    fn only_meetings_with_somebody_are_counted() {
        let two = vec![CalendarAttendee::default(), CalendarAttendee::default()];
        let event = CalendarEvent {
            starts: "2026-11-20T13:00:00.000Z".into(),
            status: "confirmed".into(),
            response: "accepted".into(),
            busy: true,
            attendees: two.clone(),
            ..CalendarEvent::default()
        };
        let not = [
            CalendarEvent { busy: false, ..event.clone() },
            CalendarEvent { all_day: true, ..event.clone() },
            CalendarEvent { status: "cancelled".into(), ..event.clone() },
            CalendarEvent { response: "declined".into(), ..event.clone() },
            CalendarEvent { attendees: Vec::new(), ..event.clone() },
        ];
        assert!(meetings(&not, true).is_empty());
        let maybe = CalendarEvent { response: "tentative".into(), ..event.clone() };
        assert_eq!(meetings(&[event.clone(), maybe.clone()], true).len(), 2);
        assert_eq!(meetings(&[event, maybe], false).len(), 1);
    }
}
