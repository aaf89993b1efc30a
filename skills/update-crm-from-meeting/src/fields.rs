//! Which fields of the deal change.
//!
//! Values are the words used, so that whoever reads the field can find them in
//! the transcript. Never the stage: that is an effect of its own.

use meeting_record::{ActionItem, ActionItems, Intents, days_until, quoted, short_when, shortened};
use skillhost_sdk::sources::Deal;

/// A signal less sure than this writes nothing.
const SURE: f64 = 0.75;
/// Longest value, characters.
const MAX_VALUE: usize = 240;

/// One field with its new value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) was: Option<String>,
}

pub(crate) fn changes(deal: &Deal, items: &ActionItems, intents: &Intents, now: i64) -> Vec<Change> {
    // The surest words that can be shown; one word of a source that keeps single
    // words says nothing.
    let surest = |kind: &str| {
        let found = intents.signals(kind, SURE);
        let shown = found.iter().find_map(|signal| quoted(&signal.phrase, MAX_VALUE))?;
        Some(shown.trim_matches(['“', '”']).to_owned())
    };
    [
        ("next_step", next_step(items, intents, now)),
        ("timeline", surest("timeline")),
        ("budget_note", surest("budget")),
        ("competitor_note", surest("competition")),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        let was = deal.fields.get(name).and_then(|was| was.as_str()).map(str::to_owned);
        (was.as_deref() != Some(value.as_str())).then_some(Change { name, value, was })
    })
    .collect()
}

/// Our next dated promise, else our first one, else theirs.
fn next_step(items: &ActionItems, intents: &Intents, now: i64) -> Option<String> {
    let days = |item: &ActionItem| days_until(item.deadline.as_deref(), now).filter(|days| *days >= 0);
    let ours = || items.action_items.iter().filter(|item| item.is_ours());
    let item = ours()
        .filter(|item| days(item).is_some())
        .min_by_key(|item| days(item))
        .or_else(|| ours().next())
        .or_else(|| items.action_items.iter().find(|item| item.is_theirs()))?;
    let mut about: Vec<String> = item.owner_name().map(str::to_owned).into_iter().collect();
    about.extend(item.deadline.as_deref().map(short_when));
    let text = shortened(&item.wording(intents), MAX_VALUE);
    Some(if about.is_empty() { text } else { format!("{text} ({})", about.join(", ")) })
}
