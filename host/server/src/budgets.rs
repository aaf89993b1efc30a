//! Budgets as people see and set them, and asks whose end a person has to decide.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use skillhost_engine::checkpoint;
use skillhost_engine::ids::{JobId, OrgId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::purse::{Budget, Disputed, MAX_BUDGET, Period, ReservationState, Scope, Settlement, Standing};
use skillhost_engine::store::{AuditRow, Batch, JobFilter, StoreError, User, Write};
use skillhost_engine::time::MicroUsd;

use crate::answer::AnswerError;
use crate::app::App;

/// Waiting jobs sent back in one page.
const RESUME_PAGE: u32 = 200;

/// The money of an org.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BudgetsView {
    /// Every limit, and everything that took money today or this month.
    pub budgets: Vec<Standing>,
    /// Asks whose outcome nobody knows; they count as spent.
    pub disputed: Vec<Disputed>,
}

/// Why a budget was not changed.
#[derive(Debug, thiserror::Error)]
pub enum BudgetError {
    /// Only an admin decides about money.
    #[error("only an admin of the org may change budgets")]
    NotAdmin,
    /// Out of range.
    #[error("{field}: {message}")]
    OutOfRange {
        /// Which.
        field: &'static str,
        /// What is allowed.
        message: String,
    },
    /// No such disputed reservation.
    #[error("the org has no disputed reservation `{id}`")]
    NotDisputed {
        /// As given.
        id: String,
    },
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// What stands.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn budgets(&self, org: &OrgId) -> Result<BudgetsView, StoreError> {
        let (budgets, disputed) =
            futures::try_join!(self.store.standings(org, self.clock.now()), self.store.disputed(org))?;
        Ok(BudgetsView { budgets, disputed })
    }

    /// Sets a limit, or takes it away, and sends the jobs that wait for money back.
    ///
    /// # Errors
    /// See [`BudgetError`].
    pub async fn set_budget(
        self: &Arc<Self>,
        who: &User,
        scope: Scope,
        period: Period,
        limit: Option<MicroUsd>,
    ) -> Result<BudgetsView, BudgetError> {
        admin(who)?;
        if limit.is_some_and(|limit| !(0..=MAX_BUDGET.0).contains(&limit.0)) {
            let message = format!("is 0 to {}", MAX_BUDGET.0);
            return Err(BudgetError::OutOfRange { field: "limit_micro_usd", message });
        }
        let detail = json!({ "period": period, "limit": limit });
        let audit = self.money_audit(who, "money.budget", &scope.to_string(), detail);
        let budget = Budget { org: who.org.clone(), scope, period, limit, at: self.clock.now() };
        self.store.commit(Batch { writes: vec![Write::Budget(budget), audit] }).await?;
        self.resume_waiting(&who.org).await?;
        Ok(self.budgets(&who.org).await?)
    }

    /// Decides what a disputed ask did cost; nothing releases it.
    ///
    /// # Errors
    /// See [`BudgetError`].
    pub async fn reconcile(self: &Arc<Self>, who: &User, id: &str, cost: MicroUsd) -> Result<BudgetsView, BudgetError> {
        admin(who)?;
        if !(0..=MAX_BUDGET.0).contains(&cost.0) {
            let message = format!("is 0 to {}", MAX_BUDGET.0);
            return Err(BudgetError::OutOfRange { field: "cost_micro_usd", message });
        }
        let to = if cost.0 == 0 { ReservationState::Released } else { ReservationState::Settled };
        let settlement = Settlement {
            org: who.org.clone(),
            id: id.to_owned(),
            from: ReservationState::Disputed,
            to,
            cost,
            at: self.clock.now(),
        };
        let audit = self.money_audit(who, "money.reconciled", id, json!({ "cost": cost }));
        match self.store.commit(Batch { writes: vec![Write::Settle(settlement), audit] }).await {
            Ok(()) => {}
            Err(StoreError::Conflict { .. }) => return Err(BudgetError::NotDisputed { id: id.to_owned() }),
            Err(error) => return Err(error.into()),
        }
        self.resume_waiting(&who.org).await?;
        Ok(self.budgets(&who.org).await?)
    }

    fn money_audit(&self, who: &User, action: &str, subject: &str, detail: serde_json::Value) -> Write {
        Write::Audit(AuditRow {
            org: who.org.clone(),
            job: None,
            actor: format!("user:{}", who.id),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail,
            at: self.clock.now(),
        })
    }

    /// Queues every job of the org that waits for money; each looks for itself
    /// whether there is enough now.
    async fn resume_waiting(self: &Arc<Self>, org: &OrgId) -> Result<(), StoreError> {
        let mut filter =
            JobFilter { status: vec![JobStatus::AwaitingBudget], limit: RESUME_PAGE, ..JobFilter::default() };
        loop {
            let page = self.store.jobs(org, &filter).await?;
            let Some(last) = page.last() else { return Ok(()) };
            filter.before = Some(last.id.clone());
            for row in &page {
                match self.budget_raised(org, &row.id).await {
                    Ok(()) => {}
                    Err(AnswerError::Store(error)) => return Err(error),
                    Err(error) => tracing::warn!(job = %row.id, %error, "the job cannot be sent back"),
                }
            }
        }
    }

    /// Queues a job that waits for money; one that does no longer stays as it is.
    pub(crate) async fn budget_raised(self: &Arc<Self>, org: &OrgId, job: &JobId) -> Result<(), AnswerError> {
        let resumed = self.decide(org, job, |situation, job| match job.row.status {
            JobStatus::AwaitingBudget => checkpoint::budget_raised(situation, job).map_err(AnswerError::from),
            // Somebody was faster.
            status => Err(AnswerError::TooLate { reason: status.as_str().to_owned() }),
        });
        match resumed.await {
            Ok(_) | Err(AnswerError::TooLate { .. } | AnswerError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn admin(who: &User) -> Result<(), BudgetError> {
    if who.admin { Ok(()) } else { Err(BudgetError::NotAdmin) }
}
