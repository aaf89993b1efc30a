//! What must hold across the steps of a sequence, and the needs that follow
//! from its expressions.

use std::collections::{BTreeMap, BTreeSet};

use super::error::did_you_mean;
use super::{Need, Sequence, SequenceError, SequenceFault, Standing, Step};
use crate::condition::Expression;
use crate::ids::{SkillName, StepName};
use crate::registry::{ModuleRow, ModuleState, named};
use crate::rights::{Grant, Parties, Party};

/// Adds to each step the needs that its expressions imply.
pub(super) fn infer_needs(file: &str, sequence: &mut Sequence) -> Result<(), SequenceError> {
    let mut by_output: BTreeMap<String, StepName> = BTreeMap::new();
    for step in &sequence.steps {
        if let Some(other) = by_output.insert(step.output.clone(), step.name.clone()) {
            let message = format!("steps `{other}` and `{}` both give the output `{}`", step.name, step.output);
            return Err(at(file, step, "output", SequenceFault::DuplicateKey, message));
        }
    }
    for step in &mut sequence.steps {
        let mut inferred = Vec::new();
        for (field, expression) in expressions(step) {
            for key in expression.outputs() {
                let Some(name) = by_output.get(key) else {
                    let message = format!("no step gives the output `{key}`");
                    return Err(at(file, step, field, SequenceFault::MissingNeed, message)
                        .hint(did_you_mean(key, by_output.keys().map(String::as_str))));
                };
                // A step's follow-ups may look at its own output.
                let own = *name == step.name && !matches!(field, "when" | "with" | "for_each");
                if !own && !step.needs.iter().chain(&inferred).any(|need: &Need| need.step == *name) {
                    inferred.push(Need { step: name.clone(), settled: false });
                }
            }
        }
        step.needs.extend(inferred);
    }
    Ok(())
}

/// Every need exists and no steps wait for each other.
pub(super) fn check(file: &str, sequence: &Sequence) -> Result<(), SequenceError> {
    let names: BTreeSet<&StepName> = sequence.steps.iter().map(|step| &step.name).collect();
    for step in &sequence.steps {
        if let Some(need) = step.needs.iter().find(|need| !names.contains(&need.step)) {
            let message = format!("no step is called `{}`", need.step);
            return Err(at(file, step, "needs", SequenceFault::MissingNeed, message)
                .hint(did_you_mean(need.step.as_str(), names.iter().map(|name| name.as_str()))));
        }
    }
    let mut done = BTreeSet::new();
    for step in &sequence.steps {
        let mut path = Vec::new();
        if let Some(cycle) = find_cycle(sequence, step, &mut path, &mut done) {
            let words: Vec<_> = cycle.iter().map(|name| name.as_str()).collect();
            let message = format!("these steps wait for each other: {}", words.join(" → "));
            return Err(at(file, step, "needs", SequenceFault::Cycle, message));
        }
    }
    Ok(())
}

fn find_cycle<'a>(
    sequence: &'a Sequence,
    step: &'a Step,
    path: &mut Vec<&'a StepName>,
    done: &mut BTreeSet<&'a StepName>,
) -> Option<Vec<&'a StepName>> {
    if let Some(start) = path.iter().position(|name| *name == &step.name) {
        let mut cycle = path.split_off(start);
        cycle.push(&step.name);
        return Some(cycle);
    }
    if done.contains(&step.name) {
        return None;
    }
    path.push(&step.name);
    for need in &step.needs {
        if let Some(cycle) = sequence.step(&need.step).and_then(|next| find_cycle(sequence, next, path, done)) {
            return Some(cycle);
        }
    }
    path.pop();
    done.insert(&step.name);
    None
}

/// Every skill is installed.
pub(super) fn skills(file: &str, sequence: &Sequence, known: &BTreeSet<SkillName>) -> Result<(), SequenceError> {
    for step in &sequence.steps {
        if let Some(skill) = step.skills().find(|skill| !known.contains(*skill)) {
            let message = format!("no skill is called `{skill}`");
            let field = if step.fallback.as_ref() == Some(skill) { "fallback" } else { "skill" };
            return Err(at(file, step, field, SequenceFault::UnknownSkill, message)
                .hint(did_you_mean(skill.as_str(), known.iter().map(SkillName::as_str))));
        }
    }
    Ok(())
}

/// Every module that a step names is there and may be called.
pub(super) fn pins(
    file: &str,
    sequence: &Sequence,
    standing: &dyn Fn(&SkillName) -> Option<Standing>,
) -> Result<(), SequenceError> {
    for step in &sequence.steps {
        let Some((skill, which)) = step.skills().find_map(|skill| Some((skill, step.names_module(skill)?))) else {
            continue;
        };
        let modules = standing(skill).map(|standing| standing.modules).unwrap_or_default();
        let callable = |row: &&ModuleRow| row.name == *skill && row.state == ModuleState::Installed;
        let message = match named(modules.iter(), skill, which) {
            Ok(row) if row.state == ModuleState::Installed => continue,
            Ok(row) => format!("the module {} of `{skill}` is revoked", row.digest),
            Err(error) => error.to_string(),
        };
        let mut versions: Vec<&str> = modules.iter().filter(callable).map(|row| row.version.as_str()).collect();
        versions.dedup();
        let hint = if versions.is_empty() {
            "install one first, or leave `pin` out".to_owned()
        } else {
            format!("installed are {}; or leave `pin` out", versions.join(", "))
        };
        return Err(at(file, step, "pin", SequenceFault::UnknownModule, message).hint(Some(hint)));
    }
    Ok(())
}

/// Every step gets what it needs, as far as manifest and operator decide; the
/// org's word is known when a job runs.
pub(super) fn rights(
    file: &str,
    sequence: &Sequence,
    standing: &dyn Fn(&SkillName) -> Option<Standing>,
) -> Result<(), SequenceError> {
    for (step, skill) in sequence.steps.iter().flat_map(|step| step.skills().map(move |skill| (step, skill))) {
        let Some(Standing { mut asked, operator, modules }) = standing(skill) else { continue };
        // What it asks is in its own manifest, whatever serves otherwise.
        if let Some(which) = step.names_module(skill)
            && let Ok(row) = named(modules.iter(), skill, which)
        {
            asked = row.manifest.asked();
        }
        let parties = Parties { asked: &asked, operator: &operator, org: &Grant::Unrestricted, step: &step.rights };
        let lacking = parties.lacking();
        let Some(first) = lacking.first() else { continue };
        let names: Vec<_> = lacking.iter().map(|lacking| format!("`{}`", lacking.right)).collect();
        let message = match first.by {
            Party::Manifest => format!("the skill `{skill}` does not ask for {}", names.join(", ")),
            _ => format!("the skill `{skill}` is not granted {}", names.join(", ")),
        };
        let remedy = first.by.remedy(skill.as_str(), &first.right);
        let hint = format!("{remedy}; or state what the step can do with in its `rights:`");
        return Err(at(file, step, "rights", SequenceFault::MissingRight, message).hint(Some(hint)));
    }
    Ok(())
}

/// The expressions of a step with the field they stand in.
pub(super) fn expressions(step: &Step) -> Vec<(&'static str, &Expression)> {
    let mut found = Vec::new();
    found.extend(step.when.iter().map(|when| ("when", when)));
    found.extend(step.for_each.iter().map(|each| ("for_each", &each.over)));
    let mut inputs = Vec::new();
    step.with.expressions(&mut inputs);
    found.extend(inputs.into_iter().map(|expression| ("with", expression)));
    for rule in &step.follow_ups {
        let mut inputs = Vec::new();
        inputs.extend(&rule.when);
        inputs.extend(&rule.for_each);
        rule.payload.expressions(&mut inputs);
        found.extend(inputs.into_iter().map(|expression| ("follow_ups", expression)));
    }
    found.extend(step.accept.iter().filter_map(|rule| Some(("accept", rule.when.as_ref()?))));
    found
}

pub(super) fn at(file: &str, step: &Step, field: &str, fault: SequenceFault, message: String) -> SequenceError {
    SequenceError::new(fault, file, format!("steps.{}.{field}", step.name), message).at(step.line, 0)
}
