//! The thread that advances the engine's epoch, so that a busy guest yields.
//!
//! A thread of its own and not a task: a runtime whose workers are all inside
//! guests could not tick, and nobody would yield.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::EngineWeak;

/// How often: a deadline is noticed about this late, and a guest that computes
/// gives its thread back this often.
pub(crate) const EPOCH_TICK: Duration = Duration::from_millis(10);

/// Owns the thread; dropping it ends and joins it.
#[derive(Debug)]
pub(crate) struct Ticker {
    ticks: Arc<AtomicU64>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Starts ticking.
    pub(crate) fn start(engine: EngineWeak) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let ticks = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&ticks);
        let thread = std::thread::Builder::new().name("skillhost-epoch".into()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(EPOCH_TICK) {
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
                counted.fetch_add(1, Ordering::Relaxed);
            }
        })?;
        Ok(Self { ticks, stop: Some(stop), thread: Some(thread) })
    }

    /// How often it has ticked.
    pub(crate) fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It holds no lock and runs no guest: a failed join means it panicked,
            // which leaves nothing to clean up.
            let _ = thread.join();
        }
    }
}
