//! What this rep owes after a call.

use meeting_record::{
    ActionItem, ActionItems, Intents, Said, capitalised, days_until, is_task_due, one_line, reason, same_matter,
    same_person, shortened,
};

use crate::Skipped;

/// Least confidence at which a promise that is no action item becomes a task:
/// the tier of explicit and strong promises.
const CLEAR: f64 = 0.75;
/// Longest title, characters.
const MAX_TITLE: usize = 120;
/// Due this soon a task is high, this late it is low, in days.
const SOON: i64 = 1;
const LATE: i64 = 14;

/// Something the rep promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) title: String,
    /// A day or an instant that a task may carry.
    pub(crate) due: Option<String>,
    /// The words of a deadline that is no date.
    pub(crate) spoken_due: Option<String>,
    pub(crate) priority: &'static str,
    pub(crate) quote: String,
    /// The words are theirs who asked for it.
    pub(crate) asked: bool,
}

/// What this rep owes, in the order of the talk, and what others do.
pub(crate) fn by(rep: &str, items: &ActionItems, intents: &Intents, now: i64) -> (Vec<Owed>, Vec<Skipped>) {
    let (mut owed, mut skipped): (Vec<Owed>, Vec<Skipped>) = (Vec::new(), Vec::new());
    // With one person on our side, "we" is that person.
    let alone = !items
        .action_items
        .iter()
        .any(|item| item.is_ours() && item.owner_name().is_some_and(|name| !same_person(name, rep)));
    for item in items.action_items.iter().filter(|item| !item.text.trim().is_empty()) {
        match not_mine(item, rep, alone) {
            Some(reason) => skipped.push(Skipped { text: shortened(&item.text, MAX_TITLE), reason }),
            None => push(&mut owed, &mut skipped, from_item(item, intents, now)),
        }
    }
    for said in &intents.commitments {
        let mine = said.is_ours() && said.speaker_name.as_deref().is_some_and(|name| same_person(name, rep));
        let listed = items.action_items.iter().any(|item| item.is_about(said));
        if mine && !listed && said.confidence >= CLEAR {
            push(&mut owed, &mut skipped, from_promise(said, now));
        }
    }
    (owed, skipped)
}

fn push(owed: &mut Vec<Owed>, skipped: &mut Vec<Skipped>, thing: Owed) {
    match owed.iter().find(|other| same_matter(&other.title, &thing.title) && other.due == thing.due) {
        Some(other) => {
            let reason = format!("said twice; see “{}”", other.title);
            skipped.push(Skipped { text: thing.title, reason });
        }
        None => owed.push(thing),
    }
}

fn not_mine(item: &ActionItem, rep: &str, alone: bool) -> Option<String> {
    match item.owner_name() {
        Some(_) if item.is_owned_by(rep) && !item.is_theirs() => None,
        None if item.is_ours() && alone => None,
        Some(name) => Some(format!("owned by {name}")),
        None if item.is_theirs() => Some("owned by the prospect".to_owned()),
        None => Some("nobody was named for it".to_owned()),
    }
}

fn deadline(deadline: Option<&str>) -> (Option<String>, Option<String>) {
    match deadline.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) if is_task_due(text) => (Some(text.to_owned()), None),
        Some(text) => (None, Some(one_line(text))),
        None => (None, None),
    }
}

fn priority(stated: Option<&str>, due: Option<&str>, now: i64) -> &'static str {
    match stated {
        Some("high") => return "high",
        Some("low") => return "low",
        _ => {}
    }
    match days_until(due, now) {
        Some(days) if days <= SOON => "high",
        Some(days) if days > LATE => "low",
        _ => "normal",
    }
}

fn from_item(item: &ActionItem, intents: &Intents, now: i64) -> Owed {
    let (due, spoken_due) = deadline(item.deadline.as_deref());
    Owed {
        title: title(&item.wording(intents)),
        priority: priority(item.priority.as_deref(), due.as_deref(), now),
        due,
        spoken_due,
        asked: intents.requests.iter().any(|request| request.is_theirs() && request.phrase == item.quote),
        quote: item.quote.clone(),
    }
}

fn from_promise(said: &Said, now: i64) -> Owed {
    let (due, spoken_due) = deadline(said.deadline.as_deref());
    let words = match said.intent.as_str() {
        "send_proposal" => "Send the proposal",
        "send_pricing" => "Send the pricing",
        "send_content" => "Send the material",
        "send_contract" => "Send the contract",
        "schedule_meeting" => "Arrange the meeting",
        "make_introduction" => "Make the introduction",
        "check_internally" => "Check inside and answer",
        "provide_access" => "Give the access",
        "prepare_plan" => "Prepare the plan",
        _ => "Keep the promise",
    };
    Owed {
        title: title(&reason(words, &said.phrase, MAX_TITLE)),
        priority: priority(None, due.as_deref(), now),
        due,
        spoken_due,
        quote: said.phrase.clone(),
        asked: false,
    }
}

fn title(text: &str) -> String {
    capitalised(shortened(text, MAX_TITLE).trim_end_matches(['.', ',', ';']))
}
