//! What a signature says of the person who signs.
//!
//! Only what can be told apart from a street or a slogan is read: a line of the
//! writer's name, a line with the word of a function, an organisation that bears
//! the mail domain's name or a legal form, addresses and telephone numbers.

use std::ops::Range;

use super::contact_line::{addresses, phones};
use super::domain::is_free_mail;
use super::parts::Parts;
use crate::people::match_name;

/// Words of functions; a line that holds one is a title.
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "manager", "director", "head", "chief", "officer", "president", "owner", "founder", "partner", "engineer", "lead",
    "ceo", "cfo", "cto", "coo", "cio", "cmo", "vp", "buyer", "procurement", "purchasing", "administrator", "bursar",
    "secretary", "clerk", "coordinator", "supervisor", "architect", "analyst", "consultant", "assistant", "attorney",
    "lawyer", "solicitor", "physician", "nurse", "principal", "controller", "superintendent", "foreman", "specialist",
    "executive", "treasurer", "accountant", "planner", "programmer", "developer", "representative", "operations",
    "dgm", "gm", "md", "directrice", "directeur", "leiter", "leiterin", "geschäftsführer", "geschäftsführerin",
];
/// What organisations are.
#[rustfmt::skip]
const LEGAL_FORMS: &[&str] = &[
    "ltd", "limited", "inc", "llc", "llp", "gmbh", "ag", "kg", "bv", "nv", "ab", "asa", "oy", "sa", "sas", "sarl", "spa",
    "srl", "plc", "pty", "pvt", "corp", "corporation", "aps", "kft", "sro",
];
/// A title is short.
const MAX_TITLE_WORDS: usize = 9;
/// What a signature says; each is the exact words, as a range of the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Whole name.
    pub name: Option<Range<usize>>,
    /// Function.
    pub title: Option<Range<usize>>,
    /// Organisation.
    pub company: Option<Range<usize>>,
    /// Telephone numbers, faxes left out.
    pub phones: Vec<Range<usize>>,
    /// Addresses.
    pub addresses: Vec<Range<usize>>,
}

/// Reads the signature of a mail. `writer` is the name its sender goes by, `address`
/// the one it came from; both may be empty.
#[must_use]
pub fn signature(body: &str, parts: &Parts, writer: &str, address: &str) -> Signature {
    let mut found = Signature::default();
    let Some(range) = parts.signature.clone() else { return found };
    let text = &body[range.clone()];
    let moved = |ranges: Vec<Range<usize>>| {
        ranges.into_iter().map(|inner| inner.start + range.start..inner.end + range.start).collect::<Vec<_>>()
    };
    found.phones = moved(phones(text));
    found.addresses = moved(addresses(text));
    let mut start = range.start;
    for line in text.split('\n') {
        for piece in pieces(line) {
            let at = start + piece.start..start + piece.end;
            let words = &body[at.clone()];
            if words.contains('@') || phones(words).first().is_some_and(|phone| phone.len() * 2 > words.len()) {
                continue;
            }
            if found.name.is_none() && is_name_of(words, writer, address) {
                found.name = Some(at);
            } else if found.company.is_none() && is_company(words, address) {
                found.company = Some(at);
            } else if found.title.is_none() && is_title(words) {
                found.title = Some(at);
            }
        }
        start += line.len() + 1;
    }
    found
}

/// The pieces of a line between bars, bullets and commas, trimmed.
fn pieces(line: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    let ends = line.match_indices(['|', ',', '\u{2022}', '\u{b7}', '\t']).map(|(at, mark)| (at, mark.len()));
    for (at, length) in ends.chain([(line.len(), 0)]) {
        let piece = &line[from..at];
        let lead = piece.len() - piece.trim_start().len();
        let kept = piece.trim();
        if !kept.is_empty() {
            out.push(from + lead..from + lead + kept.len());
        }
        from = at + length;
    }
    out
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Letters and digits only, lower case.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Two to four capitalised words that are the writer's name, or that the address
/// is made of.
fn is_name_of(text: &str, writer: &str, address: &str) -> bool {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let capital = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    let looks =
        (2..=4).contains(&parts.len()) && parts.iter().all(capital) && !text.chars().any(|c| c.is_ascii_digit());
    if !looks {
        return false;
    }
    let local = squeezed(address.split('@').next().unwrap_or_default());
    let in_address = words(text).iter().filter(|word| word.len() > 2 && local.contains(word.as_str())).count();
    match_name(text, &[writer]).is_some() || in_address >= 2
}

fn is_title(text: &str) -> bool {
    let words = words(text);
    words.len() <= MAX_TITLE_WORDS
        && words.iter().any(|word| FUNCTIONS.contains(&word.as_str()))
        && !text.ends_with('.')
}

/// Bears the domain's name, or a legal form.
fn is_company(text: &str, address: &str) -> bool {
    let words = words(text);
    let (Some(last), true) = (words.last(), words.len() <= MAX_TITLE_WORDS) else { return false };
    let domain = address.rsplit('@').next().unwrap_or_default().to_lowercase();
    let label = domain.split('.').next().unwrap_or_default();
    let own = !is_free_mail(&domain)
        && label.len() > 3
        && (squeezed(text) == squeezed(label) || squeezed(text).starts_with(&squeezed(label)));
    let capital = text.chars().next().is_some_and(char::is_uppercase);
    own && capital || words.len() >= 2 && LEGAL_FORMS.contains(&last.as_str()) && capital
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parts;

    fn read(body: &str, writer: &str, address: &str) -> [String; 4] {
        let parts = parts(body, Some(writer));
        let found = signature(body, &parts, writer, address);
        let text = |range: Option<&Range<usize>>| range.map(|range| body[range.clone()].to_owned()).unwrap_or_default();
        [
            text(found.name.as_ref()),
            text(found.title.as_ref()),
            text(found.company.as_ref()),
            text(found.phones.first()),
        ]
    }

    #[test]
    fn lines_are_told_apart() {
        let body = "Does it fit?\n\nBest regards,\nMira Holt\nVP Operations, Globex Freight\nHill Street 12, Kiel\nT +49 431 555 0100\nF +49 431 555 0101";
        assert_eq!(
            read(body, "Mira", "mira.holt@globexfreight.test"),
            ["Mira Holt", "VP Operations", "Globex Freight", "+49 431 555 0100"]
        );
        let bars = "Fine.\n\nDaniel Okoro | Treasury Manager | Union Bay Ltd\nJoy in banking.";
        assert_eq!(
            read(bars, "Daniel Okoro", "d@example.test"),
            ["Daniel Okoro", "Treasury Manager", "Union Bay Ltd", ""]
        );
    }

    #[test]
    fn what_is_not_there_is_not_made_up() {
        assert_eq!(read("Fine.\n\nThanks,\nJo", "Jo Berg", "jo@gmail.com"), [const { String::new() }; 4]);
        let other = "Fine.\n\nRegards,\nOn behalf of Ann Lee\nGreen Street";
        assert_eq!(read(other, "Jo Berg", "jo@globex.test"), [const { String::new() }; 4]);
    }
}
