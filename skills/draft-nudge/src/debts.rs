//! What we owe them.

use deal_record::day_of;
use deal_source::Dealing;
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::context::{self, About, Optional};
use skillhost_sdk::sources::TaskEntry;
use skillhost_sdk::{Call, Failure};

/// Most that are named; more is a reason to call.
const MOST: usize = 5;

/// A task of the rep that was due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Debt {
    /// Which.
    pub task_id: String,
    /// What.
    pub title: String,
    /// The day.
    pub due: String,
}

/// Open tasks about this contact or deal whose day has come.
pub(crate) fn of(dealing: &Dealing, contact_id: &str, call: &Call) -> Result<Vec<Debt>, Failure> {
    let mut tasks: Vec<TaskEntry> =
        context::tasks(&About::Contact(contact_id.to_owned())).optional()?.map(|read| read.value).unwrap_or_default();
    if let Some(deal) = &dealing.deal {
        let of_deal = context::tasks(&About::Deal(deal.value.id.clone())).optional()?;
        for task in of_deal.map(|read| read.value).unwrap_or_default() {
            if !tasks.iter().any(|known| known.id == task.id) {
                tasks.push(task);
            }
        }
    }
    let today = day_of(call.now_ms(), &call.zone).unwrap_or_default();
    let mut found: Vec<Debt> = tasks
        .into_iter()
        .filter(|task| task.status == "open")
        .filter(|task| task.owner_id.as_ref().is_none_or(|owner| *owner == dealing.user.id))
        .filter_map(|task| {
            let due = task.due.as_deref()?.get(..10)?.to_owned();
            (due <= today).then_some(Debt { task_id: task.id, title: task.title, due })
        })
        .collect();
    found.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.task_id.cmp(&b.task_id)));
    found.truncate(MOST);
    Ok(found)
}
