//! An effect that was given up is sent again, because a person says so.
//!
//! The key stays: it names the same effect, and its release still proves who
//! approved it. One of a time before its step was sent back stays given up: the
//! step may have proposed the same again. Where nobody knows whether it happened, somebody has to say so
//! first: `sent` ends it, `send_again` answers the open question with yes, which
//! releases it under a key of its own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::deliver::sent;
use super::order::{Order, OrderError};
use super::reopen::{ask_resend, hanging_on, resend_of, resend_questions, round_of};
use super::send_back::was_unknown;
use super::{Checkpoint, Draft, Reply, Situation, settle};
use crate::approval::{ActionStatus, Answer, PendingAction};
use crate::effect;
use crate::fold::Job;
use crate::ids::EffectKey;
use crate::job::{JobEvent, JobStatus};
use crate::outbox::{EffectState, HELD_UNTIL, OutboxRow};

/// What a person says of an effect whose result is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It happened.
    Sent,
    /// It did not; send it.
    SendAgain,
}

/// Puts an effect back into the outbox, or settles one whose result is unknown.
pub fn requeue_effect(
    s: &Situation<'_>,
    job: &Job,
    key: &EffectKey,
    decision: Option<Decision>,
    order: &Order,
) -> Result<Checkpoint, OrderError> {
    order.check(job)?;
    let Some(row) = job.effects.get(key).cloned() else {
        return Err(OrderError::NoSuchEffect { key: key.clone() });
    };
    let not_dead = |why, hint| OrderError::NotDead { key: key.clone(), state: row.state, why, hint };
    let leaves = || {
        if job.row.status == JobStatus::Cancelled {
            return Err(not_dead("its job was cancelled", "Run the job anew."));
        }
        let is_protected = effect::kind(&row.kind).is_none_or(|kind| kind.protected);
        if is_protected && order.by.id != row.user {
            return Err(OrderError::NotTheirs { key: key.clone(), of: row.user.clone() });
        }
        Ok(())
    };
    match (row.state, decision) {
        (EffectState::Unknown, None) => Err(OrderError::Undecided { key: key.clone() }),
        (EffectState::Unknown, Some(Decision::Sent)) => it_was_sent(s, job, &row, order),
        (EffectState::Unknown, Some(Decision::SendAgain)) => {
            leaves()?;
            let Some(question) = resend_questions(job, key).find(|action| action.status == ActionStatus::Pending)
            else {
                // Nobody is asked any more; whoever answers it releases it.
                let mut draft = Draft::new(s, job);
                draft.audit(&order.actor(), "effect.ask_again", key.as_str(), order.detail(json!({})));
                ask_resend(&mut draft, &row)?;
                return Ok(draft.finish()?);
            };
            let reply = Reply {
                answer: Answer::Approve { edits: Vec::new(), not_before: None },
                by: order.by.clone(),
                via: order.via.clone(),
                note: order.reason.clone(),
                irrelevant: false,
            };
            Ok(settle(s, job, &question.id, reply).map_err(Box::new)?)
        }
        (EffectState::Dead, _) if was_unknown(job, key) => {
            Err(not_dead("nobody knows whether it happened, and it was left so", "Do it by hand, or run the job anew."))
        }
        (EffectState::Dead, Some(_)) => Err(not_dead("it is known that it did not happen", "Leave the decision out.")),
        (EffectState::Dead, None) => {
            leaves()?;
            // What the step proposed since asks for itself, perhaps for the same.
            let began = job.steps.get(&row.step).map_or(0, |state| state.first_round);
            if round_of(s, job, &row).is_none_or(|round| round < began) {
                return Err(not_dead("its step was sent back since", "Retry the job from the step once more."));
            }
            put_back(s, job, key, order)
        }
        (EffectState::Sent, _) => Err(not_dead("it has happened", "Run the job anew to do it once more.")),
        (EffectState::Ready | EffectState::Sending, _) => Err(not_dead("it is on its way", "Wait for its end.")),
        (EffectState::Cancelled, _) => {
            Err(not_dead("it was taken back", "Retry the job from the step that proposed it."))
        }
    }
}

fn it_was_sent(s: &Situation<'_>, job: &Job, row: &OutboxRow, order: &Order) -> Result<Checkpoint, OrderError> {
    let mut draft = Draft::new(s, job);
    draft.audit(&order.actor(), "effect.said_sent", row.key.as_str(), order.detail(json!({})));
    sent(&mut draft, row, json!({"said_by": order.by.id}))?;
    let about_it = |action: &PendingAction| resend_of(&action.request.id).as_ref() == Some(&row.key);
    draft.withdraw(&order.words("said to have been sent"), about_it)?;
    Ok(draft.finish()?)
}

/// Back under its key, and with it what was dropped only because it waited for it.
fn put_back(s: &Situation<'_>, job: &Job, key: &EffectKey, order: &Order) -> Result<Checkpoint, OrderError> {
    let keys = hanging_on(job, BTreeSet::from([key.clone()]), OutboxRow::waited_in_vain);
    let mut draft = Draft::new(s, job);
    for key in keys {
        let Some(row) = job.effects.get(&key) else { continue };
        draft.audit(&order.actor(), "effect.requeued", key.as_str(), order.detail(json!({"was": row.last_error})));
        let (step, by) = (row.step.clone(), order.by.id.clone());
        draft.event(JobEvent::EffectRequeued { key: key.clone(), step, by })?;
        draft.change(&key, |row| {
            row.state = EffectState::Ready;
            row.attempt = 0;
            // The checkpoint sets when it leaves, with its undo window anew.
            row.not_before = HELD_UNTIL;
            row.last_error = None;
        })?;
    }
    Ok(draft.finish()?)
}
