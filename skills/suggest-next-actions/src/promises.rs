//! What was promised and what was asked for.

use meeting_record::{ActionItem, Said, days_until, first_name, is_task_due, lower_first, reason, same_person};

use crate::Facts;
use crate::ranking::{Candidate, MAX_LINE, NextAction, Priority, by_days};

/// Our own promise.
const OURS: i64 = 100;
/// A promise that closes a deal weighs more than one that informs.
const OURS_CLOSING: i64 = 110;
/// A request that nobody promised to meet.
const UNMET: i64 = 95;
/// Somebody else of our side promised it.
const COLLEAGUE: i64 = 70;
/// They promised it.
const THEIRS: i64 = 60;

const CLOSING: [&str; 3] = ["send_proposal", "send_contract", "send_pricing"];

pub(crate) fn collect(facts: &Facts, into: &mut Vec<Candidate>) {
    for item in &facts.items.action_items {
        if item.is_ours() {
            into.push(ours(facts, item));
        } else if item.is_theirs() {
            into.push(theirs(facts, item));
        }
    }
    for promise in &facts.intents.commitments {
        let covered = facts.items.action_items.iter().any(|item| item.is_about(promise));
        if !covered {
            into.push(unlisted(facts, promise));
        }
    }
    for request in facts.intents.requests.iter().filter(|request| request.is_theirs()) {
        if !facts.intents.meet(&facts.items, request) {
            into.push(unmet(facts, request));
        }
    }
}

fn intent_of(facts: &Facts, item: &ActionItem) -> Option<String> {
    facts
        .intents
        .commitments
        .iter()
        .find(|said| item.is_about(said))
        .map(|said| said.intent.clone())
        .filter(|intent| !intent.is_empty())
}

fn due_of(deadline: Option<&str>) -> Option<String> {
    deadline.map(str::trim).filter(|day| is_task_due(day)).map(str::to_owned)
}

fn quote(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

fn ours(facts: &Facts, item: &ActionItem) -> Candidate {
    let intent = intent_of(facts, item);
    let owner = item.owner_name().unwrap_or(&facts.user.name).to_owned();
    let mine = same_person(&owner, &facts.user.name);
    let days = days_until(item.deadline.as_deref(), facts.now);
    let closing = intent.as_deref().is_some_and(|intent| CLOSING.contains(&intent));
    let text = item.wording(&facts.intents);
    let action = match mine {
        true => text,
        false => format!("Make sure that {} can {}", first_name(&owner), lower_first(&text, &[])),
    };
    let why = match mine {
        true => "You promised it in the call".to_owned(),
        false => format!("{} promised it in the call; the deal is yours", first_name(&owner)),
    };
    Candidate {
        weight: match (mine, closing) {
            (true, true) => OURS_CLOSING,
            (true, false) => OURS,
            (false, _) => COLLEAGUE,
        },
        days,
        action: NextAction {
            action,
            why,
            owner: if mine { facts.user.name.clone() } else { owner },
            due: due_of(item.deadline.as_deref()),
            priority: match item.priority.as_deref() {
                Some("high") => Priority::High,
                _ => by_days(days),
            },
            related_intent: intent,
            quote: quote(&item.quote),
        },
    }
}

fn theirs(facts: &Facts, item: &ActionItem) -> Candidate {
    let who = item.owner_name().map_or("the prospect", first_name);
    let days = days_until(item.deadline.as_deref(), facts.now);
    let text = lower_first(&item.wording(&facts.intents), &[]);
    let why = match due_of(item.deadline.as_deref()) {
        Some(_) => format!("{who} promised it for that day"),
        None => format!("{who} promised it without a date"),
    };
    Candidate {
        weight: THEIRS,
        days,
        action: NextAction {
            action: format!("Follow up with {who}: {text}"),
            why,
            owner: facts.user.name.clone(),
            due: due_of(item.deadline.as_deref()),
            priority: if days.is_some_and(|days| days <= 2) { Priority::Normal } else { Priority::Low },
            related_intent: Some("prospect_followup".to_owned()),
            quote: quote(&item.quote),
        },
    }
}

/// A promise that is no action item: shown in its own words.
fn unlisted(facts: &Facts, promise: &Said) -> Candidate {
    let days = days_until(promise.deadline.as_deref(), facts.now);
    let who = first_name(promise.who());
    let mine = promise.is_ours() && same_person(promise.who(), &facts.user.name);
    let (weight, action) = match (mine, promise.is_ours()) {
        (true, _) => (OURS, words_for(&promise.intent).unwrap_or("Keep the promise").to_owned()),
        (false, true) => (COLLEAGUE, format!("Make sure that {who} keeps the promise")),
        (false, false) => (THEIRS, format!("Follow up with {who}")),
    };
    Candidate {
        weight,
        days,
        action: NextAction {
            action: reason(&action, &promise.phrase, MAX_LINE),
            why: match mine {
                true => "You promised it in the call".to_owned(),
                false => format!("{who} promised it in the call"),
            },
            owner: facts.user.name.clone(),
            due: due_of(promise.deadline.as_deref()),
            priority: if promise.is_ours() { by_days(days) } else { Priority::Low },
            related_intent: Some(promise.intent.clone()).filter(|intent| !intent.is_empty()),
            quote: quote(&promise.phrase),
        },
    }
}

fn unmet(facts: &Facts, request: &Said) -> Candidate {
    let pricing = request.is_about("pricing");
    Candidate {
        weight: UNMET,
        days: days_until(request.deadline.as_deref(), facts.now),
        action: NextAction {
            action: match words_for(&request.intent) {
                Some(words) => {
                    let what = format!("{words} that {} asked for", first_name(request.who()));
                    reason(&what, &request.phrase, MAX_LINE)
                }
                None => {
                    let what = format!("Answer what {} asked", first_name(request.who()));
                    reason(&what, &request.phrase, MAX_LINE)
                }
            },
            why: "It was asked in the call and nobody promised it".to_owned(),
            owner: facts.user.name.clone(),
            due: due_of(request.deadline.as_deref()),
            priority: if pricing { Priority::High } else { Priority::Normal },
            related_intent: Some(request.intent.clone()),
            quote: quote(&request.phrase),
        },
    }
}

fn words_for(intent: &str) -> Option<&'static str> {
    Some(match intent {
        "send_proposal" | "proposal" => "Send the proposal",
        "send_pricing" | "pricing" => "Send the pricing",
        "send_content" | "content" => "Send the material",
        "send_contract" | "contract" => "Send the contract",
        "schedule_meeting" | "meeting" => "Arrange the meeting",
        "make_introduction" | "introduction" => "Make the introduction",
        "check_internally" => "Check inside and answer",
        "provide_access" | "access" => "Give the access",
        "prepare_plan" | "plan" => "Prepare the plan",
        _ => return None,
    })
}
