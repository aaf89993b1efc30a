//! Whether words are about a topic.
//!
//! Words are compared in lower case and in the singular; a topic of several words
//! must stand together and in order. Nothing is matched by likeness: `port` is not
//! in `report`.

use std::collections::BTreeSet;

/// Words that say nothing about a matter.
#[rustfmt::skip]
const SILENT: &[&str] = &[
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "do",
    "does", "for", "from", "get", "give", "had", "has", "have", "he", "her", "here", "him", "his", "how", "i", "if",
    "in", "into", "is", "it", "its", "just", "know", "let", "like", "make", "may", "me", "might", "more", "most",
    "my", "need", "new", "no", "not", "of", "on", "one", "or", "our", "out", "over", "please", "put", "really",
    "send", "share", "she", "should", "show", "so", "some", "something", "such", "take", "than", "that", "the",
    "their", "them", "then", "there", "these", "they", "thing", "this", "those", "through", "to", "up", "us", "use",
    "very", "want", "was", "we", "well", "were", "what", "when", "where", "which", "who", "will", "with", "would",
    "you", "your",
];
/// Shortest word that tells something by itself.
const TELLING: usize = 3;

/// A text as its words, to be asked about topics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topics {
    words: Vec<String>,
}

impl Topics {
    /// Of one text.
    pub fn of(text: &str) -> Self {
        Self { words: words(text) }
    }

    /// Adds a text; no topic runs over the joint.
    pub fn add(&mut self, text: &str) {
        self.words.push(String::new());
        self.words.extend(words(text));
    }

    /// Whether the topic is spoken of: all of its words together.
    pub fn mention(&self, topic: &str) -> bool {
        let topic = words(topic);
        !topic.is_empty() && self.words.windows(topic.len()).any(|window| window == topic)
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(String::is_empty)
    }

    /// Telling words that it shares with a text.
    pub fn shared(&self, text: &str) -> Vec<String> {
        let own: BTreeSet<&str> = self.words.iter().map(String::as_str).collect();
        telling(text).into_iter().filter(|word| own.contains(word.as_str())).collect()
    }
}

/// The words of a text that say what it is about, in the singular, each once.
pub fn telling(text: &str) -> BTreeSet<String> {
    words(text).into_iter().filter(|word| word.chars().count() >= TELLING && !is_silent(word)).collect()
}

fn is_silent(word: &str) -> bool {
    SILENT.binary_search(&word).is_ok()
}

fn words(text: &str) -> Vec<String> {
    text.replace(['\'', '\u{2019}'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| singular(&word.to_lowercase()))
        .collect()
}

/// `studies` as `study`, `prices` as `price`; `is`, `bus` and `class` as they are.
fn singular(word: &str) -> String {
    if is_silent(word) || word.chars().count() <= TELLING {
        return word.to_owned();
    }
    match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) if stem.len() > 1 => format!("{stem}y"),
        (_, Some(stem)) if !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_words_are_sorted() {
        assert!(SILENT.is_sorted(), "they are searched by halves");
    }

    #[test]
    fn a_topic_is_its_words_together() {
        let said = Topics::of("Could you send us the case studies on data-migration, and your prices?");
        for topic in ["case study", "Case Studies", "data migration", "price"] {
            assert!(said.mention(topic), "{topic}");
        }
        for topic in ["migration data", "rice", "study case", "", "data prices"] {
            assert!(!said.mention(topic), "{topic}");
        }
    }

    #[test]
    fn no_topic_runs_over_two_texts() {
        let mut said = Topics::of("that was about data");
        said.add("migration comes later");
        assert!(!said.mention("data migration"));
        assert!(said.mention("migration"));
        assert!(!said.is_empty() && Topics::default().is_empty());
    }

    #[test]
    fn what_is_shared_is_telling() {
        let said = Topics::of("we would like to know more about security and the audit");
        assert_eq!(said.shared("Security overview: what we do about audits"), ["audit", "security"]);
        assert!(telling("what would you like to know").is_empty());
    }
}
