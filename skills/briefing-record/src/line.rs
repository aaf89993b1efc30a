//! A line of a briefing and where it comes from.

use std::ops::Range;

use meeting_record::one_line;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::Outcome;

/// What a claim rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Source {
    /// `contact`, `company`, `deal`, `meeting`, `email`, `activity`, `task`, `note`,
    /// `news`, `apollo`, `linkedin`, `calendar`, `pipeline`, `campaign`, …: where it was read.
    pub kind: String,
    /// The record's id, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of which time it is, RFC 3339 or a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl Source {
    /// A record.
    #[must_use]
    pub fn new(kind: &str, id: &str) -> Self {
        Self { kind: kind.to_owned(), id: (!id.is_empty()).then(|| id.to_owned()), at: None }
    }

    /// A record of a time.
    #[must_use]
    pub fn at(mut self, at: &str) -> Self {
        self.at = (!at.is_empty()).then(|| at.to_owned());
        self
    }
}

/// A line of a briefing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Line {
    /// One line.
    pub text: String,
    /// What it rests on.
    pub source: Source,
}

impl Line {
    /// A line and its source.
    #[must_use]
    pub fn new(text: impl AsRef<str>, source: Source) -> Self {
        Self { text: one_line(text.as_ref()), source }
    }
}

/// A quote, the read it stands in, and the place in the output that it supports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Names the read.
    pub read_id: String,
    /// Its exact words.
    pub quote: String,
    /// JSON Pointer into the output.
    pub supports: String,
}

impl Proof {
    /// A proof.
    #[must_use]
    pub fn new(read_id: &str, quote: &str, supports: impl Into<String>) -> Self {
        Self { read_id: read_id.to_owned(), quote: quote.to_owned(), supports: supports.into() }
    }
}

/// The outcome with its proofs. A blank quote proves nothing and is left out.
#[must_use]
pub fn proven<T>(outcome: Outcome<T>, proofs: impl IntoIterator<Item = Proof>) -> Outcome<T> {
    proofs
        .into_iter()
        .filter(|proof| !proof.quote.trim().is_empty())
        .fold(outcome, |outcome, proof| outcome.evidence(proof.read_id, proof.quote, proof.supports))
}

/// The first line of a text that says something, exactly as it stands there, cut
/// at a word when it is longer than `max` characters. For quoting.
#[must_use]
pub fn exact_line(text: &str, max: usize) -> &str {
    let line = text.lines().map(str::trim).find(|line| line.chars().any(char::is_alphanumeric)).unwrap_or_default();
    let Some((end, _)) = line.char_indices().nth(max) else { return line };
    let cut = &line[..end];
    cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole).trim_end()
}

/// Most words of a line that greets.
const GREETING_WORDS: usize = 4;

/// A sentence of a mail without the greeting on a line of its own before it, which
/// no full stop parts from it: from the line on which `core` begins at the latest.
#[must_use]
pub fn without_greeting<'a>(text: &'a str, sentence: &Range<usize>, core: &Range<usize>) -> Option<&'a str> {
    let mut start = sentence.start;
    while let Some(end) = text.get(start..core.start.max(start))?.find('\n') {
        let line = text[start..start + end].trim();
        let greets = line.split_whitespace().count() <= GREETING_WORDS && line.ends_with([',', '!', ':', '-']);
        if !line.is_empty() && !greets {
            break;
        }
        start += end + 1;
    }
    text.get(start..sentence.end).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_no_part_of_a_sentence() {
        let text = "Hi Ada,\n\nI will send\nthe list.";
        let at = text.find("I will").unwrap_or_default();
        let core = at..at + 6;
        assert_eq!(without_greeting(text, &(0..text.len()), &core), Some("I will send\nthe list."));
        assert_eq!(without_greeting(text, &(at..text.len()), &core), Some("I will send\nthe list."));
        let wrapped = "On the list of yours that you asked for,\nI will send it.";
        assert_eq!(without_greeting(wrapped, &(0..wrapped.len()), &(41..43)), Some(wrapped));
        assert_eq!(without_greeting(text, &(0..999), &core), None);
    }

    #[test]
    fn a_quote_stands_in_its_source() {
        for (text, max, want) in [
            ("\n --- \n  Prices, please: café\nmore", 40, "Prices, please: café"),
            ("one two three", 9, "one two"),
            ("caféééééé", 5, "café\u{e9}"),
            ("…", 9, ""),
        ] {
            let line = exact_line(text, max);
            assert_eq!(line, want);
            assert!(text.contains(line));
        }
    }
}
