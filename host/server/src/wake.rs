//! Signals between the parts of a running host. A signal carries no data: who
//! is woken reads the store, so a lost or doubled signal loses or doubles nothing.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use skillhost_engine::ids::JobId;
use skillhost_engine::time::Timestamp;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

/// Changes kept for a slow watcher before it is told that it missed some.
const WATCH_BACKLOG: usize = 1024;

/// What a watcher is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which job changed; `None` when any may have.
    pub job: Option<JobId>,
    /// Whether this host changed it, or another one.
    pub here: bool,
}

/// Wakes the dispatchers and tells watchers what changed.
pub struct Wake {
    jobs: Notify,
    /// The job dispatcher was told more than that a slot is free.
    jobs_moved: AtomicBool,
    /// Until when the job dispatcher sleeps, milliseconds; the far future while
    /// it is awake, because what it has read may be old by the time it sleeps.
    jobs_sleep_until: AtomicI64,
    /// The job dispatcher left a runnable job where it was: no slot was free, or
    /// a task of this process had not let go of it yet.
    left_behind: AtomicBool,
    /// Users, their preferences or their meetings changed.
    schedules: Notify,
    effects: Notify,
    changes: broadcast::Sender<Change>,
    /// Jobs wait that another host may have a slot for.
    overflow: Notify,
    draining: CancellationToken,
    drained: CancellationToken,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            jobs: Notify::new(),
            jobs_moved: AtomicBool::new(true),
            jobs_sleep_until: AtomicI64::new(i64::MAX),
            left_behind: AtomicBool::new(false),
            schedules: Notify::new(),
            effects: Notify::new(),
            changes: broadcast::channel(WATCH_BACKLOG).0,
            overflow: Notify::new(),
            draining: CancellationToken::new(),
            drained: CancellationToken::new(),
        }
    }
}

impl Wake {
    /// A job may have become runnable, or due at another time.
    pub fn jobs(&self) {
        self.jobs_moved.store(true, Ordering::SeqCst);
        self.jobs.notify_one();
    }

    /// Whether [`Wake::jobs`] was called since this was asked last. Otherwise only a slot
    /// was freed, and what falls due by itself stands as it was read.
    pub(crate) fn take_jobs_moved(&self) -> bool {
        self.jobs_moved.swap(false, Ordering::SeqCst)
    }

    /// A job is due by itself at `at`: wakes the dispatcher if it would sleep longer.
    pub fn jobs_due(&self, at: Timestamp) {
        if at.0 < self.jobs_sleep_until.load(Ordering::SeqCst) {
            self.jobs();
        }
    }

    /// A task let go of a job and its slot: wakes the dispatcher if that is what
    /// it waits for.
    pub fn slot_freed(&self) {
        if self.left_behind.swap(false, Ordering::SeqCst) {
            self.jobs.notify_one();
        }
    }

    /// The dispatcher leaves a runnable job where it is until [`Wake::slot_freed`].
    /// It has to look once more after this, or a slot freed just before is missed.
    pub(crate) fn leave_behind(&self) {
        self.left_behind.store(true, Ordering::SeqCst);
    }

    /// The dispatcher is awake from now on.
    pub(crate) fn jobs_awake(&self) {
        self.jobs_sleep_until.store(i64::MAX, Ordering::SeqCst);
    }

    /// The dispatcher sleeps until this, unless it is woken.
    pub(crate) fn jobs_asleep(&self, until: Timestamp) {
        self.jobs_sleep_until.store(until.0, Ordering::SeqCst);
    }

    /// Users, their preferences or their meetings changed: schedules are looked at
    /// anew, before the next sweep would.
    pub fn schedules_moved(&self) {
        self.schedules.notify_one();
    }

    /// Waits for [`Wake::schedules_moved`].
    pub(crate) async fn schedules_woken(&self) {
        self.schedules.notified().await;
    }

    /// An effect may have become ready, or due at another time.
    pub fn effects(&self) {
        self.effects.notify_one();
    }

    /// A job changed; its watchers look again.
    pub fn changed(&self, job: &JobId) {
        // No watcher is no error.
        let _ = self.changes.send(Change { job: Some(job.clone()), here: true });
    }

    /// Another host changed a job, or any.
    pub(crate) fn changed_elsewhere(&self, job: Option<JobId>) {
        let _ = self.changes.send(Change { job, here: false });
    }

    /// Changes from now on.
    pub fn watch(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// There is no slot here for what may wait.
    pub(crate) fn overflows(&self) {
        self.overflow.notify_one();
    }

    /// Waits for [`Wake::overflows`].
    pub(crate) async fn overflowed(&self) {
        self.overflow.notified().await;
    }

    /// Waits for [`Wake::jobs`].
    pub async fn jobs_woken(&self) {
        self.jobs.notified().await;
    }

    /// Waits for [`Wake::effects`].
    pub async fn effects_woken(&self) {
        self.effects.notified().await;
    }

    /// Cancelled when the host stops taking work.
    pub fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Cancelled when what it had taken is done.
    pub fn drained(&self) -> &CancellationToken {
        &self.drained
    }
}
