//! What words speak for by themselves: linear models over a turn's words and over what the
//! rules heard in it.
//!
//! A row of the rules is right in most of its findings and not in all: the words around it
//! say which. The models weigh both, as labelled calls taught them (`models/*.tsv`, made by
//! `make weights`). To tell them something more of a turn, add it to [`Told`] and fit them
//! again.

use std::collections::BTreeSet;

use skillhost_language::weights::{Weights, chance, shape, words_of};
use skillhost_language::{REPORTED, Sentence};

static SIGNALS: Weights = include!(concat!(env!("OUT_DIR"), "/signals.rs"));
static COMMITMENTS: Weights = include!(concat!(env!("OUT_DIR"), "/commitments.rs"));
static REQUESTS: Weights = include!(concat!(env!("OUT_DIR"), "/requests.rs"));

/// What is listened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// What a prospect's words say about the deal.
    Signals,
    /// What the rep promises.
    Commitments,
    /// What a prospect asks for.
    Requests,
}

impl Subject {
    fn weights(self) -> &'static Weights {
        match self {
            Self::Signals => &SIGNALS,
            Self::Commitments => &COMMITMENTS,
            Self::Requests => &REQUESTS,
        }
    }
}

/// What a model is told of sentences that were said together.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    said: &'a [Sentence],
    before: &'a [Sentence],
    /// What the rules heard.
    pub facts: BTreeSet<String>,
}

impl<'a> Told<'a> {
    /// Sentences.
    #[must_use]
    pub fn of(said: &'a [Sentence]) -> Self {
        Self { said, before: &[], facts: BTreeSet::new() }
    }

    /// What was said just before them by somebody else.
    #[must_use]
    pub fn after(self, before: &'a [Sentence]) -> Self {
        Self { before, ..self }
    }

    /// A finding of the rules in them.
    #[must_use]
    pub fn heard(mut self, kind: &str, confidence: f64) -> Self {
        self.facts.insert(format!("rule:{kind}:{}", if confidence >= REPORTED { "reported" } else { "heard" }));
        self
    }

    /// Words, pairs of neighbours, what forms of a word share, one after the other.
    pub fn words(&self, see: &mut dyn FnMut(&str)) {
        for sentence in self.said {
            words_of(&sentence.tokens, see);
            if sentence.question {
                see("?");
            }
        }
        const BEFORE: &str = "before:";
        let mut word = BEFORE.to_owned();
        for token in self.before.iter().flat_map(|sentence| &sentence.tokens) {
            word.truncate(BEFORE.len());
            word.push_str(shape(&token.word));
            see(&word);
        }
    }

    /// How likely each kind is.
    pub fn chances(&self, subject: Subject) -> impl Iterator<Item = (&'static str, f64)> + use<> {
        let weights = subject.weights();
        let sums = weights.sums(&|see| self.words(see), &self.facts);
        weights.kinds.iter().copied().zip(sums.into_iter().map(chance))
    }

    /// How likely one kind is; nothing for one that too few labelled calls have.
    #[must_use]
    pub fn chance(&self, subject: Subject, kind: &str) -> Option<f64> {
        self.chances(subject).find(|(one, _)| *one == kind).map(|(_, chance)| chance)
    }
}

/// How much a sentence's words by themselves speak for a kind.
#[must_use]
pub fn speaks_for(sentence: &Sentence, subject: Subject, kind: &str) -> f64 {
    subject.weights().speak_for(&|see| words_of(&sentence.tokens, see), kind)
}

#[cfg(test)]
mod tests {
    use skillhost_language::Topic;

    use super::*;

    #[test]
    fn the_tables_have_kinds_that_outputs_know() {
        for subject in [Subject::Signals, Subject::Commitments, Subject::Requests] {
            let Weights { kinds, bias, words } = subject.weights();
            assert!(kinds.len() > 5 && kinds.len() == bias.len() && words.rows.len() > 1000, "{subject:?}");
            assert!(words.rows.iter().any(|(word, _)| word.starts_with("rule:")), "{subject:?}");
            let is_found = |(word, row): &(&str, &'static [i16])| subject.weights().of(word) == Some(*row);
            assert!(words.rows.iter().all(is_found), "{subject:?}");
        }
        let topics = Topic::ALL.map(Topic::as_str);
        let is_known = |kind: &&str| topics.contains(&kind.trim_end_matches(['+', '-', '0']));
        assert!(SIGNALS.kinds.iter().all(is_known), "{:?}", SIGNALS.kinds);
    }
}
