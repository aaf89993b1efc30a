//! Work that outlives the request that asked for it, owned by the host's task
//! tracker, so that a drain waits for it.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// Most tasks at once. Each is one or two calls to Slack, which allows one
/// message a second and channel; more would only queue up there.
const MAX_TASKS: usize = 64;

/// A bounded share of the host's background tasks.
#[derive(Clone)]
pub(crate) struct Background {
    tasks: TaskTracker,
    permits: Arc<Semaphore>,
}

impl Background {
    /// Tasks are counted in `tasks`.
    pub(super) fn new(tasks: TaskTracker) -> Self {
        Self { tasks, permits: Arc::new(Semaphore::new(MAX_TASKS)) }
    }

    /// Runs `work` after the answer, or returns `false` when too much is under
    /// way: the caller's answer must stand without it. `work` is bounded in time
    /// by the client it uses.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { return false };
        self.tasks.spawn(async move {
            work.await;
            drop(permit);
        });
        true
    }
}
