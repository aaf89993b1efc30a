//! What a database answers when it is asked which batch was at fault.
//!
//! Both ask with queries of their own and answer rows of `(what, key 1, key 2,
//! found)`; the keys are the [`Claim`] that names the batch.

use skillhost_engine::purse::Shortage;
use skillhost_engine::store::StoreError;

use crate::lines::Claim;

/// A row of the answer: which claim, and the error its batch gets.
pub(crate) fn refusal(
    what: &str,
    key1: String,
    key2: Option<String>,
    found: Option<String>,
) -> Option<(Claim, StoreError)> {
    let second = key2.unwrap_or_default();
    let conflict = |claim: Claim| {
        let what = claim.to_string();
        Some((claim, StoreError::Conflict { what }))
    };
    match what {
        "key" => Some((Claim::Held(key1, second), duplicate(&found?)?)),
        "taken" => Some((Claim::Job(key1), duplicate(&found?)?)),
        "job" => conflict(Claim::Job(key1)),
        "line" => conflict(Claim::Journal(key1, second.parse().ok()?)),
        "action" => conflict(Claim::Action(key1)),
        "effect" => conflict(Claim::Effect(key1)),
        "module" => conflict(Claim::Module(key1)),
        "change" => conflict(Claim::SkillChange(key1, second.parse().ok()?)),
        "transcript" => {
            let message = format!("transcript {second} is there with another text");
            Some((Claim::Transcript(key1, second), StoreError::Constraint { message }))
        }
        "stage" => {
            let message = match found {
                Some(stage) => format!("deal {second} is in stage `{stage}` by now"),
                None => format!("there is no deal {second}"),
            };
            Some((Claim::Record("stage", key1, second), StoreError::Precondition { message }))
        }
        "contacts" => missing("contacts", key1, second),
        "companies" => missing("companies", key1, second),
        "deals" => missing("deals", key1, second),
        "flags" => missing("flags", key1, second),
        "emails" => missing("emails", key1, second),
        "address" => {
            let message = format!("there is no company {}", found.unwrap_or_default());
            Some((Claim::Record("address", key1, second), StoreError::Precondition { message }))
        }
        "invite" => {
            let message = "an invitation to this event has left, or is on its way".to_owned();
            Some((Claim::Record("invite", key1, second), StoreError::Precondition { message }))
        }
        "posted" => {
            let message = format!("there is no approval {key1}");
            Some((Claim::Record("posted", String::new(), key1), StoreError::Constraint { message }))
        }
        "purse" => Some((Claim::Purse(key1), over_budget(&found?)?)),
        "reservation" => Some((Claim::Purse(key1), StoreError::Conflict { what: format!("reservation {second}") })),
        _ => None,
    }
}

/// Reads `[scope, period, key, limit, available, wanted]`.
fn over_budget(found: &str) -> Option<StoreError> {
    let (scope, period, key, limit, available, wanted) = serde_json::from_str(found).ok()?;
    Some(StoreError::OverBudget(Box::new(Shortage { scope, period, key, limit, available, wanted })))
}

fn missing(table: &'static str, org: String, id: String) -> Option<(Claim, StoreError)> {
    let message = format!("there is no record {id}");
    Some((Claim::Record(table, org, id), StoreError::Precondition { message }))
}

/// Reads `<job>=` (same body) or `<job>!`.
fn duplicate(found: &str) -> Option<StoreError> {
    let same_body = found.ends_with('=');
    let job = found.get(..found.len().checked_sub(1)?)?;
    Some(StoreError::Duplicate { job: job.into(), same_body })
}
