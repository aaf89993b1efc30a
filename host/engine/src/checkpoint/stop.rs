//! Ends and stops that no answer brings: a cancelled job, a paused one, a
//! question whose time is over.
//!
//! Expiry, exactly: a question is `expired` at its `expires_at`, and nothing of
//! it is released. Its job stays `awaiting_approval`, so that the question can
//! be asked again, until 48 hours after its last question was asked (or after a
//! pause ended or the job was sent back, if that is later); then, if no question
//! is open, the job is `expired`.
//!
//! A pause, exactly: the job has no holder and claims no slot; no effect of it
//! leaves; its questions stay open, expire in time, and can be answered and
//! asked again; what the answers release waits. Calls under way are not
//! recorded: their steps run when the job is taken up again. An undo window and
//! an effect's wait for a further attempt begin anew then. A job that was put off
//! and has not begun still waits for its time.
//!
//! What a cancelled job released and has not left is cancelled with it, and what
//! comes back from an attempt that failed too: see [`Draft::finish`].

use serde_json::json;

use super::order::{Order, OrderError};
use super::{Checkpoint, CheckpointError, Draft, Situation};
use crate::fold::Job;
use crate::job::{JobEvent, JobStatus};
use crate::time::Timestamp;

/// Ends a job: open questions are withdrawn, effects that have not left are
/// cancelled. Calls that run on are not recorded any more.
pub fn cancel(s: &Situation<'_>, job: &Job, order: &Order) -> Result<Checkpoint, OrderError> {
    order.check(job)?;
    if job.row.status.is_ended() {
        let hint = "It is over; what has left stays left.";
        return Err(OrderError::WrongState { verb: "cancelled", status: job.row.status, hint });
    }
    let mut draft = Draft::new(s, job);
    draft.audit(&order.actor(), "job.cancel", job.row.id.as_str(), order.detail(json!({})));
    draft.end(JobStatus::Cancelled, Some(order.words("cancelled")));
    Ok(draft.finish()?)
}

/// Ends a job because a newer one with its concurrency word takes its place.
pub fn supersede(s: &Situation<'_>, job: &Job, newer: &crate::ids::JobId) -> Result<Checkpoint, CheckpointError> {
    let mut draft = Draft::new(s, job);
    if job.row.status.is_ended() {
        return draft.finish();
    }
    draft.audit("host", "job.superseded", job.row.id.as_str(), json!({"by": newer}));
    draft.end(JobStatus::Cancelled, Some(format!("job {newer} took its place")));
    draft.finish()
}

/// Parks a job until somebody takes it up again.
pub fn pause(s: &Situation<'_>, job: &Job, order: &Order) -> Result<Checkpoint, OrderError> {
    order.check(job)?;
    let hint = match job.row.status {
        JobStatus::Paused => "It is paused already; resume it.",
        status if status.is_ended() => "It is over. A job that ended is retried from a step, or run anew.",
        _ => {
            let mut draft = Draft::new(s, job);
            draft.audit(&order.actor(), "job.pause", job.row.id.as_str(), order.detail(json!({})));
            draft.event(JobEvent::Paused { by: order.by.id.clone() })?;
            return Ok(draft.park(JobStatus::Paused, &order.words("paused"), put_off_until(job))?);
        }
    };
    Err(OrderError::WrongState { verb: "paused", status: job.row.status, hint })
}

/// Takes a paused job up again.
pub fn resume(s: &Situation<'_>, job: &Job, order: &Order) -> Result<Checkpoint, OrderError> {
    order.check(job)?;
    if job.row.status != JobStatus::Paused {
        let hint = "Only a paused job is resumed.";
        return Err(OrderError::WrongState { verb: "resumed", status: job.row.status, hint });
    }
    let mut draft = Draft::new(s, job);
    draft.audit(&order.actor(), "job.resume", job.row.id.as_str(), order.detail(json!({})));
    draft.event(JobEvent::Resumed { by: order.by.id.clone() })?;
    let until = draft.job.row.wake_at.filter(|at| *at > s.now());
    Ok(draft.requeue_until(until)?)
}

/// The time a job waits for that has not begun: a quieter hour, or the one its event
/// named. What another job waits for is found anew by whoever takes it up.
fn put_off_until(job: &Job) -> Option<Timestamp> {
    let has_begun = job.steps.values().any(|state| state.attempts > 0);
    let waits = matches!(job.row.status, JobStatus::Deferred | JobStatus::Pending);
    job.row.wake_at.filter(|_| waits && !has_begun)
}

/// Closes questions whose time is over, and the job when its own is.
pub fn expire(s: &Situation<'_>, job: &Job) -> Result<Checkpoint, CheckpointError> {
    let mut draft = Draft::new(s, job);
    draft.close_expired()?;
    draft.finish()
}
