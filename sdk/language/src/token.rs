//! Words with their places: the form that rules are written against.
//!
//! A token is one normalised word and the byte range it came from. Contractions
//! become two words ("I'll" is `i` `will`), curly quotes, missing apostrophes and
//! lower-case speech recognition read alike, hesitations and stutters vanish.
//! Whatever happens to the words, the ranges still point into the untouched
//! source, so that a quote is always an exact substring of it.
//!
//! To read one more informal spelling, add a row to [`SPELLINGS`].

use std::sync::LazyLock;

use crate::spoken::{smooth, unglue};
use crate::wordset::{WordSet, print};

/// What stood between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Gap {
    /// Only white space, a hyphen or a hesitation.
    #[default]
    None,
    /// A comma.
    Comma,
    /// A dash, colon, semicolon, bracket or line end.
    Break,
}

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Lower case, expanded, without possessive `'s`.
    pub word: String,
    /// First byte in the source.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What separates it from the word before.
    pub gap: Gap,
    /// Inside quotation marks: somebody else's words.
    pub quoted: bool,
    /// Begins with a capital letter in the source.
    pub capital: bool,
    /// Carried a possessive `'s`.
    pub possessive: bool,
    /// The word's [`print`].
    pub(crate) print: u32,
}

impl Token {
    /// The same place with another word.
    pub(crate) fn saying(&self, word: &str) -> Self {
        Self { word: word.to_owned(), print: print(word), ..self.clone() }
    }

    /// The token itself; what stays behind has no word.
    pub(crate) fn taken(&mut self) -> Self {
        Self { word: std::mem::take(&mut self.word), ..*self }
    }
}

/// Spellings of one word that stand for others. The last part of a range goes
/// to the last word.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("im", &["i", "am"]),
    ("ive", &["i", "have"]),
    ("youll", &["you", "will"]),
    ("youre", &["you", "are"]),
    ("youve", &["you", "have"]),
    ("theyll", &["they", "will"]),
    ("theyre", &["they", "are"]),
    ("weve", &["we", "have"]),
    ("itll", &["it", "will"]),
    ("thats", &["that", "is"]),
    ("whats", &["what", "is"]),
    ("dont", &["do", "not"]),
    ("doesnt", &["does", "not"]),
    ("didnt", &["did", "not"]),
    ("cant", &["can", "not"]),
    ("cannot", &["can", "not"]),
    ("wont", &["will", "not"]),
    ("isnt", &["is", "not"]),
    ("arent", &["are", "not"]),
    ("wasnt", &["was", "not"]),
    ("couldnt", &["could", "not"]),
    ("wouldnt", &["would", "not"]),
    ("shouldnt", &["should", "not"]),
    ("havent", &["have", "not"]),
    ("hasnt", &["has", "not"]),
    ("gonna", &["going", "to"]),
    ("wanna", &["want", "to"]),
    ("gotta", &["have", "to"]),
    ("gimme", &["give", "me"]),
    ("lemme", &["let", "me"]),
    ("pls", &["please"]),
    ("plz", &["please"]),
    ("cuz", &["because"]),
    ("cause", &["because"]),
    ("tmrw", &["tomorrow"]),
    ("tomorow", &["tomorrow"]),
    ("tonite", &["tonight"]),
    ("ok", &["okay"]),
    ("yep", &["yes"]),
    ("yup", &["yes"]),
    ("yeah", &["yes"]),
    ("shall", &["will"]),
    ("gotcha", &["understood"]),
    ("hes", &["he", "is"]),
    ("shes", &["she", "is"]),
    ("theres", &["there", "is"]),
    ("wheres", &["where", "is"]),
    ("whos", &["who", "is"]),
    ("youd", &["you", "would"]),
    ("theyd", &["they", "would"]),
    ("theyve", &["they", "have"]),
    ("itd", &["it", "would"]),
    ("thatd", &["that", "would"]),
    ("thatll", &["that", "will"]),
    ("aint", &["is", "not"]),
    ("hadnt", &["had", "not"]),
    ("werent", &["were", "not"]),
    ("dunno", &["do", "not", "know"]),
    ("nothin", &["nothing"]),
    ("somethin", &["something"]),
    ("goin", &["going"]),
    ("gettin", &["getting"]),
    ("lookin", &["looking"]),
    ("tryin", &["trying"]),
    ("em", &["them"]),
    ("ya", &["you"]),
    ("til", &["until"]),
    ("ye", &["you"]),
    ("yous", &["you"]),
    ("y'all", &["you"]),
    ("cos", &["because"]),
];

/// Whether there is a spelling that is read as this word.
pub(crate) fn is_spelled_otherwise(word: &str) -> bool {
    SPELLINGS.iter().any(|(_, words)| words.contains(&word))
}

/// Sounds, not words.
const HESITATIONS: &[&str] =
    &["um", "umm", "uh", "uhh", "uhm", "er", "erm", "ah", "eh", "hm", "hmm", "mm", "mmm", "mhm", "kinda", "sorta"];

/// Words that do not stand for themselves: every word of a call is asked.
static UNLIKE: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new(SPELLINGS.iter().map(|(spelling, _)| *spelling).chain(HESITATIONS.iter().copied())));

/// "Doin'" is the shortest of the words that are said without their last letter;
/// "in'" and "win'" end a quotation.
const DROPPED_G_LETTERS: usize = 4;
/// An annotation such as `{pause}` or `[laughs]` is not longer than this, bytes;
/// longer bracketed text is somebody's words.
const MAX_ANNOTATION_BYTES: usize = 24;

/// Splits `source[start..end]` into words. Offsets are of `source`.
#[must_use]
pub fn tokens(source: &str, start: usize, end: usize) -> Vec<Token> {
    let mut scanner = Scanner { source, at: start, end, gap: Gap::None, quoted: false, out: Vec::new() };
    scanner.run();
    smooth(unglue(scanner.out))
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    end: usize,
    gap: Gap,
    quoted: bool,
    out: Vec<Token>,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(c) = self.peek(self.at) {
            if is_word_char(c) || (is_apostrophe(c) && self.suffix_follows()) {
                self.word();
                continue;
            }
            self.at += c.len_utf8();
            match c {
                ',' => self.gap = self.gap.max(Gap::Comma),
                ';' | ':' | '\u{2014}' | '\u{2013}' | ')' | '\n' | '|' => self.gap = Gap::Break,
                // A single full stop inside a sentence belongs to an abbreviation.
                '.' if !self.source[self.at..self.end].starts_with('.') => {}
                '.' | '?' | '!' | '\u{2026}' => self.gap = Gap::Break,
                '"' => self.quoted = !self.quoted,
                '\u{201c}' => self.quoted = true,
                '\u{201d}' => self.quoted = false,
                '{' => self.skip_annotation('}'),
                '[' => self.skip_annotation(']'),
                '<' => self.skip_annotation('>'),
                '(' => {
                    self.gap = Gap::Break;
                    self.skip_annotation(')');
                }
                _ => {}
            }
        }
    }

    fn peek(&self, at: usize) -> Option<char> {
        if at >= self.end { None } else { self.source[at..self.end].chars().next() }
    }

    /// Skips a one-word stage direction; anything longer stays text.
    fn skip_annotation(&mut self, close: char) {
        let rest = &self.source[self.at..self.end];
        if let Some(length) = rest.find(close)
            && length <= MAX_ANNOTATION_BYTES
            && !rest[..length].trim().contains(' ')
        {
            self.at += length + close.len_utf8();
        }
    }

    /// Speech corpora write "I 'll": an apostrophe may begin a word.
    fn suffix_follows(&self) -> bool {
        let rest: String = self.source[self.at..self.end].chars().skip(1).take_while(|c| c.is_alphabetic()).collect();
        matches!(rest.to_lowercase().as_str(), "ll" | "re" | "ve" | "m" | "d" | "s" | "t") && !self.out.is_empty()
    }

    fn word(&mut self) {
        let start = self.at;
        let mut previous = '\0';
        while let Some(c) = self.peek(self.at) {
            let next = self.peek(self.at + c.len_utf8());
            let joins = if is_word_char(c) {
                true
            } else if is_apostrophe(c) {
                next.is_some_and(char::is_alphabetic)
            } else {
                matches!(c, '.' | ',' | ':' | '/' | '-')
                    && previous.is_ascii_digit()
                    && next.is_some_and(|n| n.is_ascii_digit())
            };
            if !joins {
                break;
            }
            previous = c;
            self.at += c.len_utf8();
        }
        self.push_split(start, self.at);
        self.gap = Gap::None;
    }

    /// Pushes one source word as one or more words.
    fn push_split(&mut self, start: usize, end: usize) {
        let raw = &self.source[start..end];
        let word = if raw.is_ascii() && !raw.contains('`') {
            raw.to_ascii_lowercase()
        } else {
            raw.chars().map(|c| if is_apostrophe(c) { '\'' } else { c }).flat_map(char::to_lowercase).collect()
        };
        let capital = raw.chars().next().is_some_and(char::is_uppercase);
        // "IT wants to see it": the department, where not all is written large.
        if raw == "IT" && self.source.contains(char::is_lowercase) {
            self.push("it_department".to_owned(), start, end, capital, false);
            return;
        }
        let known = UNLIKE.has(&word);
        if known && HESITATIONS.contains(&word.as_str()) {
            return;
        }
        // "The root cause" is a thing.
        let cause = word == "cause"
            && self
                .out
                .last()
                .is_some_and(|t| matches!(t.word.as_str(), "root" | "the" | "a" | "main" | "real" | "this"));
        let spelled = SPELLINGS.iter().find(|(spelling, _)| known && *spelling == word && !cause);
        if let Some((_, parts)) = spelled {
            self.push_parts(parts, start, end, capital);
            return;
        }
        let Some(split) = word.rfind('\'') else {
            // "Lookin' at it".
            let dropped =
                word.len() >= DROPPED_G_LETTERS && word.ends_with("in") && self.peek(end).is_some_and(is_apostrophe);
            let word = if dropped { format!("{word}g") } else { word };
            self.push(word, start, end, capital, false);
            return;
        };
        let (base, suffix) = (&word[..split], &word[split + 1..]);
        // The range of the suffix: apostrophes and these suffixes are single
        // characters, so counting characters finds the byte.
        let suffix_bytes: usize = raw.chars().rev().take(suffix.chars().count() + 1).map(char::len_utf8).sum();
        let middle = end.saturating_sub(suffix_bytes).max(start);
        let second = match suffix {
            "ll" => "will",
            "re" => "are",
            "ve" => "have",
            "m" => "am",
            "d" => "would",
            "t" if base.is_empty() => "not",
            "t" if base.ends_with('n') => {
                let base = match base {
                    "won" => "will",
                    "can" => "can",
                    "shan" => "will",
                    "ain" => "is",
                    other => other.strip_suffix('n').unwrap_or(other),
                };
                self.push(base.to_owned(), start, middle, capital, false);
                self.push("not".to_owned(), middle, end, false, false);
                return;
            }
            "s" => {
                let owner = if base.is_empty() {
                    self.out.last().map(|t| t.word.clone()).unwrap_or_default()
                } else {
                    base.to_owned()
                };
                if owner == "let" {
                    "us"
                } else if takes_is(&owner) {
                    "is"
                } else if base.is_empty() {
                    if let Some(last) = self.out.last_mut() {
                        last.possessive = true;
                        last.end = end;
                    }
                    return;
                } else {
                    self.push(base.to_owned(), start, end, capital, true);
                    return;
                }
            }
            _ => {
                self.push(word.replace('\'', ""), start, end, capital, false);
                return;
            }
        };
        if !base.is_empty() {
            self.push(base.to_owned(), start, middle, capital, false);
        }
        self.push(second.to_owned(), if base.is_empty() { start } else { middle }, end, false, false);
    }

    fn push_parts(&mut self, parts: &[&str], start: usize, end: usize, capital: bool) {
        for (index, part) in parts.iter().enumerate() {
            // Every spelling in the table is ASCII, so bytes split anywhere.
            let from = if index == 0 { start } else { end - 1 };
            let to = if index + 1 == parts.len() { end } else { end - 1 };
            self.push((*part).to_owned(), from, to, capital && index == 0, false);
        }
    }

    fn push(&mut self, word: String, start: usize, end: usize, capital: bool, possessive: bool) {
        let gap = std::mem::take(&mut self.gap);
        let print = print(&word);
        self.out.push(Token { word, start, end, gap, quoted: self.quoted, capital, possessive, print });
    }
}

impl Gap {
    fn max(self, other: Self) -> Self {
        if self == Self::Break || other == Self::None { self } else { other }
    }
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '$' | '%' | '€' | '£' | '&' | '@' | '_')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '\u{02bc}' | '`')
}

fn takes_is(word: &str) -> bool {
    matches!(
        word,
        "it" | "that"
            | "this"
            | "what"
            | "who"
            | "where"
            | "how"
            | "when"
            | "there"
            | "here"
            | "he"
            | "she"
            | "everything"
            | "everyone"
            | "nobody"
            | "name"
            | "why"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text, 0, text.len()).into_iter().map(|t| t.word).collect()
    }

    #[test]
    fn contractions_and_curly_quotes_become_words() {
        assert_eq!(words("I\u{2019}ll send it, won't I?"), ["i", "will", "send", "it", "will", "not", "i"]);
        assert_eq!(words("Let's go; it's John's"), ["let", "us", "go", "it", "is", "john"]);
    }

    #[test]
    fn every_range_is_exact() {
        let text = "Yeah, I\u{2019}ll e-mail Zoë\u{2019}s 10-15 page “deck” by 3:30 — ok?";
        for token in tokens(text, 0, text.len()) {
            assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end), "{token:?}");
            assert!(token.start < token.end, "{token:?}");
        }
        let will = tokens(text, 0, text.len()).into_iter().find(|t| t.word == "will").map(|t| (t.start, t.end));
        assert_eq!(will.map(|(a, b)| &text[a..b]), Some("\u{2019}ll"));
    }

    #[test]
    fn quoted_words_are_marked() {
        let text = "he wrote “I will send it” and left";
        let quoted: Vec<_> = tokens(text, 0, text.len()).into_iter().filter(|t| t.quoted).map(|t| t.word).collect();
        assert_eq!(quoted, ["i", "will", "send", "it"]);
    }
}
