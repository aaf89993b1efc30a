//! A person answered. What they release is what the digest bound, or what they
//! themselves changed at a place that may be changed; nothing else.

use serde_json::{Value, json};

use super::propose::Maker;
use super::reopen::{resend_of, respawn_dependents};
use super::{Checkpoint, CheckpointError, Draft, Person, Situation, contract};
use crate::approval::{ActionStatus, Answer, BoundEffect, Edit, PendingAction, Resolution};
use crate::canonical::depth;
use crate::effect;
use crate::fold::Job;
use crate::ids::{ApprovalId, EffectKey, UserId};
use crate::job::JobStatus;
use crate::limits::MAX_JSON_DEPTH;
use crate::outbox::EffectState;
use crate::outcome::{Ask, Editable, Effect};
use crate::rights::RightSet;
use crate::time::Timestamp;

/// Longest "send later": a card's content is stale after a month.
pub const MAX_DEFER_MS: i64 = 30 * 24 * 3600 * 1000;

/// An answer with who gave it and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// Who.
    pub by: Person,
    /// From where: `api:<client>`, `slack`, `inbox`.
    pub via: String,
    /// Words of the person.
    pub note: Option<String>,
    /// Marked as irrelevant.
    pub irrelevant: bool,
}

/// Why an answer does not settle a question.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The job has no such question.
    #[error("there is no question {approval}")]
    NotFound {
        /// Which.
        approval: ApprovalId,
    },
    /// Somebody answered before; here is what they said.
    #[error("question {approval} was settled before")]
    AlreadySettled {
        /// Which.
        approval: ApprovalId,
        /// Where it stands.
        status: ActionStatus,
        /// The first answer.
        resolution: Box<Option<Resolution>>,
    },
    /// The time is over.
    #[error("question {approval} has expired")]
    Expired {
        /// Which.
        approval: ApprovalId,
    },
    /// Somebody else was asked.
    #[error("question {approval} is not for {by} to answer")]
    NotYours {
        /// Which.
        approval: ApprovalId,
        /// Who tried.
        by: UserId,
    },
    /// The question does not offer this answer.
    #[error("the question does not offer this: {message}")]
    NotOffered {
        /// What.
        message: String,
    },
    /// No such choice or item.
    #[error("the question has no {what} `{id}`")]
    UnknownPart {
        /// `choice` or `item`.
        what: &'static str,
        /// As given.
        id: String,
    },
    /// The change is not allowed or makes the effect invalid.
    #[error("the change at `{pointer}` is not possible: {message}")]
    InvalidEdit {
        /// JSON Pointer as given.
        pointer: String,
        /// Why.
        message: String,
    },
    /// What would be released is not what was bound.
    #[error("effect {key} is not what was bound; the question is void")]
    Void {
        /// Which effect.
        key: EffectKey,
    },
    /// What is stored of the approval is not what the host asked.
    #[error("approval {approval} is not what the host asked; it is void")]
    Unsealed {
        /// Which.
        approval: ApprovalId,
    },
    /// The checkpoint cannot be made.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Settles a question. Only the person asked may answer; an admin may cancel.
pub fn settle(s: &Situation<'_>, job: &Job, approval: &ApprovalId, reply: Reply) -> Result<Checkpoint, SettleError> {
    let Some(action) = job.actions.get(approval) else {
        return Err(SettleError::NotFound { approval: approval.clone() });
    };
    may_answer(action, &reply, s.now())?;
    let mut draft = Draft::new(s, job);
    let status = match &reply.answer {
        Answer::Approve { .. } | Answer::Choose { .. } | Answer::Items { .. } => {
            if job.row.status == JobStatus::Cancelled {
                return Err(not_offered("its job was cancelled, and nothing of it is sent any more"));
            }
            let wanted = released_by(action, &reply.answer, s.now())?;
            return release(draft, action, &reply, wanted);
        }
        Answer::More | Answer::Manual | Answer::Skip => {
            if matches!(reply.answer, Answer::More | Answer::Manual) {
                offered(action, &reply.answer)?;
            }
            ActionStatus::Skipped
        }
        Answer::Cancel => ActionStatus::Cancelled,
    };
    draft.resolve(approval, status, resolution(&reply, Vec::new()))?;
    if let Some(key) = resend_of(&action.request.id) {
        leave_unknown(&mut draft, &key)?;
    }
    if status == ActionStatus::Cancelled {
        let reason = format!("cancelled by {}", reply.by.id);
        if draft.job.row.status.is_ended() {
            draft.take_back(&reason, |_| true)?;
        } else {
            draft.end(JobStatus::Cancelled, Some(reason));
        }
    }
    Ok(draft.finish()?)
}

fn may_answer(action: &PendingAction, reply: &Reply, now: Timestamp) -> Result<(), SettleError> {
    let approval = action.id.clone();
    let stops = matches!(reply.answer, Answer::Cancel);
    if reply.by.id != action.user && !(reply.by.admin && stops) {
        return Err(SettleError::NotYours { approval, by: reply.by.id.clone() });
    }
    match action.status {
        ActionStatus::Pending if action.expires_at <= now => Err(SettleError::Expired { approval }),
        ActionStatus::Pending => Ok(()),
        ActionStatus::Expired => Err(SettleError::Expired { approval }),
        status => {
            Err(SettleError::AlreadySettled { approval, status, resolution: Box::new(action.resolution.clone()) })
        }
    }
}

fn offered(action: &PendingAction, answer: &Answer) -> Result<(), SettleError> {
    let ok = match (&action.request.ask, answer) {
        (Ask::Choose { offer_more, .. }, Answer::More) => *offer_more,
        (Ask::Choose { offer_manual, .. }, Answer::Manual) => *offer_manual,
        _ => false,
    };
    if ok { Ok(()) } else { Err(not_offered("the card has no such button")) }
}

fn not_offered(message: &str) -> SettleError {
    SettleError::NotOffered { message: message.to_owned() }
}

/// An effect the answer releases, with the places and changes that apply to it.
struct Wanted<'a> {
    effect: &'a Effect,
    edits: Vec<&'a Edit>,
}

fn released_by<'a>(
    action: &'a PendingAction,
    answer: &'a Answer,
    now: Timestamp,
) -> Result<Vec<Wanted<'a>>, SettleError> {
    match (&action.request.ask, answer) {
        (Ask::Review { effects, editable, deferrable }, Answer::Approve { edits, not_before }) => {
            if let Some(at) = not_before {
                if !deferrable {
                    return Err(not_offered("this cannot be sent later"));
                }
                if *at < now || *at > now.plus_ms(MAX_DEFER_MS) {
                    return Err(not_offered("later means within the next 30 days"));
                }
            }
            with_edits(effects, editable, edits)
        }
        (Ask::Batch { items }, Answer::Approve { edits, not_before: None }) => {
            let effects: Vec<&Effect> = items.iter().flat_map(|item| &item.effects).collect();
            let editable: Vec<&Editable> = items.iter().flat_map(|item| &item.editable).collect();
            join(effects, &editable, edits)
        }
        (Ask::Batch { items }, Answer::Items { items: answers }) => {
            let mut wanted = Vec::new();
            let mut seen = std::collections::BTreeSet::new();
            for answer in answers {
                let Some(item) = items.iter().find(|item| item.id == answer.item) else {
                    return Err(SettleError::UnknownPart { what: "item", id: answer.item.clone() });
                };
                if !seen.insert(&answer.item) {
                    return Err(not_offered("an item is answered once"));
                }
                if answer.approve {
                    wanted.extend(with_edits(&item.effects, &item.editable, &answer.edits)?);
                } else if !answer.edits.is_empty() {
                    return Err(not_offered("an item that is skipped cannot be changed"));
                }
            }
            Ok(wanted)
        }
        (Ask::Choose { choices, .. }, Answer::Choose { choice }) => {
            let Some(choice) = choices.iter().find(|other| other.id == *choice) else {
                return Err(SettleError::UnknownPart { what: "choice", id: choice.clone() });
            };
            with_edits(&choice.effects, &[], &[])
        }
        _ => Err(not_offered("the answer does not fit the pattern of the card")),
    }
}

fn with_edits<'a>(
    effects: &'a [Effect],
    editable: &'a [Editable],
    edits: &'a [Edit],
) -> Result<Vec<Wanted<'a>>, SettleError> {
    join(effects.iter().collect(), &editable.iter().collect::<Vec<_>>(), edits)
}

fn join<'a>(
    effects: Vec<&'a Effect>,
    editable: &[&'a Editable],
    edits: &'a [Edit],
) -> Result<Vec<Wanted<'a>>, SettleError> {
    let mut seen = std::collections::BTreeSet::new();
    for edit in edits {
        let bad =
            |message: &str| SettleError::InvalidEdit { pointer: edit.pointer.clone(), message: message.to_owned() };
        if !editable.iter().any(|place| place.effect == edit.effect && place.pointer == edit.pointer) {
            return Err(bad("this place may not be changed"));
        }
        if !seen.insert((&edit.effect, &edit.pointer)) {
            return Err(bad("this place is changed twice"));
        }
        if depth(&edit.value) > MAX_JSON_DEPTH {
            return Err(bad("the value is nested too deep"));
        }
    }
    Ok(effects
        .into_iter()
        .map(|effect| Wanted { effect, edits: edits.iter().filter(|edit| edit.effect == effect.id).collect() })
        .collect())
}

fn release(
    mut draft: Draft<'_>,
    action: &PendingAction,
    reply: &Reply,
    wanted: Vec<Wanted<'_>>,
) -> Result<Checkpoint, SettleError> {
    let s = draft.s;
    let now = s.now();
    let maker =
        Maker { step: &action.step, round: action.round, module: action.module.as_ref(), rights: &action.rights };
    // All that was asked must still be what was bound, the parts that are not
    // released too: otherwise the person saw something else.
    let named = contract::effects_of(&action.request.ask);
    if let Some(bound) = action
        .effects
        .iter()
        .find(|bound| !maker.is_bound(&draft, bound) || !named.iter().any(|effect| **effect == bound.effect))
    {
        return Err(SettleError::Void { key: bound.key.clone() });
    }
    let later = match &reply.answer {
        Answer::Approve { not_before, .. } => *not_before,
        _ => None,
    };
    let mut effects = action.effects.clone();
    let mut released = Vec::new();
    for Wanted { effect, edits } in &wanted {
        let Some(at) = effects.iter().position(|bound| bound.effect.id == effect.id) else {
            let key = s.binder.effect_key(&draft.job.row.id, &action.step, action.round, &effect.id);
            return Err(SettleError::Void { key });
        };
        let bound = if edits.is_empty() {
            effects[at].clone()
        } else {
            maker.bind(&draft, edited(&effects[at], edits, &action.rights)?)
        };
        effects[at] = bound.clone();
        let kind = effect::kind(&bound.effect.kind);
        if kind.is_some_and(|kind| kind.is_too_late(&bound.effect.payload, now)) {
            return Err(not_offered("its time has passed; choose another one, or ask for others"));
        }
        released.push(bound.key.clone());
        let proof = s.binder.release(&bound.digest, &action.id, &reply.by.id, now, &bound.key);
        let undo = kind.is_some_and(|kind| kind.undo);
        let earliest = if undo { now.plus_ms(s.undo_ms) } else { now };
        let not_before = later.map_or(earliest, |at| at.max(earliest));
        let row = maker.row(&draft, &bound, Some((action.id.clone(), proof)), not_before);
        draft.audit(
            &format!("user:{}", reply.by.id),
            "effect.released",
            bound.key.as_str(),
            json!({"approval": action.id, "kind": bound.effect.kind, "digest": bound.digest, "edited": !edits.is_empty()}),
        );
        draft.put(row);
    }
    // The words beside it too. Nothing of the draft counts before this.
    if !s.binder.is_sealed(action) {
        return Err(SettleError::Unsealed { approval: action.id.clone() });
    }
    draft.rebind(&action.id, effects);
    let status = if released.is_empty() && !matches!(reply.answer, Answer::Choose { .. }) {
        ActionStatus::Skipped
    } else {
        ActionStatus::Approved
    };
    if reply.irrelevant && status == ActionStatus::Approved {
        return Err(not_offered("what is accepted is not irrelevant; skip it to say so"));
    }
    draft.resolve(&action.id, status, resolution(reply, released))?;
    // A resent mail that was taken back and released again finds the old row settled.
    let unknown = resend_of(&action.request.id)
        .filter(|old| draft.job.effects.get(old).is_some_and(|row| row.state == EffectState::Unknown));
    if let Some(old) = unknown {
        respawn_dependents(&mut draft, &old, action.round)?;
        draft.change(&old, |row| {
            row.state = EffectState::Dead;
            row.last_error = Some("the result is unknown; it was sent again".to_owned());
        })?;
    }
    Ok(draft.finish()?)
}

/// The effect with its changes, if it is still a valid one.
fn edited(bound: &BoundEffect, edits: &[&Edit], rights: &[String]) -> Result<Effect, SettleError> {
    let mut effect = bound.effect.clone();
    for edit in edits {
        let Some(place) = effect.payload.pointer_mut(&edit.pointer) else {
            return Err(SettleError::InvalidEdit {
                pointer: edit.pointer.clone(),
                message: "there is no such place".to_owned(),
            });
        };
        *place = Value::clone(&edit.value);
    }
    let kind = effect::validate(&effect.kind, &effect.payload)
        .map_err(|error| SettleError::InvalidEdit { pointer: error.pointer.clone(), message: error.message })?;
    // A person changes what is done, and not how far the skill reaches.
    if let Some(right) = kind.out_of_reach(&effect.payload, &RightSet::of_texts(rights)) {
        let message = format!("the skill has no right `{right}`");
        return Err(SettleError::InvalidEdit { pointer: String::new(), message });
    }
    Ok(effect)
}

/// The person leaves an effect whose result is unknown as it is.
fn leave_unknown(draft: &mut Draft<'_>, key: &EffectKey) -> Result<(), CheckpointError> {
    if draft.job.effects.get(key).is_some_and(|row| row.state == EffectState::Unknown) {
        draft.change(key, |row| {
            row.state = EffectState::Dead;
            row.last_error = Some("the result is unknown; a person left it so".to_owned());
        })?;
    }
    Ok(())
}

fn resolution(reply: &Reply, released: Vec<EffectKey>) -> Resolution {
    Resolution {
        answer: Some(reply.answer.clone()),
        by: Some(reply.by.id.clone()),
        via: reply.via.clone(),
        released,
        note: reply.note.clone(),
        irrelevant: reply.irrelevant,
        reason: None,
    }
}
