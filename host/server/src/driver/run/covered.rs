//! Whether a job's budgets cover what a call of it may spend.

use skillhost_engine::fold::Job;
use skillhost_engine::ids::{SkillName, StepName};
use skillhost_engine::purse::{self, ESTIMATE_JOBS, Shortage};
use skillhost_engine::rights::Right;
use skillhost_engine::sequence::WithoutMoney;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::MicroUsd;

use super::{CONTEXT_PREFIX, LLM_PREFIX, Run, Short};
use crate::driver::money;

impl Run<'_> {
    /// The budget that holds a call back: one that may spend money needs what it
    /// wanted when it last fell short, the first one of a job what the whole
    /// sequence is expected to cost, and any one a micro-dollar.
    pub(super) async fn shortage(&self, job: &Job, call: &StepName, short: &Short) -> Option<Shortage> {
        let step = self.sequence.step(call)?;
        let name = step.skill(job.steps.get(call).map(AsRef::as_ref))?;
        let manifest = self.app.skills.manifest(&self.module(job, step, name)?)?;
        // Most skills ask for nothing that costs money, and need no more of this.
        let models_count = step.without_money == WithoutMoney::Wait;
        let is_paid = |right: &String| {
            models_count && right.starts_with(LLM_PREFIX)
                || right.strip_prefix(CONTEXT_PREFIX).is_some_and(|source| self.app.providers.is_paid(source))
        };
        if !manifest.rights.iter().any(is_paid) {
            return None;
        }
        let costs = |right: &Right| match right {
            Right::Llm(_) => models_count,
            Right::Context(source) => self.app.providers.is_paid(source),
            _ => false,
        };
        let org = self.granted(&job.row.org).await.ok()?;
        if !self.rights(name, &manifest, step, &org).iter().any(costs) {
            return None;
        }
        let wanted = short.wanted.get(call).copied().unwrap_or(MicroUsd(1));
        match self.covered(job, name, wanted).await {
            Ok(covered) => covered.err(),
            // Every ask reserves again by itself; a store that is away shows there.
            Err(error) => {
                tracing::warn!(%error, "the budgets cannot be read now");
                None
            }
        }
    }

    /// A budget that was raised between the look at it and the commit that parked the
    /// job has sent nobody back.
    pub(super) async fn resume_if_covered(&self, job: &Job, short: &Short) {
        for call in &short.held {
            if self.shortage(job, call, short).await.is_some() {
                continue;
            }
            if let Err(error) = self.app.budget_raised(&job.row.org, &job.row.id).await {
                tracing::warn!(%error, "the job waits for its budget's next period");
            }
            return;
        }
    }

    async fn covered(
        &self,
        job: &Job,
        skill: &SkillName,
        mut wanted: MicroUsd,
    ) -> Result<Result<(), Shortage>, StoreError> {
        let store = &self.app.store;
        let org = &job.row.org;
        let standings = store.standings(org, self.app.clock.now()).await?;
        if standings.iter().all(|standing| standing.limit.is_none()) {
            return Ok(Ok(()));
        }
        if job.spend().money == MicroUsd(0) {
            let finished = store.job_costs(org, &self.sequence.name, ESTIMATE_JOBS).await?;
            wanted = wanted.max(purse::estimate(&finished, self.sequence.estimate));
        }
        Ok(purse::covers(&standings, &money::scopes(skill, &self.sequence.name), wanted))
    }
}
