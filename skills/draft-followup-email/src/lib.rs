//! Drafts the mail after a call.
//!
//! [`recipients`] says who gets it, `rep_manner` how this rep writes, [`say_back`]
//! turns the prospect's words to them, [`step`] words what somebody will do,
//! [`letter`] puts it together, and [`by_model`] is where a model may word its prose
//! better. To add a
//! paragraph: a function in `letter` that gives lines and the places they rest on.

mod by_model;
mod letter;
mod recipients;
mod say_back;
mod step;
mod subject;

use meeting_record::{ActionItems, CallType, Intents, Meeting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::EmailEntry;
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, skill};

/// What the call left behind.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The meeting.
    pub meeting: Option<Meeting>,
    /// Of `classify-call-type`.
    pub call_type: Option<CallType>,
    /// Of `extract-action-items`.
    pub action_items: Option<ActionItems>,
    /// Of `detect-intents`.
    pub intents: Option<Intents>,
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
    /// What the text rests on: `action_item:2`, `signal:0`, `request:1`, `email:e7`.
    pub used: Vec<String>,
    /// `model` where one worded a part of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Drafts the mail.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    if input.call_type.as_ref().is_some_and(|call_type| call_type.is_internal) {
        return Err(Failure::invalid("internal-call", "an internal call has no follow-up mail"));
    }
    let meeting = input.meeting.unwrap_or_default();
    let items = input.action_items.unwrap_or_default();
    let intents = input.intents.unwrap_or_default();
    let org = context::org()?.value;
    let user = context::user()?.value;
    let contact = match &meeting.contact_id {
        Some(id) => context::contact(id).optional()?.map(|read| read.value),
        None => None,
    };
    let company = match (&meeting.company_id, &contact) {
        (Some(id), _) => context::company(id).optional()?.map(|read| read.value),
        (None, Some(contact)) => context::company_of_contact(&contact.id).optional()?.map(|read| read.value),
        (None, None) => None,
    };
    let emails: Vec<EmailEntry> = match &contact {
        Some(contact) => context::emails(&context::About::Contact(contact.id.clone()))?.value,
        None => Vec::new(),
    };

    let people = recipients::find(&meeting, &items, &org.domains, &user, contact.as_ref());
    let manner = rep_manner::manner(&user, &emails)?;
    let subject = subject::choose(&emails, &meeting, company.as_ref(), &org.name, call.now_ms());
    let letter = letter::write(&letter::Material {
        people: &people,
        manner: &manner,
        items: &items,
        intents: &intents,
        user: &user,
        now: call.now_ms(),
    });

    // Without a model's words, or with words that do not hold, the plain letter stands.
    let worded = by_model::worded(
        &letter,
        &by_model::Read {
            meeting: &meeting,
            items: &items,
            intents: &intents,
            company: company.as_ref(),
            contact: contact.as_ref(),
        },
    );
    let by = worded.is_ok().then(|| by_model::MODEL.to_owned());
    let letter = worded.unwrap_or(letter);
    let body = letter.body();
    let mut used = letter.used;
    used.extend(subject.answers.iter().chain(&manner.learned_from).map(|id| format!("email:{id}")));
    used.dedup();
    let summary = match people.to.len() {
        0 => "drafted a follow-up, but no address is known".to_owned(),
        n => format!("drafted a follow-up to {n} {}", if n == 1 { "person" } else { "people" }),
    };
    let address = |person: &recipients::Person| person.email.clone();
    Ok(Outcome::new(Output {
        subject: subject.text,
        body,
        to: people.to.iter().map(address).collect(),
        cc: people.cc.iter().map(address).collect(),
        language: "en".to_owned(),
        used,
        by,
    })
    .summary(summary))
}

skillhost_sdk::cases!();
