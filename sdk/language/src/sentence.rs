//! Sentences with exact byte ranges.
//!
//! A sentence ends at `.`, `?`, `!` or a blank line, not at an abbreviation, a
//! number or an initial. Text without punctuation, as some speech recognisers
//! give it, is cut before words that usually open a new thought, so that one
//! never-ending line does not glue a "not" to a promise a minute later.

use std::ops::Range;

use crate::token::{Gap, Token, tokens};

/// One sentence of a source.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Byte range, without surrounding white space, with its end mark.
    pub range: Range<usize>,
    /// Its words.
    pub tokens: Vec<Token>,
    /// Ends in a question mark, or reads as a question where marks are missing.
    pub question: bool,
}

impl Sentence {
    /// The exact text.
    #[must_use]
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.range.clone()]
    }

    /// The byte range from word `from` to before word `to`, closing punctuation excluded.
    #[must_use]
    pub fn words(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.tokens.get(from).map_or(self.range.start, |t| t.start);
        let end = to.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(start, |t| t.end);
        start..end.max(start)
    }
}

/// A quote is a line; a longer sentence is cut at the pauses around what matters.
const MAX_QUOTE_BYTES: usize = 180;
/// A clause shorter than this, words, says little without its neighbours.
const MIN_CLAUSE_WORDS: usize = 5;

impl Sentence {
    /// The part of the sentence to quote for these words: all of it, or, of a long
    /// one, the clauses around them.
    #[must_use]
    pub fn quote(&self, words: &Range<usize>) -> Range<usize> {
        if self.range.len() <= MAX_QUOTE_BYTES {
            return self.range.clone();
        }
        let pause = |at: usize| self.tokens.get(at).is_none_or(|t| t.gap != Gap::None);
        let mut from = words.start.min(self.tokens.len().saturating_sub(1));
        while from > 0 && !pause(from) {
            from -= 1;
        }
        let mut to = words.end.max(from + 1).min(self.tokens.len());
        while !pause(to) {
            to += 1;
        }
        // What follows explains more often than what went before.
        loop {
            let after = (to + 1..=self.tokens.len()).find(|at| pause(*at));
            let before = (0..from).rev().find(|at| *at == 0 || pause(*at));
            let short = to - from < MIN_CLAUSE_WORDS;
            let fits = |from: usize, to: usize| self.words(from, to).len() <= MAX_QUOTE_BYTES;
            if let Some(after) = after.filter(|after| fits(from, *after)) {
                to = after;
            } else if let Some(before) = before.filter(|before| short && fits(*before, to)) {
                from = before;
            } else {
                return self.words(from, to);
            }
        }
    }
}

/// Words after which a full stop ends nothing.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "eg", "ie", "approx", "inc", "ltd", "co", "corp", "jan",
    "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "no", "fig", "hon", "rev", "sr",
    "jr", "dept", "est", "a.m", "p.m",
];

/// An unpunctuated run longer than this, words, is cut: spoken sentences of
/// more than 40 words are rare in transcripts that have punctuation.
const LONG_RUN_WORDS: usize = 40;

/// Words that open a new thought in unpunctuated speech.
const OPENERS: &[&str] = &["so", "but", "okay", "yes", "because", "anyway", "alright", "now", "well", "also", "and"];

/// Splits a text.
#[must_use]
pub fn sentences(source: &str) -> Vec<Sentence> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut chars = source.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = at + c.len_utf8();
        let end = match c {
            '?' | '!' | '\u{2026}' => true,
            '.' => ends_sentence(source, start, at, after),
            '\n' => source[after..].trim_start_matches([' ', '\t', '\r']).starts_with(['\n', '-', '*', '\u{2022}']),
            _ => false,
        };
        if !end {
            continue;
        }
        // Runs of marks and closing quotes belong to the sentence they end.
        let mut stop = after;
        while let Some((next, mark)) = chars.peek().copied() {
            if matches!(mark, '.' | '?' | '!' | '"' | '\'' | '\u{201d}' | '\u{2019}' | ')') {
                stop = next + mark.len_utf8();
                chars.next();
            } else {
                break;
            }
        }
        push(source, start, stop, &mut out);
        start = stop;
    }
    push(source, start, source.len(), &mut out);
    out
}

fn ends_sentence(source: &str, start: usize, dot: usize, after: usize) -> bool {
    let mut following = source[after..].chars();
    match following.next() {
        None => return true,
        Some(c) if c.is_whitespace() || matches!(c, '"' | '\u{201d}' | ')' | '.' | '\u{2019}' | '\'') => {}
        Some(_) => return false,
    }
    let word = source[start..dot].rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
    let lower = word.to_lowercase();
    let next = source[after..].trim_start().chars().next();
    let continues = next.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
    if matches!(lower.as_str(), "a.m" | "p.m" | "no" | "co" | "inc" | "ltd" | "etc") {
        return !continues;
    }
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I";
    !(ABBREVIATIONS.contains(&lower.as_str()) || initial && next.is_some_and(char::is_uppercase))
}

fn push(source: &str, start: usize, end: usize, out: &mut Vec<Sentence>) {
    let raw = &source[start..end];
    let from = start + (raw.len() - raw.trim_start().len());
    let to = start + raw.trim_end().len();
    if from >= to {
        return;
    }
    let words = tokens(source, from, to);
    if words.is_empty() {
        return;
    }
    let marked = source[from..to].trim_end_matches(['"', '\u{201d}', ')', '\'']).ends_with('?');
    let punctuated = source[from..to].ends_with(['.', '!', '?']) || marked;
    if words.len() <= LONG_RUN_WORDS || words.iter().skip(1).filter(|t| t.gap != Gap::None).count() * 12 > words.len() {
        let question = marked || !punctuated && reads_as_question(&words);
        out.push(Sentence { range: from..to, tokens: words, question });
        return;
    }
    // Cut the long run before openers, at least a handful of words apart.
    let mut piece: Vec<Token> = Vec::new();
    for token in words {
        if piece.len() >= 6 && OPENERS.contains(&token.word.as_str()) {
            flush(std::mem::take(&mut piece), out);
        }
        piece.push(token);
    }
    if !piece.is_empty() {
        let question = marked || !punctuated && reads_as_question(&piece);
        let range = piece[0].start..to;
        out.push(Sentence { range, tokens: piece, question });
    }
}

fn flush(piece: Vec<Token>, out: &mut Vec<Sentence>) {
    if let (Some(first), Some(last)) = (piece.first(), piece.last()) {
        let question = reads_as_question(&piece);
        out.push(Sentence { range: first.start..last.end, tokens: piece, question });
    }
}

/// An auxiliary before a subject, or a question word before either.
fn reads_as_question(tokens: &[Token]) -> bool {
    const LEAD_INS: &[&str] = &["and", "so", "but", "okay", "well", "yes", "right", "alright", "now"];
    const AUXILIARIES: &[&str] = &[
        "do", "does", "did", "can", "could", "would", "will", "should", "is", "are", "was", "were", "have", "has", "am",
    ];
    const SUBJECTS: &[&str] =
        &["you", "we", "i", "they", "he", "she", "it", "that", "this", "there", "your", "the", "anyone", "anybody"];
    const WH: &[&str] = &["what", "how", "who", "when", "where", "why", "which"];
    let words: Vec<&str> =
        tokens.iter().map(|t| t.word.as_str()).skip_while(|w| LEAD_INS.contains(w)).take(4).collect();
    let inverted = |at: usize| {
        words.get(at).is_some_and(|w| AUXILIARIES.contains(w))
            && words.get(at + 1).is_some_and(|w| SUBJECTS.contains(w))
    };
    inverted(0)
        || words.first().is_some_and(|w| WH.contains(w)) && (inverted(1) || inverted(2))
        || matches!(words.as_slice(), ["what" | "how", "about", ..])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|s| s.range).map(|r| &text[r]).collect()
    }

    #[test]
    fn abbreviations_numbers_and_initials_do_not_end_a_sentence() {
        assert_eq!(
            split("Dr. Lee pays $1.5M at 10 a.m. tomorrow. J. Doe agreed! Really?"),
            ["Dr. Lee pays $1.5M at 10 a.m. tomorrow.", "J. Doe agreed!", "Really?"]
        );
        assert_eq!(split("We start at 9 a.m. Bring the deck."), ["We start at 9 a.m.", "Bring the deck."]);
    }

    #[test]
    fn closing_quotes_stay_with_their_sentence() {
        assert_eq!(split("He said \"no way.\" I left."), ["He said \"no way.\"", "I left."]);
    }

    #[test]
    fn a_long_sentence_is_quoted_by_its_clauses() {
        let text = "When we opened the second plant, which was far too early if you ask me, the trucks stood in the yard \
                    for days, so our biggest problem is the yard, nobody knows who is next, and in winter, when the \
                    roads are bad and half of the drivers are ill, it gets worse";
        let sentence = &sentences(text)[0];
        let at = sentence.tokens.iter().position(|t| t.word == "problem").unwrap();
        assert_eq!(
            &text[sentence.quote(&(at..at + 1))],
            "so our biggest problem is the yard, nobody knows who is next, and in winter, when the roads are bad and \
             half of the drivers are ill, it gets worse"
        );
        let short = &sentences("Our biggest problem, in winter, is the yard.")[0];
        assert_eq!(short.quote(&(1..2)), short.range);
    }

    #[test]
    fn questions_are_seen_without_marks() {
        let all = sentences("so do you use it today\n\nwe do you know sometimes");
        assert_eq!(all.iter().map(|s| s.question).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn long_unpunctuated_speech_is_cut_and_loses_no_word() {
        let text = "i think the thing is we looked at it for quite some time and nobody could say what it was that made the numbers go up but then the team found it and so we will send you the report tomorrow because the board wants to see it before the end of the week";
        let all = sentences(text);
        assert!(all.len() > 2);
        assert_eq!(all.iter().map(|s| s.tokens.len()).sum::<usize>(), tokens(text, 0, text.len()).len());
        for sentence in &all {
            assert!(text[sentence.range.clone()].starts_with(&sentence.tokens[0].word));
        }
    }
}
