//! Meetings that were cancelled, changed or are new.

use briefing_record::tally::counted;
use briefing_record::{Reading, RepClock, Source};
use meeting_record::shortened;
use skillhost_sdk::context;
use skillhost_sdk::sources::{CalendarEvent, Span, instant_ms};

use crate::{Night, Told, told};

/// How far ahead a change matters this morning.
const AHEAD_MS: i64 = 7 * 86_400_000;
/// Longest title, characters.
const MAX_TITLE: usize = 48;
/// Most cancelled meetings that have a line of their own.
const MAX_CANCELLED: usize = 2;

pub(crate) fn updates(night: &Night<'_>, reading: &mut Reading) -> Vec<Told> {
    let now = night.clock.now_ms();
    let span = Span::new(RepClock::text(night.clock.at(0, 0)), RepClock::text(now + AHEAD_MS));
    let Some(read) = reading.optional(context::calendar_events(&span)) else { return Vec::new() };
    let ahead = |event: &&CalendarEvent| instant_ms(&event.starts).is_some_and(|at| at >= now && at <= now + AHEAD_MS);
    let mut touched: Vec<&CalendarEvent> =
        read.value.iter().filter(ahead).filter(|event| night.holds(&event.updated_at)).collect();
    touched.sort_by(|a, b| (&a.starts, &a.id).cmp(&(&b.starts, &b.id)));
    let (cancelled, changed): (Vec<&CalendarEvent>, Vec<&CalendarEvent>) =
        touched.into_iter().partition(|event| event.status == "cancelled");
    // What the rep called or declined they know.
    let changed: Vec<&CalendarEvent> =
        changed.into_iter().filter(|event| !matches!(event.response.as_str(), "organizer" | "declined")).collect();

    let line = |about: &str, text: String, count: usize, event: &CalendarEvent| {
        told(about, text, count, source(event), &read.read_id, &event.title)
    };
    let mut lines: Vec<Told> = cancelled
        .iter()
        .take(MAX_CANCELLED)
        .map(|event| line("cancelled", format!("Cancelled: {}", named(event, night)), 1, event))
        .collect();
    if let Some(next) = cancelled.get(MAX_CANCELLED) {
        let rest = cancelled.len() - MAX_CANCELLED;
        lines.push(line("cancelled", format!("{} cancelled", counted(rest, "more meeting")), rest, next));
    }
    match changed.as_slice() {
        [] => {}
        [one] => lines.push(line("changed", format!("Changed or new: {}", named(one, night)), 1, one)),
        [first, ..] => {
            let text = format!("{} changed or new, next {}", counted(changed.len(), "meeting"), named(first, night));
            lines.push(line("changed", text, changed.len(), first));
        }
    }
    lines
}

fn source(event: &CalendarEvent) -> Source {
    Source::new("calendar", &event.id).at(&event.updated_at)
}

/// `“Globex demo”, today 10:00`.
fn named(event: &CalendarEvent, night: &Night<'_>) -> String {
    let title = shortened(&event.title, MAX_TITLE);
    let day = match night.clock.days_to(&event.starts) {
        Some(0) => "today".to_owned(),
        Some(1) => "tomorrow".to_owned(),
        _ => night.clock.short_day(&event.starts).unwrap_or_default(),
    };
    let time = night.clock.time_of(&event.starts).filter(|_| !event.all_day);
    let when: Vec<String> = [Some(day), time].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    format!("“{title}”, {}", when.join(" "))
}
