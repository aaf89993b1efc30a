//! Files an incoming mail.
//!
//! [`history`] words the line in the history, [`stop`] says who must not be written
//! to, [`people`] who is new, [`marks`] what to flag, [`follow`] which events follow.
//! To file one more thing: a function in one of these, called in [`run`].

mod follow;
mod history;
mod input;
mod marks;
mod people;
mod stop;

use mail_reading::Class;
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::sources::{Contact, Deal};
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, effect, skill};

pub use input::Input;

/// What was filed and what is asked.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// The mail.
    pub email_id: String,
    /// What is written at once, a line each.
    pub filed: Vec<String>,
    /// What waits for the rep, a line each.
    pub asked: Vec<String>,
    /// What was not written, and why.
    pub left_out: Vec<String>,
    /// Nothing is sent to this contact before this day, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<String>,
    /// The addresses that are put on the do-not-mail list, or asked about.
    pub stopped: Vec<String>,
    /// The events that follow, by type.
    pub follows: Vec<String>,
}

/// What is known of whom it is about.
pub(crate) struct About {
    pub(crate) contact: Option<Contact>,
    pub(crate) deal: Option<Deal>,
}

/// Files the mail.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let reading =
        input.classified.clone().ok_or_else(|| Failure::invalid("not-classified", "the mail was not classified"))?;
    let matched = input.matched.clone().unwrap_or_default();
    let about = About {
        contact: match &matched.contact_id {
            Some(id) => context::contact(id).optional()?.map(|read| read.value),
            None => None,
        },
        deal: match &matched.deal_id {
            Some(id) => context::deal(id).optional()?.map(|read| read.value),
            None => None,
        },
    };
    let mut output = Output {
        email_id: input.email_id.clone().unwrap_or_default(),
        filed: Vec::new(),
        asked: Vec::new(),
        left_out: Vec::new(),
        quiet_until: None,
        stopped: Vec::new(),
        follows: Vec::new(),
    };
    let mut outcome = Outcome::new(());

    if !output.email_id.is_empty() {
        outcome = outcome.effect(marks::class(&output.email_id, &reading));
    }
    if about.contact.is_some() || about.deal.is_some() {
        output.filed.push("a line in the history".to_owned());
        let line = history::line(&input, &reading, &about);
        outcome = outcome.effect(match output.email_id.as_str() {
            "" => effect::log_activity("activity", &line),
            email_id => effect::log_mail("activity", &line, email_id),
        });
    } else if reading.class != Class::InfoOnly {
        output.left_out.push("nothing was logged: neither a contact nor a deal is known".to_owned());
    }
    for mark in marks::of(&reading, &about, &mut output.left_out) {
        output.filed.push(mark.in_words.clone());
        outcome = outcome.effect(mark.effect);
    }
    if reading.class == Class::OutOfOffice {
        output.quiet_until = reading.away.as_ref().and_then(|away| away.return_date.clone());
    }
    let stop = stop::of(&reading, &matched, &about);
    output.stopped.clone_from(&stop.addresses);
    if let Some(reason) = stop.left_out {
        output.left_out.push(reason);
    }
    match stop.request {
        Some(request) => {
            output.asked.push("whether to write to them again".to_owned());
            outcome = outcome.ask(request);
        }
        None if !stop.addresses.is_empty() => {
            output.filed.push("on the do-not-mail list".to_owned());
            for effect in stop.effects {
                outcome = outcome.effect(effect);
            }
        }
        None => {}
    }
    let new = people::of(&reading, &matched)?;
    output.left_out.extend(new.left_out);
    if let Some(request) = new.request {
        output.asked.push(match new.count {
            1 => "one new contact".to_owned(),
            count => format!("{count} new contacts"),
        });
        outcome = outcome.ask(request);
    }
    for event in follow::of(&input, &reading, &matched, call.now_ms()) {
        output.follows.push(event.event_type.clone());
        outcome = outcome.follow_up(event);
    }
    let summary = in_words(&output, reading.class);
    Ok(outcome.map(|()| output).summary(summary))
}

fn in_words(output: &Output, class: Class) -> String {
    let mut parts = Vec::new();
    if !output.filed.is_empty() {
        parts.push(format!("filed: {}", output.filed.join(", ")));
    }
    if !output.asked.is_empty() {
        parts.push(format!("asked: {}", output.asked.join(", ")));
    }
    if !output.follows.is_empty() {
        parts.push(format!("follows: {}", output.follows.join(", ")));
    }
    match parts.is_empty() {
        true => format!("{}: nothing to file", class.as_str()),
        false => parts.join("; "),
    }
}

skillhost_sdk::cases!();
