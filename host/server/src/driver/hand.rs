//! A parked job that a commit of this process sends on goes on here: that commit is the
//! claim as well, which saves a look at the queue, a read of the job, and a flush.
//!
//! Only while a slot is free: what is queued by then has its turn to wait for.

use std::collections::BTreeSet;
use std::sync::Arc;

use skillhost_engine::checkpoint::{Checkpoint, Situation};
use skillhost_engine::fold::Job;
use skillhost_engine::job::JobStatus;
use skillhost_engine::sequence::Sequence;
use skillhost_engine::store::{StoreError, StoredPrincipal};

use super::run::Run;
use super::slot::Slot;
use super::{Claimed, Driving, Principal};
use crate::answer::situated;
use crate::app::App;

/// A slot, and the right of this process to drive the job in it.
pub(crate) struct Hand {
    slot: Slot,
    driving: Driving,
    sequence: Arc<Sequence>,
    principal: Principal,
}

/// Decides on a job that this process may not hold. What would queue a parked job takes
/// it instead, if it can; the hand is for [`Hand::go_on`] after the commit.
///
/// # Errors
/// The store's, and within it the decision's.
pub(crate) async fn decide_or_take<E>(
    app: &Arc<App>,
    job: &Job,
    sequence: &Arc<Sequence>,
    principal: StoredPrincipal,
    decide: impl Fn(&Situation<'_>, &Job) -> Result<Checkpoint, E>,
) -> Result<Result<(Checkpoint, Option<Hand>), E>, StoreError> {
    let queued = match situated(app, sequence, |situation| decide(situation, job)) {
        Ok(done) => done,
        Err(error) => return Ok(Err(error)),
    };
    let is_sent_on = is_parked(job.row.status) && queued.job.row.status == JobStatus::Pending;
    let Some(hand) = (if is_sent_on { Hand::free(app, job, sequence, principal).await? } else { None }) else {
        return Ok(Ok((queued, None)));
    };
    let run = Run::new(app, job, Arc::clone(sequence), &hand.principal).await?;
    let taken = run.decide(job, &BTreeSet::new(), decide);
    Ok(taken.map(|taken| (taken, Some(hand))))
}

/// On a person or an effect. An operator's pause only they end, and what waited for money
/// goes back into the queue: all of an org's jobs at once, where a budget is raised.
fn is_parked(status: JobStatus) -> bool {
    matches!(status, JobStatus::AwaitingApproval | JobStatus::Deferred)
}

impl Hand {
    async fn free(
        app: &Arc<App>,
        job: &Job,
        sequence: &Arc<Sequence>,
        principal: StoredPrincipal,
    ) -> Result<Option<Self>, StoreError> {
        if app.wake.draining().is_cancelled() {
            return Ok(None);
        }
        let Some(slot) = app.slot() else { return Ok(None) };
        let Some(driving) = app.running.enter(app, &job.row.id) else { return Ok(None) };
        let principal = Principal::of(app, principal).await?;
        Ok(Some(Self { slot, driving, sequence: Arc::clone(sequence), principal }))
    }

    /// Drives the job as it was committed; whether there was anything left to do.
    pub(crate) fn go_on(self, app: &Arc<App>, job: &Job) -> bool {
        let goes_on = job.row.status == JobStatus::InProgress;
        if goes_on {
            let claimed = Claimed::born(job.clone(), self.sequence, self.principal);
            super::spawn(app, self.slot, self.driving, claimed);
        }
        goes_on
    }
}
