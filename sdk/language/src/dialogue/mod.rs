//! What a conversation holds beyond its sentences: who answers whom, and what
//! "it" is.
//!
//! [`listen`] reads turns in order. It adds three things to the recognisers of
//! single sentences: "I'll send it" takes its object from what was just talked
//! about; "will do" promises what was just asked; "Mira will check" and "Bob,
//! please review" give work to the person named.

mod answer;
mod dates;
mod hearing;
mod offer;
mod retell;
#[cfg(test)]
mod tests;
mod wonder;

use std::ops::Range;

use crate::action::{Intent, Meaning};
use crate::deadline::When;
use crate::sentence::Sentence;
use crate::signal::Signal;

pub use hearing::{listen, listen_for_work};

/// One turn of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Utterance<'a> {
    /// Name as the transcript gives it.
    pub speaker: Option<&'a str>,
    /// The words.
    pub text: &'a str,
    /// Whether the speaker is of our side, where that is known: "you" is mostly
    /// somebody of the other one.
    pub ours: Option<bool>,
}

/// A deadline with its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The words, exact.
    pub quote: String,
    /// What they mean.
    pub when: When,
}

/// Something somebody promised, was asked, or was given to do.
#[derive(Clone, Debug)]
pub struct Said {
    /// Position of the turn in what was given.
    pub turn: usize,
    /// Bytes of the turn's text.
    pub range: Range<usize>,
    /// What is meant; a handover is resolved where the talk before allows it.
    pub meaning: Meaning,
    /// How sure.
    pub confidence: f64,
    /// By when.
    pub due: Option<Due>,
    /// The work in the third person: "Send Mira the deck".
    pub action: String,
    /// Who is to do it, when the words name somebody or it is the speaker.
    pub owner: Option<String>,
    /// "We": not the speaker alone.
    pub joint: bool,
    /// For a promise that says yes to a request: the turn of the request.
    pub answers: Option<usize>,
}

impl Said {
    /// Its intent, if it has one.
    #[must_use]
    pub fn intent(&self) -> Option<Intent> {
        match self.meaning {
            Meaning::Intent(intent) => Some(intent),
            _ => None,
        }
    }
}

/// A signal and where it was heard.
#[derive(Clone, Debug)]
pub struct HeardSignal {
    /// Position of the turn.
    pub turn: usize,
    /// Bytes of the turn's text: the sentence, or of a long one the clauses around the signal.
    pub range: Range<usize>,
    /// Bytes of the turn's text: the words that the signal was heard in.
    pub core: Range<usize>,
    /// The signal.
    pub signal: Signal,
}

/// A decision and where it was heard.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Position of the turn.
    pub turn: usize,
    /// Bytes of the turn's text.
    pub range: Range<usize>,
}

/// All that was heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Promises of the speakers themselves.
    pub promises: Vec<Said>,
    /// Requests to the other side.
    pub requests: Vec<Said>,
    /// Work given to somebody by name.
    pub assignments: Vec<Said>,
    /// Signals of every speaker who is not known to sell; the caller knows whose count.
    pub signals: Vec<HeardSignal>,
    /// What was settled.
    pub decisions: Vec<Decided>,
    /// The sentences of every turn.
    pub sentences: Vec<Vec<Sentence>>,
}
