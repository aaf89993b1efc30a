//! Sets of words that are asked of every word of a meeting.
//!
//! A word list is short, but a table has hundreds of them and a meeting tens of
//! thousands of words. A word's [`print`] is computed once; a set first looks at
//! one bit of it, which turns nearly every word away, and compares letters only
//! where the whole print agrees.

/// A number for a word: equal words have equal prints, others hardly ever do.
pub(crate) fn print(word: &str) -> u32 {
    // FNV-1a, and a last mix because its high bits, which `bit` takes, are poor for short words.
    let hash = word.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 15).wrapping_mul(0x85eb_ca6b)
}

/// The bit of a mask that a print stands for.
pub(crate) fn bit(print: u32) -> u64 {
    1 << (print >> 26)
}

/// A set of words.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordSet {
    /// The bits of all its words.
    mask: u64,
    /// By print.
    words: Vec<(u32, &'static str)>,
}

impl WordSet {
    pub(crate) fn new(words: impl IntoIterator<Item = &'static str>) -> Self {
        let mut words: Vec<(u32, &'static str)> = words.into_iter().map(|word| (print(word), word)).collect();
        words.sort_unstable_by_key(|(print, _)| *print);
        words.dedup();
        let mask = words.iter().fold(0, |mask, (print, _)| mask | bit(*print));
        Self { mask, words }
    }

    /// The bits of all its words: a word whose bit is not among them is not in it.
    pub(crate) fn mask(&self) -> u64 {
        self.mask
    }

    /// The prints of all its words.
    pub(crate) fn prints(&self) -> impl Iterator<Item = u32> {
        self.words.iter().map(|(print, _)| *print)
    }

    /// All its words, in no order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.words.iter().map(|(_, word)| *word)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether it holds a word, whose print is given.
    pub(crate) fn holds(&self, print: u32, word: &str) -> bool {
        if self.mask & bit(print) == 0 {
            return false;
        }
        let from = self.words.partition_point(|(known, _)| *known < print);
        self.words[from..].iter().take_while(|(known, _)| *known == print).any(|(_, known)| *known == word)
    }

    /// Whether it holds a word that has no print yet.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.holds(print(word), word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_its_words_and_no_other() {
        let set = WordSet::new(["send", "share", "mail"]);
        assert!(["send", "share", "mail"].iter().all(|word| set.has(word)));
        assert!(!["sends", "", "mai", "Share"].iter().any(|word| set.has(word)));
        assert!(!WordSet::default().has("send") && WordSet::default().is_empty());
    }

    #[test]
    fn a_print_shared_by_chance_decides_nothing() {
        let set = WordSet::new(["send"]);
        assert!(!set.holds(print("send"), "mail"));
    }
}
