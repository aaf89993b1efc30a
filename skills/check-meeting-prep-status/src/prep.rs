//! Whether a brief comes.

use briefing_record::{MeetingAhead, RepClock};
use skillhost_sdk::sources::{CalendarEvent, PipelineDeal, Side, instant_ms};

/// A brief is raised so long before a meeting.
const BRIEF_BEFORE_MS: i64 = 90 * 60_000;
const MINUTE_MS: i64 = 60_000;
/// Most people who are named.
const MAX_NAMED: usize = 8;

pub(crate) fn meeting(
    event: &CalendarEvent,
    deal: Option<&PipelineDeal>,
    notes: Vec<String>,
    prepared: &[String],
    clock: &RepClock,
) -> MeetingAhead {
    let starts = instant_ms(&event.starts).unwrap_or(clock.now_ms());
    let ends = instant_ms(&event.ends).unwrap_or(starts);
    let brief = starts - BRIEF_BEFORE_MS;
    let prep = match () {
        () if !event.external => "none_needed",
        () if prepared.contains(&event.id) => "ready",
        () if starts <= clock.now_ms() => "started",
        () if brief <= clock.now_ms() => "brief_due",
        () => "brief_comes",
    };
    let outside = event.attendees.iter().filter(|person| person.side != Side::Rep);
    MeetingAhead {
        id: event.id.clone(),
        title: event.title.trim().to_owned(),
        starts: event.starts.clone(),
        time: clock.time_of(&event.starts).unwrap_or_default(),
        minutes: (ends - starts).max(0) / MINUTE_MS,
        with: outside
            .filter(|_| event.external)
            .map(|person| match person.name.trim() {
                "" => person.email.clone().unwrap_or_default(),
                name => name.to_owned(),
            })
            .filter(|name| !name.is_empty())
            .take(MAX_NAMED)
            .collect(),
        company: deal.and_then(|deal| deal.company.clone()),
        prep: prep.to_owned(),
        brief_at: (prep == "brief_comes").then(|| clock.time_of(&RepClock::text(brief))).flatten(),
        notes,
    }
}
