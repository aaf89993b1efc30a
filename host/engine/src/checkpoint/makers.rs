//! The modules that made what a step asks people and what it leads to.
//!
//! Those of the steps that [`Step::made_by`](crate::sequence::Step::made_by) names, as
//! their last outcomes have them, or else its own; and beside them those that raised the
//! job, so that an event that nobody had a use for is said of who saw it.

use crate::fold::{Job, StepStatus};
use crate::ids::StepName;
use crate::sequence::{Sequence, base_name};
use crate::skill::SkillRef;

/// The makers of what a step asks and leads to; `own` is its module.
pub fn makers(job: &Job, sequence: &Sequence, step: &StepName, own: Option<&SkillRef>) -> Vec<SkillRef> {
    let mut makers = Vec::new();
    let named = sequence.step(step).map(|step| step.made_by.as_slice()).unwrap_or_default();
    for name in named {
        if name.as_str() == base_name(step) {
            own.into_iter().for_each(|own| add(&mut makers, own));
            continue;
        }
        // Each call of one that is called for the elements of a list.
        let calls = job.steps.iter().filter(|(call, _)| base_name(call) == name.as_str());
        let proposed = calls.filter(|(_, state)| state.status == StepStatus::Proposed);
        proposed.filter_map(|(_, state)| state.skill.as_ref()).for_each(|skill| add(&mut makers, skill));
    }
    if makers.is_empty() {
        makers.extend(own.cloned());
    }
    job.raised_by.iter().for_each(|raiser| add(&mut makers, raiser));
    makers
}

fn add(makers: &mut Vec<SkillRef>, maker: &SkillRef) {
    if !makers.contains(maker) {
        makers.push(maker.clone());
    }
}
