//! Whether a mail brings what was promised before.

use std::collections::BTreeSet;

/// Words of a mail that brings something.
const DELIVERS: [&str; 14] = [
    "attached",
    "attaching",
    "enclosed",
    "as promised",
    "as discussed, here",
    "here is",
    "here are",
    "here's",
    "please find",
    "you'll find",
    "below is",
    "below are",
    "i've added",
    "now done",
];
/// Words of a promise that say nothing about what was promised.
const SILENT: [&str; 46] = [
    "will",
    "send",
    "share",
    "have",
    "that",
    "this",
    "them",
    "they",
    "your",
    "with",
    "over",
    "from",
    "back",
    "come",
    "know",
    "make",
    "sure",
    "next",
    "week",
    "today",
    "tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "before",
    "after",
    "until",
    "shortly",
    "soon",
    "email",
    "mail",
    "then",
    "just",
    "also",
    "here",
    "please",
    "find",
    "attached",
    "enclosed",
    "below",
    "promised",
    "discussed",
    "would",
    "there",
];
/// Shortest word that tells what something is, characters.
const MIN_WORD: usize = 4;

/// Whether a later text of the same side brings what was promised: it says that it
/// brings something, and shares a telling word with the promise, unless that
/// names nothing. Generous on purpose: to be reminded of what one has done costs
/// more than to miss a reminder.
#[must_use]
pub fn delivers(later: &str, promise: &str) -> bool {
    let lower = later.to_lowercase().replace('’', "'");
    let promised = telling(promise);
    DELIVERS.iter().any(|word| lower.contains(word))
        && (promised.is_empty() || telling(later).intersection(&promised).next().is_some())
}

fn telling(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= MIN_WORD && !SILENT.contains(&word.as_str()))
        .map(|word| word.strip_suffix('s').map(str::to_owned).unwrap_or(word))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_mail_brings_it_or_not() {
        let promise = "I'll send you the printer list by Friday.";
        for (later, want) in [
            ("Please find the list attached.", true),
            ("Here’s the printer overview", true),
            ("Please find the contract attached.", false),
            ("The printer list is on its way.", false),
            ("", false),
        ] {
            assert_eq!(delivers(later, promise), want, "{later}");
        }
        assert!(delivers("As promised.", "I'll send it over tomorrow"));
    }
}
