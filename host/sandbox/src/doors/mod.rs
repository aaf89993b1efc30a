//! The doors: the only functions of the host that a skill can call.
//!
//! Every door checks its right, counts, and takes its price in fuel before it
//! works; a refusal is an answer to the guest and an entry in the report. To
//! add one: a file here, a line in [`INTERFACES`] and in [`link`].

mod approvals;
mod budget;
mod context;
pub(crate) mod http;
mod llm;
mod log;

use std::sync::Arc;

use skillhost_engine::context::Doors;
use skillhost_engine::limits::ResolvedLimits;
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{AnswerBody, LogLine, ReadRecord};
use wasmtime::component::Linker;
use wasmtime::{StoreContextMut, Trap};

use crate::state::CallState;

/// Interface of the context door.
pub(crate) const CONTEXT: &str = "skillhost:skill/context@0.1.0";
/// Interface of the model door.
pub(crate) const LLM: &str = "skillhost:skill/llm@0.1.0";
const BUDGET: &str = "skillhost:skill/budget@0.1.0";
const LOG: &str = "skillhost:skill/log@0.1.0";
const APPROVALS: &str = "skillhost:skill/approvals@0.1.0";

/// Every door and its functions.
pub(crate) const INTERFACES: [(&str, &[&str]); 5] = [
    (CONTEXT, &["read", "read-all"]),
    (LLM, &["generate"]),
    (BUDGET, &["left"]),
    (LOG, &["emit"]),
    (APPROVALS, &["check"]),
];

/// Fuel a call of any door costs: about what the host spends on one, in
/// instructions.
const CALL_FUEL: u64 = 5_000;
/// Fuel a byte that a door hands over costs: it is copied and hashed.
const BYTE_FUEL: u64 = 2;

/// What the doors know of their call.
pub(crate) struct DoorState {
    pub(crate) rights: RightSet,
    pub(crate) calls: u32,
    call_limit: u32,
    fetches: u32,
    pub(crate) read_bytes: u64,
    read_limit: u64,
    /// Settled for this call's asks, micro-dollars.
    pub(crate) money: u64,
    money_limit: u64,
    log_left: usize,
    pub(crate) reads: Vec<ReadRecord>,
    /// Also what evidence is checked against.
    pub(crate) answers: Vec<AnswerBody>,
    pub(crate) denials: Vec<String>,
    pub(crate) logs: Vec<LogLine>,
    doors: Option<Arc<dyn Doors>>,
}

impl DoorState {
    pub(crate) fn new(rights: RightSet, limits: &ResolvedLimits, doors: Option<Arc<dyn Doors>>) -> Self {
        Self {
            rights,
            calls: 0,
            call_limit: limits.host_calls,
            fetches: 0,
            read_bytes: 0,
            read_limit: limits.read_bytes,
            money: 0,
            money_limit: limits.money_micro_usd,
            log_left: usize::try_from(limits.log_bytes).unwrap_or(usize::MAX),
            reads: Vec::new(),
            answers: Vec::new(),
            denials: Vec::new(),
            logs: Vec::new(),
            doors,
        }
    }

    /// Counts a host call; false when there are no more.
    fn count(&mut self) -> bool {
        let more = self.calls < self.call_limit;
        self.calls += u32::from(more);
        more
    }

    fn money_left(&self) -> u64 {
        self.money_limit.saturating_sub(self.money)
    }

    fn read_bytes_left(&self) -> u64 {
        self.read_limit.saturating_sub(self.read_bytes)
    }
}

/// Takes `price` from the call's fuel, or ends the call.
fn charge(store: &mut StoreContextMut<'_, CallState>, price: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    if let Some(rest) = left.checked_sub(price) {
        store.set_fuel(rest)
    } else {
        store.set_fuel(0)?;
        Err(Trap::OutOfFuel.into())
    }
}

/// Ends the call unless its fuel covers `price`, before work whose real price is
/// known only after.
fn covers(store: &mut StoreContextMut<'_, CallState>, price: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    charge(store, price)?;
    store.set_fuel(left)
}

/// Links all doors.
pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    context::link(linker)?;
    http::link(linker)?;
    llm::link(linker)?;
    budget::link(linker)?;
    log::link(linker)?;
    approvals::link(linker)
}
