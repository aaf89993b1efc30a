//! A link in place of the mail: for whoever would rather hand the proposal over themselves,
//! or has nobody to write to. The host makes it when the rep says yes, and gives it to them
//! alone.

use deal_record::Document;
use jiff::Timestamp;
use meeting_record::{one_line, shortened};
use skillhost_sdk::sources::Contact;
use skillhost_sdk::{Call, Failure, Share, approval, effect};

/// So long a link works unless the rep says otherwise: until an answer is due.
const DAYS: i64 = 14;
const DAY_MS: i64 = 86_400_000;
/// Longest title of a link, characters.
const MAX_TITLE: usize = 120;

/// The question.
///
/// # Errors
/// The clock of the call is of no calendar.
pub(crate) fn ask(call: &Call, document: &Document, contact: Option<&Contact>) -> Result<approval::Review, Failure> {
    let until = Timestamp::from_millisecond(call.now_ms().saturating_add(DAYS * DAY_MS))
        .map_err(|_| Failure::invalid("no-time", "the time of the call is in no calendar"))?;
    let whom = contact.map(|contact| one_line(&contact.name)).filter(|name| !name.is_empty());
    let share = Share {
        artifact: document.pdf.name.clone(),
        title: shortened(&one_line(&document.title), MAX_TITLE),
        contact_id: contact.map(|contact| contact.id.clone()),
        expires_at: until.to_string(),
    };
    let title = match whom {
        Some(whom) => format!("A link to the proposal instead, for you to give to {whom}?"),
        None => "A link to the proposal instead, for you to give?".to_owned(),
    };
    Ok(approval::review("link", title)
        .summary("The proposal was reviewed and no mail goes out. Whoever has the link can open it until it expires.")
        .field("Works for", format!("{DAYS} days"))
        .effect(effect::share("share", &share))
        .editable(approval::line("share", "/expires_at", "Works until")))
}
