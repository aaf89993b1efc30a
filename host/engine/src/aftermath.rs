//! What became of a question: who settled it and how, where the effects stand that the
//! answer released, and what may still be done about it.
//!
//! Invariant: it follows from the rows and the instant alone, so that two looks at the same
//! rows say the same, and whoever shows it may show it twice.

use crate::approval::{ActionStatus, Answer, PendingAction};
use crate::checkpoint::{may_be_asked_again, may_be_undone};
use crate::fold::Job;
use crate::ids::{EffectKey, UserId};
use crate::outbox::{EffectState, HELD_UNTIL, OutboxRow, TAKEN_BACK};
use crate::time::Timestamp;

/// A question after it was settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Aftermath {
    /// Where it stands.
    pub status: ActionStatus,
    /// Who settled it; nobody for an expiry and a withdrawal.
    pub by: Option<UserId>,
    /// What they said.
    pub answer: Option<Answer>,
    /// Whether they changed something of what was proposed.
    pub edited: bool,
    /// Whether they said that it does not concern them.
    pub irrelevant: bool,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// What was released, in its order.
    pub ends: Vec<End>,
    /// Whether some of it can still be taken back.
    pub can_undo: bool,
    /// Whether it can be asked again.
    pub can_ask_again: bool,
    /// Whether it was asked again.
    pub asked_again: bool,
    /// Whether its job is over.
    pub is_over: bool,
}

/// Where a released effect stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Its kind.
    pub kind: String,
    /// Where it stands.
    pub state: EndState,
}

/// Where a released effect stands, as far as it makes a difference to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndState {
    /// It leaves at this time, or is about to.
    Leaves(Timestamp),
    /// It waits for another one, or for its job.
    Waits,
    /// It happened.
    Done(Timestamp),
    /// It does not happen, for this reason.
    Failed(String),
    /// Nobody knows whether it happened.
    Unknown,
    /// A person took it back.
    TakenBack,
}

impl Aftermath {
    /// What became of a question of this job.
    pub fn of(job: &Job, action: &PendingAction, now: Timestamp) -> Self {
        let rows = released(job, action);
        Self {
            ends: rows.iter().map(|row| End::of(row)).collect(),
            can_undo: rows.iter().any(|row| may_be_undone(job, row, now)),
            can_ask_again: may_be_asked_again(job, action),
            asked_again: job.was_asked_again(action),
            is_over: job.row.status.is_ended(),
            ..Self::alone(action)
        }
    }

    /// What the question itself says, where its job is not at hand.
    pub fn alone(action: &PendingAction) -> Self {
        let resolution = action.resolution.as_ref();
        let answer = resolution.and_then(|resolution| resolution.answer.clone());
        let edited = match &answer {
            Some(Answer::Approve { edits, .. }) => !edits.is_empty(),
            Some(Answer::Items { items }) => items.iter().any(|item| item.approve && !item.edits.is_empty()),
            _ => false,
        };
        Self {
            status: action.status,
            by: resolution.and_then(|resolution| resolution.by.clone()),
            answer,
            edited,
            irrelevant: resolution.is_some_and(|resolution| resolution.irrelevant),
            settled_at: action.resolved_at,
            ends: Vec::new(),
            can_undo: false,
            can_ask_again: false,
            asked_again: false,
            is_over: true,
        }
    }
}

/// What of a question's released effects can still be taken back.
pub fn undoable(job: &Job, action: &PendingAction, now: Timestamp) -> Vec<EffectKey> {
    let rows = released(job, action).into_iter();
    rows.filter(|row| may_be_undone(job, row, now)).map(|row| row.key.clone()).collect()
}

fn released<'j>(job: &'j Job, action: &PendingAction) -> Vec<&'j OutboxRow> {
    let keys = action.resolution.iter().flat_map(|resolution| &resolution.released);
    keys.filter_map(|key| job.effects.get(key).map(AsRef::as_ref)).collect()
}

impl End {
    fn of(row: &OutboxRow) -> Self {
        let why = || row.last_error.clone().unwrap_or_default();
        let state = match row.state {
            EffectState::Ready if row.not_before == HELD_UNTIL => EndState::Waits,
            EffectState::Ready | EffectState::Sending => EndState::Leaves(row.not_before),
            EffectState::Sent => EndState::Done(row.updated_at),
            EffectState::Unknown => EndState::Unknown,
            EffectState::Cancelled if row.last_error.as_deref() == Some(TAKEN_BACK) => EndState::TakenBack,
            EffectState::Dead | EffectState::Cancelled => EndState::Failed(why()),
        };
        Self { kind: row.kind.clone(), state }
    }
}
