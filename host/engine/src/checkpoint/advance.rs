//! Taking a job, and moves of it that no step or person made.

use super::{Checkpoint, CheckpointError, Draft, Situation};
use crate::fold::Job;
use crate::ids::StepName;
use crate::job::{JobEvent, JobStatus};
use crate::time::Timestamp;

/// Takes a job under the situation's lease. Expired questions are closed in the
/// same commit, and a job with nothing left to do is parked or ended at once.
pub fn claim(s: &Situation<'_>, job: &Job) -> Result<Checkpoint, CheckpointError> {
    let mut draft = Draft::new(s, job);
    draft.close_expired()?;
    draft.finish()
}

/// Records steps whose conditions are false. Every other checkpoint of a holder
/// does so by itself; this one serves a job that was admitted with a lease.
pub fn steps_skipped(
    s: &Situation<'_>,
    job: &Job,
    skipped: Vec<(StepName, String)>,
) -> Result<Checkpoint, CheckpointError> {
    let mut draft = Draft::new(s, job);
    for (step, reason) in skipped {
        draft.event(JobEvent::StepSkipped { step, reason })?;
    }
    draft.finish()
}

/// Parks a job until a time: the host is shutting down, a vendor asked to wait.
pub fn defer(s: &Situation<'_>, job: &Job, until: Timestamp, reason: &str) -> Result<Checkpoint, CheckpointError> {
    Draft::new(s, job).park(JobStatus::Deferred, reason, Some(until))
}
