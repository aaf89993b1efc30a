//! Literal texts that are looked for all at once: one pass over a text, however many there
//! are of them. For words and what may stand between them there is [`crate::pattern`].

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Texts to look for, as they are.
#[derive(Debug)]
pub struct Literals {
    all: Vec<&'static str>,
    /// Absent where there are more texts than an automaton takes.
    automaton: Option<AhoCorasick>,
}

impl Literals {
    /// Of these texts.
    #[must_use]
    pub fn new(all: impl IntoIterator<Item = &'static str>) -> Self {
        let all: Vec<_> = all.into_iter().collect();
        // A skill makes it anew at every call, and what it reads is a talk, not a library: the
        // kind that is made fastest takes less time in all than the one that searches fastest.
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&all).ok();
        Self { all, automaton }
    }

    /// Whether a text has any of them.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        match &self.automaton {
            Some(automaton) => automaton.is_match(text),
            None => self.all.iter().any(|one| text.contains(one)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_of_them_is_found_wherever_it_stands() {
        let literals = Literals::new(["an ai", "<|", "a"].into_iter().filter(|text| text.len() > 1));
        for (text, want) in [("", false), ("an  ai", false), ("said an aide", true), ("ends <|", true), ("< |", false)]
        {
            assert_eq!(literals.are_in(text), want, "{text}");
            let one_by_one = Literals { all: literals.all.clone(), automaton: None };
            assert_eq!(one_by_one.are_in(text), want, "{text}");
        }
        assert!(!Literals::new([]).are_in("anything"));
    }
}
