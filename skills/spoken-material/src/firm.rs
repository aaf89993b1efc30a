//! Whether words stand as they were said: not denied, not doubted, not somebody
//! else's.
//!
//! The rules of `skillhost-language` weigh what they hear themselves; this is the
//! coarse sieve for what they did not hear. It looks at the whole sentence and drops
//! too much rather than too little. To keep one more way of taking something back
//! out, add a word to the list where it belongs.

use std::ops::Range;

use skillhost_language::{Sentence, sentences};

/// What the words are said to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody takes something on.
    Promise,
    /// Somebody asks for something: in a question, and politely in a condition.
    Request,
}

/// Takes anything back: denial, the past, irony, somebody else's words.
const VOID: [&str; 26] = [
    "not",
    "never",
    "no",
    "nor",
    "neither",
    "nobody",
    "without",
    "already",
    "yesterday",
    "ago",
    "last",
    "said",
    "says",
    "told",
    "claimed",
    "imagine",
    "suppose",
    "pretend",
    "hypothetically",
    "joking",
    "kidding",
    "usually",
    "normally",
    "typically",
    "sometimes",
    "otherwise",
];
/// Takes a promise back, and makes a request only polite.
const HEDGED: [&str; 14] = [
    "if", "unless", "whether", "maybe", "perhaps", "might", "could", "would", "should", "possibly", "probably", "hope",
    "wish", "try",
];

/// Whether every sentence that the range of a text touches stands as an act of this
/// kind.
#[must_use]
pub fn firm(text: &str, range: &Range<usize>, act: Act) -> bool {
    let all = sentences(text);
    let mut touched = touching(&all, range).peekable();
    touched.peek().is_some() && touched.all(|sentence| stands(sentence, act))
}

/// The sentences that a range touches.
pub(crate) fn touching<'a>(all: &'a [Sentence], range: &Range<usize>) -> impl Iterator<Item = &'a Sentence> {
    let range = range.clone();
    all.iter().filter(move |sentence| sentence.range.start < range.end && range.start < sentence.range.end)
}

fn stands(sentence: &Sentence, act: Act) -> bool {
    let has = |words: &[&str]| sentence.tokens.iter().any(|token| words.contains(&token.word.as_str()));
    let quoted = sentence.tokens.iter().any(|token| token.quoted);
    let open = match act {
        Act::Promise => sentence.question || has(&HEDGED),
        Act::Request => false,
    };
    !(quoted || open || has(&VOID))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_firm(text: &str, quote: &str, act: Act) -> bool {
        text.find(quote).is_some_and(|at| firm(text, &(at..at + quote.len()), act))
    }

    #[test]
    fn what_is_taken_back_is_no_promise() {
        for (text, quote, stands) in [
            ("Leave the wiring plan with me. It is raining.", "the wiring plan with me", true),
            ("It is raining, not snowing. Leave the wiring plan with me.", "the wiring plan with me", true),
            ("Don't leave the wiring plan with me.", "the wiring plan with me", false),
            ("If you like, leave the wiring plan with me.", "the wiring plan with me", false),
            ("Would you leave the wiring plan with me?", "the wiring plan with me", false),
            ("He said to leave the wiring plan with me.", "the wiring plan with me", false),
            ("The wiring plan was with me yesterday.", "wiring plan was with me", false),
            ("He wrote \"leave the wiring plan with me\" on it.", "the wiring plan with me", false),
        ] {
            assert_eq!(is_firm(text, quote, Act::Promise), stands, "{text}");
        }
    }

    #[test]
    fn a_request_may_be_a_question_and_polite() {
        for (text, quote, stands) in [
            ("Any chance we could see the wiring plan?", "see the wiring plan", true),
            ("It would help if we saw the wiring plan.", "saw the wiring plan", true),
            ("We would never need the wiring plan.", "need the wiring plan", false),
        ] {
            assert_eq!(is_firm(text, quote, Act::Request), stands, "{text}");
        }
        assert!(!firm("", &(0..0), Act::Request));
    }
}
