//! Where callers leave work for the one task that writes.
//!
//! Invariant: after [`Inbox::end`] nothing is accepted and everything taken is done.

use std::sync::{Mutex, MutexGuard, PoisonError};

use skillhost_engine::store::StoreError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::closed;

/// Batches that may wait. Beyond it a caller is told `Busy`: at the rate measured on
/// SQLite this is about a tenth of a second of work.
pub(crate) const MAX_QUEUE: usize = 1024;
/// How often a writer lets others run before it starts a transaction, while
/// each turn still brings a batch: callers woken together come back together.
pub(crate) const MAX_GATHER_TURNS: usize = 2;

pub(crate) struct Inbox<W> {
    // Held only to use or drop the sender, never across an await.
    queue: Mutex<Option<mpsc::Sender<W>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl<W> Inbox<W> {
    /// An inbox that holds so much, and the task that `writer` is.
    pub(crate) fn open<F>(bound: usize, writer: impl FnOnce(mpsc::Receiver<W>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(bound.max(1));
        Self { queue: Mutex::new(Some(sender)), writer: Mutex::new(Some(tokio::spawn(writer(receiver)))) }
    }

    fn sender(&self) -> MutexGuard<'_, Option<mpsc::Sender<W>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn send(&self, work: W) -> Result<(), StoreError> {
        let sender = self.sender();
        sender.as_ref().ok_or_else(closed)?.try_send(work).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => closed(),
        })
    }

    /// What waits, and how much may.
    pub(crate) fn queued(&self) -> (usize, usize) {
        let sender = self.sender();
        sender.as_ref().map_or((0, 0), |sender| (sender.max_capacity() - sender.capacity(), sender.max_capacity()))
    }

    /// Accepts nothing more, and waits until what was accepted is done.
    pub(crate) async fn end(&self) {
        self.sender().take();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the writer of the store ended abnormally");
        }
    }
}
