//! Candidates become a short ordered list.

use meeting_record::{capitalised, same_matter, shortened};
use schemars::JsonSchema;
use serde::Serialize;

/// Most actions shown: what fits on a card without paging.
const MAX_ACTIONS: usize = 7;
/// Longest action or reason, characters.
pub(crate) const MAX_LINE: usize = 240;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// This week.
    Normal,
    /// Now.
    High,
}

/// Something to do next.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NextAction {
    /// What.
    pub action: String,
    /// What it rests on.
    pub why: String,
    /// Who, by name.
    pub owner: String,
    /// Day or instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// How much it matters.
    pub priority: Priority,
    /// The intent or signal behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_intent: Option<String>,
    /// The words behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// An action with its weight: what is promised weighs most, what follows from
/// the deal's fields least.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) action: NextAction,
    pub(crate) weight: i64,
    /// Days until it is due, for ties.
    pub(crate) days: Option<i64>,
}

/// Priority of something due in so many days.
pub(crate) fn by_days(days: Option<i64>) -> Priority {
    match days {
        Some(days) if days <= 2 => Priority::High,
        Some(days) if days <= 7 => Priority::Normal,
        Some(_) => Priority::Low,
        None => Priority::Normal,
    }
}

/// The heaviest first, those about one matter of one owner once.
pub(crate) fn rank(mut candidates: Vec<Candidate>) -> Vec<NextAction> {
    // A stable sort keeps the order of the talk among equals.
    candidates.sort_by_key(|candidate| (-candidate.weight, candidate.days.unwrap_or(i64::MAX)));
    let mut kept: Vec<NextAction> = Vec::new();
    for Candidate { mut action, .. } in candidates {
        let known = |other: &NextAction| {
            (other.owner == action.owner && same_matter(&other.action, &action.action))
                || (other.quote.is_some()
                    && other.quote == action.quote
                    && other.related_intent == action.related_intent)
        };
        if kept.iter().any(known) {
            continue;
        }
        action.action = capitalised(&shortened(&action.action, MAX_LINE));
        action.why = shortened(&action.why, MAX_LINE);
        kept.push(action);
        if kept.len() == MAX_ACTIONS {
            break;
        }
    }
    kept
}
