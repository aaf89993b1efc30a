//! A share with its certainty.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many, with the Wilson interval of the share behind them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Share {
    /// So many.
    pub count: i64,
    /// Of so many.
    pub of: i64,
    /// 0 to 1; null where there is nothing to divide by.
    pub share: Option<f64>,
    /// Lower end of the 95 % interval (Wilson).
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
}

impl Share {
    /// None where the counts cannot be: a part larger than its whole, or below zero.
    pub fn of(count: i64, of: i64) -> Option<Self> {
        if count < 0 || of < 0 || count > of {
            return None;
        }
        if of == 0 {
            return Some(Self { count, of, ..Self::default() });
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of mails are far below 2^52")]
        let (k, n) = (count as f64, of as f64);
        let (p, z2) = (k / n, Z * Z);
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        // At the ends the interval is exact; rounding would leave a hair.
        let low = if count == 0 { 0.0 } else { (middle - half).max(0.0) };
        let high = if count == of { 1.0 } else { (middle + half).min(1.0) };
        Some(Self { count, of, share: Some(p), low: Some(low), high: Some(high) })
    }

    /// `3.2 % (13 of 406)`, or `0 of 0`.
    pub fn told(&self) -> String {
        match self.share {
            Some(share) => format!("{} ({} of {})", percent(share), self.count, self.of),
            None => format!("{} of {}", self.count, self.of),
        }
    }

    /// `3.2 % (13 of 406; 95 % interval 1.9 % to 5.4 %)`.
    pub fn told_with_interval(&self) -> String {
        match (self.share, self.low, self.high) {
            (Some(share), Some(low), Some(high)) => format!(
                "{} ({} of {}; 95 % interval {} to {})",
                percent(share),
                self.count,
                self.of,
                percent(low),
                percent(high)
            ),
            _ => self.told(),
        }
    }
}

/// `3.2 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_intervals() {
        // Newcombe (1998), table I: the score method without continuity correction.
        for (count, of, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let share = Share::of(count, of).unwrap();
            assert!((share.low.unwrap() - low).abs() < 5e-5, "{count}/{of}: {share:?}");
            assert!((share.high.unwrap() - high).abs() < 5e-5, "{count}/{of}: {share:?}");
        }
    }

    #[test]
    fn impossible_counts_are_none() {
        assert_eq!(Share::of(3, 2), None);
        assert_eq!(Share::of(-1, 2), None);
        assert_eq!(Share::of(0, 0).unwrap().share, None);
        assert_eq!(Share::of(13, 406).unwrap().told(), "3.2 % (13 of 406)");
    }

    proptest! {
        /// The ends are where the observed share is exactly Z standard errors away.
        #[test]
        fn the_ends_solve_their_equation(of in 1_i64..5_000, part in 0.0_f64..=1.0) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small")]
            let count = (part * of as f64) as i64;
            let share = Share::of(count, of).unwrap();
            let (p, low, high) = (share.share.unwrap(), share.low.unwrap(), share.high.unwrap());
            prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let n = of as f64;
            for end in [low, high] {
                if end > 1e-9 && end < 1.0 - 1e-9 {
                    let away = (p - end).abs() / (end * (1.0 - end) / n).sqrt();
                    prop_assert!((away - Z).abs() < 1e-6, "{} at {}", away, end);
                }
            }
        }
    }
}
