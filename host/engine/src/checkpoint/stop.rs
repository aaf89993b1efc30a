//! Ends that nobody's answer brings: a cancelled job, a question whose time is
//! over; and the way back from a failure.
//!
//! Expiry, exactly: a question is `expired` at its `expires_at`, and nothing of
//! it is released. Its job stays `awaiting_approval`, so that the question can
//! be asked again, until 48 hours after its last question was asked; then, if no
//! question is open, the job is `expired`.

use serde_json::json;

use super::reopen::{reopen_whole, withdrawn};
use super::{Checkpoint, CheckpointError, Draft, Person, Situation};
use crate::fold::{Job, StepStatus};
use crate::ids::{EffectKey, StepName, UserId};
use crate::job::{JobEvent, JobStatus};
use crate::outbox::EffectState;

/// Why a job cannot be stopped or sent back.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// It is over.
    #[error("the job is {} already", status.as_str())]
    Ended {
        /// How.
        status: JobStatus,
    },
    /// It did not fail.
    #[error("only a failed job can be retried; this one is {}", status.as_str())]
    NotFailed {
        /// What it is.
        status: JobStatus,
    },
    /// The step has an outcome, or does not exist.
    #[error("step {step} cannot be retried: it did not fail")]
    NotRetryable {
        /// Which.
        step: StepName,
    },
    /// Somebody else's job.
    #[error("this job is not {by}'s to move")]
    NotYours {
        /// Who tried.
        by: UserId,
    },
    /// The checkpoint cannot be made.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Ends a job: open questions are withdrawn, effects that have not left are
/// cancelled. Calls that run on are not recorded any more.
pub fn cancel(s: &Situation<'_>, job: &Job, by: &Person) -> Result<Checkpoint, StopError> {
    if job.row.user != by.id && !by.admin {
        return Err(StopError::NotYours { by: by.id.clone() });
    }
    if job.row.status.is_ended() {
        return Err(StopError::Ended { status: job.row.status });
    }
    let mut draft = Draft::new(s, job);
    draft.audit(&format!("user:{}", by.id), "job.cancel", job.row.id.as_str(), json!({"admin": by.admin}));
    cancel_effects(&mut draft)?;
    draft.end(JobStatus::Cancelled, Some(format!("cancelled by {}", by.id)));
    Ok(draft.finish()?)
}

/// Takes back every effect that has not left.
pub(super) fn cancel_effects(draft: &mut Draft<'_>) -> Result<(), CheckpointError> {
    let ready: Vec<EffectKey> =
        draft.job.effects.values().filter(|row| row.state == EffectState::Ready).map(|row| row.key.clone()).collect();
    for key in ready {
        draft.change(&key, |row| {
            row.state = EffectState::Cancelled;
            row.last_error = Some("the job was cancelled".to_owned());
        })?;
    }
    Ok(())
}

/// Closes questions whose time is over, and the job when its own is.
pub fn expire(s: &Situation<'_>, job: &Job) -> Result<Checkpoint, CheckpointError> {
    let mut draft = Draft::new(s, job);
    draft.close_expired()?;
    draft.finish()
}

/// Sends a failed job back to a step that failed or did not run, with all after
/// it that have no outcome. Questions that its failure withdrew are asked again.
pub fn retry_from(s: &Situation<'_>, job: &Job, step: &StepName, by: &Person) -> Result<Checkpoint, StopError> {
    if job.row.user != by.id && !by.admin {
        return Err(StopError::NotYours { by: by.id.clone() });
    }
    if job.row.status != JobStatus::Failed {
        return Err(StopError::NotFailed { status: job.row.status });
    }
    if job.steps.get(step).is_none_or(|state| state.status == StepStatus::Proposed) {
        return Err(StopError::NotRetryable { step: step.clone() });
    }
    let mut draft = Draft::new(s, job);
    draft.audit(&format!("user:{}", by.id), "job.retried", step.as_str(), json!({}));
    draft.event(JobEvent::Retried { from: step.clone(), by: by.id.clone() })?;
    for action in withdrawn(job) {
        reopen_whole(&mut draft, &action)?;
    }
    Ok(draft.requeue()?)
}
