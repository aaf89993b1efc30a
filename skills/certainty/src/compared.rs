//! Whether two shares differ.
//!
//! Two-proportion z test with the pooled share, two-sided; where a cell of the
//! table is expected below five, Fisher's exact test, two-sided. Several tests
//! asked at once are adjusted by Holm's method.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::stats_tests::Alternative;
use statrs::stats_tests::fisher::fishers_exact;

use crate::share::Share;

/// A difference counts below this.
pub const ALPHA: f64 = 0.05;
/// The normal approximation is trusted from this expected count on.
const EXPECTED_LEAST: f64 = 5.0;

/// A difference and how sure it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Tested {
    /// `two-proportion z` or `Fisher exact`.
    pub test: String,
    /// Two-sided; null where one side has nothing.
    pub p: Option<f64>,
    /// First share minus second.
    pub difference: Option<f64>,
}

impl Tested {
    /// Of two shares.
    pub fn of(a: &Share, b: &Share) -> Self {
        let (Some(share_a), Some(share_b)) = (a.share, b.share) else { return Self::default() };
        let difference = Some(share_a - share_b);
        #[expect(clippy::cast_precision_loss, reason = "counts of mails are far below 2^52")]
        let (n_a, n_b, hits) = (a.of as f64, b.of as f64, (a.count + b.count) as f64);
        let pooled = hits / (n_a + n_b);
        let expected = n_a.min(n_b) * pooled.min(1.0 - pooled);
        if expected < EXPECTED_LEAST {
            return Self { test: "Fisher exact".to_owned(), p: fisher(a, b), difference };
        }
        let error = (pooled * (1.0 - pooled) * (1.0 / n_a + 1.0 / n_b)).sqrt();
        let z = (share_a - share_b) / error;
        Self { test: "two-proportion z".to_owned(), p: two_sided(z), difference }
    }

    /// Whether it is more than chance, for one test alone.
    pub fn is_significant(&self) -> bool {
        self.p.is_some_and(|p| p < ALPHA)
    }
}

fn two_sided(z: f64) -> Option<f64> {
    let normal = Normal::new(0.0, 1.0).ok()?;
    Some((2.0 * normal.cdf(-z.abs())).min(1.0))
}

fn fisher(a: &Share, b: &Share) -> Option<f64> {
    let cell = |count: i64| u64::try_from(count).ok();
    // Tables as unlikely as this one are told by a rounding that depends on the order, so
    // there is one.
    let (a, b) = if (a.of, a.count) <= (b.of, b.count) { (a, b) } else { (b, a) };
    // Row-major: hits above misses, a column for each share.
    let table = [cell(a.count)?, cell(b.count)?, cell(a.of - a.count)?, cell(b.of - b.count)?];
    fishers_exact(&table, Alternative::TwoSided).ok().map(|p| p.clamp(0.0, 1.0))
}

/// Holm's adjustment, in the order given.
pub fn adjusted(ps: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ps.len()).collect();
    order.sort_by(|a, b| ps[*a].total_cmp(&ps[*b]));
    let mut out = vec![1.0; ps.len()];
    let mut highest: f64 = 0.0;
    for (rank, at) in order.into_iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a handful of tests")]
        let factor = (ps.len() - rank) as f64;
        highest = highest.max((ps[at] * factor).min(1.0));
        out[at] = highest;
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn tested(a: (i64, i64), b: (i64, i64)) -> Tested {
        Tested::of(&Share::of(a.0, a.1).unwrap(), &Share::of(b.0, b.1).unwrap())
    }

    #[test]
    fn known_tests() {
        // z of 45/500 against 25/500 is (0.09 - 0.05) / sqrt(0.07 * 0.93 * 2/500) = 2.4789.
        let z = tested((45, 500), (25, 500));
        assert_eq!(z.test, "two-proportion z");
        assert!((z.p.unwrap() - 0.013_18).abs() < 2e-5, "{z:?}");
        // The lady tasting tea: 3 of 4 against 1 of 4.
        let tea = tested((3, 4), (1, 4));
        assert_eq!(tea.test, "Fisher exact");
        assert!((tea.p.unwrap() - 34.0 / 70.0).abs() < 1e-9, "{tea:?}");
        assert_eq!(tested((0, 0), (1, 4)).p, None);
        assert_eq!(tested((0, 10), (0, 10)).p, Some(1.0));
    }

    #[test]
    fn several_tests_are_adjusted_together() {
        let out = adjusted(&[0.01, 0.04, 0.03, 0.005]);
        for (got, want) in out.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((got - want).abs() < 1e-12, "{out:?}");
        }
        assert!(adjusted(&[]).is_empty());
    }

    /// Fisher's p by counting every table with these margins.
    fn counted(a: (i64, i64), b: (i64, i64)) -> f64 {
        fn ways(n: i64, k: i64) -> f64 {
            (0..k).fold(1.0, |acc, i| acc * (n - i) as f64 / (i + 1) as f64)
        }
        let hits = a.0 + b.0;
        let weight = |k: i64| ways(a.1, k) * ways(b.1, hits - k);
        let possible: Vec<i64> = (0..=hits).filter(|k| *k <= a.1 && hits - *k <= b.1).collect();
        let all: f64 = possible.iter().map(|k| weight(*k)).sum();
        let own = weight(a.0);
        possible.iter().map(|k| weight(*k)).filter(|w| *w <= own * (1.0 + 1e-7)).sum::<f64>() / all
    }

    proptest! {
        #[test]
        fn small_tables_are_counted_right(n_a in 1_i64..25, n_b in 1_i64..25, x in 0.0_f64..1.0, y in 0.0_f64..1.0) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small")]
            let (k_a, k_b) = ((x * (n_a + 1) as f64) as i64, (y * (n_b + 1) as f64) as i64);
            let result = tested((k_a, n_a), (k_b, n_b));
            if result.test == "Fisher exact" {
                let want = counted((k_a, n_a), (k_b, n_b));
                prop_assert!((result.p.unwrap() - want).abs() < 1e-6, "{:?} {}", result, want);
            }
        }

        #[test]
        fn sides_do_not_matter(n_a in 1_i64..900, n_b in 1_i64..900, x in 0.0_f64..=1.0, y in 0.0_f64..=1.0) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small")]
            let (k_a, k_b) = ((x * n_a as f64) as i64, (y * n_b as f64) as i64);
            let (one, other) = (tested((k_a, n_a), (k_b, n_b)), tested((k_b, n_b), (k_a, n_a)));
            let p = one.p.unwrap();
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!((p - other.p.unwrap()).abs() < 1e-9);
        }
    }
}
