//! Somebody named in a text: name, address, function, telephone.
//!
//! A name is taken only where the words around it say that a person follows or
//! precedes ("contact …", "… is taking over"), or where an address has its parts.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_language::mail::{addresses, phones};
use skillhost_language::{Gap, Token};

use crate::mail::Mail;
use crate::text::{Said, Text};

/// Most words of a name.
const MAX_NAME: usize = 4;
/// An address belongs to a name this near, bytes.
const NEAR: usize = 160;

/// Words with a capital that begin no name.
#[rustfmt::skip]
const NO_NAMES: &[&str] = &[
    "i", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
    "april", "june", "july", "august", "september", "october", "november", "december", "please", "thanks", "thank",
    "hi", "hello", "dear", "regards", "best", "kind", "our", "we", "he", "she", "it", "they", "you", "your", "the", "this",
    "that", "in", "on", "at", "if", "for", "from", "to", "and", "or", "but", "as", "is", "are", "was", "will", "can", "may",
    "looping", "adding", "copying", "cc", "fyi", "re", "fwd", "contact", "email", "mail", "phone", "tel", "try", "ask",
    "marking", "including", "bringing", "meet", "my", "her", "his", "their", "these", "those", "there", "here", "not", "no",
    "yes", "back", "out", "any", "all", "teams", "zoom", "english", "german", "christmas", "easter", "thanksgiving", "mrs",
    "team", "sales", "support", "office", "ltd", "gmbh", "inc", "crm", "pdf", "nda", "vat", "gdpr", "it", "hr", "ceo", "cfo",
    "cto", "coo", "gm", "dgm", "vp", "you", "when", "where", "who", "what", "how", "which", "i'm", "send", "speak", "talk",
    "po", "dpa", "dpo", "api", "sso", "iso", "sap", "erp", "usb", "hq", "uk", "usa", "us", "eu", "gmt", "cet", "ps", "asap", "rfq", "rfp",
];
/// Titles before a name.
const HONORIFICS: &[&str] =
    &["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sir", "madam", "sister", "father"];
/// Words of functions that may stand before or after a name.
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "manager", "director", "head", "chief", "officer", "president", "owner", "founder", "partner", "engineer", "lead",
    "leader", "buyer", "procurement", "purchasing", "administrator", "bursar", "secretary", "clerk", "coordinator",
    "supervisor", "analyst", "assistant", "controller", "programmer", "developer", "planner", "ceo", "cfo", "cto", "coo",
    "boss", "deputy", "dgm", "gm", "vp", "specialist", "accountant", "foreman", "superintendent", "representative",
];
/// Most words between the start of a function and its name.
const MAX_FUNCTION: usize = 6;

/// Somebody named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Person {
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The words that name them.
    pub quote: String,
}

impl Person {
    /// Whether it can be told who is meant.
    pub fn is_known(&self) -> bool {
        self.name.is_some() || self.email.is_some()
    }
}

/// A name in a sentence: its words.
fn name_at(tokens: &[Token], at: usize, mail: &Mail<'_>) -> Option<Range<usize>> {
    let mut from = at;
    while tokens.get(from).is_some_and(|token| HONORIFICS.contains(&token.word.as_str())) && from < at + 2 {
        from += 1;
    }
    let begins = |token: &Token| {
        token.capital
            && token.word.chars().count() > 1
            && token.word.chars().all(|c| c.is_alphabetic())
            && !NO_NAMES.contains(&token.word.as_str())
            && !FUNCTIONS.contains(&token.word.as_str())
    };
    if !tokens.get(from).is_some_and(begins) {
        return None;
    }
    let mut to = from + 1;
    while to < tokens.len() && to - from < MAX_NAME && tokens[to].gap == Gap::None && begins(&tokens[to]) {
        // "Tom Beckett in Quality" ends before "in"; a possessive ends a name.
        if tokens[to - 1].possessive {
            break;
        }
        to += 1;
    }
    let first = &tokens[from].word;
    let own = mail.is_own_name(first) && to - from == 1
        || mail
            .own_names
            .iter()
            .any(|own| own.to_lowercase().split_whitespace().eq(tokens[from..to].iter().map(|t| t.word.as_str())));
    let sender = mail.from_name.to_lowercase().split_whitespace().next() == Some(first.as_str()) && to - from == 1;
    (!own && !sender).then_some(from..to)
}

/// The first name at or after a word, not further than `reach` words on and before
/// the end of the sentence.
pub(crate) fn name_after(said: &Said, at: usize, reach: usize, mail: &Mail<'_>) -> Option<Range<usize>> {
    let tokens = said.tokens();
    (at..tokens.len().min(at + reach + 1)).find_map(|at| name_at(tokens, at, mail))
}

/// The name that ends right before a word.
pub(crate) fn name_before(said: &Said, at: usize, mail: &Mail<'_>) -> Option<Range<usize>> {
    const BETWEEN: [&str; 8] = ["is", "will", "who", "has", "now", "also", "currently", "here"];
    let tokens = said.tokens();
    let mut at = at;
    while at > 0 && BETWEEN.contains(&tokens[at - 1].word.as_str()) {
        at -= 1;
    }
    let from = at.saturating_sub(MAX_NAME + 2);
    // "Tenderers will be notified": a capital that only begins the sentence.
    let plural = |name: &Range<usize>| name.start == 0 && name.len() == 1 && tokens[0].word.ends_with("ers");
    (from..at).find_map(|start| name_at(tokens, start, mail).filter(|name| name.end == at && !plural(name)))
}

/// The person of a name: with the address, function and telephone that stand with it.
pub(crate) fn person(text: &Text<'_>, at: usize, name: Option<&Range<usize>>, mail: &Mail<'_>) -> Person {
    let said = &text.said[at];
    let place = name.map(|name| said.place(name));
    // Their sentence, and the two after it: "… Her email is …".
    let from = said.place(&(0..said.tokens().len())).start;
    let last = &text.said[text.said.len().min(at + 3) - 1];
    let to = (last.sentence.range.end + last.offset).max(from);
    let near = &text.body[from..to.min(text.body.len())];
    let centre = place.as_ref().map_or(0, |place| place.end.saturating_sub(from));
    let outside = |range: &Range<usize>| {
        let address = &near[range.clone()];
        !mail.is_own_address(address) && !address.eq_ignore_ascii_case(mail.from)
    };
    let close = |range: &Range<usize>| range.start.abs_diff(centre) <= NEAR;
    let email = addresses(near)
        .into_iter()
        .filter(|range| outside(range) && close(range))
        .min_by_key(|range| range.start.abs_diff(centre));
    let phone = phones(near).into_iter().find(|range| close(range));
    let quote = said.quote(name.unwrap_or(&(0..1)));
    Person {
        name: place.map(|place| text.exact(place)),
        email: email.map(|range| near[range].to_lowercase()),
        title: name.and_then(|name| function(said, name)).map(|range| text.exact(range)),
        phone: phone.map(|range| near[range].to_owned()),
        quote: text.exact(quote),
    }
}

/// "Our site manager Emil", "Martin Shaw, Deputy Clerk", "Beth, our deputy manager".
fn function(said: &Said, name: &Range<usize>) -> Option<Range<usize>> {
    let tokens = said.tokens();
    let is_function = |at: usize| tokens.get(at).is_some_and(|token| FUNCTIONS.contains(&token.word.as_str()));
    let skip =
        |at: usize| tokens.get(at).is_some_and(|token| matches!(token.word.as_str(), "our" | "my" | "the" | "a"));
    // After a comma.
    if tokens.get(name.end).is_some_and(|token| token.gap == Gap::Comma || token.gap == Gap::Break) {
        let from = if skip(name.end) { name.end + 1 } else { name.end };
        let mut to = from;
        while to < tokens.len() && to - from < MAX_FUNCTION && (to == from || tokens[to].gap == Gap::None) {
            if matches!(tokens[to].word.as_str(), "who" | "in" | "will" | "is" | "and" | "she" | "he") {
                break;
            }
            to += 1;
        }
        if (from..to).any(is_function) {
            return Some(said.place(&(from..to)));
        }
    }
    // Right before it, after "our" or "my".
    let before = name.start.checked_sub(1)?;
    let ends = if tokens[before].gap == Gap::None && HONORIFICS.contains(&tokens[before].word.as_str()) {
        before
    } else {
        name.start
    };
    let opens = (ends.saturating_sub(MAX_FUNCTION)..ends).rev().find(|at| skip(*at))?;
    ((opens + 1..ends).any(is_function)).then(|| said.place(&(opens + 1..ends)))
}
