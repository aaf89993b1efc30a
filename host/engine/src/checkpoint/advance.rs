//! Taking a job, and moves of it that no step or person made.

use serde_json::json;

use super::{Checkpoint, CheckpointError, Draft, Situation};
use crate::fold::Job;
use crate::job::JobStatus;
use crate::purse::Shortage;
use crate::store::{ChatMessage, Write};

/// Takes a job under the situation's lease. Expired questions are closed in the
/// same commit, and a job with nothing left to do is parked or ended at once.
pub fn claim(s: &Situation<'_>, job: &Job) -> Result<Checkpoint, CheckpointError> {
    let mut draft = Draft::new(s, job);
    draft.close_expired()?;
    draft.finish()
}

/// Records steps whose conditions are false, and lists that steps are called for.
/// Every checkpoint of a holder does so by itself; this one serves a job that was
/// admitted with a lease.
pub fn plan_on(s: &Situation<'_>, job: &Job) -> Result<Checkpoint, CheckpointError> {
    Draft::new(s, job).finish()
}

/// Parks a job on money until the short budget's next period, and tells its
/// person once a period. Only with no call under way: a parked job has no holder.
pub fn await_budget(s: &Situation<'_>, job: &Job, shortage: &Shortage) -> Result<Checkpoint, CheckpointError> {
    let mut draft = Draft::new(s, job);
    let opens = shortage.period.ends(s.now());
    let reason = format!("{shortage}; it opens at {}", opens.rfc3339());
    let row = &draft.job.row;
    let message = ChatMessage {
        // One a budget, a period and a person, whatever waits for it.
        id: format!("budget:{}:{}:{}", shortage.scope, shortage.key, row.user),
        org: row.org.clone(),
        user: row.user.clone(),
        job: Some(row.id.clone()),
        text: format!(
            "The work on “{}” waits for money: {shortage}. It goes on when the budget is raised, or at {}.",
            row.event_type,
            opens.rfc3339()
        ),
        at: s.now(),
    };
    draft.write(Write::Notice(message));
    let detail = json!({
        "scope": shortage.scope, "period": shortage.period, "limit": shortage.limit, "available": shortage.available,
        "wanted": shortage.wanted,
    });
    draft.audit("host", "job.awaiting_budget", &shortage.key, detail);
    draft.park(JobStatus::AwaitingBudget, &reason, Some(opens))
}

/// Queues a job that waited for money, because a budget was raised.
pub fn budget_raised(s: &Situation<'_>, job: &Job) -> Result<Checkpoint, CheckpointError> {
    Draft::new(s, job).requeue()
}
