//! Decisions: what a group settled.
//!
//! To read one more way of settling something, add a row to [`MARKERS`].

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, find_first, table};
use crate::sentence::Sentence;

const MARKERS: &[&str] = &[
    "we have|all? all? decided|agreed|settled|concluded|chosen to|on|that|upon|we ~1",
    "we decided|agreed|settled|chose to|on|that|upon|we",
    "everyone|everybody agreed|agrees to|on|that",
    "it is|was decided|agreed|settled to|that",
    "the decision is|was to|that|we",
    "decision is|was to|that",
    "let us @adv? go with",
    "let us @adv? stick with",
    "^ ~2 let us defer|postpone|keep|use|store|target|choose|pick|drop|leave ~1 it|the|that|this|a|our|on|in|for",
    "we are|will @adv? going? be? go|going|sticking with",
    "we should keep|go|use|stick ~8 for|with|as",
    "then it is agreed|settled|decided",
    "final decision",
];

static ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(MARKERS));

/// What speaks against a decision.
const VOID: &[&str] = &[
    "not",
    "if",
    "whether",
    "unless",
    "maybe",
    "perhaps",
    "should",
    "could",
    "might",
    "yesterday",
    "once",
    "until",
    "never",
    "before",
    "when",
];

/// A decision in a sentence: the words of it, marker included. What follows the
/// marker must say something.
#[must_use]
pub fn decision(sentence: &Sentence) -> Option<Range<usize>> {
    if sentence.question {
        return None;
    }
    let tokens = &sentence.tokens;
    let (from, to) = find_first(&ROWS, tokens)?;
    let proposal = tokens[from..to].iter().any(|t| t.word == "should");
    let voided = tokens[..from].iter().any(|t| VOID.contains(&t.word.as_str()))
        || tokens[from..to].iter().any(|t| VOID.contains(&t.word.as_str()) && !(proposal && t.word == "should"));
    let reported = tokens[..from]
        .iter()
        .any(|t| crate::lexicon::is("report", &t.word) || matches!(t.word.as_str(), "they" | "he" | "she"));
    (!voided && !reported && !tokens[from].quoted && tokens.len() > to).then_some(from..tokens.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    fn is(text: &str) -> bool {
        decision(&sentences(text)[0]).is_some()
    }

    #[test]
    fn settled_and_unsettled() {
        assert!(ROWS.iter().all(Pattern::is_well_formed));
        for text in [
            "We decided to ship in May.",
            "Okay, let's go with the second option.",
            "We agreed on a phased start.",
            "We're going with the annual plan.",
        ] {
            assert!(is(text), "{text}");
        }
        for text in [
            "We haven't decided on a date.",
            "Should we go with the first?",
            "If we agreed on that, fine.",
            "They said we agreed to it.",
            "We decided.",
        ] {
            assert!(!is(text), "{text}");
        }
    }
}
