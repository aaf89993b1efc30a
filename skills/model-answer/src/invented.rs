//! What a text names that its material does not.

use std::collections::BTreeSet;

use skillhost_language::is_base_verb;

/// Words that may open a sentence, or stand in a greeting or a closing, without
/// naming anything. To let one more through, add it; a word too few here costs a
/// refinement and nothing else.
const OPENERS: &[&str] = &[
    "a",
    "about",
    "after",
    "all",
    "also",
    "an",
    "and",
    "any",
    "are",
    "as",
    "ask",
    "at",
    "based",
    "because",
    "before",
    "best",
    "both",
    "bring",
    "but",
    "by",
    "can",
    "close",
    "confirm",
    "could",
    "dear",
    "did",
    "do",
    "does",
    "either",
    "even",
    "find",
    "first",
    "for",
    "from",
    "get",
    "given",
    "good",
    "has",
    "have",
    "hello",
    "here",
    "hi",
    "how",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "if",
    "in",
    "is",
    "it",
    "it's",
    "its",
    "kind",
    "last",
    "let",
    "let's",
    "many",
    "may",
    "meanwhile",
    "my",
    "name",
    "next",
    "no",
    "not",
    "now",
    "of",
    "offer",
    "on",
    "once",
    "one",
    "open",
    "or",
    "our",
    "perhaps",
    "please",
    "regards",
    "say",
    "settle",
    "since",
    "should",
    "show",
    "so",
    "some",
    "thank",
    "thanks",
    "that",
    "that's",
    "the",
    "their",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "two",
    "until",
    "was",
    "we",
    "we'd",
    "we'll",
    "we're",
    "we've",
    "were",
    "what",
    "what's",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "why",
    "will",
    "with",
    "would",
    "yes",
    "yet",
    "you",
    "you'd",
    "you'll",
    "you're",
    "you've",
    "your",
    "agree",
    "understand",
    "learn",
    "deliver",
    "make",
    "sincerely",
    "congratulations",
    "agreed",
];

/// Words that say a number or a date without a digit or a capital.
#[rustfmt::skip]
const COUNTING: [&str; 58] = [
    "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
    "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty",
    "ninety", "hundred", "thousand", "million", "billion", "dozen", "percent",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "april", "june",
    "july", "august", "september", "october", "november", "december", "tomorrow", "tonight", "yesterday", "week", "weeks",
    "month", "months", "quarter", "weekend", "asap",
];

/// What is counted. A number with another one is another number, so beside one of
/// [`MEASURING`] these are numbers themselves.
const UNITS: [&str; 10] = ["day", "days", "hour", "hours", "minute", "minutes", "second", "seconds", "year", "years"];
/// What stands before one of [`UNITS`] that measures, beside a number.
const MEASURING: [&str; 12] =
    ["a", "an", "per", "each", "every", "one", "few", "several", "next", "last", "this", "within"];
/// How often.
const OFTEN: [&str; 6] = ["hourly", "daily", "weekly", "monthly", "yearly", "annually"];

/// Words that may say a number and often do not; where numbers are what counts, they do.
const PERHAPS_COUNTING: [&str; 8] = ["two", "half", "twice", "double", "triple", "couple", "third", "quarters"];

/// Of [`OPENERS`], those that are a month or a first name within a sentence.
const ALSO_SAID: [&str; 2] = ["may", "will"];

/// Verbs that are first names as well.
const ALSO_NAMES: [&str; 9] = ["mark", "bill", "grant", "pat", "drew", "chase", "rob", "sue", "josh"];

/// The first number, date, address or name of `text` that none of the `sources` has.
pub(crate) fn first<'a>(text: &str, sources: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut all = String::new();
    for source in sources {
        known.extend(words(source).map(plain));
        all.push_str(&source.to_lowercase());
        all.push('\n');
    }
    let mut begins = true;
    let mut before = String::new();
    for word in words(text) {
        let at_start = std::mem::replace(&mut begins, word.ends_with(['.', '!', '?', ':', ',']));
        let bare = plain(word);
        if bare.is_empty() {
            continue;
        }
        let is_address = word.contains('@') || word.contains("://") || word.contains("www.") || has_a_domain(word);
        let before = std::mem::replace(&mut before, bare.clone());
        let named = word.chars().any(|c| c.is_ascii_digit())
            || OFTEN.contains(&bare.as_str())
            || UNITS.contains(&bare.as_str()) && (MEASURING.contains(&before.as_str()) || is_count(&before))
            || bare_start(word).is_some_and(char::is_uppercase)
            || word.split('-').any(|part| COUNTING.contains(&plain(part).as_str()));
        let unknown = match is_address {
            true => !all.contains(&trimmed(word).to_lowercase()),
            false => named && !known.contains(&bare) && !stem_known(&bare, &known) && !opens(word, &bare, at_start),
        };
        if unknown {
            return Some(trimmed(word).to_owned());
        }
    }
    None
}

/// The words of a text that say a number or a date, each once, bare: `87`, `tuesday`.
#[must_use]
pub fn counts(text: &str) -> BTreeSet<String> {
    words(text).flat_map(|word| word.split(['-', '/'])).map(plain).filter(|bare| is_count(bare)).collect()
}

fn is_count(bare: &str) -> bool {
    bare.chars().any(char::is_numeric) || COUNTING.contains(&bare) || PERHAPS_COUNTING.contains(&bare)
}

/// Whether a capital is only that of a sentence's first word: a verb of doing
/// ("Settle …"), or one of [`OPENERS`].
fn opens(word: &str, bare: &str, at_start: bool) -> bool {
    let opener = OPENERS.contains(&apostrophe(word).as_str()) && (at_start || !ALSO_SAID.contains(&bare));
    opener || at_start && is_base_verb(bare) && !ALSO_NAMES.contains(&bare)
}

/// `Globex's`, `Globexes`: the name with an ending.
fn stem_known(bare: &str, known: &BTreeSet<String>) -> bool {
    bare.strip_suffix('s').is_some_and(|stem| stem.chars().count() > 2 && known.contains(stem))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '—' | '–' | '(' | ')' | '“' | '”' | '"'))
        .filter(|word| !word.is_empty())
}

/// `globex.test/x`, `offer.pdf`: a dot between words, the last of letters.
fn has_a_domain(word: &str) -> bool {
    let host = trimmed(word).split('/').next().unwrap_or_default();
    host.rsplit_once('.').is_some_and(|(before, last)| {
        before.ends_with(char::is_alphanumeric) && last.chars().count() > 1 && last.chars().all(char::is_alphabetic)
    })
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Letters and digits alone, lower case: `$48,000.` and `48000` are one.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn apostrophe(word: &str) -> String {
    trimmed(word).replace('’', "'").to_lowercase()
}

fn bare_start(word: &str) -> Option<char> {
    word.chars().find(|c| c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "Mira Holt of Globex: we need 40 labels for $48,000 by Tuesday, see https://globex.test/depot";

    #[test]
    fn numbers_and_dates_are_counted() {
        let found: Vec<String> =
            counts("You talked 87 % of it, twenty-one minutes twice; 11-14 by Monday.").into_iter().collect();
        assert_eq!(found, ["11", "14", "87", "monday", "twenty", "twice"]);
        assert!(counts("Ask what it means for them.").is_empty());
    }

    #[test]
    fn what_nobody_said_is_found() {
        for (text, want) in [
            ("Hi Mira,\n\nYou asked for 40 labels by Tuesday.", None),
            ("Globex’s budget is 48000.", None),
            ("You asked for 50 labels.", Some("50")),
            ("You asked Jonas about it.", Some("Jonas")),
            ("Initech moved to us last year.", Some("Initech")),
            ("See https://globex.test/depot for more.", None),
            ("See https://acme.test for more.", Some("https://acme.test")),
            ("Write to jo@globex.test", Some("jo@globex.test")),
            ("We meet on Wednesday.", Some("Wednesday")),
            ("We meet on wednesday.", Some("wednesday")),
            ("It takes twenty-one days.", Some("twenty-one")),
            ("We will have it by tuesday.", None),
            ("That is for tomorrow.", Some("tomorrow")),
            ("We need them in May.", Some("May")),
            ("You may ask Will about them.", Some("Will")),
            ("May I ask why? Will it do?", None),
            ("Review the labels. Mark agrees.", Some("Mark")),
            ("I’m glad to help; we’ll see.", None),
            ("It is on evil.example/x for you.", Some("evil.example/x")),
            ("It is in offer.pdf for you.", Some("offer.pdf")),
            ("It is at globex.test, e.g. the depot.", None),
            ("You need 40 labels a day.", Some("day")),
            ("You need 40 labels daily.", Some("daily")),
            ("It was a good day for labels.", None),
            ("", None),
        ] {
            let text = text.replace("See", "Please see").replace("Write", "please write");
            assert_eq!(first(&text, [SOURCE].into_iter()).as_deref(), want, "{text}");
        }
    }
}
