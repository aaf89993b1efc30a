//! Drafts the answer to an incoming mail.
//!
//! [`facts`] holds what the records say, [`answers`] answers each point from them,
//! [`letter`] puts the mail together, [`recipients`] says who gets it. [`model`] is
//! the seam where a model may word it. To answer one more kind of question: a fact
//! in `facts`, and where it fits, a way to it in `answers`.

mod answers;
mod facts;
mod letter;
mod model;
mod recipients;

use mail_reading::{Class, Loaded, MailInput, Reading, bare_subject};
use meeting_record::shortened;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::context::About;
use skillhost_sdk::sources::{Deal, EmailEntry};
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, skill};

use answers::Point;

/// Longest subject, characters: what mail programs show.
const MAX_SUBJECT: usize = 120;

/// Whose mail it is, of `match-to-crm-contact`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Matched {
    /// The contact.
    pub contact_id: Option<String>,
    /// The deal.
    pub deal_id: Option<String>,
}

/// A time that can be offered, in the words of whoever found it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TimeOption {
    /// One line, for instance `Tuesday 1 December, 10:00 your time`.
    pub text: String,
}

/// The mail and what is known of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The mail.
    pub email_id: Option<String>,
    /// Its conversation.
    pub thread_id: Option<String>,
    /// Of `classify-email-intent`.
    pub classified: Option<Reading>,
    /// Of `match-to-crm-contact`.
    pub matched: Option<Matched>,
    /// Times to offer, where some were found.
    pub time_options: Option<Vec<TimeOption>>,
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
    /// The conversation it goes on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// What was asked, and what the draft says to it.
    pub points: Vec<Point>,
    /// What the draft does not answer, in the words of the mail.
    pub open: Vec<String>,
    /// Notes that touch a point; for the rep alone.
    pub hints: Vec<String>,
    /// What the text rests on: `product:p1`, `task:t2`, `email:e7`.
    pub used: Vec<String>,
    /// `rules` or `model`.
    pub worded_by: String,
}

/// Drafts the answer.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let loaded = Loaded::load(&MailInput { email_id: input.email_id, thread_id: input.thread_id })?;
    let reading = input.classified.unwrap_or_else(|| loaded.reading(call));
    refuse_what_needs_no_answer(&reading)?;
    let matched = input.matched.unwrap_or_default();
    let contact = match &matched.contact_id {
        Some(id) => context::contact(id).optional()?.map(|read| read.value),
        None => None,
    };
    if contact.as_ref().is_some_and(|contact| contact.suppressed) {
        return Err(Failure::invalid("suppressed", "no mail may go to this contact"));
    }
    let emails: Vec<EmailEntry> = match &contact {
        Some(contact) => context::emails(&About::Contact(contact.id.clone()))?.value,
        None => Vec::new(),
    };
    let manner = rep_manner::manner(&loaded.user, &emails)?;
    let people = recipients::of(&loaded, contact.as_ref());
    if people.to.is_empty() {
        return Err(Failure::invalid("no-recipient", "the mail has no sender outside to answer to"));
    }
    let times: Vec<String> = input.time_options.unwrap_or_default().into_iter().map(|option| option.text).collect();
    let facts = facts::read(matched.contact_id.as_deref(), matched.deal_id.as_deref(), &times)?;
    let points = answers::to(&reading.asks, &facts, call.now_ms());
    let deal = match &matched.deal_id {
        Some(id) => context::deal(id).optional()?.map(|read| read.value).filter(|deal| deal.open),
        None => None,
    };
    let stage = deal.as_ref().and_then(Deal::next_stage);
    let plain = letter::Letter { class: reading.class, points: &points, people: &people, manner: &manner, stage };
    let (body, worded_by, answered) = match model::worded(&loaded.mail(), &plain, &facts) {
        Some(worded) => (plain.around(&worded.paragraphs), "model", worded.points),
        None => (plain.body(), "rules", points.clone()),
    };
    let open: Vec<String> = answered.iter().filter(|point| point.is_open()).map(|point| point.asked.clone()).collect();
    let mut used: Vec<String> = answered.iter().flat_map(|point| point.sources.clone()).collect();
    used.extend(manner.learned_from.iter().map(|id| format!("email:{id}")));
    used.sort();
    used.dedup();
    let summary = match (answered.len(), open.len()) {
        (0, _) => "drafted an answer".to_owned(),
        (asked, 0) => format!("drafted an answer to {asked} {}", if asked == 1 { "point" } else { "points" }),
        (asked, open) => format!("drafted an answer to {asked} points, {open} of them left open"),
    };
    let output = Output {
        subject: shortened(&format!("Re: {}", subject_of(&loaded.message.subject)), MAX_SUBJECT),
        body,
        to: people.to.clone(),
        cc: people.cc.clone(),
        language: "en".to_owned(),
        thread_id: loaded.thread_id.clone(),
        hints: facts.hints(&reading.asks),
        points: answered,
        open,
        used,
        worded_by: worded_by.to_owned(),
    };
    let quotes: Vec<(String, String)> = output
        .points
        .iter()
        .enumerate()
        .map(|(at, point)| (point.asked.clone(), format!("/points/{at}/asked")))
        .filter(|(quote, _)| !quote.trim().is_empty() && loaded.message.body.contains(quote))
        .collect();
    let said: Vec<(String, String, String)> = facts.evidence(&output.points);
    let mut outcome = Outcome::new(output).summary(summary);
    for (quote, pointer) in quotes {
        outcome = outcome.evidence(loaded.read_id.clone(), quote, pointer);
    }
    for (read, quote, pointer) in said {
        outcome = outcome.evidence(read, quote, pointer);
    }
    Ok(outcome)
}

fn subject_of(subject: &str) -> &str {
    match bare_subject(subject) {
        "" => "your mail",
        subject => subject,
    }
}

fn refuse_what_needs_no_answer(reading: &Reading) -> Result<(), Failure> {
    match reading.class {
        Class::NegativeReply | Class::Unsubscribe => {
            Err(Failure::invalid("not-wanted", "they want no answer: the mail is a refusal"))
        }
        Class::OutOfOffice | Class::Bounce => Err(Failure::invalid("nobody-there", "nobody would read an answer")),
        _ => Ok(()),
    }
}

skillhost_sdk::cases!();
