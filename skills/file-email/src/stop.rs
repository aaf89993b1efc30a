//! Who must not be written to any more.

use mail_reading::{Class, PLAIN_STOP, Reading};
use meeting_record::reason;
use serde_json::json;
use skillhost_sdk::approval::{self, Request};
use skillhost_sdk::{Effect, Entity, effect};

use crate::About;
use crate::input::Matched;

/// A refusal this plain is filed at once, where no deal is open.
const PLAIN_NO: f64 = 0.85;
/// Longest reason, characters.
const MAX_REASON: usize = 240;

/// What is to be done about it.
#[derive(Default)]
pub(crate) struct Stop {
    pub(crate) addresses: Vec<String>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) request: Option<Request>,
    pub(crate) left_out: Option<String>,
}

/// The stop that a mail asks for.
pub(crate) fn of(reading: &Reading, matched: &Matched, about: &About) -> Stop {
    let (plain, why) = match reading.class {
        Class::Unsubscribe => (reading.confidence >= PLAIN_STOP, "They want no more mail"),
        Class::NegativeReply if reading.later.is_some() => {
            return Stop {
                left_out: Some("nothing was stopped: they name a time to come back".to_owned()),
                ..Stop::default()
            };
        }
        Class::NegativeReply => {
            let dealing = about.deal.as_ref().is_some_and(|deal| deal.open);
            (reading.confidence >= PLAIN_NO && !dealing, "They said no")
        }
        _ => return Stop::default(),
    };
    // The address they wrote from, and the one that the CRM would write to.
    let mut addresses: Vec<String> = Vec::new();
    let known = about.contact.as_ref().and_then(|contact| contact.email.clone());
    for address in [matched.address.clone(), matched.alias.clone(), known].into_iter().flatten() {
        let address = address.trim().to_lowercase();
        if address.contains('@') && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Stop { left_out: Some("nothing was stopped: the mail has no address".to_owned()), ..Stop::default() };
    }
    let why = reason(why, &reading.quote, MAX_REASON);
    let suppress = |(at, address): (usize, &String)| {
        Effect::custom(format!("suppress-{at}"), "crm.suppress", json!({"address": address, "reason": why}))
    };
    let effects: Vec<Effect> = addresses.iter().enumerate().map(suppress).collect();
    let already = about.contact.as_ref().is_some_and(|contact| contact.suppressed) && matched.alias.is_none();
    if already {
        return Stop {
            left_out: Some("nothing was stopped: they are on the do-not-mail list already".to_owned()),
            ..Stop::default()
        };
    }
    if plain {
        return Stop { addresses, effects, ..Stop::default() };
    }
    let name = about.contact.as_ref().map_or_else(|| addresses.join(", "), |contact| contact.name.clone());
    let mut question = approval::review("stop", format!("Write to {name} no more?")).summary(why.clone());
    for effect in effects {
        question = question.effect(effect);
    }
    if let Some(contact) = &about.contact {
        question = question.effect(effect::flag("flag-stopped", Entity::Contact, &contact.id, "stopped", &why));
    }
    Stop { addresses, effects: Vec::new(), request: Some(question.into()), left_out: None }
}
