//! What tells one piece of work from another: the words of a line that say
//! something, without their endings.
//!
//! A line is compared with many others, so its words are read once, and as
//! numbers.

use std::collections::{BTreeMap, BTreeSet};

use skillhost_language::class;

/// The telling words of one line, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Telling(Vec<u32>);

/// The words met so far, and which of them name somebody.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    numbers: BTreeMap<String, u32>,
    names: BTreeSet<u32>,
}

/// Whether names alone make two lines alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// They do.
    Tell,
    /// Lines that share nothing else share nothing.
    AreNotEnough,
}

impl Vocabulary {
    /// One that knows these people.
    pub(crate) fn of_people<'a>(people: impl IntoIterator<Item = &'a str>) -> Self {
        let mut own = Self::default();
        for part in people.into_iter().flat_map(str::split_whitespace) {
            let number = own.number(&part.to_lowercase());
            own.names.insert(number);
        }
        own
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(word.to_owned(), number);
        number
    }

    /// Reads a line.
    pub(crate) fn read(&mut self, line: &str) -> Telling {
        const PLAIN: [&str; 39] = [
            "the", "a", "an", "to", "of", "for", "and", "or", "in", "on", "by", "with", "at", "it", "that", "this",
            "these", "them", "their", "our", "we", "will", "up", "over", "some", "out", "from", "today", "tomorrow",
            "next", "week", "decided", "let", "us", "use", "go", "going", "agreed", "we",
        ];
        let handing_over = class("send");
        let mut out: Vec<u32> = Vec::new();
        for word in line.split(|c: char| !c.is_alphanumeric()) {
            let word = word.to_lowercase();
            if word.len() < 2 || PLAIN.contains(&word.as_str()) || handing_over.contains(&word.as_str()) {
                continue;
            }
            let stem = ["ations", "ation", "ing", "es", "s", "ed"]
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .filter(|s| s.len() > 3);
            let number = self.number(stem.unwrap_or(&word));
            if !out.contains(&number) {
                out.push(number);
            }
        }
        Telling(out)
    }

    /// Share of the shorter line's telling words that the other has too.
    pub(crate) fn overlap(&self, one: &Telling, other: &Telling, names: Names) -> f64 {
        let shorter = one.0.len().min(other.0.len());
        let (mut shared, mut telling) = (0_usize, false);
        for number in one.shared(other) {
            shared += 1;
            telling |= names == Names::Tell || !self.names.contains(number);
        }
        if shorter == 0 || !telling {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "word counts of one line")]
        let share = shared as f64 / shorter as f64;
        share
    }

    /// Share of a line's telling words, names apart, that the other has; none where
    /// only names tell something.
    pub(crate) fn share(&self, line: &Telling, other: &Telling) -> f64 {
        let own: Vec<&u32> = line.0.iter().filter(|number| !self.names.contains(number)).collect();
        if own.is_empty() {
            return 0.0;
        }
        let shared = own.iter().filter(|number| other.0.contains(number)).count();
        #[expect(clippy::cast_precision_loss, reason = "word counts of one line")]
        let share = shared as f64 / own.len() as f64;
        share
    }
}

impl Telling {
    fn shared<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a u32> {
        self.0.iter().filter(|number| other.0.contains(number))
    }

    /// Whether they share two words, or all that the shorter has: "introduce you to
    /// Karin" and "talk to Karin on Monday" share half of two and are two things.
    pub(crate) fn shares_enough(&self, other: &Self) -> bool {
        let shared = self.shared(other).count();
        shared > 1 || shared == self.0.len().min(other.0.len())
    }
}
