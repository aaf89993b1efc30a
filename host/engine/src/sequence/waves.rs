//! The plan of a sequence as people read it: steps by when they can run at the
//! earliest.

use std::collections::BTreeMap;

use super::{Sequence, Step};
use crate::ids::StepName;

impl Sequence {
    /// Each wave needs something of the one before it; steps of one wave run at
    /// once. In file order within a wave.
    pub fn waves(&self) -> Vec<Vec<&Step>> {
        let mut placed: BTreeMap<&StepName, usize> = BTreeMap::new();
        // A loaded sequence has no cycle, so every round but the last places a step.
        while placed.len() < self.steps.len() {
            let before = placed.len();
            for step in &self.steps {
                let after: Option<Vec<usize>> =
                    step.needs.iter().map(|need| placed.get(&need.step).map(|wave| wave + 1)).collect();
                if let Some(after) = after {
                    placed.insert(&step.name, after.into_iter().max().unwrap_or(0));
                }
            }
            if placed.len() == before {
                break;
            }
        }
        let depth = placed.values().max().map_or(0, |last| last + 1);
        (0..depth)
            .map(|wave| self.steps.iter().filter(|step| placed.get(&step.name) == Some(&wave)).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_step_stands_behind_all_it_needs_and_no_further() {
        let text = "sequence: s\nversion: 1\nevent: meeting_ended\nsteps:\n  \
            last: { skill: x, needs: [left, {right: settled}] }\n  \
            left: { skill: x, needs: [first] }\n  \
            right: { skill: x, when: outputs.left != null }\n  \
            first: { skill: x }\n  \
            alone: { skill: x }\n";
        let sequence = Sequence::parse("s.yaml", text).unwrap();
        let waves: Vec<Vec<&str>> =
            sequence.waves().iter().map(|wave| wave.iter().map(|step| step.name.as_str()).collect()).collect();
        assert_eq!(waves, [vec!["first", "alone"], vec!["left"], vec!["right"], vec!["last"]]);
    }
}
