//! The subject: the running conversation goes on, else a line that names both.

use meeting_record::{Meeting, one_line, shortened};
use skillhost_sdk::sources::{Company, EmailEntry, instant_ms};

/// A conversation older than this is over: three weeks.
const GOES_ON_MS: i64 = 21 * 86_400_000;
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
    // Newest first, as the source gives them.
    let running = emails.first().filter(|mail| {
        let same_deal = mail.deal_id.is_none() || meeting.deal_id.is_none() || mail.deal_id == meeting.deal_id;
        let recent = instant_ms(&mail.at).is_some_and(|at| (0..=GOES_ON_MS).contains(&(now - at)));
        same_deal && recent && !mail.subject.trim().is_empty()
    });
    if let Some(mail) = running {
        let subject = one_line(&mail.subject);
        let is_reply = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
        let text = if is_reply { subject } else { format!("Re: {subject}") };
        return Subject { text, answers: Some(mail.id.clone()) };
    }
    let text = match (company, meeting.title()) {
        (Some(company), _) if !org.is_empty() => format!("{} and {org}: next steps", company.name),
        (_, Some(title)) => format!("Next steps: {title}"),
        _ => "Next steps after our call".to_owned(),
    };
    Subject { text: shortened(&text, MAX_SUBJECT), answers: None }
}
