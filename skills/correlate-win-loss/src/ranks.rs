//! The exact permutation test of the rank sum.
//!
//! Under no difference, every way to say which deals were won is as likely. Ranks
//! are doubled, so that those of ties are whole numbers; then the ways to every sum
//! are counted by adding one deal after the other. It is exact with ties, for which
//! the usual tables and libraries only approximate.

/// Most deals on both sides together; the counts stay exact in a float far beyond.
pub(crate) const MOST: usize = 60;

/// The two-sided p value; none where one side has nothing, or both together too much.
pub(crate) fn test(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.is_empty() || b.is_empty() || a.len() + b.len() > MOST {
        return None;
    }
    let all: Vec<f64> = a.iter().chain(b).copied().collect();
    let ranks = doubled_ranks(&all);
    let observed: usize = ranks[..a.len()].iter().sum();
    let ways = ways(&ranks, a.len());
    let total: f64 = ways.iter().sum();
    // As far from the middle as the observed sum, on either side. In quarters of a
    // rank, the middle is a whole number, too.
    let middle = a.len() * (all.len() + 1);
    let away = observed.abs_diff(middle);
    let extreme: f64 =
        ways.iter().enumerate().filter(|(sum, _)| sum.abs_diff(middle) >= away).map(|(_, ways)| ways).sum();
    Some((extreme / total).min(1.0))
}

/// The p value of the clearest split of so many and so many, without ties.
pub(crate) fn clearest(a: usize, b: usize) -> Option<f64> {
    if a == 0 || b == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "deals of a quarter")]
    let ways = (0..a.min(b)).fold(1.0, |ways, i| ways * (a + b - i) as f64 / (i + 1) as f64);
    Some((2.0 / ways).min(1.0))
}

/// Twice the rank of each value; equal ones share the mean of theirs.
fn doubled_ranks(values: &[f64]) -> Vec<usize> {
    values
        .iter()
        .map(|value| {
            let below = values.iter().filter(|other| *other < value).count();
            let equal = values.iter().filter(|other| *other == value).count();
            2 * below + equal + 1
        })
        .collect()
}

/// How many ways there are to choose `count` of the ranks with each sum.
fn ways(ranks: &[usize], count: usize) -> Vec<f64> {
    let most: usize = ranks.iter().sum();
    // By number chosen, then by sum.
    let mut ways = vec![vec![0.0; most + 1]; count + 1];
    ways[0][0] = 1.0;
    for rank in ranks {
        for chosen in (0..count).rev() {
            for sum in 0..=most - rank {
                let add = ways[chosen][sum];
                if add > 0.0 {
                    ways[chosen + 1][sum + rank] += add;
                }
            }
        }
    }
    ways.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        // Two-sided exact values of the rank-sum tables: all of one side above the other.
        for (n, m, p) in [(4_u8, 4_u8, 2.0 / 70.0), (3, 5, 2.0 / 56.0), (3, 4, 2.0 / 35.0), (5, 5, 2.0 / 252.0)] {
            let a: Vec<f64> = (0..n).map(|i| 100.0 + f64::from(i)).collect();
            let b: Vec<f64> = (0..m).map(f64::from).collect();
            assert!((test(&a, &b).unwrap() - p).abs() < 1e-12, "{n} {m}");
            assert!((clearest(n.into(), m.into()).unwrap() - p).abs() < 1e-12, "{n} {m}");
        }
        // U = 3 of 4 against 4: 0.2 in the tables.
        assert!((test(&[1.0, 2.0, 3.0, 7.0], &[4.0, 5.0, 6.0, 8.0]).unwrap() - 0.2).abs() < 1e-9);
        assert_eq!(test(&[1.0], &[]), None);
        assert_eq!(test(&[1.0; 5], &[1.0; 5]), Some(1.0));
    }

    /// The same by looking at every choice.
    fn looked_at(a: &[f64], b: &[f64]) -> f64 {
        let all: Vec<f64> = a.iter().chain(b).copied().collect();
        let rank = |value: f64| {
            let below = all.iter().filter(|other| **other < value).count() as f64;
            let equal = all.iter().filter(|other| **other == value).count() as f64;
            below + (equal + 1.0) / 2.0
        };
        let ranks: Vec<f64> = all.iter().map(|value| rank(*value)).collect();
        let middle = a.len() as f64 * (all.len() + 1) as f64 / 2.0;
        let observed: f64 = ranks[..a.len()].iter().sum();
        let (mut extreme, mut total) = (0.0, 0.0);
        for choice in 0_u32..1 << all.len() {
            if choice.count_ones() as usize != a.len() {
                continue;
            }
            let sum: f64 = (0..all.len()).filter(|at| choice & (1 << at) != 0).map(|at| ranks[at]).sum();
            total += 1.0;
            if (sum - middle).abs() >= (observed - middle).abs() - 1e-9 {
                extreme += 1.0;
            }
        }
        extreme / total
    }

    proptest! {
        #[test]
        fn counting_is_looking(a in proptest::collection::vec(0_u8..6, 1..6), b in proptest::collection::vec(0_u8..6, 1..6)) {
            let a: Vec<f64> = a.into_iter().map(f64::from).collect();
            let b: Vec<f64> = b.into_iter().map(f64::from).collect();
            let p = test(&a, &b).unwrap();
            prop_assert!((p - looked_at(&a, &b)).abs() < 1e-9, "{} {}", p, looked_at(&a, &b));
            prop_assert!((p - test(&b, &a).unwrap()).abs() < 1e-9);
        }
    }
}
