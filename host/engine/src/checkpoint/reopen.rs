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
use crate::effect::EffectKind;
use crate::fold::Job;
use crate::ids::{ApprovalId, EffectKey, UserId};
use crate::job::JobEvent;
use crate::outbox::{EffectState, OutboxRow, TAKEN_BACK};
use crate::outcome::{ApprovalRequest, Ask, Effect};
use crate::time::Timestamp;

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
    /// Everything that the question offers was to begin by now.
    #[error("what the question is about was to begin by now; run its step again for other times")]
    Over,
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
    if !is_undoable(row) {
        return Err(UndoError::NotUndoable);
    }
    if is_too_late(job, row, s.now()) {
        return Err(UndoError::TooLate { key: key.clone(), state: row.state });
    }
    let mut draft = Draft::new(s, job);
    let round = draft.job.next_round(&row.step);
    let taken = hanging_on(&draft.job, BTreeSet::from([key.clone()]), |row| row.state == EffectState::Ready);
    let rows: Vec<Arc<OutboxRow>> = taken.iter().filter_map(|key| draft.job.effects.get(key).cloned()).collect();
    let names = names(&rows);
    let mut by_question: BTreeMap<ApprovalId, Vec<Arc<OutboxRow>>> = BTreeMap::new();
    for row in &rows {
        draft.change(&row.key, |row| {
            row.state = EffectState::Cancelled;
            row.last_error = Some(TAKEN_BACK.to_owned());
        })?;
        if let Some(approval) = &row.approval {
            by_question.entry(approval.clone()).or_default().push(row.clone());
        }
    }
    for (approval, rows) in by_question {
        let Some(old) = draft.job.actions.get(&approval).cloned() else { continue };
        let request = ask_for(&old, &rows, &names, &draft);
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
        respawn(&mut draft, row, round, &names);
    }
    Ok(draft.finish()?)
}

/// Whether a released effect can be taken back now.
pub fn may_be_undone(job: &Job, row: &OutboxRow, now: Timestamp) -> bool {
    is_undoable(row) && !is_too_late(job, row, now)
}

fn is_undoable(row: &OutboxRow) -> bool {
    crate::effect::kind(&row.kind).is_some_and(|kind| kind.undo) && row.approval.is_some()
}

fn is_too_late(job: &Job, row: &OutboxRow, now: Timestamp) -> bool {
    row.state != EffectState::Ready || row.not_before <= now || row.attempt > 0 || job.row.status.is_ended()
}

/// Asks again what nobody answered in time, and after the end of a job what became
/// of an effect whose result is unknown. Only the person asked may want that, or an
/// admin, who may not answer it then either.
pub fn ask_again(s: &Situation<'_>, job: &Job, approval: &ApprovalId, by: &Person) -> Result<Checkpoint, UndoError> {
    let Some(action) = job.actions.get(approval) else {
        return Err(UndoError::NotFound { what: format!("question {approval}") });
    };
    if action.user != by.id && !by.admin {
        return Err(UndoError::NotYours { by: by.id.clone() });
    }
    if !may_be_asked_again(job, action) {
        return Err(UndoError::NotExpired);
    }
    let mut draft = Draft::new(s, job);
    match reopen_whole(&mut draft, &[Arc::clone(action)], &format!("user:{}", by.id))? {
        true => Ok(draft.finish()?),
        false => Err(UndoError::Over),
    }
}

/// What of a question still makes sense to ask: of things that were to begin by now it has
/// lost those, and of a choice between such things also what was said of them all, a mail
/// that lists them for instance.
fn still_ahead(request: &ApprovalRequest, now: Timestamp) -> Option<Ask> {
    let mut ask = request.ask.clone();
    if resend_of(&request.id).is_some() {
        // It asks what became of something, which stays to be said.
        return Some(ask);
    }
    let kind = |effect: &Effect| crate::effect::kind(&effect.kind);
    let is_over = |effect: &Effect| kind(effect).is_some_and(|kind| kind.is_too_late(&effect.payload, now));
    let any_over = |effects: &[Effect]| effects.iter().any(is_over);
    let is_left = match &mut ask {
        Ask::Review { effects, .. } => !any_over(effects),
        Ask::Batch { items } => {
            items.retain(|item| !any_over(&item.effects));
            !items.is_empty()
        }
        Ask::Choose { choices, .. } => {
            if choices.iter().any(|choice| any_over(&choice.effects)) {
                let is_timed = |effect: &Effect| kind(effect).is_some_and(EffectKind::has_a_time);
                choices.retain(|choice| choice.effects.iter().any(is_timed) && !any_over(&choice.effects));
            }
            !choices.is_empty()
        }
    };
    is_left.then_some(ask)
}

/// Whether a question is one that waits to be asked again.
pub fn may_be_asked_again(job: &Job, action: &PendingAction) -> bool {
    if job.row.status.is_ended() {
        let closed = matches!(action.status, ActionStatus::Expired | ActionStatus::Withdrawn);
        let asks = resend_of(&action.request.id).and_then(|key| job.effects.get(&key));
        closed && !job.was_asked_again(action) && asks.is_some_and(|row| row.state == EffectState::Unknown)
    } else {
        job.unanswered().any(|other| other.id == action.id)
    }
}

/// Asks whole questions of one round of a step again under a new one, without what was to
/// begin by now. What was dropped because nobody answered them waits again. Whether anything
/// was left to ask.
pub(super) fn reopen_whole(
    draft: &mut Draft<'_>,
    old: &[Arc<PendingAction>],
    actor: &str,
) -> Result<bool, CheckpointError> {
    let now = draft.s.now();
    let asked: Vec<(&Arc<PendingAction>, Ask)> =
        old.iter().filter_map(|old| Some((old, still_ahead(&old.request, now)?))).collect();
    let Some(step) = asked.first().map(|(action, _)| action.step.clone()) else { return Ok(false) };
    let round = draft.job.next_round(&step);
    let bound = || {
        asked.iter().flat_map(|(action, ask)| {
            let kept = super::contract::effects_of(ask);
            action.effects.iter().filter(move |bound| kept.iter().any(|effect| effect.id == bound.effect.id))
        })
    };
    let rows = waiting_for(draft, bound().map(|bound| bound.key.clone()).collect());
    let mut names = names(&rows);
    names.extend(bound().map(|bound| (bound.key.clone(), bound.effect.id.clone())));
    for (old, ask) in &asked {
        let mut request = ApprovalRequest { ask: ask.clone(), ..old.request.clone() };
        // The skill's own expiry has passed; the host's holds.
        request.expires = None;
        carry(&mut request.ask, old, &names, draft);
        let action = maker(old, round).question(draft, request);
        draft.event(JobEvent::ApprovalReopened {
            approval: old.id.clone(),
            reopened_as: action.id.clone(),
            step: old.step.clone(),
            taken_back: Vec::new(),
        })?;
        draft.audit(actor, "approval.asked_again", old.id.as_str(), json!({"reopened_as": action.id}));
        draft.ask(action);
    }
    move_along(draft, &rows, round, &names)?;
    Ok(true)
}

/// Free effects that wait for these keys, or did so in vain. One that was made again
/// in a later round is that one.
fn waiting_for(draft: &Draft<'_>, keys: BTreeSet<EffectKey>) -> Vec<Arc<OutboxRow>> {
    let job = &draft.job;
    let waits = |row: &OutboxRow| row.approval.is_none() && (row.state == EffectState::Ready || row.waited_in_vain());
    let mut last: BTreeMap<&str, (Option<u32>, &Arc<OutboxRow>)> = BTreeMap::new();
    for row in hanging_on(job, keys, waits).iter().filter_map(|key| job.effects.get(key)) {
        let round = round_of(draft.s, job, row);
        let known = last.entry(row.local_id.as_str()).or_insert((round, row));
        if known.0 < round {
            *known = (round, row);
        }
    }
    last.into_values().map(|(_, row)| Arc::clone(row)).collect()
}

/// The round that an effect is of, by its key.
pub(super) fn round_of(s: &Situation<'_>, job: &Job, row: &OutboxRow) -> Option<u32> {
    let is_key = |round: &u32| s.binder.effect_key(&job.row.id, &row.step, *round, &row.local_id) == row.key;
    (0..=job.next_round(&row.step)).rev().find(is_key)
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

/// Every question whether to send an effect again, settled ones too.
pub(super) fn resend_questions<'a>(job: &'a Job, key: &'a EffectKey) -> impl Iterator<Item = &'a PendingAction> {
    let all = job.actions.values().map(Arc::as_ref);
    all.filter(move |action| resend_of(&action.request.id).as_ref() == Some(key))
}

/// Moves free effects that wait for `old` over to the same effect of `round`.
pub(super) fn respawn_dependents(draft: &mut Draft<'_>, old: &EffectKey, round: u32) -> Result<(), CheckpointError> {
    let Some(row) = draft.job.effects.get(old).cloned() else { return Ok(()) };
    let free = |row: &OutboxRow| row.state == EffectState::Ready && row.approval.is_none();
    let mut taken = hanging_on(&draft.job, BTreeSet::from([old.clone()]), free);
    taken.remove(old);
    let rows: Vec<Arc<OutboxRow>> = taken.iter().filter_map(|key| draft.job.effects.get(key).cloned()).collect();
    let mut names = names(&rows);
    names.insert(old.clone(), row.local_id.clone());
    move_along(draft, &rows, round, &names)
}

fn maker(old: &PendingAction, round: u32) -> Maker<'_> {
    Maker { step: &old.step, round, module: old.module.as_ref(), rights: &old.rights }
}

/// These keys, and of the effects that count everything that waits for them, near or
/// far.
pub(super) fn hanging_on(
    job: &Job,
    keys: BTreeSet<EffectKey>,
    counts: impl Fn(&OutboxRow) -> bool,
) -> BTreeSet<EffectKey> {
    let mut found = keys;
    loop {
        let more: Vec<EffectKey> = job
            .effects
            .values()
            .filter(|row| counts(row) && !found.contains(&row.key))
            .filter(|row| row.after.iter().any(|after| found.contains(after)))
            .map(|row| row.key.clone())
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Local ids of what moves along, by the keys it had.
type Names = BTreeMap<EffectKey, String>;

fn names(rows: &[Arc<OutboxRow>]) -> Names {
    rows.iter().map(|row| (row.key.clone(), row.local_id.clone())).collect()
}

/// What an effect waits for, written so that it means the same in another round:
/// local ids for what moves along, keys for what stays, nothing for what is done.
fn carried(after: &[EffectKey], names: &Names, job: &Job) -> Vec<String> {
    let name = |key: &EffectKey| {
        if let Some(id) = names.get(key) {
            return Some(id.clone());
        }
        let key = newest(job, key);
        job.effects.get(&key).is_none_or(|row| row.state != EffectState::Sent).then(|| key.to_string())
    };
    after.iter().filter_map(name).collect()
}

/// The key that an effect has by now whose question was asked again, because nobody
/// answered or because the answer was taken back.
fn newest(job: &Job, key: &EffectKey) -> EffectKey {
    if job.effects.get(key).is_some_and(|row| row.state != EffectState::Cancelled) {
        return key.clone();
    }
    let found = job
        .actions
        .values()
        .find_map(|action| Some((action, &action.effects.iter().find(|bound| bound.key == *key)?.effect.id)));
    let later = found.and_then(|(old, id)| {
        let again =
            job.actions.values().filter(|action| action.step == old.step && action.request.id == old.request.id);
        again.max_by_key(|action| action.round)?.effects.iter().find(|bound| bound.effect.id == *id)
    });
    later.map_or_else(|| key.clone(), |bound| bound.key.clone())
}

/// The effect of a row as it stands, for another round.
fn portable(row: &OutboxRow, names: &Names, job: &Job) -> Effect {
    let after = carried(&row.after, names, job);
    Effect { id: row.local_id.clone(), kind: row.kind.clone(), payload: row.payload.clone(), after }
}

/// Rewrites what the effects of an old question wait for, for another round.
fn carry(ask: &mut Ask, old: &PendingAction, names: &Names, draft: &Draft<'_>) {
    for effect in ask.effects_mut() {
        let key = |after: &String| draft.s.binder.after_key(&old.job, &old.step, old.round, after);
        let after: Vec<EffectKey> = effect.after.iter().map(key).collect();
        effect.after = carried(&after, names, &draft.job);
    }
}

/// Makes effects again in another round; what has not left of the old ones is void.
fn move_along(
    draft: &mut Draft<'_>,
    rows: &[Arc<OutboxRow>],
    round: u32,
    names: &Names,
) -> Result<(), CheckpointError> {
    draft.take_back("moved with what it waits for", |ready| rows.iter().any(|row| row.key == ready.key))?;
    for row in rows {
        respawn(draft, row, round, names);
    }
    Ok(())
}

fn respawn(draft: &mut Draft<'_>, row: &OutboxRow, round: u32, names: &Names) {
    let maker = Maker { step: &row.step, round, module: row.module.as_ref(), rights: &row.rights };
    let effect = portable(row, names, &draft.job);
    let bound = maker.bind(draft, effect);
    let fresh = maker.row(draft, &bound, None, draft.s.now());
    draft.put(fresh);
}

/// The question of effects that were taken back: the old one, down to these. A
/// choice that was taken back whole is offered whole again.
fn ask_for(old: &PendingAction, rows: &[Arc<OutboxRow>], names: &Names, draft: &Draft<'_>) -> ApprovalRequest {
    let mut request = old.request.clone();
    request.expires = None;
    let released = old.resolution.as_ref().map_or(0, |resolution| resolution.released.len());
    if matches!(request.ask, Ask::Choose { .. }) && released == rows.len() {
        carry(&mut request.ask, old, names, draft);
        return request;
    }
    request.ask.narrow(|effect| {
        let key = draft.s.binder.effect_key(&old.job, &old.step, old.round, &effect.id);
        let row = rows.iter().find(|row| row.key == key);
        if let Some(row) = row {
            *effect = portable(row, names, &draft.job);
        }
        row.is_some()
    });
    if let Ask::Choose { choices, .. } = request.ask {
        let effects = choices.into_iter().flat_map(|choice| choice.effects).collect();
        request.ask = Ask::Review { effects, editable: Vec::new(), deferrable: false };
    }
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
