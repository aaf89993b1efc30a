//! Putting something back on a card: an undo before a mail leaves, a question
//! nobody answered, an effect whose result is unknown.
//!
//! A key is used once. What is asked again gets a new round, hence new keys and
//! digests; what hangs on it by `after` moves with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::propose::Maker;
use super::{Checkpoint, CheckpointError, Draft, Person, Situation};
use crate::approval::{ActionStatus, PendingAction};
use crate::card::host_request;
use crate::fold::Job;
use crate::ids::{ApprovalId, EffectKey, UserId};
use crate::job::JobEvent;
use crate::outbox::{EffectState, OutboxRow};
use crate::outcome::{ApprovalRequest, Ask, Effect};

/// Local id of the question whether to send again, followed by the key.
const RESEND: &str = "host_resend:";

/// Why something cannot be put back on its card.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The job has no such effect or question.
    #[error("there is no {what}")]
    NotFound {
        /// What was named.
        what: String,
    },
    /// It is on its way, or gone.
    #[error("effect {key} is {} and cannot be taken back", state.as_str())]
    TooLate {
        /// Which.
        key: EffectKey,
        /// Where it stands.
        state: EffectState,
    },
    /// The kind has no undo, or nobody released it.
    #[error("effects of this kind cannot be taken back")]
    NotUndoable,
    /// Somebody else's.
    #[error("this is not for {by} to take back")]
    NotYours {
        /// Who tried.
        by: UserId,
    },
    /// Only a question that expired can be asked again, once, while its job waits.
    #[error("the question is not one that waits to be asked again")]
    NotExpired,
    /// The checkpoint cannot be made.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// The effect that a host-made question offers to send again.
pub fn resend_of(request: &str) -> Option<EffectKey> {
    request.strip_prefix(RESEND).map(EffectKey::new)
}

/// Takes back a released effect before it leaves, with what hangs on it, and
/// asks again.
pub fn undo(s: &Situation<'_>, job: &Job, key: &EffectKey, by: &Person) -> Result<Checkpoint, UndoError> {
    let Some(row) = job.effects.get(key) else {
        return Err(UndoError::NotFound { what: format!("effect {key}") });
    };
    if row.user != by.id {
        return Err(UndoError::NotYours { by: by.id.clone() });
    }
    let kind = crate::effect::kind(&row.kind);
    if !kind.is_some_and(|kind| kind.undo) || row.approval.is_none() {
        return Err(UndoError::NotUndoable);
    }
    if row.state != EffectState::Ready || row.not_before <= s.now() || row.attempt > 0 || job.row.status.is_ended() {
        return Err(UndoError::TooLate { key: key.clone(), state: row.state });
    }
    let mut draft = Draft::new(s, job);
    let round = draft.job.next_round(&row.step);
    let taken = hanging_on(&draft.job, key);
    let rows: Vec<Arc<OutboxRow>> = taken.iter().filter_map(|key| draft.job.effects.get(key).cloned()).collect();
    let mut by_question: BTreeMap<ApprovalId, Vec<Arc<OutboxRow>>> = BTreeMap::new();
    for row in &rows {
        draft.change(&row.key, |row| {
            row.state = EffectState::Cancelled;
            row.last_error = Some("taken back".to_owned());
        })?;
        if let Some(approval) = &row.approval {
            by_question.entry(approval.clone()).or_default().push(row.clone());
        }
    }
    for (approval, rows) in by_question {
        let Some(old) = draft.job.actions.get(&approval).cloned() else { continue };
        let request = ask_for(&old, &rows, &taken, s, &draft.job);
        let action = maker(&old, round).question(&draft, request);
        draft.event(JobEvent::ApprovalReopened {
            approval: approval.clone(),
            reopened_as: action.id.clone(),
            step: old.step.clone(),
            taken_back: rows.iter().map(|row| row.key.clone()).collect(),
        })?;
        draft.audit(
            &format!("user:{}", by.id),
            "approval.undone",
            approval.as_str(),
            json!({"reopened_as": action.id}),
        );
        draft.ask(action);
    }
    for row in rows.iter().filter(|row| row.approval.is_none()) {
        respawn(&mut draft, row, round, &taken);
    }
    Ok(draft.finish()?)
}

/// Asks again what nobody answered in time. Only the person asked may want that.
pub fn ask_again(s: &Situation<'_>, job: &Job, approval: &ApprovalId, by: &Person) -> Result<Checkpoint, UndoError> {
    let Some(action) = job.actions.get(approval) else {
        return Err(UndoError::NotFound { what: format!("question {approval}") });
    };
    if action.user != by.id {
        return Err(UndoError::NotYours { by: by.id.clone() });
    }
    if job.row.status.is_ended() || !job.unanswered().any(|other| other.id == action.id) {
        return Err(UndoError::NotExpired);
    }
    let mut draft = Draft::new(s, job);
    reopen_whole(&mut draft, action)?;
    Ok(draft.finish()?)
}

/// Asks a whole question again under a new round.
pub(super) fn reopen_whole(draft: &mut Draft<'_>, old: &PendingAction) -> Result<(), CheckpointError> {
    let round = draft.job.next_round(&old.step);
    let mut request = old.request.clone();
    // The skill's own expiry has passed; the host's holds.
    request.expires = None;
    let action = maker(old, round).question(draft, request);
    draft.event(JobEvent::ApprovalReopened {
        approval: old.id.clone(),
        reopened_as: action.id.clone(),
        step: old.step.clone(),
        taken_back: Vec::new(),
    })?;
    draft.audit("host", "approval.asked_again", old.id.as_str(), json!({"reopened_as": action.id}));
    draft.ask(action);
    Ok(())
}

/// Asks a person about an effect whose result nobody knows.
pub(super) fn ask_resend(draft: &mut Draft<'_>, row: &OutboxRow) -> Result<(), CheckpointError> {
    let round = draft.job.next_round(&row.step);
    let effect =
        Effect { id: row.local_id.clone(), kind: row.kind.clone(), payload: row.payload.clone(), after: Vec::new() };
    let request = host_request(
        &format!("{RESEND}{}", row.key),
        "It is not known whether this happened",
        "The connection or the host broke while it was being sent. Look before you send it again: approving sends it a second time, skipping leaves it.",
        vec![effect],
    );
    let maker = Maker { step: &row.step, round, module: row.module.as_ref(), rights: &row.rights };
    let action = maker.question(draft, request);
    draft.event(JobEvent::ApprovalAsked { approval: action.id.clone(), step: row.step.clone() })?;
    draft.audit("host", "approval.asked", action.id.as_str(), json!({"unknown": row.key}));
    draft.ask(action);
    Ok(())
}

/// Moves free effects that wait for `old` over to the same effect of `round`.
pub(super) fn respawn_dependents(draft: &mut Draft<'_>, old: &EffectKey, round: u32) -> Result<(), CheckpointError> {
    let mut taken = hanging_on(&draft.job, old);
    taken.remove(old);
    let rows: Vec<Arc<OutboxRow>> = taken
        .iter()
        .filter_map(|key| draft.job.effects.get(key))
        .filter(|row| row.approval.is_none())
        .cloned()
        .collect();
    taken.insert(old.clone());
    for row in &rows {
        draft.change(&row.key, |row| {
            row.state = EffectState::Cancelled;
            row.last_error = Some("moved with what it waits for".to_owned());
        })?;
    }
    for row in &rows {
        respawn(draft, row, round, &taken);
    }
    Ok(())
}

fn maker(old: &PendingAction, round: u32) -> Maker<'_> {
    Maker { step: &old.step, round, module: old.module.as_ref(), rights: &old.rights }
}

/// An effect and everything ready that waits for it, near or far.
fn hanging_on(job: &Job, key: &EffectKey) -> BTreeSet<EffectKey> {
    let mut found = BTreeSet::from([key.clone()]);
    loop {
        let more: Vec<EffectKey> = job
            .effects
            .values()
            .filter(|row| row.state == EffectState::Ready && !found.contains(&row.key))
            .filter(|row| row.after.iter().any(|after| found.contains(after)))
            .map(|row| row.key.clone())
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// The effect of a row as it stands, with what it waits for written so that it
/// means the same in another round: local ids for what moves along, keys for
/// what stays, nothing for what is done.
fn portable(row: &OutboxRow, taken: &BTreeSet<EffectKey>, job: &Job) -> Effect {
    let after = row
        .after
        .iter()
        .filter(|key| job.effects.get(*key).is_none_or(|other| other.state != EffectState::Sent))
        .map(|key| match job.effects.get(key) {
            Some(other) if taken.contains(key) => other.local_id.clone(),
            _ => key.to_string(),
        })
        .collect();
    Effect { id: row.local_id.clone(), kind: row.kind.clone(), payload: row.payload.clone(), after }
}

fn respawn(draft: &mut Draft<'_>, row: &OutboxRow, round: u32, taken: &BTreeSet<EffectKey>) {
    let maker = Maker { step: &row.step, round, module: row.module.as_ref(), rights: &row.rights };
    let effect = portable(row, taken, &draft.job);
    let bound = maker.bind(draft, effect);
    let fresh = maker.row(draft, &bound, None, draft.s.now());
    draft.put(fresh);
}

/// The question of effects that were taken back: the old one, down to these. A
/// choice that was taken back whole is offered whole again.
fn ask_for(
    old: &PendingAction,
    rows: &[Arc<OutboxRow>],
    taken: &BTreeSet<EffectKey>,
    s: &Situation<'_>,
    job: &Job,
) -> ApprovalRequest {
    let back = |effect: &Effect| {
        let key = s.binder.effect_key(&old.job, &old.step, old.round, &effect.id);
        rows.iter().find(|row| row.key == key).map(|row| portable(row, taken, job))
    };
    let mut request = old.request.clone();
    request.expires = None;
    request.ask = match request.ask {
        Ask::Review { effects, mut editable, deferrable } => {
            let effects: Vec<Effect> = effects.iter().filter_map(back).collect();
            editable.retain(|place| effects.iter().any(|effect| effect.id == place.effect));
            Ask::Review { effects, editable, deferrable }
        }
        Ask::Batch { mut items } => {
            for item in &mut items {
                item.effects = item.effects.iter().filter_map(back).collect();
                item.editable.retain(|place| item.effects.iter().any(|effect| effect.id == place.effect));
            }
            items.retain(|item| !item.effects.is_empty());
            Ask::Batch { items }
        }
        Ask::Choose { choices, offer_more, offer_manual } => {
            let released = old.resolution.as_ref().map_or(0, |resolution| resolution.released.len());
            if released == rows.len() {
                Ask::Choose { choices, offer_more, offer_manual }
            } else {
                let effects = choices.iter().flat_map(|choice| &choice.effects).filter_map(back).collect();
                Ask::Review { effects, editable: Vec::new(), deferrable: false }
            }
        }
    };
    request
}

/// Questions that were withdrawn because their job ended, and not asked again.
pub(super) fn withdrawn(job: &Job) -> Vec<Arc<PendingAction>> {
    job.actions
        .values()
        .filter(|action| {
            action.status == ActionStatus::Withdrawn
                && !job.was_asked_again(action)
                && !job.is_past(action)
                // One whose effect is settled by now asks for nothing any more.
                && resend_of(&action.request.id)
                    .is_none_or(|key| job.effects.get(&key).is_some_and(|row| row.state == EffectState::Unknown))
        })
        .cloned()
        .collect()
}
