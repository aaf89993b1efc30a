//! One job from its claim to its next rest: ended, or parked.

mod ahead;
mod covered;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::Value;
use skillhost_engine::admission::AdmissionFacts;
use skillhost_engine::body::Subject;
use skillhost_engine::checkpoint::{self, Checkpoint, CheckpointError, Situation, StepRun};
use skillhost_engine::context::Doors;
use skillhost_engine::effect::sender::Sender;
use skillhost_engine::fold::Job;
use skillhost_engine::ids::{JobId, OrgId, SkillName, StepName};
use skillhost_engine::job::JobRow;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::{Call, Spend};
use skillhost_engine::plan::{self, Facts, Next, ReadyStep, Rest};
use skillhost_engine::purse::Shortage;
use skillhost_engine::registry::pinned;
use skillhost_engine::rights::{Grant, Parties, RightSet};
use skillhost_engine::sequence::{Run as StepWork, Sequence, Step};
use skillhost_engine::skill::{CallError, CallReport, LogLine, Manifest, SkillRef};
use skillhost_engine::store::{JobKey, StoreError};
use skillhost_engine::time::{MicroUsd, Timestamp};
use tracing::Instrument as _;

use super::aside;
use super::keep::Keeping;
use super::money::{Spender, StepDoors};
use super::paid::{PaidAnswers, StepRound};
use super::signing::signed;
use super::{JobDoors, Principal};
use crate::app::App;
use crate::fail_point::FailPoint;

/// Times a decision is taken anew because somebody else moved the job first.
/// Each loss means that somebody else made progress.
const MAX_CONFLICTS: u32 = 16;
/// Characters of a guest's last words kept with its trap: a panic's message and place.
const MAX_LAST_WORDS: usize = 400;
/// How long what an org grants is taken as it was read: a read of the settings at
/// every step would cost more than the step's own commit.
const GRANT_FRESH_MS: i64 = 1_000;
/// How every right to ask a model begins.
const LLM_PREFIX: &str = "llm:";
/// How every right to read a source begins.
const CONTEXT_PREFIX: &str = "context:";
/// Between two tries to write while the store is away.
const STORE_RETRY_MS: i64 = 500;

/// A job this process holds.
pub(crate) struct Claimed {
    job: Job,
    sequence: Arc<Sequence>,
    principal: Principal,
}

impl Claimed {
    /// Takes over a job that a commit put into this process's hands.
    pub(crate) fn born(job: Job, sequence: Arc<Sequence>, principal: Principal) -> Self {
        Self { job, sequence, principal }
    }

    pub(crate) fn id(&self) -> &JobId {
        &self.job.row.id
    }

    pub(crate) fn event(&self) -> &str {
        &self.job.row.event_type
    }
}

/// What became of a claim.
pub(super) enum Claim {
    /// The job is this process's.
    Won(Box<Claimed>),
    /// Somebody moved it since it was listed.
    Lost,
    /// It has nothing to run (its rest is then recorded), or this version cannot read it
    /// (which is logged with its id).
    Idle,
}

/// Claims a row by compare-and-set.
pub(super) async fn claim(app: &Arc<App>, row: &JobRow) -> Result<Claim, StoreError> {
    let found = app.store.job_with_principal(&row.org, JobKey::Job(&row.id)).await?;
    let Some((stored, principal)) = found else { return Ok(Claim::Lost) };
    // What somebody moved since it was listed is not the job that may be taken.
    if stored.row.version != row.version {
        return Ok(Claim::Lost);
    }
    let Some((job, sequence)) = crate::answer::restore(app, stored) else { return Ok(Claim::Idle) };
    let principal = Principal::of(app, principal).await?;
    let run = Run::new(app, &job, Arc::clone(&sequence), &principal).await?;
    let claim = match run.decide(&job, &BTreeSet::new(), checkpoint::claim) {
        Ok(claim) => claim,
        Err(error) => {
            tracing::error!(job = %row.id, %error, "the job cannot be claimed");
            return Ok(Claim::Idle);
        }
    };
    match app.store.commit(claim.batch).await {
        Ok(()) => {
            app.wake.changed(&row.id);
            // Its time may be over, and that of its questions with it.
            crate::cards::keep_up(app, &job, &claim.job);
            if let Some(at) = claim.job.row.wake_at {
                app.wake.jobs_due(at);
            }
            if claim.job.row.status.is_ended() && claim.job.row.concurrency.is_some() {
                app.wake.jobs();
            }
            let goes_on = matches!(claim.next.rest, Rest::Busy);
            Ok(if goes_on {
                Claim::Won(Box::new(Claimed { job: claim.job, sequence, principal }))
            } else {
                Claim::Idle
            })
        }
        Err(StoreError::Conflict { .. }) => Ok(Claim::Lost),
        Err(error) => Err(error),
    }
}

/// What a step's call brings back.
struct Finished {
    run: StepRun,
    report: CallReport,
    /// The budget that did not cover an ask of it.
    short: Option<Shortage>,
}

/// What a job's budgets did not cover, since this process took it up.
#[derive(Default)]
struct Short {
    /// What a step wanted when it fell short.
    wanted: BTreeMap<StepName, MicroUsd>,
    /// The last budget that held a step back.
    by: Option<Shortage>,
    /// Steps held back now.
    held: BTreeSet<StepName>,
}

/// What one run of a job holds.
pub(super) struct Run<'a> {
    app: &'a Arc<App>,
    sequence: Arc<Sequence>,
    doors: Arc<JobDoors>,
    zone: String,
    /// The user, from whom every mail of the job is.
    sender: Sender,
    /// Tier 1, for conditions; null where the sequence has none that look.
    context: Value,
    admission: AdmissionFacts,
    /// What the org granted, and when that was read.
    org_grant: tokio::sync::Mutex<(Timestamp, Grant)>,
}

/// Drives the job until it rests. Whatever a skill does, this returns normally.
pub(crate) async fn run_job(app: &Arc<App>, claimed: Claimed) {
    let Claimed { job, sequence, principal } = claimed;
    loop {
        match Run::new(app, &job, Arc::clone(&sequence), &principal).await {
            Ok(run) => return run.drive(job).await,
            Err(error) => {
                tracing::warn!(%error, "what the job's conditions look at cannot be read now; it is tried again");
                let again = app.clock.now().plus_ms(STORE_RETRY_MS);
                if app.drains_before(again).await {
                    return;
                }
            }
        }
    }
}

impl<'a> Run<'a> {
    /// # Errors
    /// What the job's conditions look at cannot be read now.
    pub(super) async fn new(
        app: &'a Arc<App>,
        job: &Job,
        sequence: Arc<Sequence>,
        principal: &Principal,
    ) -> Result<Self, StoreError> {
        let doors =
            JobDoors::new(Arc::clone(&app.store), Arc::clone(&app.clock), job.row.org.clone(), job.row.user.clone())
                .with_fetcher(Arc::clone(&app.fetcher))
                .counted(Arc::clone(&app.loads));
        let context = match sequence.reads_context() {
            true => doors.tier_1().await.map_err(|error| StoreError::Unavailable(error.message.into()))?,
            false => Value::Null,
        };
        Ok(Self {
            app,
            sequence,
            doors: Arc::new(doors),
            zone: principal.zone(),
            sender: principal.sender(),
            context,
            admission: principal.admission.clone(),
            org_grant: tokio::sync::Mutex::new((app.clock.now(), principal.grant())),
        })
    }

    /// What the org grants now: a right that was taken back while the job runs is
    /// gone for its next steps.
    async fn granted(&self, org: &OrgId) -> Result<Grant, StoreError> {
        let now = self.app.clock.now();
        let mut known = self.org_grant.lock().await;
        if now.0.saturating_sub(known.0.0) >= GRANT_FRESH_MS {
            *known = (now, self.app.org_grant(org).await?);
        }
        Ok(known.1.clone())
    }

    pub(super) fn decide<E>(
        &self,
        job: &Job,
        running: &BTreeSet<StepName>,
        decide: impl FnOnce(&Situation<'_>, &Job) -> Result<Checkpoint, E>,
    ) -> Result<Checkpoint, E> {
        let now = self.app.clock.now();
        let facts = Facts { context: self.context.clone(), now };
        let lease = self.app.lease(now);
        let situation = Situation {
            sequence: &self.sequence,
            facts: &facts,
            binder: &self.app.binder,
            ids: self.app.ids.as_ref(),
            undo_ms: self.app.config.undo_ms,
            lease: Some(&lease),
            running,
            catalog: self.app.sequences.catalog(),
            admission: &self.admission,
        };
        decide(&situation, job)
    }

    async fn drive(&self, mut job: Job) {
        let mut running = BTreeSet::new();
        let mut calls = FuturesUnordered::new();
        let facts = Facts { context: self.context.clone(), now: self.app.clock.now() };
        let mut next = plan::next(&job, &self.sequence, &facts, &running);
        let mut short = Short::default();
        self.load_ahead(&job, &next).await;
        loop {
            if next.is_to_record() {
                let done = self.commit(job, &running, checkpoint::plan_on).await;
                let Some(done) = done else { return };
                (job, next) = done;
                continue;
            }
            if !self.app.wake.draining().is_cancelled() {
                short.held.clear();
                for ready in std::mem::take(&mut next.run) {
                    if let Some(shortage) = self.shortage(&job, &ready.step, &short).await {
                        short.by = Some(shortage);
                        short.held.insert(ready.step);
                        continue;
                    }
                    running.insert(ready.step.clone());
                    calls.push(self.call(&job, ready));
                }
            }
            // Nothing runs: parked or ended by the last commit, or left to the
            // next process by a drain.
            let Some(finished) = calls.next().await else {
                if let (Some(shortage), false) = (short.by.take(), short.held.is_empty()) {
                    let parked = self.commit(job, &running, |s, job| checkpoint::await_budget(s, job, &shortage)).await;
                    if let Some((parked, _)) = parked {
                        self.resume_if_covered(&parked, &short).await;
                    }
                }
                return;
            };
            if let Some(shortage) = &finished.short {
                short.wanted.insert(finished.run.step.clone(), shortage.wanted);
            }
            running.remove(&finished.run.step);
            self.app.fail_points.hit(FailPoint::StepCalled);
            let Some(done) = self.finish(job, &finished, &running).await else { return };
            (job, next) = done;
            self.app.fail_points.hit(FailPoint::StepCommitted);
            if matches!(next.rest, Rest::Park { .. }) {
                self.app.fail_points.hit(FailPoint::JobParked);
            }
        }
    }

    async fn finish(&self, job: Job, finished: &Finished, running: &BTreeSet<StepName>) -> Option<(Job, Next)> {
        // Also of a call that failed: what it was denied belongs into the audit.
        self.commit(job, running, |s, job| {
            let report = finished.report.clone();
            match finished.short {
                Some(_) => checkpoint::step_short(s, job, &finished.run, report),
                None => checkpoint::step_proposed(s, job, &finished.run, report),
            }
        })
        .await
    }

    /// Commits what `decide` makes of the job; decides anew on the fresh job
    /// when somebody else moved it. `None` when the job is not ours any more.
    async fn commit(
        &self,
        mut job: Job,
        running: &BTreeSet<StepName>,
        decide: impl Fn(&Situation<'_>, &Job) -> Result<Checkpoint, CheckpointError>,
    ) -> Option<(Job, Next)> {
        let mut conflicts = 0;
        loop {
            let Checkpoint { batch, job: after, next } = match self.decide(&job, running, &decide) {
                Ok(decided) => decided,
                Err(error) => {
                    tracing::error!(%error, "the checkpoint cannot be made; the job waits for its lease to run out");
                    return None;
                }
            };
            match self.app.store.commit(batch).await {
                Ok(()) => {
                    self.tell(&job, &after);
                    return Some((after, next));
                }
                Err(StoreError::Conflict { .. }) if conflicts < MAX_CONFLICTS => conflicts += 1,
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, "the store is away; the checkpoint waits");
                    let again = self.app.clock.now().plus_ms(STORE_RETRY_MS);
                    if self.app.drains_before(again).await {
                        return None;
                    }
                    continue;
                }
                Err(error) => {
                    tracing::error!(%error, "the checkpoint was refused; the job waits for its lease to run out");
                    return None;
                }
            }
            let before = job;
            job = match self.app.store.job(&before.row.org, &before.row.id).await {
                Ok(Some(stored)) => Job::restore(stored).ok()?,
                _ => return None,
            };
            self.forget_changed(&before, &job).await;
            let ours = job.row.lease.as_ref().is_some_and(|lease| lease.owner == self.app.boot_id);
            if job.row.status.is_ended() || !ours {
                return None;
            }
        }
    }

    /// Wakes whoever has to do with what a commit added.
    fn tell(&self, before: &Job, after: &Job) {
        if after.effects.len() > before.effects.len() {
            self.app.wake.effects();
        }
        let raised = |job: &Job| job.steps.values().map(|step| step.children.len()).sum::<usize>();
        if raised(after) > raised(before) {
            self.app.wake.jobs();
        }
        // Another one with its word may begin now.
        if after.row.status.is_ended() && after.row.concurrency.is_some() {
            self.app.wake.jobs();
        }
        if let Some(at) = after.row.wake_at {
            self.app.wake.jobs_due(at);
        }
        crate::cards::keep_up(self.app, before, after);
        self.app.wake.changed(&after.row.id);
    }

    /// One call; what takes longer than a first look goes on in a task of its own.
    fn call(&self, job: &Job, ready: ReadyStep) -> impl Future<Output = Finished> + use<'_, 'a> {
        let ReadyStep { step: name, attempt, round, input } = ready;
        let started_at = self.app.clock.now();
        let call_id = self.app.ids.fresh("call");
        let span = tracing::info_span!("step", step = %name, attempt, call = %call_id);
        let mut run = StepRun {
            step: name.clone(),
            attempt,
            round,
            skill: None,
            rights: RightSet::default(),
            call_id,
            started_at,
            record: None,
            bodies: [].into(),
            keep_until: started_at.plus_ms(self.app.config.retention_ms()),
        };
        let subject = Subject::of_job(&job.row);
        let input = input.map(|input| Call {
            call_id: run.call_id.clone(),
            job: job.row.id.clone(),
            step: name.clone(),
            round,
            org: job.row.org.clone(),
            user: job.row.user.clone(),
            event_type: job.row.event_type.clone(),
            now: started_at,
            zone: self.zone.clone(),
            input: input.into(),
            extra: Vec::new(),
        });
        let step = self.sequence.step(&name);
        let called = step.and_then(|step| step.skill(job.steps.get(&name).map(AsRef::as_ref))).cloned();
        let skill = step.zip(called.as_ref()).and_then(|(step, called)| self.module(job, step, called));
        let spent = job.steps.get(&name).map_or(MicroUsd(0), |state| state.spend.money);
        let of_step = CallLimits {
            money_micro_usd: step.and_then(|step| step.budget).map(|budget| {
                // Calls of one step run at once: each has its share.
                let calls = step.and_then(|step| job.steps.get(&step.name)?.items.as_ref().map(Vec::len));
                let share = budget.0 / i64::try_from(calls.unwrap_or(1).max(1)).unwrap_or(i64::MAX);
                u64::try_from(share.saturating_sub(spent.0)).unwrap_or(0)
            }),
            ..CallLimits::default()
        };
        let fuel_left = self.app.config.job_fuel.saturating_sub(job.spend().fuel);
        let work = async move {
            let (report, short) = match input {
                Ok(call) => self.work(&mut run, call, subject, (called, skill), (fuel_left, of_step)).await,
                Err(error) => (failed(CallError::InputExpression { message: error.to_string() }), None),
            };
            match &report.result {
                Ok(_) => tracing::info!(fuel = report.spend.fuel, wall_us = report.spend.wall_us, "step returned"),
                Err(error) => tracing::warn!(error = error.code(), "step failed"),
            }
            Finished { run, report, short }
        };
        work.instrument(span)
    }

    async fn work(
        &self,
        run: &mut StepRun,
        call: Call,
        subject: Subject,
        (called, skill): (Option<SkillName>, Option<SkillRef>),
        (fuel_left, of_step): (i64, CallLimits),
    ) -> (CallReport, Option<Shortage>) {
        let Some(step) = self.sequence.step(&run.step) else {
            return (failed(CallError::Host { message: format!("the sequence has no step {}", run.step) }), None);
        };
        match &step.run {
            StepWork::Action(action) => {
                run.rights = action.rights();
                let mut report = failed(CallError::Host { message: String::new() });
                report.result = action.perform(call.input.value());
                (report, None)
            }
            StepWork::Skill(stated) => {
                let name = called.as_ref().unwrap_or(stated);
                let unavailable = || {
                    let message = match step.names_module(name) {
                        Some(which) => format!("no module of it is installed that is `{which}`"),
                        None => "no module of it is at hand".to_owned(),
                    };
                    (failed(CallError::Unavailable { skill: name.to_string(), message }), None)
                };
                let Some(skill) = skill else { return unavailable() };
                run.skill = Some(skill.clone());
                let Ok(fuel_left @ 1..) = u64::try_from(fuel_left) else {
                    return (failed(CallError::JobOutOfFuel { limit: self.app.config.job_fuel }), None);
                };
                if let Some(modules) = &self.app.modules
                    && let Err(error) = modules.at_hand(&skill).await
                {
                    return (failed(error), None);
                }
                let Some(manifest) = self.app.skills.manifest(&skill) else { return unavailable() };
                let org_grant = match self.granted(&call.org).await {
                    Ok(grant) => grant,
                    Err(error) => return (failed(CallError::Host { message: error.to_string() }), None),
                };
                run.rights = self.rights(name, &manifest, step, &org_grant);
                let of_job = CallLimits { fuel: Some(fuel_left), ..CallLimits::default() };
                let limits = manifest.limits.tighten(&step.limits).under(&self.app.config.ceiling(name.as_str()));
                let limits = limits.tighten(&of_job).tighten(&of_step);
                let spender = Spender {
                    app: Arc::clone(self.app),
                    call: call.call_id.clone(),
                    skill: name.clone(),
                    sequence: self.sequence.name.clone(),
                    paid: PaidAnswers::new(
                        Arc::clone(&self.app.store),
                        StepRound {
                            org: call.org.clone(),
                            job: call.job.clone(),
                            step: call.step.clone(),
                            round: run.round,
                        },
                        subject.clone(),
                        self.app.config.retention_ms(),
                    ),
                    allowance: MicroUsd(i64::try_from(limits.resolved().money_micro_usd).unwrap_or(i64::MAX)),
                    without_money: step.without_money,
                };
                let doors = Arc::new(StepDoors::new(Arc::clone(&self.doors), spender, limits.resolved().wall_ms));
                let _over = doors.over_when_dropped();
                let behind: Arc<dyn Doors> = Arc::clone(&doors) as Arc<dyn Doors>;
                let kept = Keeping::begin(&call, subject, self.app.config.retention_ms());
                let begun = kept.record(&call, &limits, &manifest.world, self.app.skills.engine());
                let mut report = aside::call(&self.app.skills, &skill, call, &run.rights, &limits, behind).await;
                self.app.calls.note(name, &report);
                if let Some(modules) = &self.app.modules {
                    modules.observe(&skill, &report).await;
                }
                if run.attempt > 1 {
                    // A failed attempt before this one has it on its own line.
                    report.spend.money.0 -= doors.reused().0;
                }
                (run.record, run.bodies) = kept.end(begun, &report);
                // The journal's line and the texts it names are made; what goes
                // on from here is the outcome.
                report.answers = Vec::new();
                report.result = match report.result {
                    Ok(mut outcome) => signed(&mut outcome, &self.sender).map(|()| outcome),
                    Err(error) => Err(with_last_words(error, &report.logs)),
                };
                (report, doors.short())
            }
        }
    }

    /// The module of a skill's step: the one that the job keeps, that the step names, or
    /// that serves.
    fn module(&self, job: &Job, step: &Step, name: &SkillName) -> Option<SkillRef> {
        let kept = pinned(job, &self.sequence, step, name).cloned();
        kept.or_else(|| self.app.resolve_for(&job.row.id, step, name))
    }

    fn rights(&self, name: &SkillName, manifest: &Manifest, step: &Step, org: &Grant) -> RightSet {
        let operator = self.app.config.grant(name.as_str());
        Parties { asked: &manifest.asked(), operator, org, step: &step.rights }.effective()
    }
}

/// A trap with what the guest said last, which is where a panic says why.
fn with_last_words(error: CallError, logs: &[LogLine]) -> CallError {
    match (error, logs.iter().rev().find(|line| line.level == "error")) {
        (CallError::Trap { message }, Some(line)) => {
            let said: String = line.message.chars().take(MAX_LAST_WORDS).collect();
            CallError::Trap { message: format!("{message}; it said: {}", said.trim()) }
        }
        (error, _) => error,
    }
}

fn failed(error: CallError) -> CallReport {
    CallReport::of(Err(error), Spend::default())
}
