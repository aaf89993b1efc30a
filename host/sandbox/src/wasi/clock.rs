//! Clocks that show the call's instant.
//!
//! The wall clock stands still. The monotonic clock is virtual: waiting for an
//! instant moves it there and returns at once, so that a guest that sleeps
//! neither holds a worker nor sees a clock that contradicts its sleep.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::{self, Duration, Instant};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::{self, Datetime};
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::{DynPollable, Pollable, subscribe};

use crate::state::CallState;

/// Both clocks of a call.
#[derive(Debug)]
pub(crate) struct FrozenClock {
    wall_ms: u64,
    monotonic_ns: u64,
}

impl FrozenClock {
    pub(crate) fn new(now_ms: i64) -> Self {
        let wall_ms = u64::try_from(now_ms).unwrap_or(0);
        Self { wall_ms, monotonic_ns: wall_ms.saturating_mul(1_000_000) }
    }
}

/// Waited for and there.
struct Arrived;

#[async_trait]
impl Pollable for Arrived {
    async fn ready(&mut self) {}
}

impl wall_clock::Host for &mut CallState {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        let ms = self.clock.wall_ms;
        // Under a thousand times a million, which fits.
        let nanoseconds = u32::try_from(ms % 1000).unwrap_or(0) * 1_000_000;
        Ok(Datetime { seconds: ms / 1000, nanoseconds })
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        Ok(Datetime { seconds: 0, nanoseconds: 1_000_000 })
    }
}

impl monotonic_clock::Host for &mut CallState {
    fn now(&mut self) -> wasmtime::Result<Instant> {
        Ok(self.clock.monotonic_ns)
    }

    fn resolution(&mut self) -> wasmtime::Result<Duration> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: Instant) -> wasmtime::Result<Resource<DynPollable>> {
        self.clock.monotonic_ns = self.clock.monotonic_ns.max(when);
        let arrived = self.table.push(Arrived)?;
        subscribe(&mut self.table, arrived)
    }

    fn subscribe_duration(&mut self, span: Duration) -> wasmtime::Result<Resource<DynPollable>> {
        let when = self.clock.monotonic_ns.saturating_add(span);
        monotonic_clock::Host::subscribe_instant(self, when)
    }
}
