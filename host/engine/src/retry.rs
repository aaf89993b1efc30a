//! When something that failed for the moment is tried again.
//!
//! Backoff is exponential with a jitter taken from a seed, so that a replay
//! sees the same instants and many jobs that fail together do not come back
//! together.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// Attempts of a step under `on_failure: retry` without a `retry` block.
pub const DEFAULT_STEP_ATTEMPTS: u32 = 3;
/// Most attempts a sequence may ask for; more hides an outage.
pub const MAX_STEP_ATTEMPTS: u32 = 10;
/// Attempts of a step that would otherwise stop its job where whoever is asked says when to
/// come back: a vendor that is busy for longer than three such times is a vendor that is down.
const PUT_OFF_ATTEMPTS: u32 = 4;
/// How long a vendor that is asked too often is left alone where it does not say itself.
pub const BUSY_VENDOR_MS: u64 = 5 * 60_000;
/// Attempts to deliver an effect: with the waits below a good hour, which outlasts a
/// vendor's usual outage, after which a person should know.
pub const EFFECT_ATTEMPTS: u32 = 12;
/// First wait between deliveries.
const EFFECT_FIRST_MS: i64 = 2_000;
/// Longest wait between deliveries.
const EFFECT_MAX_MS: i64 = 3_600_000;
/// Longest wait a vendor may ask for; beyond a day the card would be stale.
pub const MAX_RETRY_AFTER_MS: i64 = 24 * 3600 * 1000;
/// Share of a wait that jitter may add, in percent.
const JITTER_PERCENT: i64 = 20;

/// How often and how far apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryPolicy {
    /// Attempts in all, the first one included.
    pub attempts: u32,
    /// First wait.
    pub first_ms: i64,
    /// Each wait is this many times the one before.
    pub factor: f64,
    /// Longest wait.
    pub max_ms: i64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: DEFAULT_STEP_ATTEMPTS, first_ms: 1_000, factor: 2.0, max_ms: 60_000 }
    }
}

impl RetryPolicy {
    /// One attempt, no more.
    pub const ONCE: Self = Self { attempts: 1, first_ms: 1_000, factor: 2.0, max_ms: 60_000 };

    /// As often as a step is put off to the time that whoever is asked named, and no sooner.
    pub const PUT_OFF: Self = Self { attempts: PUT_OFF_ATTEMPTS, first_ms: 0, factor: 1.0, max_ms: 0 };

    /// The policy for deliveries.
    pub const DELIVERY: Self =
        Self { attempts: EFFECT_ATTEMPTS, first_ms: EFFECT_FIRST_MS, factor: 2.0, max_ms: EFFECT_MAX_MS };

    /// When to try again after `attempt` attempts, or `None` when that was the
    /// last. `at_least_ms` is what the other side asked for.
    pub fn again(&self, attempt: u32, now: Timestamp, at_least_ms: Option<i64>, seed: &str) -> Option<Timestamp> {
        if attempt >= self.attempts {
            return None;
        }
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let wait = (self.first_ms as f64 * self.factor.powi(exponent)).min(self.max_ms as f64).max(0.0) as i64;
        let wait = wait.max(at_least_ms.unwrap_or(0).clamp(0, MAX_RETRY_AFTER_MS));
        Some(now.plus_ms(wait.saturating_add(jitter(seed, attempt, wait))))
    }
}

fn jitter(seed: &str, attempt: u32, wait: i64) -> i64 {
    let span = wait / 100 * JITTER_PERCENT;
    if span <= 0 {
        return 0;
    }
    let hash = Sha256::digest(format!("{seed}#{attempt}"));
    let word = hash.iter().take(7).fold(0_i64, |word, byte| word << 8 | i64::from(*byte));
    word % span
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_end() {
        let policy = RetryPolicy { attempts: 4, first_ms: 1_000, factor: 3.0, max_ms: 5_000 };
        let wait = |attempt| policy.again(attempt, Timestamp(0), None, "call").map(|at| at.0);
        for (attempt, base) in [(1, 1_000), (2, 3_000), (3, 5_000)] {
            let got = wait(attempt).unwrap();
            assert!((base..base + base / 5).contains(&got), "{attempt}: {got}");
        }
        assert_eq!(wait(4), None);
        assert_eq!(RetryPolicy::ONCE.again(1, Timestamp(0), None, ""), None);
    }

    #[test]
    fn the_other_side_is_obeyed_within_reason() {
        let at = |ms| RetryPolicy::DELIVERY.again(1, Timestamp(0), Some(ms), "k").unwrap().0;
        assert!(at(30_000) >= 30_000);
        assert!(at(i64::MAX) <= MAX_RETRY_AFTER_MS + MAX_RETRY_AFTER_MS / 5);
        assert!(at(-5) >= 2_000);
    }

    #[test]
    fn the_same_seed_gives_the_same_instant_and_others_spread() {
        let at = |seed: &str| RetryPolicy::DELIVERY.again(5, Timestamp(7), None, seed).unwrap();
        assert_eq!(at("a"), at("a"));
        let distinct: std::collections::BTreeSet<_> = (0..50).map(|n| at(&n.to_string())).collect();
        assert!(distinct.len() > 40);
    }
}
