//! The reminder.

use deal_record::day_of;
use deal_source::{Dealing, Source, Words};
use meeting_record::{by_when, capitalised, long_day, one_line, shortened};
use rep_manner::{Letter, Manner, Running, reads_well, sentence};
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::Call;
use skillhost_sdk::sources::Side;

/// Longest subject, characters: what mail programs show.
const MAX_SUBJECT: usize = 120;

/// A mail to be looked at, without a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// What the text rests on: `turn:12`, `email:e7`, `deal:d1`.
    pub used: Vec<String>,
}

/// What the mail is made of.
pub(crate) struct Material<'a> {
    pub(crate) dealing: &'a Dealing,
    pub(crate) manner: &'a Manner,
    pub(crate) running: Option<&'a Running>,
    pub(crate) words: &'a [Words],
    /// When they said it, epoch milliseconds.
    pub(crate) said: Option<i64>,
    pub(crate) deadline: Option<&'a str>,
    pub(crate) call: &'a Call,
}

/// The mail and the words it quotes; none where there is nothing to name.
pub(crate) fn write<'a>(material: &Material<'a>) -> Option<(Draft, Option<&'a Words>)> {
    let contact = material.dealing.contact.as_ref()?;
    let theirs = material.words.iter().find(|words| words.side == Side::Prospect && words.source != Source::Request);
    let quoted = theirs.filter(|words| reads_well(&words.quote));
    let mut used = Vec::new();
    let what = match quoted {
        Some(words) => {
            used.push(words.turn.map_or_else(|| "mail".to_owned(), |turn| format!("turn:{turn}")));
            format!("{} “{}”", said_where(words, material), sentence(&words.quote))
        }
        None => named(material, theirs, &mut used)?,
    };
    let question = "Where does that stand? If something is missing on our side before you can say, \
                    tell me what, and I will see to it."
        .to_owned();
    let body = Letter::to(material.dealing.contact_name(), material.manner).say(what).say(question).text();
    if let Some(running) = material.running {
        used.push(format!("email:{}", running.answers));
    }
    if let Some(id) = &material.manner.learned_from {
        used.push(format!("email:{id}"));
    }
    used.dedup();
    let address = contact.value.email.clone().filter(|_| !contact.value.suppressed);
    let draft = Draft {
        subject: subject(material),
        body,
        to: address.into_iter().collect(),
        cc: Vec::new(),
        language: "en".to_owned(),
        used,
    };
    Some((draft, quoted))
}

/// `In our call on Thursday 19 November you said:`.
fn said_where(words: &Words, material: &Material<'_>) -> String {
    let day = day(material).map(|day| format!(" on {day}")).unwrap_or_default();
    match words.source {
        Source::Mail if day.is_empty() => "You wrote:".to_owned(),
        Source::Mail => format!("{} you wrote:", capitalised(&day)),
        Source::Meeting | Source::Request => format!("In our call{day} you said:"),
    }
}

fn day(material: &Material<'_>) -> Option<String> {
    long_day(&day_of(material.said?, &material.call.zone)?, material.call.now_ms())
}

/// Without words that can be quoted: what it was about, by name.
fn named(material: &Material<'_>, theirs: Option<&Words>, used: &mut Vec<String>) -> Option<String> {
    let deal = material.dealing.deal.as_ref().map(|deal| &deal.value).filter(|deal| !deal.name.trim().is_empty());
    let subject = material.running.map(|running| running.subject.get(3..).unwrap_or_default().trim().to_owned());
    let topic = match (deal, subject) {
        (Some(deal), _) => {
            used.push(format!("deal:{}", deal.id));
            one_line(&deal.name)
        }
        (None, Some(subject)) if !subject.is_empty() => subject,
        _ => return None,
    };
    let by = by_when(material.deadline, material.call.now_ms()).map(|by| format!(" {by}")).unwrap_or_default();
    let when = match (theirs, day(material)) {
        (Some(words), Some(day)) if words.source == Source::Meeting => format!("In our call on {day} you"),
        (Some(words), _) if words.source == Source::Meeting => "In our call you".to_owned(),
        _ => "You".to_owned(),
    };
    Some(format!("{when} wanted to come back to me on {topic}{by}."))
}

fn subject(material: &Material<'_>) -> String {
    if let Some(running) = material.running {
        return running.subject.clone();
    }
    let deal = material.dealing.deal.as_ref().map(|deal| one_line(&deal.value.name)).filter(|name| !name.is_empty());
    let text = match (deal, material.dealing.company_name()) {
        (Some(deal), _) => format!("{deal}: where it stands"),
        (None, Some(company)) => format!("{company} and {}: where it stands", material.dealing.org.name),
        (None, None) => "Where it stands".to_owned(),
    };
    shortened(&text, MAX_SUBJECT)
}
