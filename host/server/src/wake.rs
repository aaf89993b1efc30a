//! Signals between the parts of a running host. A signal carries no data: who
//! is woken reads the store, so a lost or doubled signal loses or doubles nothing.

use skillhost_engine::ids::JobId;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

/// Changes kept for a slow watcher before it is told that it missed some.
const WATCH_BACKLOG: usize = 1024;

/// Wakes the dispatchers and tells watchers what changed.
pub struct Wake {
    jobs: Notify,
    effects: Notify,
    changes: broadcast::Sender<JobId>,
    draining: CancellationToken,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            jobs: Notify::new(),
            effects: Notify::new(),
            changes: broadcast::channel(WATCH_BACKLOG).0,
            draining: CancellationToken::new(),
        }
    }
}

impl Wake {
    /// A job may have become runnable, or due at another time.
    pub fn jobs(&self) {
        self.jobs.notify_one();
    }

    /// An effect may have become ready, or due at another time.
    pub fn effects(&self) {
        self.effects.notify_one();
    }

    /// A job changed; its watchers look again.
    pub fn changed(&self, job: &JobId) {
        // No watcher is no error.
        let _ = self.changes.send(job.clone());
    }

    /// Changes from now on.
    pub fn watch(&self) -> broadcast::Receiver<JobId> {
        self.changes.subscribe()
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
}
