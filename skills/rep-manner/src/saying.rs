//! Whether spoken words can be said back in writing.

/// Longest words that are said back, characters.
const MAX_QUOTE: usize = 140;
/// Fewest words that say anything.
const MIN_WORDS: usize = 4;
/// Words that are spoken and not written; with one of these the words stay unsaid.
const SPOKEN: [&str; 12] = ["um", "uh", "uhm", "er", "erm", "hmm", "yeah", "gonna", "wanna", "kinda", "okay", "oh"];
/// Phrases of the same kind.
const SPOKEN_PHRASES: [&str; 5] = ["you know", "i mean", "sort of", "kind of", "or whatever"];

/// Whether somebody's words read as a sentence when they are quoted to them: short,
/// begun as one, without stutter, filler, address or link.
pub fn reads_well(quote: &str) -> bool {
    let words: Vec<String> = quote
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let lower = quote.to_lowercase();
    words.len() >= MIN_WORDS
        && quote.chars().count() <= MAX_QUOTE
        && quote.chars().next().is_some_and(char::is_uppercase)
        && !words.windows(2).any(|pair| pair[0] == pair[1])
        && !words.iter().any(|word| SPOKEN.contains(&word.as_str()))
        && !SPOKEN_PHRASES.iter().any(|phrase| lower.contains(phrase))
        && !quote.contains(['\n', '“', '”', '"', '@'])
        && !lower.contains("http")
}

/// With an end mark.
pub fn sentence(quote: &str) -> String {
    if quote.ends_with(['.', '?', '!']) { quote.to_owned() } else { format!("{quote}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sentences_are_said_back() {
        assert!(reads_well("I'll check with legal and come back to you by Friday"));
        for quote in [
            "um I'll check with legal first",
            "I'll check, you know, with legal first",
            "I'll I'll check with legal first",
            "i'll check with legal first",
            "Let me check",
            "Write to me at mira@globex.test about it",
            "Open http://evil.example before Friday please",
            "",
        ] {
            assert!(!reads_well(quote), "{quote}");
        }
        assert_eq!(sentence("Yes, we do"), "Yes, we do.");
        assert_eq!(sentence("Do we?"), "Do we?");
    }
}
