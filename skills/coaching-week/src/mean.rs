//! Means, and whether two of them differ.

use coaching_record::Behaviour;

/// Calls on either side that a change needs: one is no habit.
const FEWEST: usize = 2;

/// Values of some calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    /// Of these values; what is no number is none.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        Self(values.filter(|value| value.is_finite()).collect())
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[expect(clippy::cast_precision_loss, reason = "some dozens of calls")]
    fn count(&self) -> f64 {
        self.0.len() as f64
    }

    /// None of nothing.
    pub(crate) fn mean(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.iter().sum::<f64>() / self.count())
    }

    /// Variance of the mean; none of fewer than two values.
    fn error2(&self) -> Option<f64> {
        let mean = self.mean().filter(|_| self.0.len() > 1)?;
        let squares: f64 = self.0.iter().map(|value| (value - mean).powi(2)).sum();
        Some(squares / (self.count() - 1.0) / self.count())
    }
}

/// `better`, `worse`, `same` or `unknown`.
pub(crate) fn change(behaviour: Behaviour, now: &Sample, before: &Sample) -> &'static str {
    if now.len() < FEWEST || before.len() < FEWEST {
        return "unknown";
    }
    let (Some(value), Some(usual), Some(a), Some(b)) = (now.mean(), before.mean(), now.error2(), before.error2())
    else {
        return "unknown";
    };
    if (value - usual).abs() <= (a + b).sqrt() { "same" } else { behaviour.trend(value, usual) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn said(behaviour: Behaviour, now: &[f64], before: &[f64]) -> &'static str {
        change(behaviour, &Sample::of(now.iter().copied()), &Sample::of(before.iter().copied()))
    }

    #[test]
    fn a_trend_is_more_than_an_odd_call() {
        use Behaviour::{DiscoveryQuestions, Monologues, RepShare};
        for (behaviour, now, before, want) in [
            (RepShare, &[0.45, 0.47][..], &[0.62, 0.60, 0.61][..], "better"),
            (RepShare, &[0.62, 0.60], &[0.45, 0.47], "worse"),
            // As far below 40 per cent as it was above.
            (RepShare, &[0.20, 0.21], &[0.60, 0.59], "same"),
            (RepShare, &[0.45, 0.75], &[0.62, 0.60], "same"),
            (RepShare, &[0.45], &[0.62, 0.60], "unknown"),
            (DiscoveryQuestions, &[8.0, 9.0], &[3.0, 4.0], "better"),
            (DiscoveryQuestions, &[4.5, 4.6], &[4.0, 4.1], "same"),
            (DiscoveryQuestions, &[2.0, 20.0], &[3.0, 4.0], "same"),
            (Monologues, &[0.0, 0.0], &[2.0, 2.0], "better"),
        ] {
            assert_eq!(said(behaviour, now, before), want, "{behaviour:?} {now:?} {before:?}");
        }
    }

    proptest! {
        /// The mean and its error, by another way: pairwise differences.
        #[test]
        fn the_arithmetic_is_right(values in proptest::collection::vec(-100.0_f64..100.0, 2..30)) {
            let sample = Sample::of(values.iter().copied());
            let n = values.len() as f64;
            let mut sum = 0.0;
            for value in &values {
                sum += value / n;
            }
            prop_assert!((sample.mean().unwrap() - sum).abs() < 1e-9);
            let mut pairs = 0.0;
            for a in &values {
                for b in &values {
                    pairs += (a - b).powi(2);
                }
            }
            let variance = pairs / (2.0 * n * (n - 1.0));
            prop_assert!((sample.error2().unwrap() - variance / n).abs() < 1e-7);
        }

        #[test]
        fn the_order_of_calls_does_not_matter(mut now in proptest::collection::vec(0.0_f64..20.0, 2..9), before in proptest::collection::vec(0.0_f64..20.0, 2..9)) {
            let first = said(Behaviour::Questions, &now, &before);
            now.reverse();
            prop_assert_eq!(said(Behaviour::Questions, &now, &before), first);
        }
    }
}
