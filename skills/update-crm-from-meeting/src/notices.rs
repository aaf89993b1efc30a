//! What of the call the rep is told outright, and what their manager is.

use meeting_record::{Intents, Meeting, Signal, one_line, reason};
use serde_json::json;
use skillhost_sdk::sources::{Deal, User};
use skillhost_sdk::{Effect, approval};

use crate::flags::{Flag, RISK};

/// A signal less sure than this is no news.
const SURE: f64 = 0.75;
/// Longest reason, characters.
const MAX_REASON: usize = 240;
/// The kind that tells a manager.
pub(crate) const TELL: &str = "chat.manager";

/// The words that put the budget in doubt.
fn doubted_budget(intents: &Intents) -> Option<&Signal> {
    intents.signals("budget", SURE).into_iter().find(|signal| signal.is_negative())
}

/// A line for each: more people decide, the budget is there, the deal is at risk.
pub(crate) fn lines(intents: &Intents, raised: &[Flag]) -> Vec<String> {
    let flag = |name: &str| raised.iter().find(|flag| flag.name == name).map(|flag| flag.reason.clone());
    let confirmed = intents.signals("budget", SURE).into_iter().find(|signal| signal.is_positive());
    let budget = confirmed.filter(|_| doubted_budget(intents).is_none());
    [
        flag(RISK).map(|reason| format!("At risk: {reason}")),
        budget.map(|signal| format!("Budget: {}", reason(&signal.why(&[]), &signal.phrase, MAX_REASON))),
        flag("multi_stakeholder").map(|reason| format!("More people decide: {reason}")),
    ]
    .into_iter()
    .flatten()
    .map(|line| one_line(&line))
    .collect()
}

/// The message to the manager: only where the budget is in doubt, and somebody is named.
pub(crate) fn to_manager(user: &User, deal: &Deal, meeting: &Meeting, intents: &Intents) -> Option<Effect> {
    let signal = doubted_budget(intents)?;
    user.manager_id.as_deref().filter(|manager| !manager.is_empty() && *manager != user.id)?;
    // A host that does not know the kind would refuse the whole outcome for it.
    if !approval::check(TELL).permitted {
        return None;
    }
    let call = meeting.title().map(|title| format!(" in “{}”", one_line(title))).unwrap_or_default();
    let text = format!(
        "**“{}” is at risk**\n{} heard{call}: {}",
        one_line(&deal.name),
        one_line(&user.name),
        reason(&signal.why(&[]), &signal.phrase, MAX_REASON)
    );
    Some(Effect::custom("manager", TELL, json!({ "text": text })))
}
