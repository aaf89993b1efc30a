//! Linear models over words: tables that say how much each word speaks for each kind.
//!
//! `make weights` fits a table to the labelled sets of `tests/eval`; the skill that reads it
//! has it in `models`, as text, and `weights-table` makes source of it when the skill is built.
//!
//! To add a model, write what it is told in one place for fitting and for reading, a table
//! beside the skill, and a line in `scripts/fit-weights.sh`.

use std::collections::BTreeSet;
use std::hash::Hasher as _;

use fnv::FnvHasher;

use crate::token::Token;

/// Calls what it is given with one word of a text after the other. Not a type parameter: this
/// file is compiled for speed, and most of what calls it for size.
pub type Words<'a> = &'a dyn Fn(&mut dyn FnMut(&str));

/// Weights are hundredths.
const PART: f64 = 100.0;

/// A table of weights.
#[derive(Debug)]
pub struct Weights {
    /// What the weights are for, in their order.
    pub kinds: &'static [&'static str],
    /// What speaks for each kind before a word is read, hundredths.
    pub bias: &'static [i16],
    /// A weight for each kind, hundredths, by word or fact.
    pub words: Table,
}

/// Rows of weights by word, made when a skill is built: one that is called reads nothing in.
#[derive(Debug)]
pub struct Table {
    /// Where the rows of each bucket begin, and where the last ends. The buckets are a power of
    /// two; a word is in the one that the low bits of its number say.
    pub begins: &'static [u32],
    /// The words' numbers, FNV-1a of 64 bits, bucket by bucket.
    pub numbers: &'static [u64],
    /// In the same order: the words, and a weight for each kind.
    pub rows: &'static [(&'static str, &'static [i16])],
}

impl Table {
    /// Where a word stands.
    fn place(&self, word: &str) -> Option<usize> {
        let mut hasher = FnvHasher::default();
        hasher.write(word.as_bytes());
        let number = hasher.finish();
        let buckets = self.begins.len().checked_sub(1)? as u64;
        let low = usize::try_from(number & buckets.checked_sub(1)?).ok()?;
        let (from, to) = (*self.begins.get(low)? as usize, *self.begins.get(low + 1)? as usize);
        let place = from + self.numbers.get(from..to)?.iter().position(|known| *known == number)?;
        // Whoever writes a mail could make up a word of any number.
        self.rows.get(place).is_some_and(|(known, _)| *known == word).then_some(place)
    }

    fn get(&self, word: &str) -> Option<&'static [i16]> {
        self.rows.get(self.place(word)?).map(|(_, weights)| *weights)
    }
}

impl Weights {
    /// The weights of a word, one for each kind; nothing for a word of no labelled text.
    #[must_use]
    pub fn of(&self, word: &str) -> Option<&'static [i16]> {
        self.words.get(word)
    }

    /// What a text speaks for, by kind: each of its words once, by the root of their number,
    /// so that a long text says little more than a short one; each fact as it is. `words`
    /// calls what it is given with one word after the other.
    #[must_use]
    pub fn sums(&self, words: Words<'_>, facts: &BTreeSet<String>) -> Vec<f64> {
        let rows = self.rows(words);
        let mut said = vec![0; self.kinds.len()];
        rows.iter().for_each(|weights| add(&mut said, weights));
        let mut stated = vec![0; self.kinds.len()];
        add(&mut stated, self.bias);
        facts.iter().filter_map(|fact| self.of(fact)).for_each(|weights| add(&mut stated, weights));
        let scale = f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX).max(1)).sqrt();
        said.into_iter()
            .zip(stated)
            .map(|(said, stated)| (f64::from(said) / scale + f64::from(stated)) / PART)
            .collect()
    }

    /// How much words speak for a kind by themselves.
    #[must_use]
    pub fn speak_for(&self, words: Words<'_>, kind: &str) -> f64 {
        let Some(at) = self.kinds.iter().position(|one| *one == kind) else { return 0.0 };
        let rows = self.rows(words);
        rows.iter().filter_map(|weights| weights.get(at)).map(|weight| f64::from(*weight)).sum::<f64>() / PART
    }

    /// The rows of words, each once.
    fn rows(&self, words: Words<'_>) -> Vec<&'static [i16]> {
        let mut found: Vec<usize> = Vec::new();
        words(&mut |word| found.extend(self.words.place(word)));
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|place| self.words.rows.get(place)).map(|(_, weights)| *weights).collect()
    }
}

fn add(sums: &mut [i32], weights: &[i16]) {
    sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i32::from(*weight));
}

/// The words of a sentence as the tables have them: each by itself, with the next, and what
/// the forms of a long one share.
pub fn words_of(tokens: &[Token], see: &mut dyn FnMut(&str)) {
    let mut joined = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let word = shape(&token.word);
        see(word);
        if let Some(root) = root(word) {
            joined.clear();
            joined.push_str(root);
            joined.push('-');
            see(&joined);
        }
        if let Some(next) = tokens.get(at + 1) {
            joined.clear();
            joined.push_str(word);
            joined.push('_');
            joined.push_str(shape(&next.word));
            see(&joined);
        }
    }
}

/// Sums of kinds of which one is right, as shares of one.
#[must_use]
pub fn shares(sums: &[f64]) -> Vec<f64> {
    let most = sums.iter().copied().fold(f64::MIN, f64::max);
    let powers: Vec<f64> = sums.iter().map(|sum| (sum - most).exp()).collect();
    let all: f64 = powers.iter().sum();
    powers.iter().map(|power| power / all).collect()
}

/// The sum of a kind that is there or not, as a probability.
#[must_use]
pub fn chance(sum: f64) -> f64 {
    1.0 / (1.0 + (-sum).exp())
}

/// A word as the tables have it: all numbers are alike.
#[must_use]
pub fn shape(word: &str) -> &str {
    if word.bytes().any(|byte| byte.is_ascii_digit()) { "#" } else { word }
}

/// The beginning of a long word, which its forms share.
#[must_use]
pub fn root(word: &str) -> Option<&str> {
    const LETTERS: usize = 5;
    word.char_indices().nth(LETTERS).map(|(end, _)| &word[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: Weights = Weights {
        kinds: &["yes", "no"],
        bias: &[10, -10],
        words: Table {
            begins: &[0, 1, 1, 3, 3],
            numbers: &[0x7db4_e3df_f7cc_b8a8, 0x08b3_5907_b558_9afa, 0x2228_c873_debe_ce72],
            rows: &[("budget", &[200, 0]), ("no", &[0, 150]), ("no_budget", &[-100, 300])],
        },
    };

    #[test]
    fn words_count_by_the_root_of_their_number_and_facts_in_full() {
        let said = |see: &mut dyn FnMut(&str)| ["no", "budget", "no_budget", "unheard", "no"].into_iter().for_each(see);
        let sums = WEIGHTS.sums(&said, &BTreeSet::from(["no".to_owned()]));
        let wanted = [0.1 + (2.0 - 1.0) / 3_f64.sqrt(), -0.1 + (1.5 + 3.0) / 3_f64.sqrt() + 1.5];
        assert!(sums.iter().zip(wanted).all(|(sum, wanted)| (sum - wanted).abs() < 1e-12), "{sums:?}");
        assert_eq!(WEIGHTS.sums(&|_| (), &BTreeSet::new()), [0.1, -0.1]);
        let alone = WEIGHTS.speak_for(&said, "no");
        assert!((alone - 4.5).abs() < 1e-12, "{alone}");
        assert!(WEIGHTS.speak_for(&said, "perhaps").abs() < 1e-12);
    }

    #[test]
    fn shares_are_one_together_whatever_the_sums() {
        for sums in [vec![0.0, 0.0], vec![900.0, -900.0, 899.0], vec![-5.0]] {
            let all: f64 = shares(&sums).iter().sum();
            assert!((all - 1.0).abs() < 1e-9, "{sums:?}");
        }
        assert!((chance(0.0) - 0.5).abs() < 1e-12 && chance(800.0) <= 1.0 && chance(-800.0) >= 0.0);
    }

    #[test]
    fn a_sentence_has_its_words_their_pairs_and_their_roots() {
        let mut all = Vec::new();
        words_of(&crate::token::tokens("Budget for Q3", 0, 13), &mut |word| all.push(word.to_owned()));
        assert_eq!(all, ["budget", "budge-", "budget_for", "for", "for_#", "#"]);
    }

    #[test]
    fn words_are_cut_between_letters() {
        assert_eq!((root("größer"), root("grün"), root("budgets")), (Some("größe"), None, Some("budge")));
        assert_eq!((shape("q3"), shape("three")), ("#", "three"));
    }
}
