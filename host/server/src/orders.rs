//! What people tell a job to do: cancel, pause, resume, retry, run anew, go on
//! with another output, send an effect again; one job at a time or many.
//!
//! The engine decides; this file loads, commits, and names the sequence of
//! writes nowhere. To add an order, add its verb here and its decision there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillhost_engine::checkpoint::{self, Checkpoint, Decision, Order, OrderError, Situation};
use skillhost_engine::fold::{Job, StepStatus};
use skillhost_engine::ids::{EffectKey, JobId, OrgId, StepName};
use skillhost_engine::job::JobStatus;
use skillhost_engine::skill::Mismatch;
use skillhost_engine::store::{JobFilter, User};

use crate::answer::{AnswerError, person, situated};
use crate::app::App;
use crate::driver::Principal;
use crate::view::{EffectRowView, JobView};

/// Most jobs of one bulk order: a page of the store's list.
pub const MAX_BULK: u32 = 200;

/// What a job can be told without further words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// End it; what has left stays left.
    Cancel,
    /// Park it.
    Pause,
    /// Take it up again.
    Resume,
    /// Send it back to the step that failed.
    Retry,
    /// Take its event once more.
    Anew,
}

impl Verb {
    /// As the API and the CLI write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Anew => "anew",
        }
    }
}

/// Why, and by which door.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// `api:<client>`, `inbox`.
    pub via: String,
    /// The person's words.
    pub reason: Option<String>,
}

/// What became of one job of a bulk order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BulkLine {
    /// Which.
    pub job_id: JobId,
    /// Where it stood, or where it stands now.
    pub status: JobStatus,
    /// The job that it was run anew as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anew: Option<JobId>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What became of a bulk order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bulk {
    /// Whether nothing was done.
    pub dry_run: bool,
    /// Each job that the filter found, newest first.
    pub jobs: Vec<BulkLine>,
    /// Where to go on, when the filter may find more.
    pub next_before: Option<JobId>,
}

impl App {
    /// Tells a job what to do; for [`Verb::Anew`] the answer is the new job.
    ///
    /// # Errors
    /// See [`AnswerError`]; nothing changed.
    pub async fn order(
        self: &Arc<Self>,
        who: &User,
        job: &JobId,
        verb: Verb,
        from: Option<StepName>,
        why: Why,
    ) -> Result<JobView, AnswerError> {
        let order = given(who, why);
        let after = self.carry_out(&who.org, job, verb, from.as_ref(), &order).await?;
        tracing::info!(job = %job, verb = ?verb, via = order.via, "job told");
        let shown = match verb {
            Verb::Anew => after.anew.last().unwrap_or(job),
            _ => job,
        };
        self.job_view(&who.org, shown).await?.ok_or(AnswerError::NotFound)
    }

    async fn carry_out(
        self: &Arc<Self>,
        org: &OrgId,
        job: &JobId,
        verb: Verb,
        from: Option<&StepName>,
        order: &Order,
    ) -> Result<Job, AnswerError> {
        if verb != Verb::Anew {
            return self.decide(org, job, |situation, job| told(situation, job, verb, from, order)).await;
        }
        let row = self.store.job(org, job).await?.ok_or(AnswerError::NotFound)?.row;
        let facts = Principal::load(self, org, &row.user).await?.admission;
        self.decide(org, job, |situation, job| checkpoint::run_anew(situation, job, &facts, order)).await
    }

    /// Replaces a step's output, after its skill's schema was asked.
    ///
    /// # Errors
    /// See [`AnswerError`]; nothing changed.
    pub async fn edit_output(
        self: &Arc<Self>,
        who: &User,
        job: &JobId,
        step: &StepName,
        output: Value,
        why: Why,
    ) -> Result<JobView, AnswerError> {
        let (loaded, sequence) = self.load(&who.org, job).await?;
        let state = loaded.steps.get(step).map(AsRef::as_ref);
        if let Some((of_file, skill)) = sequence.step(step).and_then(|step| Some((step, step.skill(state)?))) {
            let ran = state.and_then(|state| state.skill.clone());
            let module = ran.or_else(|| self.resolve_for(job, of_file, skill));
            match module.and_then(|module| self.skills.check_output(&module, &output)) {
                Some(Ok(())) => {}
                Some(Err(Mismatch { pointer, message })) => {
                    return Err(AnswerError::InvalidOutput { pointer, message });
                }
                None => {
                    let reason = format!("no module of {skill} is at hand that says what its output looks like");
                    return Err(AnswerError::TooLate { reason });
                }
            }
        }
        let order = given(who, why);
        self.decide(&who.org, job, |situation, job| {
            checkpoint::edit_output(situation, job, step, output.clone(), &order)
        })
        .await?;
        tracing::info!(job = %job, step = %step, via = order.via, "output replaced by a person");
        self.job_view(&who.org, job).await?.ok_or(AnswerError::NotFound)
    }

    /// Sends an effect again that was given up, or settles one whose result is unknown.
    ///
    /// # Errors
    /// See [`AnswerError`]; nothing changed.
    pub async fn requeue_effect(
        self: &Arc<Self>,
        who: &User,
        effect: &EffectKey,
        decision: Option<Decision>,
        why: Why,
    ) -> Result<EffectRowView, AnswerError> {
        let row = self.store.effect(&who.org, effect).await?.ok_or(AnswerError::NotFound)?;
        if row.user != who.id && !who.admin {
            return Err(AnswerError::NotFound);
        }
        let order = given(who, why);
        let job = self
            .decide(&who.org, &row.job, |situation, job| {
                checkpoint::requeue_effect(situation, job, effect, decision, &order)
            })
            .await?;
        tracing::info!(effect = %effect, decision = ?decision, via = order.via, "effect requeued");
        job.effects.get(effect).map(|row| row.as_ref().into()).ok_or(AnswerError::NotFound)
    }

    /// Tells every job that a filter finds, a page at a time; with `dry_run` only
    /// says what each would answer.
    ///
    /// # Errors
    /// The store cannot be read. What a single job refuses is on its line.
    pub async fn bulk(
        self: &Arc<Self>,
        who: &User,
        verb: Verb,
        mut filter: JobFilter,
        dry_run: bool,
        why: Why,
    ) -> Result<Bulk, AnswerError> {
        if !who.admin {
            filter.user = Some(who.id.clone());
        }
        filter.limit = filter.limit.clamp(1, MAX_BULK);
        let order = given(who, why);
        let rows = self.store.jobs(&who.org, &filter).await?;
        let full = u32::try_from(rows.len()).is_ok_and(|count| count == filter.limit);
        let next_before = rows.last().filter(|_| full).map(|row| row.id.clone());
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            let done = if dry_run {
                self.would(&who.org, &row.id, verb, &order).await
            } else {
                self.carry_out(&who.org, &row.id, verb, None, &order).await
            };
            jobs.push(match done {
                Ok(job) => BulkLine {
                    job_id: row.id,
                    status: if dry_run { row.status } else { job.row.status },
                    anew: job.anew.last().filter(|_| verb == Verb::Anew && !dry_run).cloned(),
                    refused: None,
                    hint: None,
                },
                Err(AnswerError::Store(error)) if error.is_transient() => return Err(error.into()),
                Err(error) => {
                    let hint = match &error {
                        AnswerError::Order(order) => order.hint(),
                        _ => None,
                    };
                    let refused = Some(error.to_string());
                    BulkLine { job_id: row.id, status: row.status, anew: None, refused, hint }
                }
            });
        }
        tracing::info!(verb = ?verb, jobs = jobs.len(), dry_run, via = order.via, "many jobs told");
        Ok(Bulk { dry_run, jobs, next_before })
    }

    /// What a job would become; nothing is written.
    async fn would(&self, org: &OrgId, job: &JobId, verb: Verb, order: &Order) -> Result<Job, AnswerError> {
        let (before, sequence) = self.load(org, job).await?;
        if verb == Verb::Anew {
            let facts = Principal::load(self, org, &before.row.user).await?.admission;
            let done = situated(self, &sequence, |s| checkpoint::run_anew(s, &before, &facts, order))?;
            return Ok(done.job);
        }
        Ok(situated(self, &sequence, |situation| told(situation, &before, verb, None, order))?.job)
    }
}

fn told(
    situation: &Situation<'_>,
    job: &Job,
    verb: Verb,
    from: Option<&StepName>,
    order: &Order,
) -> Result<Checkpoint, OrderError> {
    match verb {
        Verb::Cancel => checkpoint::cancel(situation, job, order),
        Verb::Pause => checkpoint::pause(situation, job, order),
        Verb::Resume => checkpoint::resume(situation, job, order),
        Verb::Retry | Verb::Anew => {
            let failed =
                |step: &&StepName| job.steps.get(*step).is_some_and(|state| state.status == StepStatus::Failed);
            match from.or_else(|| job.order.iter().find(failed)) {
                Some(step) => checkpoint::retry_from(situation, job, step, order),
                None => Err(OrderError::WrongState {
                    verb: "retried",
                    status: job.row.status,
                    hint: "No step of it failed: name the one to start from.",
                }),
            }
        }
    }
}

fn given(who: &User, why: Why) -> Order {
    Order { by: person(who), via: why.via, reason: why.reason.filter(|reason| !reason.trim().is_empty()) }
}
