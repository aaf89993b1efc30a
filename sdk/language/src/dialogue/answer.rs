//! Ways to say yes to what was asked.

use std::sync::LazyLock;

use crate::pattern::{Pattern, Present};
use crate::sentence::Sentence;

/// Ways to say yes, and how much of a promise each is.
const ACCEPTANCES: &[(&str, f64)] = &[
    ("^ ~3 will do $", 0.9),
    ("^ ~3 will do", 0.86),
    ("^ ~2 on it $", 0.88),
    ("^ ~1 can do $", 0.84),
    ("consider it done", 0.92),
    ("i will ~1 do that|it", 0.9),
    ("i will ~1 take care of that|it|this", 0.9),
    ("yes|sure|absolutely|course i will", 0.88),
    ("i|we can ~1 do that|it", 0.82),
    ("^ ~2 you got it", 0.85),
    ("^ ~2 happy|glad to", 0.8),
    ("^ ~2 i|we can handle that|it", 0.82),
    ("^ ~1 no problem", 0.78),
    ("^ ~1 with pleasure", 0.8),
    ("^ ~2 noted $", 0.8),
    ("^ noted", 0.8),
    ("^ ~1 i|we can $", 0.78),
    ("^ ~1 monday|tuesday|wednesday|thursday|friday|tomorrow|today it is ~1 $", 0.8),
    ("^ ~1 of course", 0.78),
    ("^ ~1 absolutely|definitely|certainly", 0.78),
    ("^ sure thing", 0.78),
    ("^ sure|yes|okay $", 0.75),
];

/// What makes a yes none.
pub(super) const REFUSALS: &[&str] =
    &["not", "but", "unfortunately", "afraid", "sorry", "if", "unless", "no", "depends", "maybe", "never"];

static YES_ROWS: LazyLock<Vec<(Pattern, f64)>> =
    LazyLock::new(|| ACCEPTANCES.iter().map(|(row, confidence)| (Pattern::new(row), *confidence)).collect());

/// How much of a promise a sentence is as an answer; none where it is no yes.
pub(super) fn yes(sentence: &Sentence) -> Option<f64> {
    if sentence.question {
        return None;
    }
    let present = Present::of(&sentence.tokens);
    let says = |row: &Pattern| row.find_among(&sentence.tokens, present).is_some();
    YES_ROWS.iter().find(|(row, _)| says(row)).map(|(_, confidence)| *confidence)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn tables_parse() {
        assert!(YES_ROWS.iter().all(|(p, _)| p.is_well_formed()));
    }

    #[test]
    fn a_yes_is_worth_what_it_says() {
        let read = |text: &str| yes(&sentences(text)[0]);
        assert_eq!(read("Yep, will do."), Some(0.9));
        assert_eq!(read("Can do."), Some(0.84));
        assert_eq!(read("Sure."), Some(0.75));
        assert_eq!(read("Will do?"), None);
        assert_eq!(read("Tuesday is better."), None);
    }
}
