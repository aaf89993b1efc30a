//! What is flagged or noted on a contact or deal.

use mail_reading::{BounceKind, Class, Reading};
use meeting_record::reason;
use serde_json::{Map, Value, json};
use skillhost_sdk::{Effect, Entity, effect};

use crate::About;

/// Longest reason, characters.
const MAX_REASON: usize = 240;
/// A positive or negative reply marks a deal from here on.
const SURE: f64 = 0.75;

/// A change that waits for nobody.
pub(crate) struct Mark {
    pub(crate) effect: Effect,
    /// For the record.
    pub(crate) in_words: String,
}

fn flag(entity: Entity, id: &str, name: &str, why: &str, words: &str) -> Mark {
    let what = match entity {
        Entity::Deal => "deal",
        Entity::Contact => "contact",
        Entity::Company => "company",
    };
    Mark {
        effect: effect::flag(
            format!("flag-{}", name.replace('_', "-")),
            entity,
            id,
            name,
            &reason(why, words, MAX_REASON),
        ),
        in_words: format!("{what} flagged {name}"),
    }
}

/// The word that later lists of mails show.
pub(crate) fn class(email: &str, reading: &Reading) -> Effect {
    let payload = json!({"email_id": email, "class": reading.class, "reason": reading.reason});
    Effect::custom("class", "email.classify", payload)
}

/// The marks of a mail; what cannot be marked is said in `left_out`.
pub(crate) fn of(reading: &Reading, about: &About, left_out: &mut Vec<String>) -> Vec<Mark> {
    let deal = about.deal.as_ref().filter(|deal| deal.open);
    let contact = about.contact.as_ref();
    match reading.class {
        Class::PositiveReply | Class::NegativeReply if reading.confidence >= SURE => {
            let (name, why) = match reading.class {
                Class::PositiveReply => ("stage_advance", "A mail says yes"),
                _ => ("said_no", "A mail says no"),
            };
            match deal {
                Some(deal) => vec![flag(Entity::Deal, &deal.id, name, why, &reading.quote)],
                None => {
                    left_out.push(format!("no deal was flagged {name}: there is no open one"));
                    Vec::new()
                }
            }
        }
        Class::Bounce => bounced(reading, about, left_out),
        Class::OutOfOffice => match (contact, &reading.away) {
            (Some(contact), Some(away)) if away.left => {
                vec![flag(
                    Entity::Contact,
                    &contact.id,
                    "left_company",
                    "An automatic answer says that they have left",
                    &reading.quote,
                )]
            }
            (Some(contact), Some(away)) => absent(&contact.id, away),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn bounced(reading: &Reading, about: &About, left_out: &mut Vec<String>) -> Vec<Mark> {
    let Some(contact) = &about.contact else {
        left_out.push("no contact was flagged: nobody is known by the address that was not reached".to_owned());
        return Vec::new();
    };
    let bounce = reading.bounce.clone().unwrap_or_default();
    let code = bounce.status.map(|status| format!(" ({status})")).unwrap_or_default();
    let (name, why) = match bounce.kind {
        BounceKind::Hard => ("bounced", format!("A mail could not be delivered{code}")),
        BounceKind::Soft => ("mail_delayed", format!("A mail was not delivered for now{code}")),
    };
    vec![flag(Entity::Contact, &contact.id, name, &why, &bounce.quote)]
}

/// The day of return and who stands in, as fields of the contact.
fn absent(contact: &str, away: &mail_reading::Away) -> Vec<Mark> {
    let mut fields: Map<String, Value> = Map::new();
    if let Some(day) = &away.return_date {
        fields.insert("away_until".to_owned(), day.clone().into());
    }
    let stand_in = away.stand_in.as_ref().map(|one| {
        [one.name.as_deref(), one.email.as_deref(), one.phone.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    });
    if let Some(who) = stand_in.filter(|who| !who.is_empty()) {
        fields.insert("stand_in".to_owned(), who.into());
    }
    if fields.is_empty() {
        return Vec::new();
    }
    let in_words = match &away.return_date {
        Some(day) => format!("contact away until {day}"),
        None => "contact away, day of return not known".to_owned(),
    };
    let mut marks = vec![Mark { effect: effect::update_fields("away", Entity::Contact, contact, fields), in_words }];
    // What would be written to somebody who is away waits until they are back.
    if let Some(day) = &away.return_date {
        marks.push(Mark {
            effect: Effect::custom("postpone", "followups.postpone", json!({"contact_id": contact, "until": day})),
            in_words: format!("follow-ups put off until {day}"),
        });
    }
    marks
}
