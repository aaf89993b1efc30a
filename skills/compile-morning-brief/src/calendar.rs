//! The day's events, where the step that says which of them are prepared has failed: the
//! meetings of a day do not go with their preparation.

use briefing_record::{Reading, RepClock};
use skillhost_sdk::context;
use skillhost_sdk::sources::Span;

use crate::sections::Event;

/// Midnight to midnight, where the rep is; none where the calendar cannot be read.
pub(crate) fn read(clock: &RepClock) -> Option<Vec<Event>> {
    let span = Span::new(RepClock::text(clock.at(0, 0)), RepClock::text(clock.at(1, 0)));
    let read = Reading::quietly(context::calendar_events(&span))?;
    let event = |event: skillhost_sdk::sources::CalendarEvent| Event {
        title: event.title,
        starts: event.starts,
        all_day: event.all_day,
        status: event.status,
        response: event.response,
    };
    Some(read.value.into_iter().map(event).collect())
}
