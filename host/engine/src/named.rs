//! Who may be meant in a few words that somebody typed.
//!
//! Words alone do not tell a name from anything else; a name counts once a contact bears
//! it, so every run of words that could be one is looked up.

/// Most words that are looked at: a command is a line.
const MAX_WORDS: usize = 40;
/// Words of a whole name.
const NAME_WORDS: std::ops::RangeInclusive<usize> = 2..=4;
/// What a first name alone stands after: elsewhere one word may be anything.
const BEFORE_A_FIRST_NAME: [&str; 3] = ["for", "with", "and"];

/// What could name somebody, each in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Words with an `@` in them.
    pub addresses: Vec<String>,
    /// Runs of words.
    pub names: Vec<String>,
    /// Words where a first name alone would stand. One may be that of several people.
    pub first_names: Vec<String>,
}

/// Reads the words.
pub fn named(words: &str) -> Named {
    let is_edge = |c: char| !c.is_alphanumeric();
    // Slack writes an address as `<mailto:mira@globex.example|mira@globex.example>`.
    let words: Vec<String> = words
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '|'))
        .map(|word| word.trim_start_matches("mailto:").trim_matches(is_edge).to_lowercase())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .collect();
    let mut found = Named::default();
    for word in words.iter().filter(|word| word.contains('@')) {
        if !found.addresses.contains(word) {
            found.addresses.push(word.clone());
        }
    }
    for length in NAME_WORDS {
        for run in words.windows(length).filter(|run| run.iter().all(|word| !word.contains('@'))) {
            found.names.push(run.join(" "));
        }
    }
    for pair in words.windows(2) {
        if let [before, word] = pair
            && BEFORE_A_FIRST_NAME.contains(&before.as_str())
            && word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
        {
            found.first_names.push(word.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_runs_of_words_and_addresses_stand_alone() {
        let found = named("find times for Mira Holt, next week");
        for name in ["mira holt", "find times", "times for mira holt"] {
            assert!(found.names.iter().any(|one| one == name), "{name}: {found:?}");
        }
        assert!(found.addresses.is_empty());
        assert!(!found.names.iter().any(|name| name == "mira"), "a first name alone is anybody's");
        assert_eq!(found.first_names, ["mira"]);
        assert_eq!(named("find times with Anne-Marie and Bo on 3/4").first_names, ["anne-marie", "bo"]);
    }

    #[test]
    fn an_address_is_found_as_typed_and_as_slack_links_it() {
        for words in ["with Mira@Globex.example.", "with <mailto:mira@globex.example|mira@globex.example>"] {
            assert_eq!(named(words).addresses, ["mira@globex.example"], "{words}");
        }
        assert_eq!(named(""), Named::default());
        assert!(named(&"a b ".repeat(10_000)).names.len() < 3 * MAX_WORDS);
    }
}
