//! One of the jobs that may run at once.
//!
//! Invariant: whenever one is free that the dispatcher wanted, it is told so, whoever held
//! it and for however short a time: what it left behind has nobody else to wait for.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use crate::app::App;

/// A place to run a job in; given back when dropped.
pub struct Slot {
    permit: Option<OwnedSemaphorePermit>,
    app: Arc<App>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        // Free before the dispatcher is woken to fill it.
        self.permit = None;
        self.app.wake.slot_freed();
    }
}

impl App {
    /// A slot, where one is free.
    pub fn slot(self: &Arc<Self>) -> Option<Slot> {
        let permit = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        Some(Slot { permit: Some(permit), app: Arc::clone(self) })
    }

    /// The same for the dispatcher, which is told of the next free one where there is none.
    pub(super) fn slot_or_wait(self: &Arc<Self>) -> Option<Slot> {
        self.slot().or_else(|| {
            self.wake.leave_behind();
            // One that was freed in between told nobody.
            self.slot()
        })
    }

    /// How many are free; the dispatcher is told of the next one where none is.
    pub(super) fn free_slots(&self) -> usize {
        match self.slots.available_permits() {
            0 => {
                self.wake.leave_behind();
                self.slots.available_permits()
            }
            free => free,
        }
    }
}
