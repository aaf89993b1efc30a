//! Which class a reply is.

use campaign_record::Class;
use deal_record::newest_part;
use skillhost_language::{Anchor, Sentence, deadlines, sentences};
use skillhost_sdk::sources::CampaignReply;

use crate::machine::{self, Machine};
use crate::wording::{Sense, senses};

/// Longest words that are quoted, bytes.
const MAX_QUOTE: usize = 240;
/// Longest text that is read, bytes: a reply that asks something does so early.
const MAX_READ: usize = 8_000;

/// The reason where no rule understood a person's words.
pub(crate) const NOTHING_HEARD: &str = "nothing in it asks for anything";

/// A class with its grounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Judged {
    pub(crate) class: Class,
    pub(crate) confidence: f64,
    pub(crate) reason: String,
    pub(crate) quote: Option<String>,
    pub(crate) about: Option<String>,
    pub(crate) back_on: Option<String>,
    /// It will never arrive.
    pub(crate) hard: bool,
}

/// A sentence and what it says.
struct Heard<'a> {
    text: &'a str,
    sentence: Sentence,
    senses: Vec<(Sense, f64)>,
}

pub(crate) fn judge(reply: &CampaignReply, anchor: &Anchor) -> Judged {
    let own = own_words(reply);
    let heard: Vec<Heard<'_>> = sentences(own)
        .into_iter()
        .filter(|sentence| !is_footer(sentence.text(own)))
        .map(|sentence| Heard { text: own, senses: senses(&sentence), sentence })
        .collect();
    match machine::of(reply) {
        Some(Machine::Bounce { hard, by }) => Judged {
            class: Class::Bounce,
            confidence: 0.99,
            reason: format!("{by}; {}", if hard { "it will not arrive" } else { "it may arrive later" }),
            about: Some(if hard { "hard" } else { "soft" }.to_owned()),
            hard,
            ..Judged::default()
        },
        Some(Machine::Automatic { by, away: true }) => Judged {
            class: Class::OutOfOffice,
            confidence: 0.98,
            reason: by,
            quote: None,
            back_on: back_on(&heard, anchor),
            ..Judged::default()
        },
        Some(Machine::Automatic { by, away: false }) => {
            Judged { class: Class::InfoOnly, confidence: 0.95, reason: format!("a machine: {by}"), ..Judged::default() }
        }
        None => spoken(&heard, anchor),
    }
}

/// What was written now, as much of it as is read.
pub(crate) fn own_words(reply: &CampaignReply) -> &str {
    cut(newest_part(&reply.text))
}

/// What a person wants. A stop stands above all; then what they ask for; then a no.
fn spoken(heard: &[Heard<'_>], anchor: &Anchor) -> Judged {
    let first = |wanted: Sense| {
        heard.iter().find_map(|one| one.senses.iter().find(|(sense, _)| *sense == wanted).map(|(_, sure)| (one, *sure)))
    };
    let judged = |class: Class, (one, sure): (&Heard<'_>, f64), reason: &str| Judged {
        class,
        confidence: sure,
        reason: reason.to_owned(),
        quote: quoted(one),
        ..Judged::default()
    };
    if let Some(found) = first(Sense::Stop) {
        return judged(Class::Unsubscribe, found, "they want no more mail");
    }
    let question = heard.iter().find(|one| one.sentence.question && one.sentence.tokens.len() > 2);
    let (no, later, other) = (first(Sense::No), first(Sense::Later), first(Sense::Other));
    if let Some(found) = other {
        return judged(Class::InternalForward, found, "somebody else over there is the one to talk to");
    }
    if no.is_none() && later.is_none() {
        if let Some(found) = first(Sense::Meet) {
            return judged(Class::MeetingRequest, found, "they want to talk");
        }
        if let Some(found) = first(Sense::Proposal) {
            return judged(Class::ProposalRequest, found, "they want a proposal");
        }
    }
    if let Some(found) = first(Sense::Price) {
        return Judged {
            about: Some("pricing".to_owned()),
            ..judged(Class::NeedsResponse, found, "they ask what it costs")
        };
    }
    match (no, later, question) {
        // A no with a question is not the end of it.
        (Some(_), _, Some(question)) if quoted(question).is_some() => {
            judged(Class::NeedsResponse, (question, 0.7), "they decline and ask something")
        }
        (_, Some(found), _) => Judged {
            about: Some("later".to_owned()),
            back_on: back_on(heard, anchor),
            ..judged(Class::NeedsResponse, found, "not now")
        },
        (Some(found), ..) => judged(Class::NegativeReply, found, "they do not want it"),
        (None, None, question) => undecided(heard, question, anchor),
    }
}

fn undecided(heard: &[Heard<'_>], question: Option<&Heard<'_>>, anchor: &Anchor) -> Judged {
    let first = |wanted: Sense| {
        heard.iter().find_map(|one| one.senses.iter().find(|(sense, _)| *sense == wanted).map(|(_, sure)| (one, *sure)))
    };
    let judged = |class: Class, one: &Heard<'_>, confidence: f64, reason: &str| Judged {
        class,
        confidence,
        reason: reason.to_owned(),
        quote: quoted(one),
        ..Judged::default()
    };
    if let Some((one, sure)) = first(Sense::Yes) {
        return judged(Class::PositiveReply, one, sure, "they are interested");
    }
    if let Some(one) = question {
        return judged(Class::NeedsResponse, one, 0.85, "they ask something");
    }
    if let Some((one, sure)) = first(Sense::Away) {
        return Judged { back_on: back_on(heard, anchor), ..judged(Class::OutOfOffice, one, sure, "they are away") };
    }
    match (first(Sense::Thanks), heard.first()) {
        (Some((one, sure)), _) => judged(Class::InfoOnly, one, sure, "they say thank you"),
        (None, Some(one)) => judged(Class::InfoOnly, one, 0.6, NOTHING_HEARD),
        (None, None) => Judged { confidence: 0.6, reason: "there is no text".to_owned(), ..Judged::default() },
    }
}

/// The exact words, if they can be quoted.
fn quoted(one: &Heard<'_>) -> Option<String> {
    let words = one.sentence.text(one.text).trim();
    (!words.is_empty() && words.len() <= MAX_QUOTE).then(|| words.to_owned())
}

/// The day of return, or the day that "later" names.
fn back_on(heard: &[Heard<'_>], anchor: &Anchor) -> Option<String> {
    heard
        .iter()
        .filter(|one| {
            let names = ["until", "till", "back", "return", "returning", "after", "again", "in", "next"];
            one.sentence.tokens.iter().any(|token| names.contains(&token.word.as_str()))
        })
        .flat_map(|one| deadlines(&one.sentence, anchor))
        .map(|deadline| deadline.when.day().to_string())
        .max()
}

/// A line that a mail program or a law put there.
fn is_footer(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["click here to unsubscribe", "unsubscribe from this list", "manage your preferences", "confidentiality notice"]
        .iter()
        .any(|words| lower.contains(words))
}

fn cut(text: &str) -> &str {
    if text.len() <= MAX_READ {
        return text;
    }
    let end = (0..=MAX_READ).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> (Class, Option<String>) {
        // 2026-11-20T15:00:00Z, a Friday.
        let anchor = Anchor::or_utc(1_795_186_800_000, "UTC");
        let reply =
            CampaignReply { text: text.to_owned(), from: "jo@globex.test".to_owned(), ..CampaignReply::default() };
        let judged = judge(&reply, &anchor);
        (judged.class, judged.about)
    }

    #[test]
    fn replies_as_people_write_them() {
        for (text, want) in [
            ("Hi Ada,\n\nhappy to talk. Are you free on Tuesday?\n\nJo", Class::MeetingRequest),
            ("Sounds interesting. Could you send me a proposal for two depots?", Class::ProposalRequest),
            ("What does it cost for 40 users?", Class::NeedsResponse),
            ("Interested, please tell me more.", Class::PositiveReply),
            ("Does it work with Zebra scanners?", Class::NeedsResponse),
            ("Thanks, but we are not interested.", Class::NegativeReply),
            ("Not interested in a demo, but does it read EAN codes?", Class::NeedsResponse),
            ("Please remove me from your list.", Class::Unsubscribe),
            ("Not now. Try me again in March.", Class::NeedsResponse),
            ("I'm not the right person, please contact our depot lead.", Class::InternalForward),
            ("I am on holiday until Monday.", Class::OutOfOffice),
            ("I was out of office last week, but yes.", Class::PositiveReply),
            ("Thanks.", Class::InfoOnly),
            ("", Class::InfoOnly),
            ("Fine by me.\n\nOn Mon, 16 Nov 2026 Ada wrote:\n> Are you free for a call?", Class::InfoOnly),
            ("Good day.\nTo stop these mails click here to unsubscribe.", Class::InfoOnly),
        ] {
            assert_eq!(class(text).0, want, "{text}");
        }
        assert_eq!(class("How much is it?").1.as_deref(), Some("pricing"));
        assert_eq!(class("Not now. Try me again in March.").1.as_deref(), Some("later"));
    }
}
