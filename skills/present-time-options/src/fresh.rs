//! Whether a time is still free.
//!
//! Minutes and hours lie between a search and a card, or between a card and the
//! next; calendars move.

use free_time::record::{Answered, Found, Slot};
use free_time::{Known, MINUTE_MS, Moved, Span, instant};
use skillhost_sdk::sources::{self, instant_ms};
use skillhost_sdk::{Failure, context};

use crate::Dropped;

/// Times as they stand now.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) kept: Vec<Slot>,
    pub(crate) dropped: Vec<Dropped>,
    pub(crate) warnings: Vec<String>,
}

/// Holds slots against the calendars as they are now, without a meeting that is moved. A slot whose times cannot be
/// read is none.
///
/// # Errors
/// What the calendars say.
pub(crate) fn check(
    slots: &[Slot],
    buffer_min: i64,
    notice_min: i64,
    now: i64,
    found: &Found,
    moved: Option<&Moved>,
) -> Result<State, Failure> {
    let spans: Vec<Option<Span>> = slots.iter().map(span).collect();
    let first = spans.iter().flatten().map(|span| span.start).min();
    let last = spans.iter().flatten().map(|span| span.end).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(State::default()) };
    let buffer = buffer_min.saturating_mul(MINUTE_MS);
    let window = Span::new(first, last).widened(buffer);
    let mut busy = context::calendar_busy(&sources::Span::new(instant(window.start), instant(window.end)))?.value;
    if let Some(moved) = moved {
        moved.free(&mut busy);
    }
    let known = Known::of(&busy, window, now, !found.tentative_is_free);
    let mut state = State { warnings: known.warnings.clone(), ..State::default() };
    for (slot, span) in slots.iter().zip(spans) {
        let why = match span {
            Some(span) if known.busy.meets(span) => Some("busy"),
            Some(span) if known.busy.meets(span.widened(buffer)) => Some("buffer"),
            Some(span) if span.start < now.saturating_add(notice_min.saturating_mul(MINUTE_MS)) => Some("too_near"),
            Some(_) => None,
            None => continue,
        };
        match why {
            Some(why) => state.dropped.push(Dropped { id: slot.id.clone(), why: why.to_owned() }),
            None => state.kept.push(slot.clone()),
        }
    }
    Ok(state)
}

/// From beginning to end; `None` where that is no time.
pub(crate) fn span(slot: &Slot) -> Option<Span> {
    let span = Span::new(instant_ms(&slot.starts)?, instant_ms(&slot.ends)?);
    (!span.is_empty()).then_some(span)
}

/// The one time that was confirmed.
pub(crate) fn confirmed(found: &Found) -> Option<Slot> {
    let [one] = found.asked.as_slice() else { return None };
    Some(Slot {
        id: "confirmed".to_owned(),
        starts: one.starts.clone(),
        ends: one.ends.clone(),
        yours: one.yours.clone(),
        theirs: one.theirs.clone(),
        asked_for: true,
        ..Slot::default()
    })
}

/// What of the rep's rules speaks against a time that was confirmed; it is theirs to weigh.
pub(crate) fn soft(found: &Found, slot: &Slot) -> Vec<String> {
    let words = |why: &str| match why {
        "notice" => Some("it is sooner than your rules want"),
        "buffer" => Some("it leaves no pause to another meeting"),
        "outside_hours" => Some("it is outside your hours"),
        "day_off" => Some("it is on one of your days off"),
        "full_day" => Some("the day has as many meetings as you want"),
        _ => None,
    };
    let about = |one: &&Answered| one.starts == slot.starts;
    found
        .asked
        .iter()
        .filter(about)
        .flat_map(|one| &one.against)
        .filter_map(|why| words(why))
        .map(str::to_owned)
        .collect()
}
