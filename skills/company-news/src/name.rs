//! A company's name in a text: as a whole, and not as a part of a longer one.

use crate::sector;

/// Endings that only say what kind of company it is.
const LEGAL: [&str; 24] = [
    "inc",
    "incorporated",
    "ltd",
    "limited",
    "llc",
    "llp",
    "gmbh",
    "ag",
    "se",
    "sa",
    "sas",
    "bv",
    "nv",
    "plc",
    "corp",
    "corporation",
    "co",
    "company",
    "oy",
    "ab",
    "as",
    "aps",
    "spa",
    "kg",
];
/// Words after a name that leave it the same company.
const SAME_AFTER: [&str; 22] = [
    "group",
    "holding",
    "holdings",
    "international",
    "global",
    "ceo",
    "cfo",
    "coo",
    "cto",
    "cio",
    "chief",
    "president",
    "chair",
    "chairman",
    "chairwoman",
    "founder",
    "co-founder",
    "board",
    "shares",
    "stock",
    "plans",
    "staff",
];
/// Capitalised words before a name that leave it the same company.
const SAME_BEFORE: [&str; 30] = [
    "the", "a", "an", "at", "by", "for", "from", "in", "of", "on", "to", "with", "and", "but", "when", "while", "as",
    "after", "rival", "customer", "ceo", "cfo", "coo", "supplier", "operator", "maker", "firm", "company", "group",
    "how",
];
/// With so many of its words capitalised, a headline is in title case, and capitals
/// in it say nothing.
const TITLE_CASE: f64 = 0.7;

/// How a text speaks of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mention {
    /// As a whole.
    Whole,
    /// Only as a part of another name.
    Within,
    /// Not at all.
    None,
}

/// The words of a name without its legal ending, lower case.
pub(crate) fn core(name: &str) -> Vec<String> {
    let mut words: Vec<String> = split(name).map(|word| word.bare.to_lowercase()).collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL.contains(&word.as_str())) {
        words.pop();
    }
    words
}

#[derive(Clone, Copy, Debug)]
struct Word<'a> {
    bare: &'a str,
    /// A mark stands between it and the next word.
    ends: bool,
    /// It begins a sentence.
    begins: bool,
}

fn split(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut begins = true;
    text.split_whitespace().filter_map(move |raw| {
        let bare = raw.trim_matches(|c: char| !c.is_alphanumeric());
        let bare = bare.strip_suffix("'s").or_else(|| bare.strip_suffix("’s")).unwrap_or(bare);
        if bare.is_empty() {
            begins = true;
            return None;
        }
        let ends = raw.ends_with(|c: char| !c.is_alphanumeric()) || raw.ends_with("'s") || raw.ends_with("’s");
        let word = Word { bare, ends, begins };
        begins = raw.ends_with(['.', '!', '?', ':', '…', '"', '”']);
        Some(word)
    })
}

fn is_capital(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// How `text` speaks of the company with these core words. Of its sectors a longer
/// name may speak: `Globex Logistics` is Globex, where that is in logistics.
pub(crate) fn mention(text: &str, core: &[String], sectors: &[&'static str]) -> Mention {
    if core.is_empty() {
        return Mention::None;
    }
    let words: Vec<Word<'_>> = split(text).collect();
    let capitals = words.iter().filter(|word| is_capital(word.bare)).count();
    // Word counts of a text are far below where a usize loses precision as f64.
    let title_case = !words.is_empty() && capitals as f64 / words.len() as f64 >= TITLE_CASE;
    let mut found = Mention::None;
    for at in 0..words.len() {
        let Some(run) = words.get(at..at + core.len()) else { break };
        let same = run.iter().zip(core).all(|(word, wanted)| word.bare.to_lowercase() == *wanted);
        let unbroken = run[..run.len() - 1].iter().all(|word| !word.ends);
        // A name is written with a capital; `target` in a sentence is a word.
        if !same || !unbroken || !is_capital(run[0].bare) {
            continue;
        }
        let after = words.get(at + core.len()).filter(|_| !run[run.len() - 1].ends);
        let before = at.checked_sub(1).map(|before| words[before]).filter(|before| !before.ends && !run[0].begins);
        let longer_after = after.is_some_and(|word| lengthens(word.bare, title_case, sectors));
        let longer_before = before.is_some_and(|word| {
            !title_case
                && is_capital(word.bare)
                && !word.begins
                && !SAME_BEFORE.contains(&word.bare.to_lowercase().as_str())
        });
        if !longer_after && !longer_before {
            return Mention::Whole;
        }
        found = Mention::Within;
    }
    found
}

/// Whether a word after a name makes it the name of somebody else.
fn lengthens(word: &str, title_case: bool, sectors: &[&'static str]) -> bool {
    let lower = word.to_lowercase();
    if !is_capital(word) || LEGAL.contains(&lower.as_str()) || SAME_AFTER.contains(&lower.as_str()) {
        return false;
    }
    let named = sector::of(&lower);
    if !named.is_empty() {
        return !named.iter().any(|sector| sectors.contains(sector));
    }
    sector::is_of_names(&lower) || !title_case
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Mention {
        mention(text, &core("Globex Inc."), &sector::of("logistics"))
    }

    #[test]
    fn a_name_counts_as_a_whole_only() {
        for (text, want) in [
            ("Globex opens a depot", Mention::Whole),
            ("Globex, Inc. opens a depot", Mention::Whole),
            ("Globex Inc. opens a depot", Mention::Whole),
            ("Depot operator Globex opens", Mention::Whole),
            ("Globex's new depot", Mention::Whole),
            ("Globex Raises $20M In Series B", Mention::Whole),
            ("Globex CEO Mira Holt resigns", Mention::Whole),
            ("Globex Logistics opens a depot", Mention::Whole),
            ("Globex Pharma opens a lab", Mention::Within),
            ("Globex Pharma Opens A Lab", Mention::Within),
            ("A round for Globex Nine of Kiel", Mention::Within),
            ("A round for Blue Globex of Kiel", Mention::Within),
            ("Globex Foundation gives", Mention::Within),
            ("Globexia opens a depot", Mention::None),
            ("globex opens", Mention::None),
            ("", Mention::None),
        ] {
            assert_eq!(seen(text), want, "{text}");
        }
        let two = core("Blue Heron GmbH");
        assert_eq!(mention("News of Blue Heron today", &two, &[]), Mention::Whole);
        assert_eq!(mention("The sea was Blue. Heron watched", &two, &[]), Mention::None);
    }

    #[test]
    fn a_whole_mention_anywhere_is_enough() {
        assert_eq!(seen("Globex Foundation gives. Globex itself pays."), Mention::Whole);
    }
}
