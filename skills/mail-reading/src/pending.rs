//! What a refusal hangs on: us, so that it is none yet, or a time far off.

use crate::cue::Cue;
use crate::refusal::names_later;
use crate::text::{Said, Text};

/// "I cannot close the month until this is sorted": it is not yet.
pub(crate) fn is_outstanding(text: &Text<'_>, cue: &Cue) -> bool {
    let said = &text.said[cue.said];
    let clause = said.clause_of(cue.words.start);
    let before = &said.tokens()[clause.start..cue.words.start];
    // "If it is not here by Friday we will cancel" threatens.
    let opened = before.iter().position(|token| token.word == "if");
    let threat = opened
        .is_some_and(|at| before[at..].iter().any(|token| matches!(token.word.as_str(), "will" | "shall")))
        || opened.is_some() && said.tokens()[cue.words.clone()].iter().any(|token| token.word == "will");
    threat
        || before.iter().any(|token| matches!(token.word.as_str(), "until" | "till" | "once" | "unless"))
        || before.windows(2).any(|pair| pair[0].word == "before" && matches!(pair[1].word.as_str(), "i" | "we"))
        || awaits(said, cue)
}

/// "We are not renewing anything till somebody explains that to me": it hangs on us.
pub(crate) fn awaits(said: &Said, cue: &Cue) -> bool {
    const OURS: [&str; 20] = [
        "you",
        "your",
        "somebody",
        "someone",
        "this",
        "that",
        "see",
        "know",
        "hear",
        "understand",
        "answer",
        "explanation",
        "explained",
        "fixed",
        "sorted",
        "corrected",
        "corrects",
        "invoice",
        "revised",
        "proof",
    ];
    /// What it hangs on stands right behind "until", words.
    const NEAR: usize = 6;
    let after = &said.tokens()[cue.words.start..];
    let opened = after.iter().position(|token| matches!(token.word.as_str(), "until" | "till" | "unless"));
    opened.is_some_and(|at| {
        // "Until 2029" is a time.
        let dated = after.get(at + 1).is_some_and(|token| token.word.starts_with(|c: char| c.is_ascii_digit()));
        let rest = &after[at + 1..after.len().min(at + 1 + NEAR)];
        let later = names_later(&after[at..]);
        !later && !dated && rest.iter().any(|token| OURS.contains(&token.word.as_str()))
    })
}

/// Whether a clause only names a time far off to come back: "give me a shout in March".
pub(crate) fn far_off(said: &Said, cue: &Cue) -> bool {
    let clause = &said.tokens()[said.clause_of(cue.words.start)];
    FAR.iter().any(|word| clause.iter().any(|token| token.word == *word))
        || clause.windows(2).any(|pair| {
            pair[0].word == "next" && matches!(pair[1].word.as_str(), "year" | "quarter" | "season" | "autumn")
        })
}

/// No time to meet at.
const FAR: [&str; 18] = [
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "spring",
    "summer",
    "autumn",
    "winter",
    "q1",
    "q2",
    "year",
];
