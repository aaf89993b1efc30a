//! What an outcome must keep to before anything of it counts. The guest wrote
//! every byte of it, so nothing is taken on trust; a breach fails the step.

use std::collections::{BTreeMap, BTreeSet};

use crate::approval::{DEFAULT_EXPIRY_MS, MIN_EXPIRY_MS};
use crate::artifact;
use crate::canonical::depth;
use crate::effect;
use crate::limits::{MAX_APPROVALS, MAX_EFFECTS, MAX_FOLLOW_UPS, MAX_ITEMS, MAX_JSON_DEPTH};
use crate::outcome::{ApprovalRequest, Ask, Editable, Effect, Outcome};
use crate::rights::RightSet;
use crate::skill::CallError;
use crate::time::Timestamp;

/// Longest local id.
const MAX_LOCAL_ID: usize = 64;
/// Longest text of a skill's own on a card.
const MAX_COMMENT: usize = 4_000;
/// Most lines of a skill's own on a card.
const MAX_COMMENT_FIELDS: usize = 40;

/// Checks an outcome; the error names the place in it.
pub(super) fn check(outcome: &Outcome, rights: &RightSet, now: Timestamp) -> Result<(), CallError> {
    if depth(&outcome.output) > MAX_JSON_DEPTH {
        return Err(bad("/output", format!("nested deeper than {MAX_JSON_DEPTH} levels")));
    }
    at_most("/approvals", outcome.approvals.len(), MAX_APPROVALS)?;
    at_most("/follow_ups", outcome.follow_ups.len(), MAX_FOLLOW_UPS)?;
    artifact::check(&outcome.artifacts)?;
    let effects = all_effects(outcome);
    at_most("/effects", effects.len(), MAX_EFFECTS)?;
    let mut ids = BTreeSet::new();
    for (place, effect) in &effects {
        local_id(&format!("{place}/id"), &effect.id)?;
        if !ids.insert(effect.id.as_str()) {
            return Err(bad(&format!("{place}/id"), format!("the id `{}` is used twice", effect.id)));
        }
        let kind = effect::validate(&effect.kind, &effect.payload)
            .map_err(|error| bad(&format!("{place}/payload{}", error.pointer), error.to_string()))?;
        if let Some(right) = kind.missing(&effect.payload, rights) {
            return Err(bad(&format!("{place}/kind"), format!("the right {right} is not granted")));
        }
    }
    for (place, effect) in &effects {
        if let Some(missing) = effect.after.iter().find(|after| !ids.contains(after.as_str())) {
            return Err(bad(&format!("{place}/after"), format!("the outcome has no effect `{missing}`")));
        }
    }
    in_some_order(&effects)?;
    let mut requests = BTreeSet::new();
    for (at, request) in outcome.approvals.iter().enumerate() {
        let place = format!("/approvals/{at}");
        local_id(&format!("{place}/id"), &request.id)?;
        if !requests.insert(request.id.as_str()) {
            return Err(bad(&format!("{place}/id"), format!("the id `{}` is used twice", request.id)));
        }
        question(&place, request, now)?;
    }
    let mut follow_ups = BTreeSet::new();
    for (at, follow_up) in outcome.follow_ups.iter().enumerate() {
        let place = format!("/follow_ups/{at}");
        if !follow_ups.insert(follow_up.id.as_str()) {
            return Err(bad(&format!("{place}/id"), format!("the id `{}` is used twice", follow_up.id)));
        }
        if depth(&follow_up.payload) > MAX_JSON_DEPTH {
            return Err(bad(&format!("{place}/payload"), format!("nested deeper than {MAX_JSON_DEPTH} levels")));
        }
    }
    Ok(())
}

/// When a question expires: the host's default, or sooner if the skill says so.
pub(super) fn expires_at(request: &ApprovalRequest, now: Timestamp) -> Timestamp {
    let latest = now.plus_ms(DEFAULT_EXPIRY_MS);
    request.expires.map_or(latest, |at| at.min(latest))
}

/// The effects of a question, in its order.
pub(super) fn effects_of(ask: &Ask) -> Vec<&Effect> {
    match ask {
        Ask::Review { effects, .. } => effects.iter().collect(),
        Ask::Choose { choices, .. } => choices.iter().flat_map(|choice| &choice.effects).collect(),
        Ask::Batch { items } => items.iter().flat_map(|item| &item.effects).collect(),
    }
}

fn all_effects(outcome: &Outcome) -> Vec<(String, &Effect)> {
    let mut all: Vec<_> =
        outcome.effects.iter().enumerate().map(|(at, effect)| (format!("/effects/{at}"), effect)).collect();
    for (at, request) in outcome.approvals.iter().enumerate() {
        for (nth, effect) in effects_of(&request.ask).into_iter().enumerate() {
            all.push((format!("/approvals/{at}/effects/{nth}"), effect));
        }
    }
    all
}

fn in_some_order(effects: &[(String, &Effect)]) -> Result<(), CallError> {
    let mut waits: BTreeMap<&str, Vec<&str>> = effects
        .iter()
        .map(|(_, effect)| (effect.id.as_str(), effect.after.iter().map(String::as_str).collect()))
        .collect();
    loop {
        let free: Vec<&str> = waits.iter().filter(|(_, after)| after.is_empty()).map(|(id, _)| *id).collect();
        if free.is_empty() {
            break;
        }
        for id in &free {
            waits.remove(id);
        }
        for after in waits.values_mut() {
            after.retain(|id| !free.contains(id));
        }
    }
    match waits.keys().next() {
        None => Ok(()),
        Some(id) => Err(bad("/effects", format!("`{id}` waits for itself through `after`"))),
    }
}

fn question(place: &str, request: &ApprovalRequest, now: Timestamp) -> Result<(), CallError> {
    if request.title.trim().is_empty() {
        return Err(bad(&format!("{place}/title"), "a question needs a title".to_owned()));
    }
    if request.title.len() + request.summary.len() > MAX_COMMENT {
        return Err(bad(&format!("{place}/summary"), format!("title and summary are longer than {MAX_COMMENT} bytes")));
    }
    at_most(&format!("{place}/fields"), request.fields.len(), MAX_COMMENT_FIELDS)?;
    if request.expires.is_some_and(|at| at < now.plus_ms(MIN_EXPIRY_MS)) {
        return Err(bad(&format!("{place}/expires"), format!("expires in less than {MIN_EXPIRY_MS} ms")));
    }
    match &request.ask {
        Ask::Review { effects, editable, .. } => {
            if effects.is_empty() {
                return Err(bad(&format!("{place}/ask/effects"), "a review needs an effect".to_owned()));
            }
            places(&format!("{place}/ask/editable"), editable, effects)
        }
        Ask::Choose { choices, .. } => {
            let ids = choices.iter().map(|choice| choice.id.as_str());
            lines(&format!("{place}/ask/choices"), ids)
        }
        Ask::Batch { items } => {
            lines(&format!("{place}/ask/items"), items.iter().map(|item| item.id.as_str()))?;
            for (at, item) in items.iter().enumerate() {
                let place = format!("{place}/ask/items/{at}");
                if item.effects.is_empty() {
                    return Err(bad(&format!("{place}/effects"), "an item needs an effect".to_owned()));
                }
                places(&format!("{place}/editable"), &item.editable, &item.effects)?;
            }
            Ok(())
        }
    }
}

fn lines<'a>(place: &str, ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), CallError> {
    if ids.len() == 0 {
        return Err(bad(place, "there is nothing to choose from".to_owned()));
    }
    at_most(place, ids.len(), MAX_ITEMS)?;
    let mut seen = BTreeSet::new();
    for (at, id) in ids.enumerate() {
        local_id(&format!("{place}/{at}/id"), id)?;
        if !seen.insert(id) {
            return Err(bad(&format!("{place}/{at}/id"), format!("the id `{id}` is used twice")));
        }
    }
    Ok(())
}

fn places(place: &str, editable: &[Editable], effects: &[Effect]) -> Result<(), CallError> {
    at_most(place, editable.len(), MAX_ITEMS)?;
    for (at, spot) in editable.iter().enumerate() {
        let place = format!("{place}/{at}");
        let Some(effect) = effects.iter().find(|effect| effect.id == spot.effect) else {
            return Err(bad(&format!("{place}/effect"), format!("there is no effect `{}` here", spot.effect)));
        };
        if spot.pointer.is_empty() || effect.payload.pointer(&spot.pointer).is_none() {
            return Err(bad(&format!("{place}/pointer"), format!("`{}` is no place of its payload", spot.pointer)));
        }
    }
    Ok(())
}

fn local_id(place: &str, id: &str) -> Result<(), CallError> {
    let ok = (1..=MAX_LOCAL_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if ok { Ok(()) } else { Err(bad(place, format!("an id is 1 to {MAX_LOCAL_ID} of a-z, 0-9 and -"))) }
}

fn at_most(place: &str, count: usize, most: usize) -> Result<(), CallError> {
    if count <= most { Ok(()) } else { Err(bad(place, format!("{count} are more than {most}"))) }
}

fn bad(pointer: &str, message: String) -> CallError {
    CallError::InvalidOutcome { pointer: pointer.to_owned(), message }
}
