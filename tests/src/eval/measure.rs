//! Counts of what was found against labels, and the targets beside them.

use serde::Serialize;

/// Findings of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Found and labelled.
    pub right: usize,
    /// Found and not labelled.
    pub wrong: usize,
    /// Labelled and not found.
    pub missed: usize,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// As labelled.
    pub right: usize,
    /// Looked at.
    pub all: usize,
}

impl Share {
    /// Counts one.
    pub fn add(&mut self, right: bool) {
        self.all += 1;
        self.right += usize::from(right);
    }
}

/// What a measure is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// Precision and recall.
    Findings(Tally),
    /// A share that is right.
    Share(Share),
    /// Findings that nobody labelled.
    Count(usize),
}

/// A number of a set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// Of what.
    pub name: String,
    /// The counts.
    pub score: Score,
    /// Precision, or the share that is right; absent where there is nothing to divide.
    pub precision: Option<f64>,
    /// Share of the labelled ones that were found.
    pub recall: Option<f64>,
    /// Least precision, or share.
    pub target: Option<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a labelled set")]
fn ratio(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

impl Measure {
    /// Precision and recall of findings.
    pub fn findings(name: &str, tally: Tally, target: Option<f64>) -> Self {
        let precision = ratio(tally.right, tally.right + tally.wrong);
        let recall = ratio(tally.right, tally.right + tally.missed);
        Self { name: name.to_owned(), score: Score::Findings(tally), precision, recall, target }
    }

    /// The share that is right.
    pub fn share(name: &str, share: Share, target: Option<f64>) -> Self {
        let precision = ratio(share.right, share.all);
        Self { name: name.to_owned(), score: Score::Share(share), precision, recall: None, target }
    }

    /// A number without labels.
    pub fn count(name: &str, count: usize) -> Self {
        Self { name: name.to_owned(), score: Score::Count(count), precision: None, recall: None, target: None }
    }

    /// Whether a target is there and not reached.
    pub fn falls_short(&self) -> bool {
        self.target.is_some_and(|target| self.precision.is_none_or(|precision| precision < target))
    }

    /// One line for a person.
    pub fn line(&self) -> String {
        let show = |value: Option<f64>| value.map_or_else(|| "   –".to_owned(), |value| format!("{value:.2}"));
        let counts = match self.score {
            Score::Findings(tally) => format!(
                "precision {} ({}/{})  recall {} ({}/{})",
                show(self.precision),
                tally.right,
                tally.right + tally.wrong,
                show(self.recall),
                tally.right,
                tally.right + tally.missed
            ),
            Score::Share(share) => format!("right {} ({}/{})", show(self.precision), share.right, share.all),
            Score::Count(count) => count.to_string(),
        };
        let target = self.target.map_or_else(String::new, |target| {
            let word = if self.falls_short() { "missed" } else { "met" };
            format!("  target {target:.2} {word}")
        });
        format!("{:<36} {counts}{target}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_a_number_is_missed() {
        let none = Measure::findings("commitments", Tally { right: 0, wrong: 0, missed: 3 }, Some(0.9));
        assert_eq!((none.precision, none.recall, none.falls_short()), (None, Some(0.0), true));
        let some = Measure::findings("commitments", Tally { right: 9, wrong: 1, missed: 3 }, Some(0.9));
        assert_eq!((some.precision, some.recall, some.falls_short()), (Some(0.9), Some(0.75), false));
        assert!(Measure::share("classes", Share { right: 84, all: 100 }, Some(0.85)).falls_short());
        assert!(!Measure::count("signals", 3).falls_short());
    }
}
