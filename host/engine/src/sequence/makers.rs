//! Which steps made what a step asks people and what it leads to. A step that only
//! brings another one's work before a person did not make it: that the person has no use
//! for it is said of the other one.
//!
//! The rule: what `made_by` names; else, for a step that takes an input called
//! [`DRAFT`], the steps whose outputs that input is made of; else the step itself.

use std::collections::BTreeSet;

use super::check::at;
use super::error::did_you_mean;
use super::{Input, Run, Sequence, SequenceError, SequenceFault, Step};
use crate::ids::StepName;

/// The input of a step that hands on what another one wrote.
const DRAFT: &str = "draft";

/// Checks what is stated, and adds what follows from the inputs.
pub(super) fn infer(file: &str, sequence: &mut Sequence) -> Result<(), SequenceError> {
    for index in 0..sequence.steps.len() {
        let step = &sequence.steps[index];
        let made_by = if step.made_by.is_empty() { drafted(sequence, step) } else { stated(file, sequence, step)? };
        sequence.steps[index].made_by = made_by;
    }
    Ok(())
}

/// The named steps: skills, and steps that it waits for or itself.
fn stated(file: &str, sequence: &Sequence, step: &Step) -> Result<Vec<StepName>, SequenceError> {
    let mut before = BTreeSet::new();
    collect(sequence, step, &mut before);
    before.retain(|name| sequence.step(name).is_some_and(|other| matches!(other.run, Run::Skill(_))));
    match step.made_by.iter().find(|name| !before.contains(name)) {
        None => Ok(step.made_by.clone()),
        Some(name) => {
            let message = format!("`{name}` is no step with a skill that it waits for");
            Err(at(file, step, "made_by", SequenceFault::MissingNeed, message)
                .hint(did_you_mean(name.as_str(), before.iter().map(|name| name.as_str()))))
        }
    }
}

/// A step and all that it waits for.
fn collect<'a>(sequence: &'a Sequence, step: &'a Step, found: &mut BTreeSet<&'a StepName>) {
    if found.insert(&step.name) {
        let needed = step.needs.iter().filter_map(|need| sequence.step(&need.step));
        needed.for_each(|other| collect(sequence, other, found));
    }
}

/// The steps whose outputs its [`DRAFT`] is made of.
fn drafted(sequence: &Sequence, step: &Step) -> Vec<StepName> {
    let Input::Map(fields) = &step.with else { return Vec::new() };
    let Some(draft) = fields.get(DRAFT) else { return Vec::new() };
    let mut expressions = Vec::new();
    draft.expressions(&mut expressions);
    let keys: BTreeSet<_> = expressions.iter().flat_map(|expression| expression.outputs()).collect();
    let of_draft = |other: &&Step| matches!(other.run, Run::Skill(_)) && keys.iter().any(|key| **key == other.output);
    sequence.steps.iter().filter(of_draft).map(|other| other.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const STEPS: &str = "  found: { skill: detect-intents }
  draft: { skill: draft-reply-email, with: { found: outputs.found } }
  send: { skill: email-send-as-rep, with: { draft: outputs.draft.mail, to: outputs.found.to } }
  tell: { action: card, with: { title: outputs.draft.title } }
  tasks: { skill: create-tasks-from-actions, with: { found: outputs.found } }
";

    fn read(steps: &str) -> Result<Sequence, SequenceError> {
        Sequence::parse("s.yaml", &format!("sequence: s\nversion: 1\nevent: meeting_ended\nsteps:\n{steps}"))
    }

    fn made_by(steps: &str, step: &str) -> Vec<String> {
        let sequence = read(steps).unwrap();
        sequence.step(&step.into()).unwrap().made_by.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn who_takes_a_draft_brings_what_another_wrote() {
        assert_eq!(made_by(STEPS, "send"), ["draft"]);
        for own in ["found", "draft", "tasks", "tell"] {
            assert!(made_by(STEPS, own).is_empty(), "{own}");
        }
    }

    #[test]
    fn what_is_stated_counts_and_must_be_a_skill_that_came_before() {
        let stated = |names: &str| {
            STEPS.replace(
                "skill: create-tasks-from-actions,",
                &format!("skill: create-tasks-from-actions, made_by: {names},"),
            )
        };
        assert_eq!(made_by(&stated("[found, tasks]"), "tasks"), ["found", "tasks"]);
        for wrong in ["[draft]", "[tell]", "[fonud]"] {
            let error = read(&stated(wrong)).unwrap_err();
            assert_eq!(
                (error.fault, error.field.as_str()),
                (SequenceFault::MissingNeed, "steps.tasks.made_by"),
                "{wrong}"
            );
        }
        assert_eq!(read(&stated("[fonud]")).unwrap_err().hint.as_deref(), Some("did you mean `found`?"));
    }
}
