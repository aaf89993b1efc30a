//! Where the writer of a mail is, by what they put under it.
//!
//! A signature that names two places, or a place and a phone number elsewhere, says
//! nothing: large firms list their offices.

use std::ops::Range;

use crate::token::tokens;
use crate::zone::{zone_of_place, zones_of_phones};

/// How a zone was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// By a place.
    Place,
    /// By a phone number.
    Phone,
}

/// A zone and the words that tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// IANA zone.
    pub zone: &'static str,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// How it was told.
    pub by: ToldBy,
}

/// Lines that end a mail; what stands below is the signature.
const CLOSINGS: &[&str] =
    &["best", "regards", "thanks", "thank", "cheers", "sincerely", "kind", "warm", "warmest", "yours", "many"];
/// Longest closing, words: `With many kind regards from`.
const MAX_CLOSING_WORDS: usize = 5;
/// Longest signature, lines; below it stands something else.
const MAX_LINES: usize = 14;
/// Longest line of one, words.
const MAX_WORDS: usize = 12;

/// Where the signature of a mail says that its writer is.
#[must_use]
pub fn whereabouts(mail: &str) -> Option<Whereabouts> {
    let signature = signature(mail)?;
    let text = &mail[signature.clone()];
    let moved = |range: Range<usize>| range.start + signature.start..range.end + signature.start;
    let words = tokens(mail, signature.start, signature.end);
    let places = (0..words.len()).filter_map(|at| {
        let (end, zone) = zone_of_place(&words, at)?;
        Some(Whereabouts { zone, range: words[at].start..words[end - 1].end, by: ToldBy::Place })
    });
    let phones = zones_of_phones(text).into_iter().map(|(range, zone)| Whereabouts {
        zone,
        range: moved(range),
        by: ToldBy::Phone,
    });
    let all: Vec<Whereabouts> = places.chain(phones).collect();
    let first = all.first()?.clone();
    all.iter().all(|other| other.zone == first.zone).then_some(first)
}

/// The lines below the closing of a mail, and the closing where it goes on with
/// them; `None` where what stands there reads on like a text.
#[must_use]
pub fn signature(mail: &str) -> Option<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in mail.split_inclusive('\n') {
        lines.push((start, line));
        start += line.len();
    }
    let at = lines.iter().rposition(|(_, line)| is_closing(line))?;
    let (from, line) = *lines.get(at)?;
    let last = lines.get((at + MAX_LINES).min(lines.len() - 1)).map(|(start, line)| start + line.len())?;
    // "Best, Mira, Berlin" on one line is a signature too.
    let begins = if line.trim().trim_end_matches(',').contains(',') { from } else { from + line.len() };
    let below = mail.get(begins..last)?;
    (begins < last && !below.lines().any(is_sentence)).then_some(begins..last)
}

/// Whether a line says something: a signature has names, no sentences.
fn is_sentence(line: &str) -> bool {
    const NAMES_THAT_END_SO: &[&str] = &["inc.", "ltd.", "co.", "corp.", "llc.", "jr.", "sr.", "a.s.", "s.a."];
    let words: Vec<&str> = line.split_whitespace().collect();
    let last = words.last().copied().unwrap_or_default();
    let named = NAMES_THAT_END_SO.contains(&last.to_lowercase().as_str());
    words.len() > 1 && last.ends_with(['.', '?', '!']) && !named || words.len() > MAX_WORDS
}

fn is_closing(line: &str) -> bool {
    let line = line.trim();
    if line == "--" {
        return true;
    }
    let first = line.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    CLOSINGS.contains(&first.as_str()) && line.split_whitespace().count() <= MAX_CLOSING_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mail: &str) -> Option<(&'static str, &str)> {
        whereabouts(mail).map(|found| (found.zone, &mail[found.range]))
    }

    #[test]
    fn a_signature_tells_where_its_writer_is() {
        assert_eq!(
            of("See you in Paris!\n\nBest regards,\nMira Holt\nGlobex GmbH\nHamburg\n"),
            Some(("Europe/Berlin", "Hamburg"))
        );
        assert_eq!(of("Fine.\n-- \nTom\n+44 20 7946 0000"), Some(("Europe/London", "+44 20 7946 0000")));
        assert_eq!(of("Ok\n\nThanks,\nZoë, Zürich"), Some(("Europe/Zurich", "Zürich")));
    }

    #[test]
    fn what_names_two_places_or_none_tells_nothing() {
        for mail in [
            "Best,\nAda\nLondon | New York | Singapore",
            "Best,\nAda\nBerlin\n+44 20 7946 0000",
            "I am in Berlin today.",
            "Thanks,\nI am in Berlin today.",
            "Best,\nAda",
            "",
        ] {
            assert_eq!(of(mail), None, "{mail:?}");
        }
    }
}
