//! An attempt of a step failed.

use serde_json::json;

use super::{Checkpoint, CheckpointError, Draft, Situation, StepRun};
use crate::fold::Job;
use crate::job::JobEvent;
use crate::outcome::Spend;
use crate::retry::RetryPolicy;
use crate::sequence::{OnFailure, Step};
use crate::skill::{CallError, CallReport, ReadRecord};

/// What is known of a call that did not end well.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) spend: Spend,
    pub(super) reads: Vec<ReadRecord>,
    pub(super) denials: Vec<String>,
    /// Whether the step may run again as it is.
    pub(super) at_once: bool,
}

/// Records an attempt that ended for want of money. It does not fail the step: it
/// may run again at once, and whoever runs it looks first whether its budget
/// covers it by then. A call that did without the money is as any other.
pub fn step_short(
    s: &Situation<'_>,
    job: &Job,
    run: &StepRun,
    report: CallReport,
) -> Result<Checkpoint, CheckpointError> {
    let Some(step) = s.sequence.step(&run.step) else {
        return Err(CheckpointError::NoSuchStep { step: run.step.clone() });
    };
    let CallReport { result: Err(error), spend, reads, denials, .. } = report else {
        return super::step_proposed(s, job, run, report);
    };
    let mut draft = Draft::new(s, job);
    let ended = Ended { spend, reads, denials, at_once: true };
    record_failure(&mut draft, step, run, error, ended)?;
    draft.finish()
}

pub(super) fn record_failure(
    draft: &mut Draft<'_>,
    step: &Step,
    run: &StepRun,
    error: CallError,
    ended: Ended,
) -> Result<(), CheckpointError> {
    let Ended { spend, reads, denials, at_once } = ended;
    let forgiven = draft.job.steps.get(&run.step).map_or(0, |state| state.forgiven);
    let asked = match &error {
        CallError::Failed { failure } => failure.retry_after_ms.map(i64::from),
        _ => None,
    };
    let retry_at = if at_once {
        Some(draft.s.now())
    } else if error.is_transient() {
        let counted = run.attempt.saturating_sub(forgiven);
        // Nothing goes on without a step that stops its job, and there is a time to wait for.
        let put_off = step.on_failure == OnFailure::Stop && step.retry.attempts == 1 && asked.is_some();
        let retry = if put_off { RetryPolicy::PUT_OFF } else { step.retry };
        retry.again(counted, draft.s.now(), asked, &run.call_id)
    } else {
        None
    };
    let on_fallback = draft.job.steps.get(&run.step).is_some_and(|state| state.fallback);
    // What the host itself could not do for the step, it cannot do for another skill.
    let skills_own = !matches!(error, CallError::InputExpression { .. } | CallError::JobOutOfFuel { .. });
    let fallback = retry_at.is_none() && step.fallback.is_some() && !on_fallback && skills_own;
    let retry_at = if fallback { Some(draft.s.now()) } else { retry_at };
    draft.audit(
        "host",
        "step.failed",
        run.step.as_str(),
        json!({
            "attempt": run.attempt, "round": run.round, "call": run.call_id, "module": run.skill,
            "error": error.code(), "retry_at": retry_at, "fallback": fallback,
        }),
    );
    draft.event(JobEvent::StepFailed {
        step: run.step.clone(),
        attempt: run.attempt,
        round: run.round,
        skill: run.skill.clone(),
        rights: run.rights.iter().map(ToString::to_string).collect(),
        error,
        retry_at,
        fallback,
        spend,
        reads,
        denials,
        started_at: run.started_at,
        call: run.record.clone(),
    })?;
    draft.keep(run);
    Ok(())
}
