//! The batch the rep ticks.

use meeting_record::{Meeting, by_when, quoted};
use skillhost_sdk::approval::{self, Batch, Item};
use skillhost_sdk::sources::User;
use skillhost_sdk::{Task, effect};

use crate::Proposed;
use crate::owed::Owed;

/// Most tasks of one call; more is a transcript misread.
pub(crate) const MAX_TASKS: usize = 25;
/// Longest quote in a detail, characters.
const MAX_QUOTE: usize = 400;

/// The question without its lines.
pub(crate) fn empty(user: &User, title: Option<&str>) -> Batch {
    let whose = meeting_record::first_name(&user.name);
    let about = title.map(|title| format!(" in “{title}”")).unwrap_or_default();
    approval::batch("tasks", "Add these tasks to your list?").summary(format!("What {whose} promised{about}."))
}

/// One line, and how the output names it.
pub(crate) fn line(number: usize, thing: Owed, meeting: &Meeting, now: i64) -> (Proposed, Item) {
    let id = format!("task-{number}");
    let mut detail: Vec<String> = Vec::new();
    if let Some(said) = quoted(&thing.quote, MAX_QUOTE) {
        detail.push(format!("{}: {said}", if thing.asked { "They asked" } else { "You said" }));
    }
    if let Some(spoken) = &thing.spoken_due {
        detail.push(format!("When: {spoken}"));
    }
    let detail = (!detail.is_empty()).then(|| detail.join("\n"));
    let task = Task {
        title: thing.title.clone(),
        detail: detail.clone(),
        due: thing.due.clone(),
        priority: Some(thing.priority.to_owned()),
        contact_id: meeting.contact_id.clone(),
        deal_id: meeting.deal_id.clone(),
    };
    let mut item =
        Item::new(&id, &thing.title).effect(effect::task(&id, &task)).editable(approval::line(&id, "/title", "Title"));
    // A pointer to nothing cannot be edited, so a task without a date offers none.
    if thing.due.is_some() {
        item = item.editable(approval::line(&id, "/due", "Due"));
    }
    let when = by_when(thing.due.as_deref(), now).or(detail);
    if let Some(when) = when {
        item = item.detail(when);
    }
    let quote = (!thing.quote.trim().is_empty()).then_some(thing.quote);
    (Proposed { id, title: thing.title, due: thing.due, priority: thing.priority.to_owned(), quote }, item)
}
