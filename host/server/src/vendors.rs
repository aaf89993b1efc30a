//! The gates of vendors: how often each is called, by all hosts on one database.
//!
//! The engine decides ([`skillhost_engine::vendor`]) on what a row of the database
//! remembers; here it is moved by compare-and-set. What this process knows of a row may
//! be old, which the move finds out. A vendor without a limit has a row as well once it
//! asked for a pause.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use skillhost_engine::store::{Store, StoreError};
use skillhost_engine::time::{Clock, Timestamp};
use skillhost_engine::vendor::{DEFAULT_CONCURRENT, Gate, Turn};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::config::VendorLimits;

/// Tries to move a gate that other hosts move as well; each loss is a call of theirs.
const MAX_CONFLICTS: u32 = 64;
/// Longest wait of a call that a skill waits for: half of what its call may take by
/// default, so that it still has time to go on without an answer.
const MAX_WAIT_MS: i64 = 5_000;

/// A row as this process saw it last.
#[derive(Default)]
struct Known {
    /// Nothing before the first look.
    revision: Option<u64>,
    gate: Gate,
}

#[derive(Clone)]
struct Vendor {
    limits: VendorLimits,
    /// Held across the move, so that this process does not race itself.
    known: Arc<tokio::sync::Mutex<Known>>,
    under_way: Arc<Semaphore>,
}

/// All gates.
pub struct Vendors {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: BTreeMap<String, VendorLimits>,
    // Held only to find or add one. There are as many as connectors and settings.
    vendors: Mutex<BTreeMap<String, Vendor>>,
}

/// A vendor takes no call before this.
#[derive(Debug)]
pub(crate) struct Shut(pub(crate) Timestamp);

impl Vendors {
    /// Gates over a store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, limits: BTreeMap<String, VendorLimits>) -> Self {
        Self { store, clock, limits, vendors: Mutex::default() }
    }

    fn vendor(&self, name: &str) -> Vendor {
        // A map that only grows is whole after any panic.
        let mut vendors = self.vendors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(vendor) = vendors.get(name) {
            return vendor.clone();
        }
        let limits = self.limits.get(name).copied().unwrap_or_default();
        let under_way = Arc::new(Semaphore::new(limits.concurrent.map_or(Semaphore::MAX_PERMITS, at_once)));
        let vendor = Vendor { limits, known: Arc::default(), under_way };
        vendors.entry(name.to_owned()).or_insert(vendor).clone()
    }

    /// Whether the settings name it.
    pub(crate) fn is_limited(&self, name: &str) -> bool {
        self.limits.contains_key(name)
    }

    /// Effects of a vendor that this host performs at once.
    pub(crate) fn concurrent(&self, name: &str) -> usize {
        at_once(self.limits.get(name).and_then(|limits| limits.concurrent).unwrap_or(DEFAULT_CONCURRENT))
    }

    /// Asks for one call now; `has_turn` where it waited for this instant.
    pub(crate) async fn ask(&self, name: &str, has_turn: bool) -> Result<Turn, StoreError> {
        let now = self.clock.now();
        self.moved(name, |gate, limits| gate.ask(limits.rate, now, has_turn)).await
    }

    /// The vendor asked for a pause: nobody calls it until then.
    pub(crate) async fn shut(&self, name: &str, pause_ms: u64) -> Result<(), StoreError> {
        let now = self.clock.now();
        if self.moved(name, |gate, _| gate.shut(now, pause_ms)).await? {
            tracing::warn!(vendor = name, pause_ms, "a vendor asks for a pause; nothing is sent to it meanwhile");
        }
        Ok(())
    }

    async fn moved<T>(
        &self,
        name: &str,
        mut change: impl FnMut(&mut Gate, VendorLimits) -> T,
    ) -> Result<T, StoreError> {
        let Vendor { limits, known, .. } = self.vendor(name);
        let mut known = known.lock().await;
        // Without a limit nothing is written at a call, which would tell of another
        // host's pause.
        if self.store.is_shared() && limits.rate.is_none() {
            known.revision = None;
        }
        for _ in 0..MAX_CONFLICTS {
            let from = match known.revision {
                Some(revision) => revision,
                None => {
                    let (revision, gate) = self.store.vendor_gate(name).await?.unwrap_or_default();
                    *known = Known { revision: Some(revision), gate };
                    revision
                }
            };
            let mut gate = known.gate.clone();
            let answer = change(&mut gate, limits);
            if gate == known.gate {
                return Ok(answer);
            }
            // Whatever becomes of the move, also of one that is cut off.
            known.revision = None;
            if self.store.move_vendor_gate(name, from, &gate).await? {
                *known = Known { revision: Some(from + 1), gate };
                return Ok(answer);
            }
        }
        Err(StoreError::Conflict { what: format!("the gate of {name}") })
    }

    /// Waits for a call that a skill waits for, and takes it, or says when one could be
    /// made. The permit is held while it is under way.
    pub(crate) async fn pass(&self, name: &str) -> Result<Result<OwnedSemaphorePermit, Shut>, StoreError> {
        let Vendor { limits, under_way, .. } = self.vendor(name);
        let until = self.clock.now().plus_ms(MAX_WAIT_MS);
        let permit = tokio::select! {
            biased;
            Ok(permit) = under_way.acquire_owned() => permit,
            () = self.clock.sleep_until(until) => return Ok(Err(Shut(until))),
        };
        let mut has_turn = false;
        loop {
            // Whoever will not wait takes no turn, which would only keep others back.
            let now = self.clock.now();
            let opens = self.moved(name, |gate, _| gate.opens(limits.rate, now)).await?;
            if !has_turn && opens > until {
                return Ok(Err(Shut(opens)));
            }
            match self.ask(name, has_turn).await? {
                Turn::Now => return Ok(Ok(permit)),
                Turn::At(at) if at > until => return Ok(Err(Shut(at))),
                Turn::At(at) => self.clock.sleep_until(at).await,
            }
            has_turn = true;
        }
    }

    /// Waits for a call however long it takes; `false` when the host stops first.
    pub(crate) async fn wait(&self, name: &str, stops: &CancellationToken) -> Result<bool, StoreError> {
        let mut has_turn = false;
        loop {
            match self.ask(name, has_turn).await? {
                Turn::Now => return Ok(true),
                Turn::At(at) => tokio::select! {
                    () = self.clock.sleep_until(at) => has_turn = true,
                    () = stops.cancelled() => return Ok(false),
                },
            }
        }
    }
}

fn at_once(calls: u32) -> usize {
    usize::try_from(calls).unwrap_or(usize::MAX)
}
