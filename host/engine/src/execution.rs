//! What a job amounts to, in the words of `sequence_jobs`: `execution_metadata`
//! and `context`, both computed from the fold and never stored apart from it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fold::{Job, StepStatus};
use crate::ids::JobId;
use crate::sequence::Sequence;

/// `execution_metadata` of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionMetadata {
    /// The job.
    pub sequence_job_id: JobId,
    /// Type of its event.
    pub event_type: String,
    /// Where the event came from.
    pub event_source: String,
    /// Steps that ran at least once.
    pub steps_attempted: u32,
    /// Steps with an outcome.
    pub steps_completed: u32,
    /// Steps that failed for good.
    pub steps_failed: u32,
    /// Questions asked.
    pub approval_gates_hit: u32,
    /// Jobs it led to.
    pub followups_queued: u32,
    /// From admission to the last change.
    pub total_duration_ms: i64,
    /// Money spent, US dollars.
    pub total_ai_cost: f64,
    /// 1 for a root.
    pub chain_depth: u8,
    /// Fuel burned by its steps.
    pub fuel: i64,
}

impl ExecutionMetadata {
    /// Sums up a job.
    pub fn of(job: &Job) -> Self {
        let count = |matches: &dyn Fn(&crate::fold::StepState) -> bool| {
            u32::try_from(job.steps.values().filter(|step| step.items.is_none() && matches(step)).count())
                .unwrap_or(u32::MAX)
        };
        let spend = job.spend();
        Self {
            sequence_job_id: job.row.id.clone(),
            event_type: job.row.event_type.clone(),
            event_source: job.row.event_source.clone(),
            steps_attempted: count(&|step| step.attempts > 0),
            steps_completed: count(&|step| step.status == StepStatus::Proposed),
            steps_failed: count(&|step| step.status == StepStatus::Failed),
            approval_gates_hit: u32::try_from(job.actions.len()).unwrap_or(u32::MAX),
            followups_queued: u32::try_from(children(job).len()).unwrap_or(u32::MAX),
            total_duration_ms: job.row.updated_at.0.saturating_sub(job.row.created_at.0),
            // Micro-dollars up to 2^53 are exact, and far beyond any budget.
            total_ai_cost: spend.money.0 as f64 / 1_000_000.0,
            chain_depth: job.row.depth,
            fuel: spend.fuel,
        }
    }
}

/// Jobs it led to, in the order of its steps.
pub fn children(job: &Job) -> Vec<&JobId> {
    job.order.iter().filter_map(|step| job.steps.get(step)).flat_map(|step| &step.children).collect()
}

/// The `context` column of the seed documents: where the sequence stands. The
/// snapshots themselves are named by source and digest, not copied.
pub fn sequence_state(job: &Job, sequence: &Sequence) -> Value {
    let completed: Vec<_> = job
        .order
        .iter()
        .filter(|step| job.steps.get(*step).is_some_and(|state| state.status == StepStatus::Proposed))
        .collect();
    let current = job.order.iter().find(|step| {
        job.steps.get(*step).is_some_and(|state| matches!(state.status, StepStatus::Waiting | StepStatus::Retrying))
    });
    let context: std::collections::BTreeMap<_, _> = job
        .steps
        .values()
        .flat_map(|step| &step.reads)
        .filter_map(|read| Some((read.source.as_str(), read.digest.as_deref()?)))
        .collect();
    let pending: Vec<_> = job
        .open_actions()
        .into_iter()
        .map(|action| json!({"approval": action.id, "step": action.step, "expires_at": action.expires_at}))
        .collect();
    json!({
        "event": {
            "id": job.row.event,
            "type": job.row.event_type,
            "source": job.row.event_source,
            "payload": job.row.trigger_payload,
        },
        "context": context,
        "steps_completed": completed,
        "current_step": if job.row.status.is_ended() { None } else { current },
        "outputs": job.outputs(sequence),
        "pending_approvals": pending,
        "queued_followups": children(job),
        "started_at": job.row.created_at,
        "cost_accumulated": job.spend().money,
    })
}
