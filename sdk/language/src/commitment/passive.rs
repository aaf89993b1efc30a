//! Promises in which the listener gets something and nobody is said to do it: "You'll
//! have the proposal by Friday", "The plan you get on Monday."

use std::ops::Range;
use std::sync::LazyLock;

use super::{Meaning, Promise};
use crate::action::Intent;
use crate::deadline::Deadline;
use crate::guard::{self, Doubt};
use crate::lexicon;
use crate::pattern::{Pattern, find_first, table};
use crate::phrase::phrase_end;
use crate::sentence::Sentence;
use crate::token::{Gap, Token};

/// What is handed over is said, or pointed to.
const HANDED: &[&str] = &[
    "it|that|they|everything|this|those|these|both|all will|should be with|in|on|at|over|there you|your|to ~4",
    "it|that|they|everything|this will reach you ~3",
    "you will|can expect|find|see ~6 from me|us ~2",
    "you will|can find|see it|that|them|everything|the ~3 in|on your ~2",
    "you hear|get|have it|that|them|this? from|by me|us? ~3",
    "you will hear|get|have ~3 from me|us ~4",
    "you will have|get|receive ~5 by|tomorrow|today|this|before|within|tonight|monday|tuesday|wednesday|thursday|friday|in",
    "expect ~4 from me",
    "@proposal will be in|with your|you ~4",
    "@contract will be in|with your|you ~4",
];
/// The same, where only a day in the sentence makes a promise of it.
const HANDED_BY_A_DAY: &[&str] = &[
    "you|they will @adv? have|get|receive|know|hear ~6",
    "you @adv? have|get|receive it|that|them|this|the|a|an|my|our ~6",
    "you would? have|get|receive $",
    "you would? have|get|receive ~1 by|on|before|tomorrow|tonight|this|next|monday|tuesday|wednesday|thursday|friday",
];

/// Who comes on a day: "Tuesday at three, I'm there."
const COMES: &[&str] = &[
    "i|we will be there|round|over|with|at ~4",
    "i|we am|are there|with ~2 $",
    "i|we will? come|pop|drop|drive by|round|over|up|down|out|to|in ~6",
];

static COMES_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(COMES));
static HANDED_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(HANDED));
static DAY_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(HANDED_BY_A_DAY));

/// What "I'm there" is worth with its day.
const VISIT: f64 = 0.8;
/// How far before its verb a thing may stand: "the new cabinet plan you get".
const FRONTED: usize = 4;

#[cfg(test)]
pub(super) fn rows() -> impl Iterator<Item = &'static Pattern> {
    HANDED_ROWS.iter().chain(DAY_ROWS.iter()).chain(COMES_ROWS.iter())
}

/// Adds the one that a sentence makes beside what it promises in so many words.
pub(super) fn add(sentence: &Sentence, next: Option<&Sentence>, dates: &[Deadline], out: &mut Vec<Promise>) {
    if sentence.question {
        return;
    }
    let tokens = &sentence.tokens;
    let free = |at: usize| out.iter().all(|promise| at >= promise.words.end || at < promise.words.start);
    let find = |rows: &[Pattern]| {
        find_first(rows, tokens).filter(|(from, _)| free(*from) && begins(tokens, *from, out.is_empty()))
    };
    let found = find(&HANDED_ROWS).or_else(|| if dates.is_empty() { None } else { find(&DAY_ROWS) });
    let Some((from, to)) = found else {
        let comes = if dates.is_empty() { None } else { find(&COMES_ROWS) };
        if let Some(promise) = comes.and_then(|(from, to)| visit(sentence, next, from..to, dates)) {
            out.push(promise);
            out.sort_by_key(|promise| promise.words.start);
        }
        return;
    };
    if let Some(promise) = read(sentence, next, from..to, dates) {
        out.push(promise);
        out.sort_by_key(|promise| promise.words.start);
    }
}

/// Beside another promise it must begin a clause: "I'll ask and you'll have it Monday".
fn begins(tokens: &[Token], at: usize, alone: bool) -> bool {
    alone
        || tokens[at].gap != Gap::None
        || at.checked_sub(1).is_none_or(|before| matches!(tokens[before].word.as_str(), "and" | "so" | "then" | "but"))
}

fn read(sentence: &Sentence, next: Option<&Sentence>, found: Range<usize>, dates: &[Deadline]) -> Option<Promise> {
    let tokens = &sentence.tokens;
    let (from, to) = (found.start, found.end);
    // "You'd have it by Thursday" is no dream where nothing is supposed.
    let promised = tokens.get(from + 1).is_some_and(|t| t.word == "would")
        && dates.iter().any(|d| d.words.start >= from)
        && !tokens.iter().any(|t| matches!(t.word.as_str(), "if" | "not" | "could" | "unless"));
    let doubt = if promised { Doubt::None } else { guard::judge(sentence, next, from, from + 1, to) };
    if doubt == Doubt::Certain {
        return None;
    }
    let end = phrase_end(tokens, from);
    let will = tokens[from..end].iter().any(|t| matches!(t.word.as_str(), "will" | "expect"));
    let day = dates.iter().find(|d| d.words.start >= from && d.words.start < end);
    // "By the end of this week you will know", "Monday you will have that".
    let before = || dates.iter().find(|d| will && d.words.end <= from && from - d.words.end <= 1);
    let deadline = day.or_else(before).cloned();
    // "You get it by Monday every week", "you have it already".
    let told = tokens.iter().any(|t| {
        matches!(t.word.as_str(), "every" | "each" | "already" | "per" | "since" | "everybody" | "anyway" | "works")
    });
    let bound = will || deadline.is_some() && !told;
    // "If you have it by Friday", "when you get it", "the day you have it".
    let part = from.checked_sub(1).map_or("", |at| tokens[at].word.as_str());
    let leans = tokens[from].gap == Gap::None
        && matches!(
            part,
            "if" | "when" | "what" | "how" | "once" | "day" | "until" | "before" | "that" | "because" | "can"
        );
    let does = tokens[from..to].iter().any(|t| matches!(t.word.as_str(), "to" | "been" | "got" | "not" | "any"));
    if !bound || leans || does {
        return None;
    }
    let fronted = from.saturating_sub(FRONTED)..from;
    let named = class_of(&tokens[from..end]).or_else(|| class_of(&tokens[fronted]));
    let says = |words: &[&str]| tokens[from..end].iter().any(|t| words.contains(&t.word.as_str()));
    let meant = match named {
        Some(intent) => Meaning::Intent(intent),
        None if says(&["hear", "know", "answer", "result", "decision", "feedback"]) => {
            Meaning::Intent(Intent::ProspectFollowup)
        }
        None if says(&["it", "that", "them", "this", "everything", "one", "those"]) => Meaning::Handover,
        None => return None,
    };
    let mut confidence: f64 = match (deadline.is_some(), will) {
        (true, true) => 0.9,
        (true, false) => 0.8,
        _ => 0.78,
    };
    if meant == Meaning::Handover {
        confidence = confidence.min(0.84);
    }
    if let Doubt::AtMost(cap) = doubt {
        confidence = confidence.min(cap);
    }
    Some(Promise { words: from..end, phrase: from..end, meaning: meant, confidence, deadline, joint: false })
}

/// A visit on a day that stands in the same clause, or just before it.
fn visit(sentence: &Sentence, next: Option<&Sentence>, found: Range<usize>, dates: &[Deadline]) -> Option<Promise> {
    /// How far before "I'm there" its day may end: "Tuesday the third, in the morning, I'm there".
    const BEFORE: usize = 4;
    let tokens = &sentence.tokens;
    let from = found.start;
    let end = phrase_end(tokens, from);
    let anyway = tokens.iter().any(|t| matches!(t.word.as_str(), "anyway" | "already" | "every" | "always"));
    if anyway || guard::judge(sentence, next, from, from + 1, end) != Doubt::None {
        return None;
    }
    let will = tokens[from..end].iter().any(|t| t.word == "will");
    let fits = |date: &&Deadline| {
        let fronted = date.words.end <= from && from - date.words.end <= BEFORE && tokens[from].gap != Gap::None;
        fronted || will && date.words.start >= from && date.words.start < end
    };
    let deadline = dates.iter().find(fits)?.clone();
    Some(Promise {
        words: from..end,
        // "Be there on Friday".
        phrase: from + 1 + usize::from(will)..end,
        meaning: Meaning::Intent(Intent::ScheduleMeeting),
        confidence: VISIT,
        deadline: Some(deadline),
        joint: false,
    })
}

/// What is handed over, by its name.
pub(super) fn class_of(words: &[Token]) -> Option<Intent> {
    words.iter().find_map(|t| {
        [
            ("proposal", Intent::SendProposal),
            ("contract", Intent::SendContract),
            ("pricing", Intent::SendPricing),
            ("access", Intent::ProvideAccess),
            ("content", Intent::SendContent),
            ("paper", Intent::SendContent),
        ]
        .into_iter()
        .find(|(class, _)| lexicon::is(class, &t.word) && !matches!(t.word.as_str(), "terms" | "time"))
        .map(|(_, intent)| intent)
    })
}
