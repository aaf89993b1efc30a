//! Finds the contact, company and deal that an incoming mail is about.
//!
//! [`whom`] says whose address is looked for, [`contacts`] looks, [`deals`] picks the
//! deal. To look in one more place: a function in `contacts` that gives people, and
//! its turn in [`contacts::find`]. It never chooses between two.

mod contacts;
mod deals;
mod output;
mod whom;

use mail_reading::{Class, Loaded, MailInput, Reading};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_language::mail::{domain_of, is_free_mail};
use skillhost_sdk::sources::Company;
use skillhost_sdk::{Call, Failure, Optional, Outcome, ReadError, ReadErrorKind, context, skill};

use contacts::Found;
use output::{Match, NewContact, Output};
use whom::Whom;

/// Which mail, and what is known of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Its id.
    pub email_id: Option<String>,
    /// Its conversation.
    pub thread_id: Option<String>,
    /// The contact that the host has for it.
    pub contact_id: Option<String>,
    /// The deal that the host has for it.
    pub deal_id: Option<String>,
    /// Of `classify-email-intent`.
    pub classified: Option<Reading>,
}

/// Matches the mail.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let loaded = Loaded::load(&MailInput { email_id: input.email_id, thread_id: input.thread_id })?;
    let reading = input.classified.unwrap_or_default();
    let Some(whom) = whom::of(&loaded, &reading) else {
        let output = Output::nobody(&loaded.message.id, &loaded.message.from, whom::why_nobody(&loaded, &reading));
        return Ok(Outcome::new(output).summary("nobody outside is behind this mail"));
    };
    let found = contacts::find(&loaded, &whom, input.contact_id.as_deref())?;
    let mut output = Output::of(&loaded.message.id, &whom.address, &found);
    let contact = found.contact();
    let company = match contact {
        Some(contact) => context::company_of_contact(&contact.id).optional()?.map(|read| read.value),
        None => company_of(&whom.address)?,
    };
    if let Some(company) = &company {
        output.company_id = Some(company.id.clone());
        output.company_name = Some(company.name.clone());
    }
    if let Some(contact) = contact {
        let picked = deals::pick(contact, &loaded, input.deal_id.as_deref())?;
        output.deal_id = picked.deal.as_ref().map(|deal| deal.id.clone());
        output.deal_name = picked.deal.as_ref().map(|deal| deal.name.clone());
        output.deal_reason = picked.reason;
        output.deal_candidates = picked.candidates;
    }
    if matches!(found, Found::Nobody) && reading.class != Class::Bounce {
        output.new_contact = Some(new_contact(&whom, company.as_ref()));
    }
    let summary = output.in_words();
    let mut outcome = Outcome::new(output).summary(summary);
    for (quote, pointer) in evidence(&whom, &found, &outcome.output) {
        outcome = outcome.evidence(loaded.read_id.clone(), quote, pointer);
    }
    Ok(outcome)
}

/// The company that owns a mail domain. A host that cannot look it up so knows none.
fn company_of(address: &str) -> Result<Option<Company>, ReadError> {
    let domain = domain_of(address).to_lowercase();
    if domain.is_empty() || is_free_mail(&domain) {
        return Ok(None);
    }
    match context::read::<Company>("company", serde_json::json!({ "domain": domain })).optional() {
        Ok(read) => Ok(read.map(|read| read.value).filter(|company| {
            // A host may answer with something else it knows of that domain.
            company.domain.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(&domain))
        })),
        Err(error) if matches!(error.kind, ReadErrorKind::InvalidParams | ReadErrorKind::UnknownSource) => Ok(None),
        Err(error) => Err(error),
    }
}

fn new_contact(whom: &Whom, company: Option<&Company>) -> NewContact {
    NewContact {
        name: whom.name.clone(),
        email: whom.address.clone(),
        title: whom.title.clone(),
        phone: whom.phone.clone(),
        company_id: company.map(|company| company.id.clone()),
        company_name: company.map(|company| company.name.clone()).or_else(|| whom.company.clone()),
    }
}

/// Words of the mail and what they support. Only what stands there as it is.
fn evidence(whom: &Whom, found: &Found, output: &Output) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |quote: &Option<String>, pointer: &str| {
        if let Some(quote) = quote.as_ref().filter(|quote| whom.stands(quote)) {
            all.push((quote.clone(), pointer.to_owned()));
        }
    };
    add(&Some(whom.written_address.clone()), "/address");
    if matches!(found, Found::One { how: Match::Conversation | Match::Company, .. }) {
        add(&whom.name, "/contact_id");
    }
    if output.new_contact.is_some() {
        add(&whom.name, "/new_contact/name");
        add(&whom.title, "/new_contact/title");
        add(&whom.phone, "/new_contact/phone");
        if output.company_id.is_none() {
            add(&whom.company, "/new_contact/company_name");
        }
    }
    all
}

skillhost_sdk::cases!();
