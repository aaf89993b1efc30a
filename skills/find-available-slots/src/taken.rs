//! What the calendars say, and what they could not.

use free_time::{DAY_MS, Known, Moved, Span, instant};
use skillhost_sdk::context;
use skillhost_sdk::sources::{self, CalendarEvent, instant_ms};
use skillhost_sdk::{Failure, Optional, ReadError, ReadErrorKind};

/// Most events that one answer of the calendars holds.
const EVENTS_OF_AN_ANSWER: usize = 500;
/// Most answers that are asked for: 19 meetings on each day of the longest window, and no more
/// of what a job may hold than a fifth.
const MAX_ANSWERS: usize = 3;
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
    /// When the meeting begins that is moved: it is not offered as its own new time.
    pub(crate) moved: Option<i64>,
}

/// Reads the calendars for a window; a meeting that is moved takes none of it.
///
/// # Errors
/// What the source says; without busy times there is nothing to look in.
pub(crate) fn read(window: Span, now: i64, tentative_is_busy: bool, moved: Option<&Moved>) -> Result<Taken, Failure> {
    let asked = window.widened(AROUND_MS);
    let span = sources::Span::new(instant(asked.start), instant(asked.end));
    let mut busy = context::calendar_busy(&span)?.value;
    if let Some(moved) = moved {
        moved.free(&mut busy);
    }
    let mut known = Known::of(&busy, window, now, tentative_is_busy);
    let events = joined(&span, |span| Ok(context::calendar_events(span)?.value));
    let meetings = match readable(events)? {
        Some((mut events, is_whole)) => {
            events.retain(|event| !moved.is_some_and(|moved| moved.is(event)));
            if !is_whole {
                known.sure = false;
                known.warnings.push("there are too many meetings to count those of each day".into());
            }
            meetings(&events, tentative_is_busy)
        }
        // Stretches are merged, so this counts too few rather than too many.
        None => {
            known
                .warnings
                .push("the meetings of a day could not be counted one by one; touching ones count as one".into());
            let stretches = busy.busy.iter().filter(|busy| !busy.all_day && busy.kind == "busy");
            stretches.filter_map(|busy| instant_ms(&busy.starts)).collect()
        }
    };
    let moved = moved.and_then(|moved| instant_ms(&moved.event.as_ref()?.starts));
    Ok(Taken { known, meetings, zone: busy.zone, moved })
}

/// Every event of a span, and whether that is all of them: an answer that is full is gone
/// on from where it ends, as far as the host gives more.
fn joined(
    span: &sources::Span,
    mut ask: impl FnMut(&sources::Span) -> Result<Vec<CalendarEvent>, ReadError>,
) -> Result<(Vec<CalendarEvent>, bool), ReadError> {
    let mut all: Vec<CalendarEvent> = Vec::new();
    let mut span = span.clone();
    for _ in 0..MAX_ANSWERS {
        let answer = match ask(&span) {
            Ok(answer) => answer,
            Err(error) if all.is_empty() => return Err(error),
            Err(_) => return Ok((all, false)),
        };
        let is_full = answer.len() >= EVENTS_OF_AN_ANSWER;
        let last = answer.last().map(|event| event.starts.clone()).unwrap_or_default();
        // What goes on where the last answer ended is in this one too.
        let known = all.len().saturating_sub(2 * EVENTS_OF_AN_ANSWER);
        let fresh = |event: &CalendarEvent| {
            !all.iter().skip(known).any(|other| other.id == event.id && other.starts == event.starts)
        };
        let fresh: Vec<CalendarEvent> = answer.into_iter().filter(fresh).collect();
        let goes_on = !fresh.is_empty() && instant_ms(&last) > instant_ms(&span.from);
        all.extend(fresh);
        match (is_full, goes_on) {
            (false, _) => return Ok((all, true)),
            (true, false) => return Ok((all, false)),
            (true, true) => span.from = last,
        }
    }
    Ok((all, false))
}

/// Events, where they can be read; they only count the meetings of a day.
fn readable<T>(events: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match events.optional() {
        Ok(events) => Ok(events),
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
    #![allow(clippy::unwrap_used)]
    use super::*;
    use skillhost_sdk::sources::CalendarAttendee;

    fn at(n: i64) -> CalendarEvent {
        let starts = instant(n * 60_000);
        CalendarEvent { id: format!("e{n}"), ends: instant((n + 30) * 60_000), starts, ..CalendarEvent::default() }
    }

    /// What the calendars answer of so many events, one a minute, each of half an hour.
    fn answered(events: i64, span: &sources::Span) -> Vec<CalendarEvent> {
        let (from, until) = (instant_ms(&span.from).unwrap(), instant_ms(&span.until).unwrap());
        let within = |event: &CalendarEvent| {
            instant_ms(&event.ends).unwrap() > from && instant_ms(&event.starts).unwrap() < until
        };
        (0..events).map(at).filter(within).take(EVENTS_OF_AN_ANSWER).collect()
    }

    #[test]
    fn an_answer_that_is_full_is_gone_on_from() {
        let span = sources::Span::new(instant(0), instant(100_000 * 60_000));
        for (events, is_whole) in [(0, true), (499, true), (500, true), (501, true), (1_400, true), (1_500, false)] {
            let (all, whole) = joined(&span, |span| Ok(answered(events, span))).unwrap();
            assert_eq!(whole, is_whole, "{events}");
            if is_whole {
                assert_eq!(
                    all.iter().map(|event| event.id.clone()).collect::<Vec<_>>(),
                    (0..events).map(|n| at(n).id).collect::<Vec<_>>()
                );
            }
        }
        // More at one instant than an answer holds: nothing leads past it.
        let same: Vec<CalendarEvent> = (0..EVENTS_OF_AN_ANSWER).map(|_| at(0)).collect();
        assert!(!joined(&span, |_| Ok(same.clone())).unwrap().1);
    }

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
