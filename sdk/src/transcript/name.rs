//! What stands before a colon, by its looks alone: how people call themselves in
//! meeting programs, and what is only an ordinary word before a colon.
//!
//! Looks decide little. Whether a label is a speaker, the whole text decides; see
//! [`super::labels`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::remark::{ALONE, CLOSERS, NOT_NAMES, OPENERS};

/// Longest label, characters: longer is a sentence.
const MAX_LABEL_CHARS: usize = 80;
/// Most words of a name: titles, two given names, a double surname.
const MAX_NAME_WORDS: usize = 6;
/// Most words of a label with words in lower case: more are a sentence.
const MAX_LOOSE_WORDS: usize = 4;
/// Most words of an ordinary remark before a colon: more are a sentence.
const MAX_REMARK_WORDS: usize = 3;
/// What may stand around a name, taken off one by one: pronouns, a company, a picture.
const MAX_DECORATIONS: usize = 4;
/// Fewest digits of a telephone number; a year and an amount have fewer.
const MIN_PHONE_DIGITS: usize = 7;

/// What a label can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nobody begins a sentence so: an address, a number, a name with a company in
    /// brackets or with pronouns.
    Sure,
    /// Capitalised words, or a script without capitals.
    Name,
    /// A handle, a device, a name in lower case: a name if the text says so.
    Weak,
    /// Words that often stand before a colon in a sentence.
    Remark,
}

/// Words of sentences that no name has in lower case.
fn is_function_word(word: &str) -> bool {
    matches!(
        word,
        "i" | "we"
            | "he"
            | "she"
            | "it"
            | "they"
            | "us"
            | "my"
            | "our"
            | "your"
            | "his"
            | "her"
            | "their"
            | "its"
            | "this"
            | "that"
            | "those"
            | "a"
            | "an"
            | "is"
            | "are"
            | "was"
            | "were"
            | "be"
            | "been"
            | "do"
            | "does"
            | "did"
            | "have"
            | "has"
            | "had"
            | "would"
            | "could"
            | "should"
            | "can"
            | "must"
            | "not"
            | "in"
            | "on"
            | "at"
            | "by"
            | "for"
            | "with"
            | "about"
            | "as"
            | "like"
            | "than"
            | "or"
            | "into"
            | "over"
            | "who"
            | "all"
            | "any"
            | "some"
            | "every"
            | "just"
            | "only"
            | "agreed"
            | "said"
            | "the"
            | "these"
            | "so"
            | "but"
            | "and"
            | "then"
            | "here"
            | "there"
            | "while"
    ) || OPENERS.contains(&word)
        || ["'ll", "'re", "'ve", "'m", "'d", "n't"].iter().any(|end| word.ends_with(end))
}

fn is_particle(word: &str) -> bool {
    is_leading_particle(word) || matches!(word, "do" | "y" | "e" | "and" | "of" | "the")
}

/// Particles that a name may begin with.
fn is_leading_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "da"
            | "dos"
            | "del"
            | "della"
            | "di"
            | "du"
            | "van"
            | "von"
            | "vom"
            | "der"
            | "den"
            | "ten"
            | "ter"
            | "zu"
            | "zur"
            | "af"
            | "av"
            | "la"
            | "le"
            | "el"
            | "bin"
            | "ibn"
            | "al"
    )
}

/// Where people sit when the label is not their own name, lower case.
fn is_place(word: &str) -> bool {
    matches!(
        word,
        "room"
            | "boardroom"
            | "office"
            | "desk"
            | "phone"
            | "laptop"
            | "tablet"
            | "computer"
            | "mobile"
            | "caller"
            | "guest"
            | "user"
            | "speaker"
            | "participant"
            | "attendee"
            | "team"
            | "host"
    )
}

fn is_pronoun(word: &str) -> bool {
    matches!(
        word,
        "he" | "him"
            | "his"
            | "she"
            | "her"
            | "hers"
            | "they"
            | "them"
            | "their"
            | "theirs"
            | "it"
            | "its"
            | "ze"
            | "hir"
            | "xe"
            | "xem"
            | "any"
            | "all"
    )
}

/// `she/her`, `He / Him` once it is one word.
fn is_pronouns(word: &str) -> bool {
    let mut parts = word.split('/');
    word.contains('/') && parts.all(|part| is_pronoun(&part.to_lowercase()))
}

/// Marks that show nothing: the order of writing, a zero width.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe0f}')
}

/// Without white space and marks that show nothing at its ends.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// The same at the beginning alone.
pub(super) fn trimmed_start(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// A name as it is told: one space between words, nothing that does not show.
/// `Ada Reed` with a space that does not break is nobody else.
pub(super) fn tidy(name: &str) -> Cow<'_, str> {
    let bytes = name.as_bytes();
    let is_tidy = name.is_ascii()
        && bytes.iter().all(|b| *b == b' ' || b.is_ascii_graphic())
        && !bytes.windows(2).any(|pair| pair == b"  ")
        && name.trim().len() == name.len();
    if is_tidy {
        return Cow::Borrowed(name);
    }
    let seen: String = name.chars().filter(|c| !is_invisible(*c)).collect();
    Cow::Owned(seen.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Shapes that were looked at: a few labels begin most lines of a text.
#[derive(Debug, Default)]
pub(super) struct Shapes<'a>(BTreeMap<&'a str, Option<Shape>>);

impl<'a> Shapes<'a> {
    pub(super) fn of(&mut self, label: &'a str) -> Option<Shape> {
        *self.0.entry(label).or_insert_with(|| shape(label))
    }
}

/// The shape of a label; none where it is a sentence or the label of a header.
fn shape(label: &str) -> Option<Shape> {
    let label = trimmed(label);
    if label.is_empty() || label.chars().count() > MAX_LABEL_CHARS || label.contains("://") {
        return None;
    }
    if is_phone(label) {
        return Some(Shape::Sure);
    }
    let bare = undecorated(label);
    if bare.brackets_only {
        // `[Ada]` and `(Guest)` say no more than the word in them.
        return base(bare.base);
    }
    match (base(bare.base)?, bare.beside) {
        (Shape::Remark, _) => Some(Shape::Remark),
        (Shape::Name, Beside::Mark) => Some(Shape::Sure),
        (_, Beside::Pronouns) => Some(Shape::Sure),
        // `Reed, Ada`, and `Ada, Ben: listen`.
        (Shape::Name, Beside::Comma) if !bare.base.contains(char::is_whitespace) => Some(Shape::Weak),
        (shape, _) => Some(shape),
    }
}

/// Whether a text alone on its line can be a name: no dash and no comma in it, for
/// what stands behind one may be the words.
pub(super) fn is_heading(text: &str) -> bool {
    let text = trimmed(text);
    let loose = matches!(undecorated(text).beside, Beside::Dash | Beside::Comma);
    !loose && matches!(shape(text), Some(Shape::Sure | Shape::Name))
}

/// A label without its brackets, its pronouns and what follows a bar or a dash. A comma
/// stays: `Reed, Ada` is one name.
pub(super) fn own(label: &str) -> &str {
    let mut own = trimmed(label);
    for _ in 0..MAX_DECORATIONS {
        match one_off(own) {
            Some((base, beside)) if beside != Beside::Comma && !base.is_empty() => own = base,
            _ => break,
        }
    }
    own
}

/// What stands beside a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Beside {
    Nothing,
    Comma,
    Dash,
    /// Brackets or a bar, which no sentence has.
    Mark,
    Pronouns,
}

struct Bare<'a> {
    base: &'a str,
    beside: Beside,
    brackets_only: bool,
}

const BRACKETS: [(char, char); 5] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('（', '）')];

/// The name without what people put around it.
fn undecorated(label: &str) -> Bare<'_> {
    let mut bare = Bare { base: label, beside: Beside::Nothing, brackets_only: false };
    for _ in 0..MAX_DECORATIONS {
        let Some((base, beside)) = one_off(bare.base) else { break };
        if base.is_empty() {
            let inside = bare.base.trim_matches(|c| BRACKETS.iter().any(|(open, close)| c == *open || c == *close));
            return Bare { base: trimmed(inside), brackets_only: bare.beside == Beside::Nothing, ..bare };
        }
        bare = Bare { base, beside: bare.beside.max(beside), ..bare };
    }
    bare
}

/// One decoration off an end of the name.
fn one_off(label: &str) -> Option<(&str, Beside)> {
    let label = trimmed(label);
    for (open, close) in BRACKETS {
        if let Some(inner) = label.strip_suffix(close)
            && let Some(at) = inner.rfind(open)
        {
            return Some((label[..at].trim_end(), mark(&inner[at + open.len_utf8()..])));
        }
        if let Some(inner) = label.strip_prefix(open)
            && let Some(at) = inner.find(close)
        {
            return Some((inner[at + close.len_utf8()..].trim_start(), mark(&inner[..at])));
        }
    }
    if let Some((before, last)) = label.rsplit_once(char::is_whitespace) {
        if is_pronouns(last) {
            return Some((before.trim_end_matches([' ', ',', '-', '–', '—', '|', '\u{a0}']), Beside::Pronouns));
        }
        if !last.chars().any(char::is_alphanumeric) {
            return Some((before.trim_end(), Beside::Nothing));
        }
    }
    if let Some((first, after)) = label.split_once(char::is_whitespace)
        && !first.chars().any(char::is_alphanumeric)
    {
        return Some((after.trim_start(), Beside::Nothing));
    }
    if let Some(at) = label.find(['|', '｜', '¦', '•', '·'])
        && at > 0
    {
        return Some((label[..at].trim_end(), Beside::Mark));
    }
    for (between, beside) in [
        (" - ", Beside::Dash),
        (" – ", Beside::Dash),
        (" — ", Beside::Dash),
        (" / ", Beside::Dash),
        (" @ ", Beside::Mark),
        (" @", Beside::Mark),
        (", ", Beside::Comma),
    ] {
        if let Some((before, after)) = label.split_once(between) {
            return is_beside(after, beside).then(|| (before.trim_end(), beside));
        }
    }
    None
}

fn mark(inside: &str) -> Beside {
    if is_pronouns(&inside.replace(' ', "")) { Beside::Pronouns } else { Beside::Mark }
}

/// Whether what follows a dash or a comma is a company, a title, the other half of
/// the name: `Sounds good` is not.
fn is_beside(text: &str, beside: Beside) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    !words.is_empty()
        && words.len() <= MAX_NAME_WORDS
        && !text.ends_with(['?', '!', ';', ','])
        && words.iter().all(|word| match kind(word) {
            Kind::Capital | Kind::Digit | Kind::Mark => true,
            Kind::Lower => {
                let lower = word.to_lowercase();
                is_particle(&lower) || beside == Beside::Comma && words.len() == 1 && !is_function_word(&lower)
            }
        })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A capital anywhere in it (`iPhone`, `d'Arcy`), or a script without capitals.
    Capital,
    Lower,
    Digit,
    /// Nothing that is read aloud: `&`, a dash, a picture.
    Mark,
}

fn kind(word: &str) -> Kind {
    let Some(first) = word.chars().find(|c| c.is_alphanumeric()) else { return Kind::Mark };
    if first.is_numeric() {
        Kind::Digit
    } else if !first.is_lowercase() || word.chars().any(char::is_uppercase) {
        Kind::Capital
    } else {
        Kind::Lower
    }
}

/// Digits, or stars where the program hides some: `+44 113 496 0127`, `(212) ***-**34`.
fn is_phone(text: &str) -> bool {
    let shown = text.chars().filter(|c| c.is_ascii_digit()).count();
    let hidden = text.chars().filter(|c| matches!(c, '*' | 'x' | 'X' | '•' | '.')).count();
    let only = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-–().*xX•/".contains(c);
    shown >= 2
        && text.chars().all(only)
        && (shown >= MIN_PHONE_DIGITS || (text.starts_with('+') || text.contains('*')) && shown + hidden >= 4)
}

/// `ada.reed`, `ada_r`, `ada@acme.test`.
fn is_user_name(text: &str) -> bool {
    text.contains(['.', '_', '@'])
        && text.chars().all(|c| c.is_alphanumeric() || "._-@+".contains(c))
        && text.chars().any(char::is_alphabetic)
        && !text.ends_with('.')
}

/// `Mira H.`, `Ada Reed Jr.`, `Acme Inc.`: a name may end in what is shortened.
fn ends_shortened(last: &str) -> bool {
    last.strip_suffix('.').is_some_and(|stem| {
        (1..=4).contains(&stem.chars().count()) && stem.chars().next().is_some_and(|c| !c.is_lowercase())
    })
}

/// The shape of a name with nothing around it.
fn base(text: &str) -> Option<Shape> {
    let words: Vec<&str> = text.split_whitespace().filter(|word| kind(word) != Kind::Mark).collect();
    let (first, last) = (*words.first()?, *words.last()?);
    let lower = |word: &str| -> String {
        let word = word.to_lowercase().replace('’', "'");
        word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
    };
    let ends = lower(last);
    if words.len() > MAX_NAME_WORDS || NOT_NAMES.contains(&ends.as_str()) {
        return None;
    }
    if words.len() == 1 && is_user_name(text) {
        return Some(Shape::Sure);
    }
    let stops = |word: &str| word.ends_with([',', ';', '?', '!', ':']);
    let broken = words.iter().rev().skip(1).any(|word| word.ends_with([';', '?', '!', ':']));
    if broken || stops(last) || last.ends_with('.') && !ends_shortened(last) {
        return None;
    }
    let begins = lower(first);
    let count = |wanted: Kind| words.iter().filter(|word| kind(word) == wanted).count();
    let loose: Vec<String> = words
        .iter()
        .enumerate()
        .filter(|(at, word)| {
            let particle = if *at == 0 { is_leading_particle(word) } else { is_particle(word) };
            kind(word) == Kind::Lower && !particle
        })
        .map(|(_, word)| lower(word))
        .collect();
    let alone = words.len() == 1 && ALONE.contains(&begins.as_str());
    // `Plan B`, `Phase Two`.
    let counted = words.len() == 2
        && CLOSERS.contains(&begins.as_str())
        && (ends.chars().count() == 1 || matches!(ends.as_str(), "one" | "two" | "three" | "four"));
    // `My advice`.
    let begins_low = !loose.is_empty() && is_function_word(&begins);
    let is_remark =
        alone || counted || begins_low || OPENERS.contains(&begins.as_str()) || CLOSERS.contains(&ends.as_str());
    if loose.is_empty() && count(Kind::Capital) > 0 {
        return match (is_remark, kind(first)) {
            (true, _) => Some(Shape::Remark),
            // `4th Floor`, `3M Team`, and `5 Things`.
            (false, Kind::Digit) if words.len() > 1 => Some(Shape::Weak),
            (false, _) => Some(Shape::Name),
        };
    }
    if loose.is_empty() && count(Kind::Lower) == 0 {
        // Digits alone are an amount, with letters a handle: `4a2b`.
        return (words.len() == 1 && text.chars().any(char::is_alphabetic)).then_some(Shape::Weak);
    }
    if is_remark || loose.iter().any(|word| is_function_word(word)) {
        return (words.len() <= MAX_REMARK_WORDS).then_some(Shape::Remark);
    }
    (words.len() <= MAX_LOOSE_WORDS).then_some(Shape::Weak)
}

/// Whether a loose label that comes once may be a speaker where all others are known:
/// it is without any capital, or says where somebody sits. `Delivery dates` is neither.
pub(super) fn may_come_once(label: &str) -> bool {
    let bare = undecorated(trimmed(label));
    let mut words = bare.base.split_whitespace();
    bare.beside != Beside::Nothing
        || words.clone().all(|word| kind(word) != Kind::Capital)
        || words.any(|word| is_place(&word.to_lowercase()))
}

/// Whether all of a label's words are letters in lower case or not, as recognisers
/// write names: no number, no brackets.
pub(super) fn is_letters(label: &str) -> bool {
    let of_letters = |word: &str| word.chars().all(|c| c.is_alphabetic() || "'’-.".contains(c));
    let words = label.split_whitespace();
    words.clone().count() <= MAX_REMARK_WORDS && words.into_iter().all(of_letters)
}
