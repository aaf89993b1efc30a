//! From what a guest returned to an outcome the host stands behind.
//!
//! Converts the contract's records into the engine's, bounds them, and refuses
//! what breaks the contract: ids, unknown or ungranted effects, payloads
//! against their kind's schema, pointers at nothing, quotes nobody said.

use std::collections::BTreeSet;

use serde_json::Value;
use skillhost_engine::artifact::MAX_ARTIFACTS;
use skillhost_engine::effect;
use skillhost_engine::evidence;
use skillhost_engine::limits::{MAX_APPROVALS, MAX_EFFECTS, MAX_FOLLOW_UPS, MAX_ITEMS};
use skillhost_engine::outcome::{
    ApprovalRequest, Artifact, Ask, Choice, Editable, Effect, Evidence, Failure, FailureKind, Field, FollowUp, Item,
    Outcome,
};
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{AnswerBody, CallError};
use skillhost_engine::time::Timestamp;

use crate::contract;
use crate::contract::types;
use crate::schema::{Schema, bounded, parse_json};

/// Length of a local id.
const MAX_LOCAL_ID: usize = 64;
/// Editable places and comment lines of one request: what a card can show.
const MAX_CARD_LINES: usize = 50;
/// Characters of a summary, a title, a label: what a card line can show.
const MAX_LINE_CHARS: usize = 2000;
/// Characters of a failure's message.
const MAX_FAILURE_CHARS: usize = 1000;

type Accepted<T> = Result<T, CallError>;

fn invalid<T>(pointer: impl Into<String>, message: impl Into<String>) -> Accepted<T> {
    Err(CallError::InvalidOutcome { pointer: pointer.into(), message: message.into() })
}

/// What an outcome is held against.
pub(crate) struct Bounds<'a> {
    pub(crate) output: &'a Schema,
    pub(crate) rights: &'a RightSet,
    pub(crate) answers: &'a [AnswerBody],
}

/// The guest's own failure, bounded.
pub(crate) fn failure(failure: contract::Failure) -> Failure {
    Failure {
        kind: match failure.kind {
            types::FailureKind::InvalidInput => FailureKind::InvalidInput,
            types::FailureKind::Transient => FailureKind::Transient,
            types::FailureKind::Permanent => FailureKind::Permanent,
            types::FailureKind::Denied => FailureKind::Denied,
            types::FailureKind::OverBudget => FailureKind::OverBudget,
        },
        code: if is_local_id(&failure.code) { failure.code } else { "unnamed".to_owned() },
        message: bounded(&failure.message, MAX_FAILURE_CHARS),
        retry_after_ms: failure.retry_after_ms,
    }
}

/// The outcome, or the first thing wrong with it.
pub(crate) fn outcome(found: contract::Outcome, bounds: &Bounds<'_>) -> Accepted<Outcome> {
    let output = json(&found.output, || "/output".to_owned())?;
    if let Err(mismatch) = bounds.output.check(&output) {
        return invalid(format!("/output{}", mismatch.pointer), mismatch.message);
    }
    line(found.summary.as_deref().unwrap_or_default(), "/summary")?;
    count(found.approvals.len(), MAX_APPROVALS, "/approvals")?;
    count(found.follow_ups.len(), MAX_FOLLOW_UPS, "/follow_ups")?;
    count(found.artifacts.len(), MAX_ARTIFACTS, "/artifacts")?;
    count(found.evidence.len(), evidence::MAX_EVIDENCE, "/evidence")?;

    let mut effects = Effects { rights: bounds.rights, ids: BTreeSet::new(), after: Vec::new() };
    let outcome = Outcome {
        output,
        summary: found.summary,
        effects: effects.convert(found.effects, "/effects")?,
        approvals: approvals(found.approvals, &mut effects)?,
        follow_ups: follow_ups(found.follow_ups)?,
        artifacts: artifacts(found.artifacts)?,
        evidence: found
            .evidence
            .into_iter()
            .map(|piece| Evidence { read_id: piece.read_id, quote: piece.quote, supports: piece.supports })
            .collect(),
    };
    effects.close()?;
    let read = |id: &str| bounds.answers.iter().find(|read| read.read_id == id).map(|read| &*read.body);
    match evidence::check(&outcome.evidence, &outcome.output, read) {
        Ok(()) => Ok(outcome),
        Err(error) => invalid(format!("/evidence/{}", error.index), error.message),
    }
}

fn is_local_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= MAX_LOCAL_ID
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn local_id(id: &str, pointer: &str) -> Accepted<()> {
    if is_local_id(id) { Ok(()) } else { invalid(pointer, "an id must match [a-z0-9-]{1,64}") }
}

fn line(text: &str, pointer: &str) -> Accepted<()> {
    if text.len() > MAX_LINE_CHARS && text.chars().count() > MAX_LINE_CHARS {
        return invalid(pointer, format!("longer than {MAX_LINE_CHARS} characters"));
    }
    Ok(())
}

fn count(found: usize, most: usize, pointer: &str) -> Accepted<()> {
    if found > most { invalid(pointer, format!("{found} of them, at most {most}")) } else { Ok(()) }
}

fn json(text: &str, pointer: impl FnOnce() -> String) -> Accepted<Value> {
    parse_json(text).or_else(|message| invalid(pointer(), message))
}

fn instant(at: Option<u64>) -> Option<Timestamp> {
    at.map(|ms| Timestamp(i64::try_from(ms).unwrap_or(i64::MAX)))
}

/// All effects of an outcome share one space of ids and one bound.
struct Effects<'a> {
    rights: &'a RightSet,
    ids: BTreeSet<String>,
    after: Vec<(String, String)>,
}

impl Effects<'_> {
    fn convert(&mut self, found: Vec<types::Effect>, at: &str) -> Accepted<Vec<Effect>> {
        let mut effects = Vec::with_capacity(found.len().min(MAX_EFFECTS));
        for (index, found) in found.into_iter().enumerate() {
            let pointer = format!("{at}/{index}");
            local_id(&found.id, &format!("{pointer}/id"))?;
            if !self.ids.insert(found.id.clone()) {
                return invalid(format!("{pointer}/id"), "another effect has this id");
            }
            count(self.ids.len(), MAX_EFFECTS, &pointer)?;
            let Some(kind) = effect::kind(&found.kind) else {
                return invalid(format!("{pointer}/kind"), "the host knows no such kind of effect");
            };
            let payload = json(&found.payload, || format!("{pointer}/payload"))?;
            if let Some(right) = kind.missing(&payload, self.rights) {
                return invalid(format!("{pointer}/kind"), format!("this call has no right `{right}`"));
            }
            if let Err(error) = kind.validate(&payload) {
                return invalid(format!("{pointer}/payload{}", error.pointer), error.message);
            }
            for (place, wanted) in found.after.iter().enumerate() {
                self.after.push((wanted.clone(), format!("{pointer}/after/{place}")));
            }
            count(self.after.len(), MAX_EFFECTS, &pointer)?;
            effects.push(Effect { id: found.id, kind: found.kind, payload, after: found.after });
        }
        Ok(effects)
    }

    /// Every `after` must name an effect of this outcome.
    fn close(&self) -> Accepted<()> {
        match self.after.iter().find(|(wanted, _)| !self.ids.contains(wanted)) {
            Some((_, pointer)) => invalid(pointer, "no effect of this outcome has that id"),
            None => Ok(()),
        }
    }
}

fn approvals(found: Vec<contract::approvals::Request>, effects: &mut Effects<'_>) -> Accepted<Vec<ApprovalRequest>> {
    let mut ids = BTreeSet::new();
    let mut requests = Vec::with_capacity(found.len());
    for (index, found) in found.into_iter().enumerate() {
        let at = format!("/approvals/{index}");
        local_id(&found.id, &format!("{at}/id"))?;
        if !ids.insert(found.id.clone()) {
            return invalid(format!("{at}/id"), "another request has this id");
        }
        line(&found.title, &format!("{at}/title"))?;
        line(&found.summary, &format!("{at}/summary"))?;
        count(found.fields.len(), MAX_CARD_LINES, &format!("{at}/fields"))?;
        let mut fields = Vec::with_capacity(found.fields.len());
        for (place, field) in found.fields.into_iter().enumerate() {
            line(&field.label, &format!("{at}/fields/{place}"))?;
            line(&field.value, &format!("{at}/fields/{place}"))?;
            fields.push(Field { label: field.label, value: field.value });
        }
        requests.push(ApprovalRequest {
            ask: ask(found.ask, effects, &format!("{at}/ask"))?,
            id: found.id,
            title: found.title,
            summary: found.summary,
            fields,
            expires: instant(found.expires),
            tell_skill: found.tell_skill,
        });
    }
    Ok(requests)
}

fn ask(found: contract::approvals::Ask, effects: &mut Effects<'_>, at: &str) -> Accepted<Ask> {
    use contract::approvals::Ask as Found;
    match found {
        Found::Review(review) => {
            let held = effects.convert(review.effects, &format!("{at}/effects"))?;
            let editable = editable(review.editable, &held, &format!("{at}/editable"))?;
            Ok(Ask::Review { effects: held, editable, deferrable: review.deferrable })
        }
        Found::Choose(choose) => {
            parts(choose.choices.iter().map(|choice| (&choice.id, &choice.label)), &format!("{at}/choices"))?;
            let mut choices = Vec::with_capacity(choose.choices.len());
            for (index, choice) in choose.choices.into_iter().enumerate() {
                let place = format!("{at}/choices/{index}");
                line(choice.detail.as_deref().unwrap_or_default(), &place)?;
                choices.push(Choice {
                    effects: effects.convert(choice.effects, &format!("{place}/effects"))?,
                    id: choice.id,
                    label: choice.label,
                    detail: choice.detail,
                    recommended: choice.recommended,
                });
            }
            Ok(Ask::Choose { choices, offer_more: choose.offer_more, offer_manual: choose.offer_manual })
        }
        Found::Batch(batch) => {
            parts(batch.iter().map(|item| (&item.id, &item.label)), &format!("{at}/items"))?;
            let mut items = Vec::with_capacity(batch.len());
            for (index, item) in batch.into_iter().enumerate() {
                let place = format!("{at}/items/{index}");
                line(item.detail.as_deref().unwrap_or_default(), &place)?;
                let held = effects.convert(item.effects, &format!("{place}/effects"))?;
                items.push(Item {
                    editable: editable(item.editable, &held, &format!("{place}/editable"))?,
                    effects: held,
                    id: item.id,
                    label: item.label,
                    detail: item.detail,
                    preselected: item.preselected,
                });
            }
            Ok(Ask::Batch { items })
        }
    }
}

/// The ids and labels of choices or items.
fn parts<'a>(found: impl ExactSizeIterator<Item = (&'a String, &'a String)>, at: &str) -> Accepted<()> {
    count(found.len(), MAX_ITEMS, at)?;
    if found.len() == 0 {
        return invalid(at, "there is nothing to answer");
    }
    let mut ids = BTreeSet::new();
    for (index, (id, label)) in found.enumerate() {
        let place = format!("{at}/{index}");
        local_id(id, &format!("{place}/id"))?;
        if !ids.insert(id) {
            return invalid(format!("{place}/id"), "another one has this id");
        }
        line(label, &format!("{place}/label"))?;
    }
    Ok(())
}

fn editable(found: Vec<contract::approvals::Editable>, held: &[Effect], at: &str) -> Accepted<Vec<Editable>> {
    count(found.len(), MAX_CARD_LINES, at)?;
    let mut places = Vec::with_capacity(found.len());
    for (index, place) in found.into_iter().enumerate() {
        let pointer = format!("{at}/{index}");
        line(&place.label, &format!("{pointer}/label"))?;
        let Some(effect) = held.iter().find(|effect| effect.id == place.effect) else {
            return invalid(format!("{pointer}/effect"), "the request has no such effect");
        };
        if effect.payload.pointer(&place.pointer).is_none() {
            return invalid(format!("{pointer}/pointer"), "the effect's payload has no such place");
        }
        places.push(Editable {
            effect: place.effect,
            pointer: place.pointer,
            label: place.label,
            multiline: place.multiline,
        });
    }
    Ok(places)
}

fn follow_ups(found: Vec<types::FollowUp>) -> Accepted<Vec<FollowUp>> {
    let mut ids = BTreeSet::new();
    let mut follow_ups = Vec::with_capacity(found.len());
    for (index, found) in found.into_iter().enumerate() {
        let at = format!("/follow_ups/{index}");
        local_id(&found.id, &format!("{at}/id"))?;
        if !ids.insert(found.id.clone()) {
            return invalid(format!("{at}/id"), "another follow-up has this id");
        }
        line(&found.event_type, &format!("{at}/event_type"))?;
        follow_ups.push(FollowUp {
            payload: json(&found.payload, || format!("{at}/payload"))?,
            id: found.id,
            event_type: found.event_type,
            not_before: instant(found.not_before),
        });
    }
    Ok(follow_ups)
}

fn artifacts(found: Vec<types::Artifact>) -> Accepted<Vec<Artifact>> {
    let mut names = BTreeSet::new();
    let mut artifacts = Vec::with_capacity(found.len());
    for (index, found) in found.into_iter().enumerate() {
        let at = format!("/artifacts/{index}");
        local_id(&found.name, &format!("{at}/name"))?;
        if !names.insert(found.name.clone()) {
            return invalid(format!("{at}/name"), "another artifact has this name");
        }
        line(&found.media_type, &format!("{at}/media_type"))?;
        artifacts.push(Artifact { name: found.name, media_type: found.media_type, content: found.content });
    }
    Ok(artifacts)
}
