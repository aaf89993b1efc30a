//! What is on the rep's list already.

use meeting_record::{Meeting, same_matter};
use skillhost_sdk::context::About;
use skillhost_sdk::sources::TaskEntry;
use skillhost_sdk::{Failure, Optional, context};

use crate::owed::Owed;

/// Open tasks of the deal and of the contact, each once.
///
/// # Errors
/// What the source says, other than that there is nothing.
pub(crate) fn of(meeting: &Meeting) -> Result<Vec<TaskEntry>, Failure> {
    let abouts = [meeting.deal_id.clone().map(About::Deal), meeting.contact_id.clone().map(About::Contact)];
    let mut open: Vec<TaskEntry> = Vec::new();
    for about in abouts.into_iter().flatten() {
        let tasks = context::tasks(&about).optional()?.map(|read| read.value).unwrap_or_default();
        for task in tasks.into_iter().filter(|task| task.status != "done") {
            if !open.iter().any(|other| other.id == task.id) {
                open.push(task);
            }
        }
    }
    Ok(open)
}

/// Why no new task is needed, if one covers it.
pub(crate) fn covers(open: &[TaskEntry], thing: &Owed) -> Option<String> {
    let task = open.iter().find(|task| same_matter(&task.title, &thing.title))?;
    let due = task.due.as_deref().map(|due| format!(", due {due}")).unwrap_or_default();
    Some(format!("already an open task: “{}”{due}", task.title))
}
