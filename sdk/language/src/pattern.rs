//! A small language for word patterns, so that a rule is a line of a table.
//!
//! A pattern is a list of elements separated by spaces:
//!
//! | element | matches |
//! |---|---|
//! | `send` | that word |
//! | `send\|email` | one of these words |
//! | `@name` | a word of that class of [`crate::lexicon`], also between `\|` |
//! | `*ing` | a longer word that ends so |
//! | `_` | any one word |
//! | `#` | a word that begins with a digit or a currency sign |
//! | `~3` | up to three words, the fewest first |
//! | `^` | the start of the words given |
//! | `$` | the end of the words given |
//! | any element followed by `?` | the same, or nothing |
//!
//! Patterns see words only: normalised, without punctuation.

use crate::lexicon;
use crate::token::{Token, is_spelled_otherwise};
use crate::wordset::{WordSet, bit};

/// Words that may stand in a text as a part of another one.
const CONTRACTED: &[&str] = &[
    "i", "we", "you", "he", "she", "it", "they", "that", "this", "what", "who", "there", "here", "am", "are", "is",
    "was", "will", "would", "have", "has", "had", "do", "does", "did", "not", "can", "could", "let", "us", "me", "to",
    "a", "of", "going", "want", "got", "kind", "sort", "give",
];

/// Which words there are, as bits: most patterns are turned away by these alone.
#[derive(Clone, Copy, Debug)]
pub struct Present(u64);

impl Present {
    /// In these.
    #[must_use]
    pub fn of(tokens: &[Token]) -> Self {
        Self(tokens.iter().fold(0, |bits, token| bits | bit(token.print)))
    }
}

/// A parsed pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    elements: Vec<Element>,
    /// The bits of the words that it may begin with; all where it may begin with
    /// anything. Nearly every place of a sentence is turned away by these alone.
    first: u64,
    /// The bits of each element that no match does without: a sentence that lacks
    /// one of them need not be walked at all.
    needed: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Element {
    kind: Kind,
    optional: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Words(WordSet),
    Any,
    Number,
    Ending(&'static str),
    Gap(usize),
    Start,
    End,
}

impl Pattern {
    /// Parses a pattern of a table. Tables are part of the program, so an unknown
    /// class matches nothing instead of failing; a test parses every table.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        let elements = text
            .split_ascii_whitespace()
            .map(|part| {
                let (body, optional) = match part.strip_suffix('?') {
                    Some(body) if !body.is_empty() => (body, true),
                    _ => (part, false),
                };
                let kind = match body {
                    "_" => Kind::Any,
                    "#" => Kind::Number,
                    "^" => Kind::Start,
                    "$" => Kind::End,
                    _ => {
                        if let Some(count) = body.strip_prefix('~') {
                            Kind::Gap(count.parse().unwrap_or(0))
                        } else if let Some(ending) = body.strip_prefix('*') {
                            Kind::Ending(ending)
                        } else {
                            Kind::Words(words_of(body))
                        }
                    }
                };
                Element { kind, optional }
            })
            .collect::<Vec<_>>();
        let needed = elements
            .iter()
            .filter(|element| !element.optional)
            .filter_map(|element| match &element.kind {
                Kind::Words(words) => Some(words.mask()),
                _ => None,
            })
            .collect();
        Self { first: first_bits(&elements), needed, elements }
    }

    /// Matches at word `at`; the answer is one past the last word.
    #[must_use]
    pub fn at(&self, tokens: &[Token], at: usize) -> Option<usize> {
        if tokens.get(at).is_some_and(|token| bit(token.print) & self.first == 0) {
            return None;
        }
        walk(&self.elements, tokens, at)
    }

    /// The first place where it matches, as a range of words.
    #[must_use]
    pub fn find(&self, tokens: &[Token]) -> Option<(usize, usize)> {
        self.find_among(tokens, Present::of(tokens))
    }

    /// The same of words that many patterns are looked for in.
    #[must_use]
    pub fn find_among(&self, tokens: &[Token], present: Present) -> Option<(usize, usize)> {
        if self.needed.iter().any(|bits| bits & present.0 == 0) {
            return None;
        }
        (0..tokens.len()).find_map(|at| self.at(tokens, at).map(|end| (at, end)))
    }

    /// The prints of the words of each element that no match does without.
    pub(crate) fn needed(&self) -> impl Iterator<Item = impl Iterator<Item = u32>> {
        self.elements.iter().filter(|element| !element.optional).filter_map(|element| match &element.kind {
            Kind::Words(words) => Some(words.prints()),
            _ => None,
        })
    }

    /// The words of the element that no match does without and that plain talk has least
    /// often: the one whose shortest word is the longest. None of the words that
    /// contractions hold is among them, so that a text that has none of these words as they
    /// stand is not matched, whatever its tokens are.
    pub(crate) fn anchor(&self) -> impl Iterator<Item = &'static str> + '_ {
        let words =
            self.elements.iter().filter(|element| !element.optional).filter_map(|element| match &element.kind {
                Kind::Words(words) => Some(words),
                _ => None,
            });
        let shortest = |words: &WordSet| {
            let told = words.words().all(|word| !CONTRACTED.contains(&word));
            told.then(|| words.words().map(str::len).min()).flatten()
        };
        words.max_by_key(|words| shortest(words)).into_iter().flat_map(WordSet::words)
    }

    /// The elements that no match does without and whose words stand in a text as they are,
    /// never as a part or another spelling: a text that has no word of one is not matched.
    pub(crate) fn told(&self) -> impl Iterator<Item = &WordSet> {
        self.elements.iter().filter(|element| !element.optional).filter_map(|element| match &element.kind {
            Kind::Words(words) => words.words().all(stands_as_it_is).then_some(words),
            _ => None,
        })
    }

    /// Whether every class it names exists; for the test of the tables.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        !self.elements.is_empty()
            && self.elements.iter().all(|e| !matches!(&e.kind, Kind::Words(words) if words.is_empty()))
    }
}

/// Whether a token of this word was written so.
fn stands_as_it_is(word: &str) -> bool {
    // "Doin'" is read as "doing", and what is cut at other signs is not one word.
    let is_whole = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !word.ends_with("ing");
    is_whole && !CONTRACTED.contains(&word) && !is_spelled_otherwise(word)
}

/// The words of an element: each part is one word or a class. An unknown class
/// leaves nothing at all, so that the test of the tables sees it.
fn words_of(body: &'static str) -> WordSet {
    let mut words = Vec::new();
    for part in body.split('|') {
        match part.strip_prefix('@').map(lexicon::class) {
            Some([]) => return WordSet::default(),
            Some(class) => words.extend_from_slice(class),
            None => words.push(part),
        }
    }
    WordSet::new(words)
}

/// The bits of the words that a match may begin with.
fn first_bits(elements: &[Element]) -> u64 {
    let mut bits = 0;
    for element in elements {
        match &element.kind {
            Kind::Words(words) => bits |= words.mask(),
            Kind::Start => continue,
            Kind::Any | Kind::Number | Kind::Ending(_) | Kind::Gap(_) | Kind::End => return u64::MAX,
        }
        if !element.optional {
            return bits;
        }
    }
    u64::MAX
}

fn walk(elements: &[Element], tokens: &[Token], at: usize) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else {
        return Some(at);
    };
    let here = tokens.get(at);
    let taken = match &element.kind {
        Kind::Start => return if at == 0 { walk(rest, tokens, at) } else { None },
        Kind::End => return if at == tokens.len() { walk(rest, tokens, at) } else { None },
        Kind::Gap(most) => {
            return (0..=*most)
                .take_while(|skip| at + skip <= tokens.len())
                .find_map(|skip| walk(rest, tokens, at + skip));
        }
        Kind::Words(words) => here.is_some_and(|t| words.holds(t.print, &t.word)),
        Kind::Any => here.is_some(),
        Kind::Ending(ending) => here.is_some_and(|t| t.word.len() > ending.len() && t.word.ends_with(ending)),
        Kind::Number => {
            here.is_some_and(|t| t.word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '€' | '£')))
        }
    };
    if taken && let Some(end) = walk(rest, tokens, at + 1) {
        return Some(end);
    }
    if element.optional { walk(rest, tokens, at) } else { None }
}

/// Whether any of `patterns` matches somewhere.
#[must_use]
pub fn any(patterns: &[Pattern], tokens: &[Token]) -> bool {
    let present = Present::of(tokens);
    patterns.iter().any(|p| p.find_among(tokens, present).is_some())
}

/// Where the first of `patterns` that matches anywhere does, as a range of words.
pub(crate) fn find_first(patterns: &[Pattern], tokens: &[Token]) -> Option<(usize, usize)> {
    let present = Present::of(tokens);
    patterns.iter().find_map(|p| p.find_among(tokens, present))
}

/// Rows of a table that begin at one place, those in front first. Only the rows that may begin
/// with the word of that place are tried.
pub(crate) struct Rows<T> {
    rows: Vec<(Pattern, T)>,
    /// By the bit of a word: positions of the rows that may begin with it.
    beginning: Vec<Vec<usize>>,
}

impl<T: Copy> Rows<T> {
    pub(crate) fn new(rows: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let rows: Vec<(Pattern, T)> = rows.into_iter().map(|(row, says)| (Pattern::new(row), says)).collect();
        let may_begin = |bit: u32| (0..rows.len()).filter(|at| rows[*at].0.first & (1 << bit) != 0).collect();
        Self { beginning: (0..u64::BITS).map(may_begin).collect(), rows }
    }

    /// What the first row says that matches at word `at`, with one past its last word.
    pub(crate) fn at(&self, tokens: &[Token], at: usize) -> Option<(usize, T)> {
        let begins = bit(tokens.get(at)?.print).trailing_zeros() as usize;
        self.beginning[begins].iter().find_map(|row| {
            let (pattern, says) = &self.rows[*row];
            Some((walk(&pattern.elements, tokens, at)?, *says))
        })
    }

    #[cfg(test)]
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.rows.iter().map(|(pattern, _)| pattern)
    }
}

/// Parses a table of patterns.
#[must_use]
pub fn table(rows: &[&'static str]) -> Vec<Pattern> {
    rows.iter().map(|row| Pattern::new(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tokens;

    fn matches(pattern: &'static str, text: &str) -> bool {
        Pattern::new(pattern).find(&tokens(text, 0, text.len())).is_some()
    }

    #[test]
    fn elements_do_what_the_table_says() {
        assert!(matches("send|share ~3 deck", "please share the updated sales deck"));
        assert!(!matches("send ~1 deck", "send the updated sales deck"));
        assert!(matches("^ will do $", "Will do."));
        assert!(!matches("^ will do", "he will do"));
        assert!(matches("we also? compare", "we compare") && matches("we also? compare", "we also compare"));
        assert!(matches("over # people", "over 200 people") && matches("#", "$10K"));
        assert!(matches("my @role", "ask my boss"));
    }

    #[test]
    fn rows_are_tried_in_their_order_at_one_place() {
        let rows = Rows::new([("send|share the", 1), ("send", 2), ("~1 deck", 3), ("will? send", 4)]);
        let tokens = tokens("will send the deck", 0, 18);
        let found: Vec<_> = (0..=tokens.len()).map(|at| rows.at(&tokens, at)).collect();
        assert_eq!(found, [Some((2, 4)), Some((3, 1)), Some((4, 3)), Some((4, 3)), None]);
        let one_by_one = |at: usize| rows.rows.iter().find_map(|(row, says)| Some((row.at(&tokens, at)?, *says)));
        assert!((0..tokens.len()).all(|at| one_by_one(at) == rows.at(&tokens, at)));
    }
}
