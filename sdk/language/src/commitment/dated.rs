//! The day of a promise where it stands in another clause: "I'll talk to Legal, I'll do
//! it tonight", "You'll have it. Wednesday, say.", "Give me until Monday."

use std::sync::LazyLock;

use super::Promise;
use crate::deadline::{Anchor, Deadline, at_once, deadlines};
use crate::pattern::{Pattern, table};
use crate::phrase::phrase_end;
use crate::sentence::Sentence;
use crate::token::Gap;

/// Clauses that say once more what was promised, and when.
const ECHOES: &[&str] = &[
    "i|we will @adv? do|have|finish|get|send|write|sort|mail|email it|that|this|them|so|both",
    "i|we am|are going to do|send|have|finish it|that|this|them",
    "i|we @adv? do|send|mail it|that|this|them",
    "give|gimme|allow me|us ~1 until|till",
    "you will ~1 have|get|see|receive it|that|them|this|one|those",
];

static ECHO_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(ECHOES));

#[cfg(test)]
pub(super) fn rows() -> impl Iterator<Item = &'static Pattern> {
    ECHO_ROWS.iter()
}

/// Gives undated promises of a sentence the day that its later clauses or the next
/// sentence say of them.
pub(super) fn give(
    sentence: &Sentence,
    next: Option<&Sentence>,
    anchor: &Anchor,
    dates: &[Deadline],
    out: &mut [Promise],
) {
    let Some(last) = out.iter().map(|promise| promise.words.end).max() else { return };
    if out.iter().all(|promise| promise.deadline.is_some()) {
        return;
    }
    // One of them has its day: the others have a reason to have none.
    let date = match out.iter().any(|promise| promise.deadline.is_some()) {
        true => None,
        false => echo(sentence, last.saturating_sub(1), dates)
            .or_else(|| aside(sentence, last, dates))
            .or_else(|| next.and_then(|next| bare_day(next, anchor).or_else(|| echo_of(next, anchor)))),
    };
    let Some(date) = date else { return };
    for promise in out.iter_mut().filter(|promise| promise.deadline.is_none()) {
        promise.deadline = Some(date.clone());
    }
}

/// What is done during the call or right after it is due today.
pub(super) fn give_today(sentence: &Sentence, anchor: &Anchor, out: &mut [Promise]) {
    let today = at_once(sentence, anchor);
    for promise in out.iter_mut().filter(|promise| promise.deadline.is_none()) {
        let within = |day: &&Deadline| (promise.words.start..=promise.words.end).contains(&day.words.start);
        promise.deadline = today.iter().find(within).cloned();
    }
}

/// The day of an echo that begins at or after a word.
fn echo(sentence: &Sentence, from: usize, dates: &[Deadline]) -> Option<Deadline> {
    let tokens = &sentence.tokens;
    let (at, end) =
        (from..tokens.len()).find_map(|at| ECHO_ROWS.iter().find_map(|row| row.at(tokens, at)).map(|end| (at, end)))?;
    let stop = phrase_end(tokens, end.saturating_sub(1)).max(end);
    dates
        .iter()
        .find(|date| date.words.start + 1 >= end && date.words.start < stop)
        .or_else(|| dates.iter().find(|date| date.words.end == at && date.words.start >= from))
        .cloned()
}

/// The day of a sentence that only echoes: "I'll do it tonight."
fn echo_of(next: &Sentence, anchor: &Anchor) -> Option<Deadline> {
    let doubtful = next.question
        || next.tokens.iter().any(|t| matches!(t.word.as_str(), "not" | "if" | "maybe" | "could" | "would"));
    if doubtful { None } else { echo(next, 0, &deadlines(next, anchor)) }
}

/// "I'll get you the cause, not the long one, by tomorrow": after an aside, the day is
/// still that of the promise when nothing else follows it.
fn aside(sentence: &Sentence, from: usize, dates: &[Deadline]) -> Option<Deadline> {
    let tokens = &sentence.tokens;
    let date = dates.iter().find(|date| date.words.start >= from)?;
    let closes = date.words.end == tokens.len() && tokens[date.words.start].gap == Gap::Comma;
    let between = &tokens[from..date.words.start];
    let other = between.iter().any(|t| {
        matches!(t.word.as_str(), "i" | "we" | "you" | "they" | "he" | "she" | "is" | "are" | "was" | "will" | "if")
    });
    (closes && !other).then(|| date.clone())
}

/// "Probably by Thursday.", "Wednesday, say, end of play.": a sentence that is little
/// more than a day.
pub(crate) fn bare_day(sentence: &Sentence, anchor: &Anchor) -> Option<Deadline> {
    /// More words than these say something of their own.
    const MOST_OTHER_WORDS: usize = 3;
    if sentence.question || sentence.tokens.len() > MOST_OTHER_WORDS * 4 {
        return None;
    }
    let dates = deadlines(sentence, anchor);
    let words: usize = dates.iter().map(|date| date.words.len()).sum();
    let others = sentence.tokens.len() - words;
    let other_business = sentence.tokens.iter().any(|t| {
        matches!(
            t.word.as_str(),
            "not" | "no" | "i" | "we" | "you" | "was" | "works" | "is" | "are" | "they" | "he" | "she"
        )
    });
    let first = dates.into_iter().next()?;
    (others <= MOST_OTHER_WORDS && !other_business).then_some(first)
}
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn what_is_promised_at_once_is_due_today() {
        let anchor = Anchor::new(1_795_014_000_000, "America/New_York").unwrap();
        for text in [
            "Done, I'll email you the login in a sec.",
            "I will send you his number on WhatsApp now itself.",
            "I'll text you both Randy's cell as soon as we're off here.",
            "I'm sending it right after.",
        ] {
            let found = crate::commitment::promises(&sentences(text)[0], None, &anchor);
            let due: Vec<_> = found.iter().map(|p| p.deadline.as_ref().map(|d| d.when.to_text())).collect();
            assert_eq!(due, [Some("2026-11-18".to_owned())], "{text}");
        }
    }
}
