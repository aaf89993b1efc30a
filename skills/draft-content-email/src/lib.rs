//! Drafts the mail that sends what was chosen.
//!
//! [`asked`] says back what was asked for, [`parcel`] lists what is sent,
//! [`proposal`] puts in a reviewed document. To send one more kind of thing, add a
//! module that gives a paragraph and a subject.

mod asked;
mod parcel;
mod proposal;

use deal_record::{Document, Selection, Trigger, day_of, is_reviewed, written_day};
use deal_source::Dealing;
use meeting_record::shortened;
use rep_manner::{Letter, Running};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use skillhost_sdk::context::{About, Optional, Query};
use skillhost_sdk::sources::{ActivityEntry, EmailEntry};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Longest subject, characters: what mail programs show.
const MAX_SUBJECT: usize = 120;
/// Most pages of the history that are looked through for the line of a review.
const MOST_PAGES: usize = 4;

/// What is to be sent, and to whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The event's payload.
    pub about: Trigger,
    /// Of `select-content`.
    pub selection: Option<Selection>,
    /// Of `assemble-proposal`.
    pub document: Option<Document>,
}

/// A mail to be looked at, without a signature.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Addresses.
    pub to: Vec<String>,
    /// Addresses.
    pub cc: Vec<String>,
    /// `en`.
    pub language: String,
    /// Documents that go along.
    pub attachments: Vec<Attached>,
    /// What the text rests on: `template:t1`, `product:p1`, `document:sha256:…`, `email:e7`.
    pub used: Vec<String>,
    /// Whom it is to.
    pub contact_id: Option<String>,
}

/// What the letter sends.
struct Sent {
    subject: String,
    paragraphs: Vec<String>,
    attachments: Vec<Attached>,
    used: Vec<String>,
}

/// A file of the job that goes along with the mail.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attached {
    /// `artifact:proposal-pdf`.
    pub artifact: String,
    /// What the recipient sees it called.
    pub name: String,
}

/// Drafts it.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let dealing = Dealing::load(&input.about)?;
    let deal_id = dealing.deal.as_ref().map(|deal| deal.value.id.as_str());
    let contact = dealing.contact.as_ref().map(|contact| &contact.value);
    let emails: Vec<EmailEntry> = match contact {
        Some(contact) => context::emails(&About::Contact(contact.id.clone()))?.value,
        None => Vec::new(),
    };
    let today = day_of(call.now_ms(), &call.zone).and_then(|day| written_day(&day)).unwrap_or_default();
    let sent = match (&input.document, &input.selection) {
        (Some(document), _) => {
            if !was_approved(document, &dealing)? {
                return Err(Failure::invalid("not-reviewed", "this document was not approved in its review"));
            }
            proposal::sent(document)
        }
        (None, Some(selection)) if !selection.is_empty() => parcel::sent(selection, &today),
        (None, Some(_)) => return Err(Failure::invalid("nothing-chosen", "nothing was chosen that could be sent")),
        (None, None) => return Err(Failure::invalid("nothing-to-send", "there is neither a choice nor a document")),
    };
    let manner = rep_manner::manner(&dealing.user, &emails)?;
    let running = Running::of(&emails, deal_id, call.now_ms());
    let subject =
        running.as_ref().map_or_else(|| shortened(&sent.subject, MAX_SUBJECT), |running| running.subject.clone());
    let letter = sent.paragraphs.into_iter().fold(Letter::to(dealing.contact_name(), &manner), Letter::say);

    let address = contact.filter(|contact| !contact.suppressed).and_then(|contact| contact.email.clone());
    let mut used = sent.used;
    used.extend(running.map(|running| format!("email:{}", running.answers)));
    used.extend(manner.learned_from.map(|id| format!("email:{id}")));
    used.dedup();
    let summary = match &address {
        Some(_) => format!("drafted a mail with {}", subject_of(&sent.attachments, &used)),
        None => "drafted a mail, but nobody can be written to".to_owned(),
    };
    Ok(Outcome::new(Output {
        subject,
        body: letter.text(),
        to: address.into_iter().collect(),
        cc: Vec::new(),
        language: "en".to_owned(),
        attachments: sent.attachments,
        used,
        contact_id: contact.map(|contact| contact.id.clone()),
    })
    .summary(summary))
}

fn subject_of(attachments: &[Attached], used: &[String]) -> String {
    if !attachments.is_empty() {
        return "the proposal".to_owned();
    }
    let of = |prefix: &str| used.iter().filter(|place| place.starts_with(prefix)).count();
    let told = |n: usize, one: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {one}s")),
    };
    let parts: Vec<String> =
        [told(of("template:"), "document"), told(of("product:"), "price")].into_iter().flatten().collect();
    parts.join(" and ")
}

/// Whether the history of the deal, or of the contact where there is no deal, says that this
/// document was approved. The line was written a moment ago; behind a few pages it is not.
fn was_approved(document: &Document, dealing: &Dealing) -> Result<bool, Failure> {
    let about = match (&dealing.deal, &dealing.contact) {
        (Some(deal), _) => json!({ "deal_id": deal.value.id }),
        (None, Some(contact)) => json!({ "contact_id": contact.value.id }),
        (None, None) => return Ok(false),
    };
    let mut query = Query::new("activities", about.clone());
    for _ in 0..MOST_PAGES {
        let Some(page) = context::ask::<Vec<ActivityEntry>>(&query).optional()? else { break };
        if is_reviewed(document, &page.value) {
            return Ok(true);
        }
        let Some(next) = page.next else { break };
        query = Query::new("activities", about.clone()).cursor(next);
    }
    Ok(false)
}

skillhost_sdk::cases!();
