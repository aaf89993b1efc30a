//! Says what an incoming mail wants.
//!
//! The rules are the library `mail-reading`'s; [`model`] is the seam where a model
//! may be asked about what they are unsure of. To teach it one more way to say
//! something, add a row there and a mail to `tests/eval/emails.jsonl`.

mod model;

use mail_reading::{Loaded, MailInput, Reading};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, skill};

/// Which mail.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Its id.
    pub email_id: Option<String>,
    /// Its conversation.
    pub thread_id: Option<String>,
}

/// What the mail is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Of the mail.
    pub email_id: String,
    /// Of its conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// Sender's address.
    pub from: String,
    /// Sender's name; empty where the mail has none.
    pub from_name: String,
    /// Subject.
    pub subject: String,
    /// What was read.
    #[serde(flatten)]
    pub reading: Reading,
}

/// Classifies the mail.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let loaded = Loaded::load(&MailInput { email_id: input.email_id, thread_id: input.thread_id })?;
    let reading = model::refined(loaded.reading(call), &loaded.mail());
    let message = &loaded.message;
    let summary = format!("{} ({:.0} %): {}", reading.class.as_str(), reading.confidence * 100.0, reading.reason);
    let quotes = quotes(&reading);
    let mut outcome = Outcome::new(Output {
        email_id: message.id.clone(),
        thread_id: loaded.thread_id.clone(),
        from: message.from.clone(),
        from_name: message.from_name.clone(),
        subject: message.subject.clone(),
        reading,
    })
    .summary(summary);
    for (quote, pointer) in quotes {
        if message.body.contains(&quote) || message.subject.contains(&quote) {
            outcome = outcome.evidence(loaded.read_id.clone(), quote, pointer);
        }
    }
    Ok(outcome)
}

/// Every quote with its place in the output.
fn quotes(reading: &Reading) -> Vec<(String, String)> {
    let mut all = vec![(reading.quote.clone(), "/quote".to_owned())];
    let mut list = |name: &str, quotes: Vec<String>| {
        all.extend(quotes.into_iter().enumerate().map(|(at, quote)| (quote, format!("/{name}/{at}/quote"))));
    };
    list("also", reading.also.iter().map(|found| found.quote.clone()).collect());
    list("asks", reading.asks.iter().map(|ask| ask.quote.clone()).collect());
    list("people", reading.people.iter().map(|person| person.quote.clone()).collect());
    let away = reading.away.as_ref();
    all.extend(reading.meeting.as_ref().map(|ask| (ask.quote.clone(), "/meeting/quote".to_owned())));
    all.extend(reading.bounce.as_ref().map(|bounce| (bounce.quote.clone(), "/bounce/quote".to_owned())));
    all.extend(reading.later.as_ref().map(|later| (later.quote.clone(), "/later/quote".to_owned())));
    all.extend(away.and_then(|away| away.return_quote.clone()).map(|quote| (quote, "/away/return_date".to_owned())));
    all.extend(
        away.and_then(|away| away.stand_in.as_ref()).map(|one| (one.quote.clone(), "/away/stand_in/quote".to_owned())),
    );
    all.retain(|(quote, _)| !quote.trim().is_empty());
    all
}

skillhost_sdk::cases!();
