//! Who else should come.
//!
//! A name counts where the sentence says that somebody joins, is brought or is
//! called, and an address stands for whoever is named right before it.

use std::ops::Range;
use std::sync::LazyLock;

use crate::deadline::weekday;
use crate::lexicon;
use crate::pattern::{Pattern, table};
use crate::sentence::Sentence;
use crate::token::Gap;
use crate::zone::zone_of_place;

/// Somebody named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As they were named.
    pub name: Option<String>,
    /// Lower case.
    pub email: Option<String>,
    /// Bytes of the source.
    pub range: Range<usize>,
}

/// Words that bring somebody in; the name comes after them or before.
const BRINGS: &[&str] = &[
    "with|include|including|add|invite|bring|cc|copy|together",
    "loop in|loop ~3 in",
    "join|joins|joining|attend|attends",
    "should|will|would like|want|needs to be there|present|part",
    "colleague|boss|manager|partner|director|lead|head",
    "give ~5 a call|ring|buzz",
    "call|ring|phone our|my",
];
/// Capitalised words that are nobody's name.
const NOT_NAMES: &[&str] = &[
    "i",
    "zoom",
    "teams",
    "meet",
    "google",
    "microsoft",
    "webex",
    "skype",
    "hi",
    "hello",
    "dear",
    "thanks",
    "best",
    "regards",
    "the",
    "a",
    "our",
    "my",
    "we",
    "you",
    "cfo",
    "ceo",
    "cto",
    "coo",
    "cio",
    "vp",
    "it",
    "hr",
    "am",
    "pm",
    "cet",
    "est",
    "pst",
    "gmt",
    "utc",
    "et",
    "pt",
    "please",
    "mr",
    "mrs",
    "ms",
    "dr",
    "prof",
    "mondays",
    "tuesdays",
    "wednesdays",
    "thursdays",
    "fridays",
    "saturday",
    "sunday",
    "christmas",
    "easter",
    "new",
    "year",
    "q1",
    "q2",
    "q3",
    "q4",
];
/// Longest name, words.
const MAX_NAME: usize = 3;

static BRING_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(BRINGS));

/// The people of a sentence, in order.
pub(super) fn named(sentence: &Sentence, source: &str) -> Vec<Named> {
    let brings = BRING_ROWS.iter().any(|pattern| pattern.find(&sentence.tokens).is_some());
    let mut people: Vec<Named> = if brings { names(sentence, source) } else { Vec::new() };
    for email in addresses(source, sentence.range.clone()) {
        let text = source.get(email.clone()).unwrap_or_default().to_lowercase();
        // "Dana Whitfield (dana@…)": whoever is named right before it.
        let owner = people.iter_mut().find(|person| {
            let between = source.get(person.range.end..email.start).unwrap_or("?");
            person.email.is_none() && between.chars().all(|c| matches!(c, ' ' | '(' | '<' | ',' | '-' | ':'))
        });
        match owner {
            Some(person) => {
                person.email = Some(text);
                person.range.end = email.end;
            }
            None => people.push(Named { name: None, email: Some(text), range: email }),
        }
    }
    people.sort_by_key(|person| person.range.start);
    people
}

/// Two or three capitalised words that stand together.
fn names(sentence: &Sentence, source: &str) -> Vec<Named> {
    let tokens = &sentence.tokens;
    let is_name = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            token.capital
                && !NOT_NAMES.contains(&token.word.as_str())
                && weekday(&token.word).is_none()
                && !lexicon::is("when", &token.word)
                && !lexicon::is("role", &token.word)
                && token.word.chars().all(char::is_alphabetic)
        })
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let mut end = at;
        while end - at < MAX_NAME && is_name(end) && (end == at || tokens[end].gap == Gap::None) {
            end += 1;
        }
        if end - at >= 2 && zone_of_place(tokens, at).is_none() {
            let range = sentence.words(at, end);
            out.push(Named { name: source.get(range.clone()).map(str::to_owned), email: None, range });
            at = end;
        } else {
            at += 1;
        }
    }
    out
}

/// The bytes of the addresses in a part of a text.
fn addresses(source: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let text = source.get(within.clone()).unwrap_or_default();
    let local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '\'');
    let host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    text.match_indices('@')
        .filter_map(|(at, _)| {
            let before = text[..at].chars().rev().take_while(|c| local(*c)).map(char::len_utf8).sum::<usize>();
            let after: &str = &text[at + 1..];
            let length = after.chars().take_while(|c| host(*c)).map(char::len_utf8).sum::<usize>();
            let name = after[..length].trim_end_matches(['.', '-']);
            let ok = before > 0 && name.contains('.') && !name.starts_with('.');
            ok.then(|| within.start + at - before..within.start + at + 1 + name.len())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn tables_parse() {
        assert!(BRING_ROWS.iter().all(Pattern::is_well_formed));
    }

    #[test]
    fn who_is_brought_is_named_and_who_is_spoken_of_is_not() {
        let of = |text: &str| -> Vec<String> {
            sentences(text)
                .iter()
                .flat_map(|sentence| named(sentence, text))
                .map(|person| match (person.name, person.email) {
                    (Some(name), Some(email)) => format!("{name} <{email}>"),
                    (name, email) => name.or(email).unwrap_or_default(),
                })
                .collect()
        };
        assert_eq!(
            of("Our CFO, Dana Whitfield (Dana.W@northgate.example), should join."),
            ["Dana Whitfield <dana.w@northgate.example>"]
        );
        assert_eq!(of("Please invite Tom Lang and Jo Berg."), ["Tom Lang", "Jo Berg"]);
        assert_eq!(of("Add priya@salt.example, please."), ["priya@salt.example"]);
        assert_eq!(of("I spoke to Jim Dean yesterday."), [""; 0]);
        assert_eq!(of("Let's meet with you in New York on Google Meet, Friday."), [""; 0]);
    }
}
