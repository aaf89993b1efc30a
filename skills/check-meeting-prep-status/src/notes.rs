//! What to look at before a meeting.

use briefing_record::tally::counted;
use meeting_record::shortened;
use skillhost_sdk::sources::{CalendarEvent, PipelineDeal, Side, instant_ms};

/// Longest title in a note, characters.
const MAX_TITLE: usize = 40;

pub(crate) fn of(event: &CalendarEvent, day: &[CalendarEvent], deal: Option<&PipelineDeal>) -> Vec<String> {
    [overlap(event, day), answer(event), people(event), tasks(deal)].into_iter().flatten().collect()
}

/// The other meeting at the same time; of two the later one is noted, of two that
/// begin together the second in the list.
fn overlap(event: &CalendarEvent, day: &[CalendarEvent]) -> Option<String> {
    if !event.busy {
        return None;
    }
    let starts = instant_ms(&event.starts)?;
    let before = day.iter().take_while(|other| other.id != event.id).filter(|other| other.busy);
    let other = before.into_iter().find(|other| instant_ms(&other.ends).is_some_and(|ends| ends > starts))?;
    Some(format!("overlaps with “{}”", shortened(&other.title, MAX_TITLE)))
}

fn answer(event: &CalendarEvent) -> Option<String> {
    match event.response.as_str() {
        "needs_action" => Some("you have not answered".to_owned()),
        "tentative" => Some("you said maybe".to_owned()),
        _ => None,
    }
}

/// People from outside who are no contacts; the host names contacts, not which of
/// the invited they are, so only the count is known.
fn people(event: &CalendarEvent) -> Option<String> {
    let outside = event.attendees.iter().filter(|person| person.side != Side::Rep).count();
    if !event.external || outside == 0 {
        return None;
    }
    match (outside, outside.saturating_sub(event.contact_ids.len())) {
        (_, 0) => None,
        (1, _) => Some("no contact on record".to_owned()),
        (all, without) => Some(format!("{without} of {all} without a record")),
    }
}

fn tasks(deal: Option<&PipelineDeal>) -> Option<String> {
    let late = usize::try_from(deal?.overdue_tasks).ok().filter(|late| *late > 0)?;
    Some(format!("{} of the deal", counted(late, "late task")))
}
