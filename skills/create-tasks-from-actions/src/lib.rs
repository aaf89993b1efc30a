//! Proposes tasks for what the rep promised.
//!
//! [`owed`] finds what this rep owes, [`open_tasks`] what is on the list
//! already, [`card`] asks. To add a source of tasks: a function in `owed` that
//! gives [`owed::Owed`] values.

mod card;
mod open_tasks;
mod owed;

use meeting_record::{ActionItems, Intents, Meeting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// What the call left behind.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The meeting.
    pub meeting: Option<Meeting>,
    /// Of `extract-action-items`.
    pub action_items: Option<ActionItems>,
    /// Of `detect-intents`.
    pub intents: Option<Intents>,
}

/// What is proposed and what is not.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Waiting for the rep.
    pub tasks: Vec<Proposed>,
    /// Left out, with the reason.
    pub skipped: Vec<Skipped>,
}

/// A task that waits.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Proposed {
    /// Local id of its line on the card.
    pub id: String,
    /// One line.
    pub title: String,
    /// Day or instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// `low`, `normal` or `high`.
    pub priority: String,
    /// The words it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// Something that becomes no task.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Skipped {
    /// What.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// Proposes the tasks.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let meeting = input.meeting.unwrap_or_default();
    let items = input.action_items.unwrap_or_default();
    let intents = input.intents.unwrap_or_default();
    let user = context::user()?.value;
    let (owed, mut skipped) = owed::by(&user.name, &items, &intents, call.now_ms());
    let open = if owed.is_empty() { Vec::new() } else { open_tasks::of(&meeting)? };

    let mut tasks = Vec::new();
    let mut request = card::empty(&user, meeting.title());
    for thing in owed {
        if let Some(reason) = open_tasks::covers(&open, &thing) {
            skipped.push(Skipped { text: thing.title, reason });
            continue;
        }
        if tasks.len() == card::MAX_TASKS {
            skipped.push(Skipped { text: thing.title, reason: "more tasks than one card holds".to_owned() });
            continue;
        }
        let (proposed, item) = card::line(tasks.len() + 1, thing, &meeting, call.now_ms());
        request = request.item(item);
        tasks.push(proposed);
    }

    let summary = match tasks.len() {
        0 => "no new tasks for you in this call".to_owned(),
        1 => "one task waits for approval".to_owned(),
        n => format!("{n} tasks wait for approval"),
    };
    let is_empty = tasks.is_empty();
    let outcome = Outcome::new(Output { tasks, skipped }).summary(summary);
    Ok(if is_empty { outcome } else { outcome.ask(request) })
}

skillhost_sdk::cases!();
