//! What a store counts of its own work, for [`Gauges`].

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::{Batch, Write};
use skillhost_engine::vitals::Gauges;

use crate::error::Fault;

/// Bytes that must find room before a full database counts as writable again: more
/// than any usual batch.
pub(crate) const PROBE_BYTES: u32 = 256 * 1024;

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Gauges>);

impl Meter {
    fn with<T>(&self, look: impl FnOnce(&mut Gauges) -> T) -> T {
        // Numbers are whole whatever panics.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A transaction ended. One that did not fit what is committed says nothing of the
    /// database.
    pub(crate) fn transaction(&self, took: Duration, result: Result<(), &Fault>) {
        self.with(|gauges| match result {
            Ok(()) => {
                gauges.commits.note(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
                gauges.trouble = None;
            }
            Err(Fault::Constraint(_) | Fault::KeyGone) => {}
            Err(fault) => gauges.trouble = Some(fault.to_string()),
        });
    }

    /// A batch is durable.
    pub(crate) fn committed(&self, batch: &Batch) {
        self.with(|gauges| {
            for write in &batch.writes {
                let (ended, word) = match write {
                    Write::NewJob(row) if row.status.is_ended() => (&mut gauges.jobs_ended, row.status.as_str()),
                    Write::Advance(advance) if advance.status.is_ended() => {
                        (&mut gauges.jobs_ended, advance.status.as_str())
                    }
                    Write::NewEffect(row) | Write::Effect(row)
                        if row.state.is_final() || row.state == EffectState::Unknown =>
                    {
                        (&mut gauges.effects_ended, row.state.as_str())
                    }
                    _ => continue,
                };
                *ended.entry(word.to_owned()).or_default() += 1;
            }
        });
    }

    /// Why the last transaction did not happen.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.with(|gauges| gauges.trouble.clone())
    }

    /// All of it, with what is in the queue now.
    pub(crate) fn gauges(&self, queue: usize, bound: usize) -> Gauges {
        let mut gauges = self.with(|gauges| gauges.clone());
        gauges.queue = u64::try_from(queue).unwrap_or(u64::MAX);
        gauges.queue_bound = u64::try_from(bound).unwrap_or(u64::MAX);
        gauges
    }
}
