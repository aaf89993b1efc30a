//! Small questions about a line of text.

use std::collections::BTreeSet;

/// Words that say nothing about the matter of a line.
const SILENT: [&str; 44] = [
    "a", "an", "the", "to", "of", "for", "on", "in", "at", "by", "and", "or", "with", "over", "out", "up", "you", "your",
    "them", "their", "us", "our", "we", "i", "ill", "will", "it", "that", "this", "be", "is", "are", "can", "could",
    "let", "me", "my", "about", "from", "as", "have", "get", "also", "please",
];
/// Least share of the shorter line's words that the other must hold as well.
const SAME_SHARE: f64 = 0.7;
/// Below this many telling words, only equal sets are the same matter.
const FEW_WORDS: usize = 2;

fn telling(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.replace(['\'', '’'], "").to_lowercase())
        .filter(|word| !word.is_empty() && !SILENT.contains(&word.as_str()))
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.len() > 3 && !stem.ends_with('s') => stem.to_owned(),
            _ => word,
        })
        .collect()
}

/// Whether two lines are about the same matter: most telling words of the
/// shorter one stand in the other as well.
pub fn same_matter(a: &str, b: &str) -> bool {
    let (a, b) = (telling(a), telling(b));
    let shorter = a.len().min(b.len());
    if shorter == 0 {
        return false;
    }
    if shorter < FEW_WORDS {
        return a == b;
    }
    let shared = a.intersection(&b).count();
    // Word counts of a line are far below where a usize loses precision as f64.
    shared >= FEW_WORDS && shared as f64 / shorter as f64 >= SAME_SHARE
}

/// With its first letter in lower case, unless the first word is `I`, a name in
/// capitals, or one of these names.
pub fn lower_first(text: &str, names: &[&str]) -> String {
    let text = text.trim();
    let first_word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let keeps = first_word == "I"
        || names.iter().any(|name| name.split_whitespace().any(|part| part == first_word))
        || first_word.chars().filter(|c| c.is_uppercase()).count() > 1;
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !keeps => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// With its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.trim().chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// One line: control characters and runs of white space become one space.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control() || c == '\u{2028}' || c == '\u{2029}')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// One line of at most `max` characters, cut at a word with `…`.
pub fn shortened(text: &str, max: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= max {
        return line;
    }
    let cut: String = line.chars().take(max.saturating_sub(1)).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', '.', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_matter_in_other_words() {
        for (a, b, same) in [
            ("Send the security paper", "Send Mira the security papers by Friday", true),
            ("Send the security paper", "Send the proposal", false),
            ("Book the room", "Send the proposal", false),
            ("Proposal", "proposal", true),
            ("Proposal", "Send the proposal", false),
            ("", "", false),
        ] {
            assert_eq!(same_matter(a, b), same, "{a} / {b}");
        }
    }

    #[test]
    fn first_letters() {
        assert_eq!(lower_first("Send it", &[]), "send it");
        assert_eq!(lower_first("Mira to reply", &["Mira Holt"]), "Mira to reply");
        assert_eq!(lower_first("NDA to legal", &[]), "NDA to legal");
        assert_eq!(lower_first("", &[]), "");
        assert_eq!(capitalised("étude"), "Étude");
    }

    #[test]
    fn nothing_breaks_a_line() {
        assert_eq!(one_line(" a\r\nBcc: b\u{2028}c\u{0}d "), "a Bcc: b c d");
        assert_eq!(shortened("one two three", 9), "one two…");
        assert_eq!(shortened("one two", 9), "one two");
    }
}
