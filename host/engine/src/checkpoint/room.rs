//! How much of a job may be open at once, so that one checkpoint can close it.
//!
//! Whatever ends a job closes its questions and takes back its effects, three
//! writes each. A job that had more of them than a batch holds could not be
//! ended, parked or failed any more: its step would be called, and paid, again
//! and again.

use std::collections::BTreeSet;

use super::reopen::{hanging_on, resend_of};
use crate::approval::PendingAction;
use crate::fold::Job;
use crate::ids::{ApprovalId, EffectKey};
use crate::limits::MAX_OPEN;
use crate::outbox::{EffectState, OutboxRow};
use crate::outcome::Ask;
use crate::time::Timestamp;

/// What a question may leave open: itself, then what an answer releases at most.
pub(super) fn asked(ask: &Ask) -> usize {
    let released = match ask {
        Ask::Review { effects, .. } => effects.len(),
        Ask::Choose { choices, .. } => choices.iter().map(|choice| choice.effects.len()).max().unwrap_or(0),
        Ask::Batch { items } => items.iter().map(|item| item.effects.len()).sum(),
    };
    released.max(1)
}

/// What is open of a job, and what asking again would open. The question about an
/// effect whose result is unknown counts as that effect.
pub(super) fn taken(job: &Job) -> usize {
    let waits = |action: &&PendingAction| resend_of(&action.request.id).is_none();
    let unanswered: Vec<&PendingAction> = job.unanswered().filter(waits).collect();
    let questions = job.open_actions().into_iter().filter(waits).chain(unanswered.iter().copied());
    let keys = unanswered.iter().flat_map(|action| keys(action)).collect::<BTreeSet<_>>();
    let dropped = hanging_on(job, keys.clone(), OutboxRow::waited_in_vain).len() - keys.len();
    questions.map(|action| asked(&action.request.ask)).sum::<usize>() + dropped + job.effects_on_their_way().count()
}

fn keys(action: &PendingAction) -> impl Iterator<Item = EffectKey> {
    action.effects.iter().map(|bound| bound.key.clone())
}

/// Questions whose time is over, the oldest first, as many as one checkpoint can
/// close with the effects that wait for them; one at least.
pub(super) fn over(job: &Job, now: Timestamp) -> Vec<ApprovalId> {
    let mut left = MAX_OPEN;
    let due = job.open_actions().into_iter().filter(|action| action.expires_at <= now);
    due.enumerate()
        .take_while(|(at, action)| {
            let keys: BTreeSet<EffectKey> = keys(action).collect();
            let bound = keys.len();
            let waits = hanging_on(job, keys, |row| row.state == EffectState::Ready).len() - bound;
            let fits = *at == 0 || waits < left;
            left = left.saturating_sub(1 + waits);
            fits
        })
        .map(|(_, action)| action.id.clone())
        .collect()
}
