//! What the mail is about.

use briefing_record::{Source, Topic, Trigger, empty_words};
use meeting_record::one_line;
use model_answer::instructs;

use crate::Facts;
use crate::recipient::Recipient;

/// Longest words that are put before the reader, characters.
const MAX_WORDS: usize = 180;
/// Kinds of triggers that are no occasion for a stranger to speak of.
const UNSPOKEN: [&str; 2] = ["layoffs", "left"];

/// What the mail opens with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Opening {
    /// They asked, and nobody answered: their words.
    Ask(String, Source),
    /// We promised, and nothing came: our words.
    Promise(String, Source),
    /// Something happened.
    Happened(Trigger),
    /// What was talked about last.
    Matter(Topic),
    /// Whoever was written to is gone; the name.
    Handover(String, Topic),
}

impl Opening {
    /// The word in the output.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Ask(..) => "ask",
            Self::Promise(..) => "promise",
            Self::Happened(_) => "trigger",
            Self::Matter(_) => "topic",
            Self::Handover(..) => "handover",
        }
    }

    /// For a summary.
    pub(crate) fn in_words(&self) -> &'static str {
        match self {
            Self::Ask(..) => "what they asked",
            Self::Promise(..) => "what we promised",
            Self::Happened(_) => "what happened",
            Self::Matter(_) => "the last matter",
            Self::Handover(..) => "who looks after it now",
        }
    }

    pub(crate) fn source(&self) -> &Source {
        match self {
            Self::Ask(_, source) | Self::Promise(_, source) => source,
            Self::Happened(trigger) => &trigger.source,
            Self::Matter(topic) | Self::Handover(_, topic) => &topic.source,
        }
    }

    /// The words of the record that it rests on.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Ask(words, _) | Self::Promise(words, _) => words,
            Self::Happened(trigger) => &trigger.words,
            Self::Matter(topic) | Self::Handover(_, topic) => &topic.words,
        }
    }
}

/// Whether words can stand in a mail: short, not themselves empty, and for people.
fn can_stand(words: &str) -> bool {
    let line = one_line(words);
    !line.is_empty()
        && line.chars().count() <= MAX_WORDS
        && empty_words(&line).is_none()
        // Words meant for a program are none to put before a person.
        && !instructs(&line)
        && !line.contains(['“', '”', '"', '<', '>', '{', '}'])
        && !line.contains("://")
}

/// A matter that can stand in a mail.
pub(crate) fn matter(facts: &Facts) -> Option<&Topic> {
    facts.stall.last_topic.as_ref().filter(|topic| can_stand(&topic.words))
}

pub(crate) fn choose(facts: &Facts, to: &Recipient) -> Option<Opening> {
    let matter = matter(facts);
    // A stranger to the matter is asked about it, and told no news.
    if let Some(gone) = &to.instead_of {
        return matter.map(|topic| Opening::Handover(gone.clone(), topic.clone()));
    }
    let said = facts.stall.quote.as_ref().zip(facts.stall.source.as_ref()).filter(|(quote, _)| can_stand(quote));
    match (facts.stall.reason.as_str(), said) {
        ("waiting_on_us", Some((quote, source))) => return Some(Opening::Ask(quote.clone(), source.clone())),
        ("we_promised", Some((quote, source))) => return Some(Opening::Promise(quote.clone(), source.clone())),
        _ => {}
    }
    let happened = facts.triggers.triggers.iter().find(|trigger| {
        let theirs = trigger.contact_id.as_ref().is_none_or(|id| *id == to.contact.id);
        theirs && !UNSPOKEN.contains(&trigger.kind.as_str()) && can_stand(&trigger.words)
    });
    happened.cloned().map(Opening::Happened).or_else(|| matter.cloned().map(Opening::Matter))
}
