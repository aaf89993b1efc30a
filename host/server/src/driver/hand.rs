//! A job whose question is answered here goes on here: the commit of the answer is
//! the claim as well, which saves a look at the queue, a read of the job, and a flush.
//!
//! Only a job that waits for a person is taken so, and only while a slot is free: one
//! that is queued has its turn to wait for, and one that runs has a holder.

use std::collections::BTreeSet;
use std::sync::Arc;

use skillhost_engine::checkpoint::{Checkpoint, Situation};
use skillhost_engine::fold::Job;
use skillhost_engine::job::JobStatus;
use skillhost_engine::sequence::Sequence;
use skillhost_engine::store::StoreError;
use tokio::sync::OwnedSemaphorePermit;

use super::run::Run;
use super::{Claimed, Driving, Principal};
use crate::app::App;

/// A slot, and the right of this process to drive the job in it.
pub(crate) struct Hand {
    app: Arc<App>,
    slot: OwnedSemaphorePermit,
    driving: Driving,
    sequence: Arc<Sequence>,
    principal: Principal,
}

impl Hand {
    /// A hand for a parked job; `None` where it is not parked, is driven already, or
    /// nothing is free.
    pub(crate) async fn free(app: &Arc<App>, job: &Job, sequence: &Arc<Sequence>) -> Result<Option<Self>, StoreError> {
        if job.row.status != JobStatus::AwaitingApproval || app.wake.draining().is_cancelled() {
            return Ok(None);
        }
        let Ok(slot) = Arc::clone(&app.slots).try_acquire_owned() else { return Ok(None) };
        let Some(driving) = app.running.enter(app, &job.row.id) else { return Ok(None) };
        let principal = Principal::load(app, &job.row.org, &job.row.user).await?;
        Ok(Some(Self { app: Arc::clone(app), slot, driving, sequence: Arc::clone(sequence), principal }))
    }

    /// What a decision makes of the job in this hand.
    pub(crate) async fn decide<E>(
        &self,
        job: &Job,
        decide: impl FnOnce(&Situation<'_>, &Job) -> Result<Checkpoint, E>,
    ) -> Result<Checkpoint, E> {
        let run = Run::new(&self.app, job, Arc::clone(&self.sequence), &self.principal).await;
        run.decide(job, &BTreeSet::new(), decide)
    }

    /// Drives the job on if the decision left it something to do; whether it did.
    pub(crate) fn go_on(self, job: &Job) -> bool {
        let goes_on = job.row.status == JobStatus::InProgress;
        if goes_on {
            let claimed = Claimed::born(job.clone(), self.sequence, self.principal);
            super::spawn(&self.app, self.slot, self.driving, claimed);
        }
        goes_on
    }
}
