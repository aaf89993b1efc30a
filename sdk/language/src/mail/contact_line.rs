//! Addresses and telephone numbers in a text.

use std::ops::Range;

/// Fewest and most digits of a telephone number (E.164 has at most 15).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// Words before a number that say it is a telephone, of the last few before it.
const PHONE_WORDS: &[&str] =
    &["t", "tel", "telephone", "phone", "ph", "m", "mob", "mobile", "cell", "call", "on", "direct", "d", "or", "at"];
/// And those that say it is none, although it looks like one.
const OTHER_WORDS: &[&str] =
    &["fax", "f", "vat", "no", "nr", "number", "invoice", "order", "iban", "ref", "po", "id", "ein", "account"];

/// The e-mail addresses of a text, as they stand there.
#[must_use]
pub fn addresses(text: &str) -> Vec<Range<usize>> {
    let local = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    let domain = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    let mut out: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let before: usize = text[..at].chars().rev().take_while(|c| local(*c)).map(char::len_utf8).sum();
        let after: usize = text[at + 1..].chars().take_while(|c| domain(*c)).map(char::len_utf8).sum();
        let left = &text[at - before..at];
        let start = at - left.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
        let right = text[at + 1..at + 1 + after].trim_end_matches(['.', '-']);
        let whole = start < at && right.contains('.') && !right.starts_with('.') && !right.contains("..");
        if whole && out.last().is_none_or(|last| last.end <= start) {
            out.push(start..at + 1 + right.len());
        }
    }
    out
}

/// The telephone numbers of a text, as they stand there. A run of digits that
/// could be an invoice, a date or a year is none.
#[must_use]
pub fn phones(text: &str) -> Vec<Range<usize>> {
    let part = |c: char| c.is_ascii_digit() || " -.()/\u{a0}\u{2011}".contains(c);
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(|c: char| c.is_ascii_digit() || c == '+' || c == '(') {
        let start = at + found;
        let plus = usize::from(text[start..].starts_with('+'));
        let length: usize =
            plus + text[start + plus..].chars().take_while(|c| part(*c)).map(char::len_utf8).sum::<usize>();
        let end = start + text[start..start + length].trim_end_matches(|c: char| !c.is_ascii_digit()).len();
        at = start + length.max(1);
        if end > start && is_phone(text, start..end) {
            out.push(start..end);
        }
    }
    out
}

fn is_phone(text: &str, range: Range<usize>) -> bool {
    let number = &text[range.clone()];
    let glued = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "@_#$€£".contains(c));
    if glued(text[..range.start].chars().next_back()) || glued(text[range.end..].chars().next()) {
        return false;
    }
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let labels: Vec<String> = text[..range.start]
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let label = labels.last().map(String::as_str).unwrap_or_default();
    if OTHER_WORDS.contains(&label) {
        return false;
    }
    let labelled = PHONE_WORDS.contains(&label);
    // "555-0142" is short, and only called a telephone by the words before it.
    let short = digits == 7 && number.contains('-') && !number.contains(['.', '/', ' ']);
    let international = number.starts_with('+') || number.starts_with("00") || number.starts_with("(+");
    let groups = number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count();
    // 30.11.2026 and 2026-11-30 are days.
    let day = groups == 3 && digits <= 8 && (number.contains('.') || number.contains('/') || number.contains('-'));
    let national = number.starts_with(['0', '(']) && digits >= 9 || groups == 3 && digits == 10;
    !day && (PHONE_DIGITS.contains(&digits) && (international || national || labelled && groups >= 2) || short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, of: fn(&str) -> Vec<Range<usize>>) -> Vec<&str> {
        of(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn addresses_are_found_as_they_stand() {
        for (text, want) in [
            ("Write to Jo (jo.berg@globex.test).", vec!["jo.berg@globex.test"]),
            ("<m.holt+crm@mail.globex.test>, 'a@b.test'", vec!["m.holt+crm@mail.globex.test", "a@b.test"]),
            ("mailto:jo@globex.test", vec!["jo@globex.test"]),
            ("Demo @ Wed 25 Nov, me@home, @handle, a@.b", vec![]),
        ] {
            assert_eq!(read(text, addresses), want, "{text}");
        }
    }

    #[test]
    fn phones_are_no_dates_and_no_invoices() {
        for (text, want) in [
            ("T +44 20 7946 0112", vec!["+44 20 7946 0112"]),
            ("call 555-0142.", vec!["555-0142"]),
            ("(212) 555-0188 or 212-555-0188", vec!["(212) 555-0188", "212-555-0188"]),
            ("Sloan Hatchery, 01632 960 118", vec!["01632 960 118"]),
            ("until 30.11.2026, 2026-11-30, 11/30/2026", vec![]),
            ("Invoice 20931442, VAT 998877665, order no 0123456789", vec![]),
            ("fax +44 20 7946 0113", vec![]),
            ("PW-55121, 1,500 badges, 250000", vec![]),
        ] {
            assert_eq!(read(text, phones), want, "{text}");
        }
    }
}
