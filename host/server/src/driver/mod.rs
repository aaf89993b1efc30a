//! Drives jobs: claims what may run, runs each in a task of its own, and parks
//! it without memory when it has to wait.
//!
//! Invariants: a job is driven by at most one task of this process
//! ([`Running`]) and by at most one host (its lease, and the compare-and-set on
//! every checkpoint); nothing is decided here that is not recorded through
//! [`skillhost_engine::checkpoint`].

mod aside;
mod doors;
mod hand;
mod keep;
mod lookup;
mod money;
mod paid;
mod principal;
mod run;
mod signing;
mod slot;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use futures::stream;
use skillhost_engine::ids::{JobId, SkillName};
use skillhost_engine::job::JobRow;
use skillhost_engine::sequence::Step;
use skillhost_engine::skill::SkillRef;
use skillhost_engine::store::{Lease, StoreError};
use skillhost_engine::time::Timestamp;
use tracing::Instrument as _;

pub use doors::{JobDoors, LoadCounts};
pub(crate) use hand::decide_or_take;
pub use paid::{PaidAnswers, StepRound};
pub(crate) use principal::{Principal, org_grant};
pub(crate) use run::Claimed;
use run::{Claim, run_job};
use slot::Slot;

use crate::app::App;

/// Until the next look at jobs that another host has its hands on: about as long as it
/// takes to claim one.
const LOOK_AGAIN_MS: i64 = 5;
/// Between two looks for what a lost signal left behind.
pub(crate) const SWEEP_MS: i64 = 300_000;
/// Until the next look where something was refused: the store is away, or the door is
/// shut, which counts anew as often.
const RETRY_MS: i64 = 1_000;
/// Jobs claimed at a time: what one flush carries well.
const CLAIMS_AT_ONCE: usize = 16;

/// Jobs that a task of this process is driving.
#[derive(Debug, Default)]
pub struct Running(Mutex<BTreeSet<JobId>>);

impl Running {
    fn set(&self) -> std::sync::MutexGuard<'_, BTreeSet<JobId>> {
        // Insert and remove leave a whole set behind, whatever panics.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Marks a job as driven here; `None` when it already is.
    pub(crate) fn enter(self: &Running, app: &Arc<App>, job: &JobId) -> Option<Driving> {
        self.set().insert(job.clone()).then(|| Driving { app: Arc::clone(app), job: job.clone() })
    }

    /// Whether the job is being driven.
    pub fn holds(&self, job: &JobId) -> bool {
        self.set().contains(job)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.set().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Unmarks the job when dropped, and wakes the dispatcher if it waits for that.
pub(crate) struct Driving {
    app: Arc<App>,
    job: JobId,
}

impl Drop for Driving {
    fn drop(&mut self) {
        self.app.running.set().remove(&self.job);
        self.app.wake.changed(&self.job);
        self.app.wake.slot_freed();
    }
}

impl App {
    /// The module that serves a job's next step of a skill.
    pub(crate) fn resolve(&self, job: &JobId, skill: &SkillName) -> Option<SkillRef> {
        match &self.modules {
            Some(modules) => modules.resolve(job, skill),
            None => self.skills.resolve(skill),
        }
    }

    /// The same for a step, which may name the one it calls.
    pub(crate) fn resolve_for(&self, job: &JobId, step: &Step, skill: &SkillName) -> Option<SkillRef> {
        let Some(which) = step.names_module(skill) else { return self.resolve(job, skill) };
        match &self.modules {
            Some(modules) => modules.called(skill, which),
            None => self.skills.resolve(skill).filter(|only| only.version == which || only.digest == which),
        }
    }

    /// A hold on a job by this process from now on.
    pub(crate) fn lease(&self, now: Timestamp) -> Lease {
        Lease { owner: self.boot_id.clone(), until: now.plus_ms(self.config.host.lease_ms()) }
    }
}

/// Takes up what an earlier process left, then starts the dispatchers. They
/// end when [`crate::wake::Wake::draining`] is cancelled.
///
/// # Errors
/// The store cannot be read.
pub async fn start(app: &Arc<App>) -> Result<(), StoreError> {
    // Before this boot says that it lives: see `Store::notice_restore`.
    crate::held::notice(app.store.as_ref(), &app.boot_id, app.clock.now()).await?;
    // Before anything is claimed: a host that nobody knows to live loses its jobs.
    app.store.alive(&app.boot_id, app.config.host.alive_ms()).await?;
    // Before anything is reserved: what the earlier process held is decided by nobody now.
    let strays = app.store.dispute_strays(&app.boot_id, app.clock.now()).await?;
    if strays > 0 {
        tracing::warn!(strays, "asks of an earlier process have no known end; `skillhost budget show` lists them");
    }
    // Jobs that the earlier process held are claimed by the ordinary claim,
    // because their lease is of another boot.
    // Cards first: what is taken up posts its own.
    crate::cards::catch_up(app, true).await?;
    crate::effects::take_up(app).await?;
    app.tasks.spawn(dispatch(Arc::clone(app)));
    app.tasks.spawn(crate::effects::dispatch(Arc::clone(app)));
    if app.store.is_shared() {
        app.signs_of_life.spawn(live(Arc::clone(app)));
        app.tasks.spawn(crate::news::hear(Arc::clone(app)));
        app.tasks.spawn(crate::news::tell(Arc::clone(app)));
    }
    app.tasks.spawn(crate::retention::run(Arc::clone(app)));
    app.tasks.spawn(crate::schedules::keep(Arc::clone(app)));
    app.tasks.spawn(crate::calendars::keep(Arc::clone(app)));
    app.tasks.spawn(crate::cards::keep(Arc::clone(app)));
    for mailbox in &app.config.mailboxes {
        app.tasks.spawn(crate::mailboxes::keep(Arc::clone(app), Arc::clone(mailbox)));
        app.tasks.spawn(crate::mailboxes::file(Arc::clone(app), Arc::clone(mailbox)));
    }
    Ok(())
}

/// Tells the other hosts that this one lives, and takes up what one leaves that does
/// not. A host that cannot say it loses its jobs; its next checkpoint then conflicts.
async fn live(app: Arc<App>) {
    loop {
        let next = app.clock.now().plus_ms(app.config.host.beat_ms());
        match app.store.alive(&app.boot_id, app.config.host.alive_ms()).await {
            Ok(is_another_gone) => {
                if is_another_gone
                    && !app.wake.draining().is_cancelled()
                    && let Err(error) = take_over(&app).await
                {
                    tracing::warn!(%error, "cannot take over what another host left now");
                }
            }
            Err(error) => tracing::warn!(%error, "cannot say that this host lives"),
        }
        if let Err(error) = crate::held::notice(app.store.as_ref(), &app.boot_id, app.clock.now()).await {
            tracing::warn!(%error, "cannot ask whether the database was restored");
        }
        tokio::select! {
            () = app.clock.sleep_until(next) => {}
            () = app.wake.drained().cancelled() => return,
        }
    }
}

async fn take_over(app: &Arc<App>) -> Result<(), StoreError> {
    let strays = app.store.dispute_strays(&app.boot_id, app.clock.now()).await?;
    let effects = crate::effects::take_up(app).await?;
    if strays > 0 || effects > 0 {
        tracing::warn!(strays, effects, "another host is gone; its work is taken over");
    }
    app.wake.jobs();
    Ok(())
}

/// Stops taking work, finishes what runs, and closes the store. A host that drains
/// still lives: its calls and mails under way are its own until they have ended.
pub async fn drain(app: &Arc<App>) {
    app.wake.draining().cancel();
    app.tasks.close();
    app.tasks.wait().await;
    app.wake.drained().cancel();
    app.signs_of_life.close();
    app.signs_of_life.wait().await;
    app.store.close().await;
}

/// Starts the task of a claimed job.
pub(crate) fn spawn(app: &Arc<App>, slot: Slot, driving: Driving, claimed: Claimed) {
    let span = tracing::info_span!("job", job = %claimed.id(), event = %claimed.event());
    let app_of_task = Arc::clone(app);
    app.tasks.spawn(
        async move {
            run_job(&app_of_task, claimed).await;
            // The slot is free before the dispatcher is woken to fill it.
            drop(slot);
            drop(driving);
        }
        .instrument(span),
    );
}

/// The loop that claims: woken by signals and by the next due time.
pub(crate) async fn dispatch(app: Arc<App>) {
    let mut sweep_at = app.clock.now();
    // Nothing falls due by itself before this.
    let mut due = sweep_at;
    loop {
        if app.wake.draining().is_cancelled() {
            return;
        }
        // Before the look, so that what becomes due meanwhile is still ahead.
        let now = app.clock.now();
        let looks_at_all = app.wake.take_jobs_moved() || now >= due;
        let mut is_refused = false;
        if looks_at_all {
            app.wake.jobs_awake();
            if now >= sweep_at {
                sweep_at = now.plus_ms(SWEEP_MS);
                match app.store.sweep_bodies(now).await {
                    Ok(0) => {}
                    Ok(swept) => tracing::info!(swept, "texts past their retention are gone"),
                    Err(error) => tracing::warn!(%error, "cannot sweep texts now"),
                }
            }
            if let Err(error) = crate::schedules::raise_due(&app).await {
                tracing::warn!(%error, "cannot raise what is due now");
                is_refused = true;
            }
            if let Err(error) = crate::answer::expire_due(&app).await {
                tracing::warn!(%error, "cannot expire questions now");
                is_refused = true;
            }
        }
        let mut looks_again = false;
        match claim_runnable(&app).await {
            Ok(are_all_seen) => looks_again = !are_all_seen,
            Err(error) => {
                tracing::warn!(%error, "cannot claim jobs now");
                is_refused = true;
            }
        }
        if looks_at_all {
            due = now.plus_ms(SWEEP_MS);
            match app.store.next_due(now).await {
                Ok(next) => due = next.map_or(due, |next| next.min(due)),
                Err(_) => is_refused = true,
            }
        }
        if is_refused {
            due = due.min(now.plus_ms(RETRY_MS));
        }
        app.wake.jobs_asleep(due);
        let until = if looks_again { due.min(app.clock.now().plus_ms(LOOK_AGAIN_MS)) } else { due };
        tokio::select! {
            () = app.wake.jobs_woken() => {}
            () = app.clock.sleep_until(until) => {}
            () = app.wake.draining().cancelled() => return,
        }
    }
}

/// Whether everything that may be taken was seen: another host may just have had its
/// hands on the rest.
async fn claim_runnable(app: &Arc<App>) -> Result<bool, StoreError> {
    loop {
        let free = u32::try_from(app.free_slots()).unwrap_or(u32::MAX);
        if free == 0 {
            app.wake.overflows();
            return Ok(true);
        }
        // The lease of a boot that is gone is nobody's.
        let now = app.clock.now();
        let rows = app.store.runnable_jobs(now, &app.boot_id, true, free).await?;
        if rows.is_empty() {
            return Ok(!app.store.is_any_runnable(now, &app.boot_id).await?);
        }
        // Behind what another host was faster with there may be more: each loss means
        // that a job went on elsewhere, so this ends when they do.
        if !claim_all(app, rows).await? {
            return Ok(true);
        }
    }
}

/// Claims what there are slots for, several at once, so that they share flushes; whether
/// any is driven now, here or elsewhere.
async fn claim_all(app: &Arc<App>, rows: Vec<JobRow>) -> Result<bool, StoreError> {
    let mut held = Vec::new();
    for row in rows {
        let Some(slot) = app.slot_or_wait() else { break };
        let entered = app.running.enter(app, &row.id).or_else(|| {
            app.wake.leave_behind();
            app.running.enter(app, &row.id)
        });
        held.extend(entered.map(|driving| (row, slot, driving)));
    }
    let mut claims = stream::iter(held)
        .map(|(row, slot, driving)| async move { (run::claim(app, &row).await, slot, driving) })
        .buffer_unordered(CLAIMS_AT_ONCE);
    let (mut is_any_driven, mut failed) = (false, None);
    while let Some((claim, slot, driving)) = claims.next().await {
        match claim {
            Ok(Claim::Won(claimed)) => {
                is_any_driven = true;
                spawn(app, slot, driving, *claimed);
            }
            Ok(Claim::Lost) => is_any_driven = true,
            Ok(Claim::Idle) => {}
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(is_any_driven), Err)
}
