//! What several sets say together: hands that nothing was fitted to, whose counts are small one
//! by one.

use super::measure::{Measure, Score, Share, Tally};
use super::report::{Part, SetReport};

/// One set with the sums of those that are held, measure by measure, in the order of the first;
/// nothing where none is.
#[must_use]
pub fn together(name: &str, sets: &[SetReport]) -> Option<SetReport> {
    let held: Vec<&SetReport> = sets.iter().filter(|set| set.part == Part::Held).collect();
    let first = held.first()?;
    let mut pooled = SetReport::new(name, Part::Held);
    pooled.count("sets", held.len());
    for like in &first.measures {
        let of_all = held.iter().flat_map(|set| &set.measures).filter(|measure| measure.name == like.name);
        pooled.measures.push(sum(like, of_all.map(|measure| measure.score)));
    }
    Some(pooled)
}

fn sum(like: &Measure, scores: impl Iterator<Item = Score>) -> Measure {
    let (mut tally, mut share, mut count) = (Tally::default(), Share::default(), 0);
    for score in scores {
        match score {
            Score::Findings(one) => {
                tally.right += one.right;
                tally.wrong += one.wrong;
                tally.missed += one.missed;
            }
            Score::Share(one) => {
                share.right += one.right;
                share.all += one.all;
            }
            Score::Count(one) => count += one,
        }
    }
    match like.score {
        Score::Findings(_) => Measure::findings(&like.name, tally, like.target),
        Score::Share(_) => Measure::share(&like.name, share, like.target),
        Score::Count(_) => Measure::count(&like.name, count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(part: Part, tally: Tally, share: Share) -> SetReport {
        let mut set = SetReport::new("a hand", part);
        set.measures.push(Measure::findings("signals", tally, Some(0.85)));
        set.measures.push(Measure::share("items", share, None));
        set
    }

    #[test]
    fn held_sets_are_summed_and_others_are_not() {
        let sets = [
            set(Part::Held, Tally { right: 8, wrong: 2, missed: 10 }, Share { right: 1, all: 2 }),
            set(Part::Tuning, Tally { right: 0, wrong: 90, missed: 0 }, Share { right: 0, all: 9 }),
            set(Part::Held, Tally { right: 10, wrong: 0, missed: 0 }, Share { right: 2, all: 2 }),
        ];
        let pooled = together("hands together", &sets).expect("both are hands");
        let scores: Vec<Score> = pooled.measures.iter().map(|measure| measure.score).collect();
        let wanted = Tally { right: 18, wrong: 2, missed: 10 };
        assert_eq!(scores, [Score::Findings(wanted), Score::Share(Share { right: 3, all: 4 })]);
        assert!(!pooled.falls_short() && sets[0].falls_short());
        assert!(together("none", &sets[1..2]).is_none());
    }
}
