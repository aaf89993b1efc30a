//! The line in the deal's history.

use meeting_record::{ActionItems, Intents, Meeting, one_line, short_when, shortened};
use skillhost_sdk::Activity;
use skillhost_sdk::sources::Deal;

/// Longest subject, characters.
const MAX_SUBJECT: usize = 160;
/// Most lines of each list.
const MAX_LINES: usize = 10;
/// Longest line, characters.
const MAX_LINE: usize = 200;

pub(crate) fn of(
    meeting: &Meeting,
    items: &ActionItems,
    intents: &Intents,
    contact_id: Option<&str>,
    deal: Option<&Deal>,
) -> Activity {
    let subject = shortened(meeting.title().unwrap_or("Meeting"), MAX_SUBJECT);
    let mut parts = Vec::new();
    let minutes = meeting.duration_ms.filter(|ms| *ms > 0).map(|ms| format!("{} minutes", (ms + 30_000) / 60_000));
    let people: Vec<&str> =
        meeting.attendees.iter().map(|attendee| attendee.name.trim()).filter(|name| !name.is_empty()).collect();
    let who = (!people.is_empty()).then(|| format!("with {}", people.join(", ")));
    let facts: Vec<String> = [minutes, who].into_iter().flatten().collect();
    if !facts.is_empty() {
        parts.push(format!("Meeting, {}.", facts.join(" ")));
    }
    if !intents.summary.trim().is_empty() {
        parts.push(one_line(&intents.summary));
    }
    let agreed: Vec<String> = items
        .decisions
        .iter()
        .take(MAX_LINES)
        .map(|decision| format!("- {}", shortened(&decision.text, MAX_LINE)))
        .collect();
    if !agreed.is_empty() {
        parts.push(format!("Agreed:\n{}", agreed.join("\n")));
    }
    let steps: Vec<String> = items
        .action_items
        .iter()
        .take(MAX_LINES)
        .map(|item| {
            let owner = item.owner_name().map(|name| format!("{name}: ")).unwrap_or_default();
            let due = item.deadline.as_deref().map(|day| format!(" ({})", short_when(day))).unwrap_or_default();
            format!("- {owner}{}{due}", shortened(&item.wording(intents), MAX_LINE))
        })
        .collect();
    if !steps.is_empty() {
        parts.push(format!("Next steps:\n{}", steps.join("\n")));
    }
    if parts.is_empty() {
        parts.push("Meeting took place.".to_owned());
    }
    Activity {
        kind: "meeting".to_owned(),
        contact_id: contact_id.map(str::to_owned),
        deal_id: deal.map(|deal| deal.id.clone()),
        subject,
        body: parts.join("\n\n"),
    }
}
