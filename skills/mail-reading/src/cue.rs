//! Rows of words, and what takes them back.
//!
//! A row says how sure it is. What stands around it may take it back: a negation
//! before it, a condition, somebody else's words, a time that is over.

use std::ops::Range;

use skillhost_language::{Gap, Pattern, Token};

use crate::stem::row;
use crate::text::{Said, Text};

/// Words and how surely they mean it.
pub(crate) struct Row {
    pattern: Pattern,
    weight: f64,
    /// Its words are without endings.
    stemmed: bool,
    /// It holds a negation of its own.
    negates: bool,
}

fn holds_not(words: &str) -> bool {
    words.split([' ', '|']).any(|word| matches!(word.trim_end_matches('?'), "not" | "never"))
}

/// Parses a table.
pub(crate) fn rows(table: &[(&'static str, f64)]) -> Vec<Row> {
    table
        .iter()
        .map(|(words, weight)| Row {
            pattern: Pattern::new(words),
            weight: *weight,
            stemmed: false,
            negates: holds_not(words),
        })
        .collect()
}

/// Parses a table whose words stand for all their forms.
pub(crate) fn stemmed(table: &[(&'static str, f64)]) -> Vec<Row> {
    table
        .iter()
        .map(|(words, weight)| Row {
            // Tables live as long as the program.
            pattern: Pattern::new(Box::leak(row(words).into_boxed_str())),
            weight: *weight,
            stemmed: true,
            negates: holds_not(words),
        })
        .collect()
}

/// A row that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cue {
    /// How sure.
    pub(crate) weight: f64,
    /// Which sentence.
    pub(crate) said: usize,
    /// Which words of it.
    pub(crate) words: Range<usize>,
}

/// What may take a row back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// A negation, a condition, a time that is over, quotation marks.
    All,
    /// The same without the negation: the row has its own.
    Negating,
    /// As all, and only with a negation before it.
    Turned,
    /// Quotation marks only.
    Quoted,
}

/// How far a negation reaches forward, words.
const NEGATION_REACH: usize = 4;
const NEGATIONS: [&str; 9] = ["not", "no", "never", "without", "nor", "neither", "hardly", "cannot", "nothing"];
/// These after a negation make it none: "why not", "not only", "not just".
const HARMLESS: [&str; 4] = ["only", "just", "objections", "objection"];
const CONDITIONS: [&str; 6] = ["if", "unless", "suppose", "imagine", "whether", "should"];
/// Conditions that are only polite, by the words after "if".
const POLITE: [&str; 10] =
    ["possible", "okay", "that", "it", "needed", "convenient", "available", "free", "necessary", "you"];

/// What a table finds, in order; the surest row of each clause.
pub(crate) fn find(text: &Text<'_>, table: &[Row], guard: Guard) -> Vec<Cue> {
    let mut out: Vec<Cue> = Vec::new();
    for cue in find_all(text, table, guard) {
        let of_clause = |other: &Cue| {
            other.said == cue.said && text.said[cue.said].clause_of(other.words.start).contains(&cue.words.start)
        };
        match out.iter_mut().find(|other| of_clause(other)) {
            Some(other) if other.weight >= cue.weight => {}
            Some(other) => *other = cue,
            None => out.push(cue),
        }
    }
    out
}

/// What each row of a table finds in each clause.
pub(crate) fn find_all(text: &Text<'_>, table: &[Row], guard: Guard) -> Vec<Cue> {
    let mut out = Vec::new();
    for (at, said) in text.said.iter().enumerate() {
        for clause in &said.clauses {
            let (words, stems) = (&said.tokens()[clause.clone()], &said.stems[clause.clone()]);
            for row in table {
                let tokens = if row.stemmed { stems } else { words };
                let Some((from, to)) = row.pattern.find(tokens) else { continue };
                let words = clause.start + from..clause.start + to;
                if !taken_back(said, &words, guard, row.negates) {
                    out.push(Cue { weight: row.weight, said: at, words });
                }
            }
        }
    }
    out
}

/// The surest one, the first of equals.
pub(crate) fn surest(cues: &[Cue]) -> Option<&Cue> {
    cues.iter().fold(None, |best: Option<&Cue>, cue| match best {
        Some(best) if best.weight >= cue.weight => Some(best),
        _ => Some(cue),
    })
}

/// Independent signs: how likely it is that not all of them mislead.
pub(crate) fn together(cues: &[Cue]) -> Option<Cue> {
    /// A sum of small signs is never surer than one plain word.
    const MOST: f64 = 0.76;
    let best = surest(cues)?;
    let none = cues.iter().map(|cue| 1.0 - cue.weight).product::<f64>();
    Some(Cue { weight: (1.0 - none).min(MOST), ..best.clone() })
}

fn taken_back(said: &Said, words: &Range<usize>, guard: Guard, negates: bool) -> bool {
    let tokens = said.tokens();
    if tokens.get(words.start).is_some_and(|token| token.quoted) {
        return true;
    }
    // "We will not go ahead": a gap of the row let the negation in.
    let inside =
        || !negates && tokens[words.clone()].iter().any(|token| matches!(token.word.as_str(), "not" | "never"));
    match guard {
        Guard::Quoted => false,
        Guard::Turned => {
            conditional(said, words) || over(said, words) || negates || !negated(tokens, words.start) && !inside()
        }
        Guard::Negating => conditional(said, words) || over(said, words) || denied(tokens, words.start, 3),
        Guard::All => conditional(said, words) || over(said, words) || negated(tokens, words.start) || inside(),
    }
}

/// Whether a negation stands before a place, in the same breath.
pub(crate) fn negated(tokens: &[Token], at: usize) -> bool {
    let from = at.saturating_sub(NEGATION_REACH);
    (from..at).any(|no| {
        NEGATIONS.contains(&tokens[no].word.as_str())
            && !tokens.get(no + 1).is_some_and(|next| HARMLESS.contains(&next.word.as_str()))
            && tokens[no + 1..=at].iter().all(|token| token.gap == Gap::None && token.word != "and")
            && !(no > 0 && tokens[no - 1].word == "why")
    })
}

/// "Not a no", "it's not that we are not interested": a negation of a negation.
fn denied(tokens: &[Token], at: usize, reach: usize) -> bool {
    let from = at.saturating_sub(reach);
    (from..at).any(|no| {
        tokens[no].word == "not" && tokens[no + 1..=at.min(tokens.len() - 1)].iter().all(|token| token.gap == Gap::None)
    })
}

/// Whether a condition opens before the words in their sentence, and they hang on it.
pub(crate) fn conditional(said: &Said, words: &Range<usize>) -> bool {
    let tokens = said.tokens();
    let clause = said.clause_of(words.start);
    (clause.start..words.start).any(|at| {
        let word = tokens[at].word.as_str();
        let next = tokens.get(at + 1).map_or("", |token| token.word.as_str());
        // "If we were interested, …" hangs; "if possible please …" does not; a comma ends it.
        CONDITIONS.contains(&word)
            && !(word == "if" && POLITE.contains(&next) && !hangs(tokens, at))
            && !(word == "should" && at > clause.start)
            && !tokens[at + 1..=words.start].iter().any(|token| token.gap != Gap::None)
    })
}

/// "If you are interested": a condition of the reader's state.
fn hangs(tokens: &[Token], at: usize) -> bool {
    let next = tokens.get(at + 1).map_or("", |token| token.word.as_str());
    let asks = ["can", "could", "would", "like", "want", "have", "get", "might", "do"];
    next == "you" && !tokens.get(at + 2).is_some_and(|token| asks.contains(&token.word.as_str()))
}

/// Times that are over.
const TIMES_OVER: [&[&str]; 14] = [
    &["last", "year"],
    &["last", "month"],
    &["last", "spring"],
    &["last", "summer"],
    &["last", "autumn"],
    &["last", "winter"],
    &["last", "time"],
    &["back", "then"],
    &["at", "first"],
    &["at", "the", "beginning"],
    &["at", "that", "time"],
    &["at", "the", "time"],
    &["years", "ago"],
    &["months", "ago"],
];
const PAST: [&str; 6] = ["was", "were", "said", "had", "did", "used"];
const SEASONS: [&str; 6] = ["spring", "summer", "autumn", "fall", "winter", "earlier"];

/// Whether the clause tells of a time that is over.
pub(crate) fn over(said: &Said, words: &Range<usize>) -> bool {
    let tokens = said.tokens();
    let clause = said.clause_of(words.start);
    let inside = &tokens[clause.clone()];
    let upto = words.end.min(tokens.len());
    let past = tokens[clause.start..upto].iter().any(|token| PAST.contains(&token.word.as_str()));
    if !past {
        return false;
    }
    let named = TIMES_OVER.iter().any(|time| {
        inside.windows(time.len()).any(|window| window.iter().zip(*time).all(|(token, word)| token.word == *word))
    });
    // "In spring we said no".
    let season = inside.windows(2).any(|pair| pair[0].word == "in" && SEASONS.contains(&pair[1].word.as_str()));
    let before = inside.iter().any(|token| matches!(token.word.as_str(), "originally" | "previously" | "formerly"));
    named || season || before || meant(&tokens[clause.start..upto])
}

/// "We were going to …": what was meant, and is not said to be.
pub(crate) fn meant(tokens: &[Token]) -> bool {
    const MEANS: [&str; 6] = ["going", "about", "planning", "hoping", "supposed", "meant"];
    let said: Vec<&str> = tokens.iter().map(|token| token.word.as_str()).filter(|word| *word != "not").collect();
    said.windows(3).any(|three| matches!(three[0], "was" | "were") && MEANS.contains(&three[1]) && three[2] == "to")
}
