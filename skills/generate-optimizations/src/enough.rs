//! How many deliveries a difference needs to be seen.

/// Two-sided 5 %.
const Z_ALPHA: f64 = 1.959_963_984_540_054;
/// Found four times in five.
const Z_POWER: f64 = 0.841_621_233_572_914_3;
/// Beyond this a test takes longer than a campaign.
const MOST: f64 = 100_000.0;

/// Deliveries that each of two variants needs in all, so that a difference like
/// this one is found four times in five at p < 0.05. None where there is none to find.
pub(crate) fn deliveries(a: f64, b: f64) -> Option<i64> {
    let gap = (a - b).abs();
    if !(0.0..=1.0).contains(&a) || !(0.0..=1.0).contains(&b) || gap < f64::EPSILON {
        return None;
    }
    let mean = f64::midpoint(a, b);
    let spread = Z_ALPHA * (2.0 * mean * (1.0 - mean)).sqrt() + Z_POWER * (a * (1.0 - a) + b * (1.0 - b)).sqrt();
    let n = (spread / gap).powi(2).ceil();
    #[expect(clippy::cast_possible_truncation, reason = "at most MOST")]
    (n <= MOST).then_some(n as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sizes() {
        // Fleiss, Levin and Paik, table A.4 without continuity correction: 0.05 against 0.10.
        assert_eq!(deliveries(0.05, 0.10), Some(435));
        assert_eq!(deliveries(0.10, 0.05), Some(435));
        assert_eq!(deliveries(0.05, 0.05), None);
        assert_eq!(deliveries(0.05, 0.050_1), None, "a campaign is never that long");
        assert_eq!(deliveries(0.05, 1.2), None);
    }
}
