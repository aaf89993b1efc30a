//! The subject: the running conversation goes on, else a line that names both.

use meeting_record::{Meeting, shortened};
use rep_manner::Running;
use skillhost_sdk::sources::{Company, EmailEntry};

/// Longest subject, characters: what mail programs show.
const MAX_SUBJECT: usize = 120;

/// A subject and the mail it answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) text: String,
    pub(crate) answers: Option<String>,
}

pub(crate) fn choose(
    emails: &[EmailEntry],
    meeting: &Meeting,
    company: Option<&Company>,
    org: &str,
    now: i64,
) -> Subject {
    if let Some(running) = Running::of(emails, meeting.deal_id.as_deref(), now) {
        return Subject { text: running.subject, answers: Some(running.answers) };
    }
    let text = match (company, meeting.title()) {
        (Some(company), _) if !org.is_empty() => format!("{} and {org}: next steps", company.name),
        (_, Some(title)) => format!("Next steps: {title}"),
        _ => "Next steps after our call".to_owned(),
    };
    Subject { text: shortened(&text, MAX_SUBJECT), answers: None }
}
