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
pub(crate) struct Meter(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    gauges: Gauges,
    /// A small write may still find room where no event does, so that one tells nothing:
    /// only [`Meter::found_room`] ends this.
    full: bool,
}

impl Meter {
    fn counts<T>(&self, look: impl FnOnce(&mut Counts) -> T) -> T {
        // Numbers are whole whatever panics.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Gauges) -> T) -> T {
        self.counts(|counts| look(&mut counts.gauges))
    }

    /// A transaction ended. One that did not fit what is committed says nothing of the
    /// database.
    pub(crate) fn transaction(&self, took: Duration, result: Result<(), &Fault>) {
        self.counts(|counts| match result {
            Ok(()) => {
                counts.gauges.commits.note(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
                if !counts.full {
                    counts.gauges.trouble = None;
                }
            }
            Err(Fault::Constraint(_) | Fault::KeyGone) => {}
            Err(fault) => {
                counts.full |= *fault == Fault::DiskFull;
                counts.gauges.trouble = Some(fault.to_string());
            }
        });
    }

    /// [`PROBE_BYTES`] were written.
    pub(crate) fn found_room(&self) {
        self.counts(|counts| {
            counts.full = false;
            counts.gauges.trouble = None;
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

    /// Why the last transaction did not happen, or that the database was full and has not
    /// been seen to have room since.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_one_until_there_is_room_for_a_batch() {
        let meter = Meter::default();
        let busy = Fault::Busy;
        meter.transaction(Duration::ZERO, Err(&busy));
        assert!(meter.trouble().is_some());
        meter.transaction(Duration::ZERO, Ok(()));
        assert!(meter.trouble().is_none(), "what is busy is so for a moment");
        meter.transaction(Duration::ZERO, Err(&Fault::DiskFull));
        meter.transaction(Duration::ZERO, Ok(()));
        assert!(meter.trouble().is_some(), "a small write found room, an event may not");
        meter.found_room();
        assert!(meter.trouble().is_none());
    }
}
