//! An effect that was given up is sent again, because a person says so.
//!
//! The key stays: it names the same effect, and its release still proves who
//! approved it. Where nobody knows whether it happened, somebody has to say so
//! first: `sent` ends it, `send_again` answers the open question with yes, which
//! releases it under a key of its own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::order::{Order, OrderError};
use super::reopen::resend_of;
use super::send_back::was_unknown;
use super::{Checkpoint, Draft, Reply, Situation, settle};
use crate::approval::{ActionStatus, Answer};
use crate::effect;
use crate::fold::Job;
use crate::ids::EffectKey;
use crate::job::{JobEvent, JobStatus};
use crate::outbox::{EffectState, WAITED_IN_VAIN};
use crate::store::Write;

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
    if job.row.status == JobStatus::Cancelled {
        return Err(not_dead("its job was cancelled", "Run the job anew."));
    }
    let is_protected = effect::kind(&row.kind).is_none_or(|kind| kind.protected);
    let theirs = |why: Option<Decision>| {
        if (is_protected && why != Some(Decision::Sent)) && order.by.id != row.user {
            return Err(OrderError::NotTheirs { key: key.clone(), of: row.user.clone() });
        }
        Ok(())
    };
    match (row.state, decision) {
        (EffectState::Unknown, None) => Err(OrderError::Undecided { key: key.clone() }),
        (EffectState::Unknown, Some(Decision::Sent)) => it_was_sent(s, job, key, order),
        (EffectState::Unknown, Some(Decision::SendAgain)) => {
            theirs(decision)?;
            let open =
                job.open_actions().into_iter().find(|action| resend_of(&action.request.id).as_ref() == Some(key));
            let Some(question) = open else {
                return Err(not_dead("the question about it has expired", "Ask it again in the inbox, and answer it."));
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
            theirs(None)?;
            put_back(s, job, key, order)
        }
        (EffectState::Sent, _) => Err(not_dead("it has happened", "Run the job anew to do it once more.")),
        (EffectState::Ready | EffectState::Sending, _) => Err(not_dead("it is on its way", "Wait for its end.")),
        (EffectState::Cancelled, _) => {
            Err(not_dead("it was taken back", "Retry the job from the step that proposed it."))
        }
    }
}

fn it_was_sent(s: &Situation<'_>, job: &Job, key: &EffectKey, order: &Order) -> Result<Checkpoint, OrderError> {
    let mut draft = Draft::new(s, job);
    draft.audit(&order.actor(), "effect.said_sent", key.as_str(), order.detail(json!({})));
    let receipt = json!({"said_by": order.by.id});
    if let Some(row) = job.effects.get(key).filter(|row| row.kind == effect::email_send::KIND) {
        // It counts against the limits of its sender as any other.
        draft.write(Write::Crm(effect::sent_mail(row, &receipt, s.facts.now)));
    }
    draft.change(key, |row| {
        row.state = EffectState::Sent;
        row.receipt = Some(receipt);
        row.last_error = None;
    })?;
    let asked: Vec<_> = job
        .open_actions()
        .into_iter()
        .filter(|action| resend_of(&action.request.id).as_ref() == Some(key))
        .map(|action| action.id.clone())
        .collect();
    for question in asked {
        draft.close(&question, ActionStatus::Withdrawn, &order.words("said to have been sent"))?;
    }
    Ok(draft.finish()?)
}

/// Back under its key, and with it what was dropped only because it waited for it.
fn put_back(s: &Situation<'_>, job: &Job, key: &EffectKey, order: &Order) -> Result<Checkpoint, OrderError> {
    let mut keys = BTreeSet::from([key.clone()]);
    loop {
        let more: Vec<EffectKey> = job
            .effects
            .values()
            .filter(|row| row.state == EffectState::Cancelled && row.last_error.as_deref() == Some(WAITED_IN_VAIN))
            .filter(|row| !keys.contains(&row.key) && row.after.iter().any(|after| keys.contains(after)))
            .map(|row| row.key.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        keys.extend(more);
    }
    let mut draft = Draft::new(s, job);
    for key in keys {
        let Some(row) = job.effects.get(&key) else { continue };
        draft.audit(&order.actor(), "effect.requeued", key.as_str(), order.detail(json!({"was": row.last_error})));
        let (step, by) = (row.step.clone(), order.by.id.clone());
        draft.event(JobEvent::EffectRequeued { key: key.clone(), step, by })?;
        draft.change(&key, |row| {
            row.state = EffectState::Ready;
            row.attempt = 0;
            row.not_before = s.facts.now;
            row.last_error = None;
        })?;
    }
    Ok(draft.finish()?)
}
