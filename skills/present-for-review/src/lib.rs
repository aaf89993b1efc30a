//! Asks whether a proposal may go out.
//!
//! [`checks`] says what a person should look at, or that there is nothing to look at
//! yet. To check one more thing, add a function there that gives a warning. [`link`] asks
//! for a link in place of the mail.

mod checks;
mod link;

use deal_record::{Candidate, Document, Populated, Trigger, Written, review_subject, review_text};
use meeting_record::shortened;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::context::{self, Optional};
use skillhost_sdk::{Activity, Call, Failure, Outcome, approval, effect, skill};

/// Longest line of the card, characters.
const MAX_LINE: usize = 400;
/// Longest subject of a line in the history, characters.
const MAX_SUBJECT: usize = 200;

/// The choice of `select-proposal-template`, as far as it is shown.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Chosen {
    /// The template's name.
    pub name: Option<String>,
    /// Why it was taken.
    pub why: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// What came second.
    pub second: Option<Candidate>,
    /// The deal.
    pub deal_id: Option<String>,
    /// The contact.
    pub contact_id: Option<String>,
}

/// The document and how it came to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The event's payload.
    pub about: Trigger,
    /// Of `select-proposal-template`.
    pub template: Option<Chosen>,
    /// Of `populate-proposal`.
    pub populated: Option<Populated>,
    /// Of `generate-custom-sections`.
    pub written: Option<Written>,
    /// Of `assemble-proposal`.
    pub document: Option<Document>,
    /// Ask for a link to the document, which was reviewed.
    pub link: bool,
}

/// What is asked.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Subject of the line that a yes leaves.
    pub subject: String,
    /// Digest of the PDF that is reviewed.
    pub pdf_digest: String,
    /// What the rep should look at.
    pub warnings: Vec<String>,
    /// The deal whose history gets the line.
    pub deal_id: Option<String>,
    /// The contact whose history gets it.
    pub contact_id: Option<String>,
}

/// Asks.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let document = input.document.ok_or_else(|| Failure::invalid("no-document", "there is no document to review"))?;
    if document.pdf.digest.is_empty() || document.text.trim().is_empty() {
        return Err(Failure::invalid("no-document", "the document has no text or no digest"));
    }
    if let Some(sign) = checks::unfinished(&document.text) {
        return Err(Failure::invalid("unfinished", format!("the document holds “{sign}”, as if it were not finished")));
    }
    let template = input.template.unwrap_or_default();
    let populated = input.populated.unwrap_or_default();
    let written = input.written.unwrap_or_default();
    let deal_id = template.deal_id.or(input.about.deal_id);
    let contact_id = template.contact_id.or(input.about.contact_id);
    if deal_id.is_none() && contact_id.is_none() {
        return Err(Failure::invalid("nobody", "there is neither a deal nor a contact whose history could hold it"));
    }
    let contact = match &contact_id {
        Some(id) => context::contact(id).optional()?.map(|read| read.value),
        None => None,
    };

    if input.link {
        let request = link::ask(call, &document, contact.as_ref())?;
        let (subject, pdf_digest) = (review_subject(&document), document.pdf.digest.clone());
        let output = Output { subject, pdf_digest, warnings: Vec::new(), deal_id, contact_id };
        return Ok(Outcome::new(output).summary(format!("a link to “{}” is offered", document.title)).ask(request));
    }

    let mut warnings = template.against.clone();
    warnings.extend(checks::sums(&document.text, &populated.values));
    warnings.extend(checks::close_date(&populated.values, call));
    warnings.extend(checks::recipient(contact.as_ref()));
    warnings.extend(document.warnings.iter().cloned());
    warnings
        .extend(document.left_out.iter().map(|heading| format!("“{heading}” is left out: nothing is known for it")));
    warnings.extend(populated.left_empty.iter().map(|name| format!("`{name}` is left empty")));
    warnings.dedup();

    let subject = shortened(&review_subject(&document), MAX_SUBJECT);
    let line = Activity {
        kind: "note".to_owned(),
        contact_id: contact_id.clone(),
        deal_id: deal_id.clone(),
        subject: subject.clone(),
        body: review_text(&document),
    };
    let whom = document.recipient.clone().unwrap_or_else(|| "them".to_owned());
    let mut request =
        approval::review("proposal", format!("May this proposal go to {}?", meeting_record::one_line(&whom)))
            .summary(match warnings.len() {
                0 => "A yes drafts the mail; you are asked once more before it is sent. Skip, and nothing is sent."
                    .to_owned(),
                1 => {
                    "One thing to look at. A yes drafts the mail; you are asked once more before it is sent.".to_owned()
                }
                n => {
                    format!("{n} things to look at. A yes drafts the mail; you are asked once more before it is sent.")
                }
            })
            .effect(effect::log_activity("reviewed", &line));
    let mut say = |label: &str, value: String| request = request.clone().field(label, shortened(&value, MAX_LINE));
    let version = Some(document.template_version.trim()).filter(|version| !version.is_empty());
    let version = version.map(|version| format!(" (version {version})")).unwrap_or_default();
    let why = if template.why.is_empty() { String::new() } else { format!(": {}", template.why.join("; ")) };
    say("Template", format!("{}{version}{why}", document.template_name));
    if let Some(second) = &template.second {
        say("Second", format!("{}: {}", second.name, second.reason));
    }
    for section in written.sections.iter().filter(|section| section.by == "model") {
        say("Written by a model", section.id.clone());
    }
    say("Document", format!("{} pages, {} bytes as PDF", document.pages, document.pdf.bytes));
    for warning in warnings.iter().take(checks::MOST) {
        say("Look at", warning.clone());
    }
    let output = Output { subject, pdf_digest: document.pdf.digest.clone(), warnings, deal_id, contact_id };
    Ok(Outcome::new(output).summary(format!("“{}” waits for review", document.title)).ask(request))
}

skillhost_sdk::cases!();
