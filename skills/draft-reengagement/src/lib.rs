//! Drafts the mail that takes a quiet deal up again.
//!
//! [`recipient`] says whether and to whom, [`opening`] what the mail is about,
//! [`letter`] words it, [`refine`] lets a model word it better. To open with one more
//! kind of thing: an arm of [`opening::Opening`] and its sentences in `letter`.

mod letter;
mod opening;
mod recipient;
mod refine;

use briefing_record::{Missing, Reading, RepClock, Source, Stall, Triggers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::{Company, Contact, Deal, Org, User};
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, skill};

/// Most contacts of a deal that are looked at.
const MAX_CONTACTS: usize = 5;

/// The deal, and what the steps before found; null where one failed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Its id.
    pub deal_id: String,
    /// Whom to write to, where somebody says so.
    pub contact_id: Option<String>,
    /// Of `research-trigger-events`.
    pub triggers: Option<Triggers>,
    /// Of `analyse-stall-reason`.
    pub stall: Option<Stall>,
}

/// The draft, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// The mail, without a signature; null when there is nothing to send.
    pub draft: Option<Draft>,
    /// The contact it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Why there is no draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    /// What it opens with: `ask`, `promise`, `trigger`, `topic` or `handover`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening: Option<String>,
    /// What the text rests on.
    pub used: Vec<Source>,
    /// Whose words it has: `rules`, or `rules+model`.
    pub by: String,
    /// Why a model's were not used, where one could have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_refined: Option<String>,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// A mail without a signature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Draft {
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
}

/// Everything the mail is made of.
pub(crate) struct Facts {
    pub(crate) org: Org,
    pub(crate) user: User,
    pub(crate) deal: Deal,
    pub(crate) company: Option<Company>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) triggers: Triggers,
    pub(crate) stall: Stall,
    pub(crate) clock: RepClock,
}

/// Drafts the mail.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let Some(deal) = context::deal(&input.deal_id).optional()? else {
        return Err(Failure::invalid("no-deal", "there is no such deal"));
    };
    let deal = deal.value;
    let mut reading = Reading::default();
    let facts = Facts {
        org: context::org()?.value,
        user: context::user()?.value,
        company: deal.company_id.as_ref().and_then(|id| reading.optional(context::company(id))).map(|read| read.value),
        contacts: deal
            .contact_ids
            .iter()
            .take(MAX_CONTACTS)
            .filter_map(|id| reading.optional(context::contact(id)))
            .map(|read| read.value)
            .collect(),
        deal,
        triggers: input.triggers.unwrap_or_default(),
        stall: input.stall.unwrap_or_default(),
        clock: RepClock::of(call),
    };
    let missing = reading.into_missing();
    let none = |why: String| {
        let summary = format!("no draft: {why}");
        let output =
            Output { why_not: Some(why), by: "rules".to_owned(), missing: missing.clone(), ..Output::default() };
        Ok(Outcome::new(output).summary(summary))
    };
    let to = match recipient::choose(&facts, input.contact_id.as_deref()) {
        Ok(to) => to,
        Err(why) => return none(why),
    };
    let Some(opening) = opening::choose(&facts, &to) else {
        return none("neither a trigger nor a matter is on record to write about".to_owned());
    };
    let letter = letter::write(&facts, &to, &opening);
    let (paragraphs, by, not_refined) = match refine::over(&facts, &opening, &letter) {
        Ok(paragraphs) => (paragraphs, "rules+model", None),
        Err(refusal) => (letter.paragraphs.clone(), "rules", Some(refusal.as_str().to_owned())),
    };
    let draft = Draft {
        subject: letter.subject.clone(),
        body: letter.around(&paragraphs),
        to: vec![to.address.clone()],
        cc: Vec::new(),
        language: "en".to_owned(),
    };
    let summary = format!("a draft to {} that opens with {}", to.contact.name, opening.in_words());
    let output = Output {
        draft: Some(draft),
        contact_id: Some(to.contact.id.clone()),
        why_not: None,
        opening: Some(opening.as_str().to_owned()),
        used: letter.used,
        by: by.to_owned(),
        not_refined,
        missing,
    };
    Ok(Outcome::new(output).summary(summary))
}

skillhost_sdk::cases!();
