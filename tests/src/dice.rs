//! Randomness that a test can repeat: everything follows from one number.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A source of random numbers that tasks share.
#[derive(Debug)]
pub struct Dice(AtomicU64);

impl Dice {
    /// One that begins at a seed.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// One of its own, for whoever is to be independent of who else throws.
    pub fn fork(&self) -> Self {
        Self::new(self.throw())
    }

    /// SplitMix64: a counter, well stirred.
    pub fn throw(&self) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `sides`, which is not 0.
    pub fn below(&self, sides: usize) -> usize {
        usize::try_from(self.throw() % u64::try_from(sides).unwrap_or(u64::MAX)).unwrap_or(0)
    }

    /// True this often of a hundred times.
    pub fn percent(&self, share: usize) -> bool {
        self.below(100) < share
    }

    /// Between two times, in milliseconds.
    pub fn between(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.throw() % to.saturating_sub(from).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_throws_and_all_sides() {
        let throws = |seed| {
            let dice = Dice::new(seed);
            (0..50).map(|_| dice.below(6)).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        assert!((0..6).all(|side| throws(7).contains(&side)));
    }
}
