//! What is left of this call's own allowance; never another's, so that a replay
//! sees the same numbers.

use wasmtime::component::Linker;

use super::{BUDGET, CALL_FUEL, charge};
use crate::contract::budget::Remaining;
use crate::state::CallState;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(BUDGET)?.func_wrap("left", |mut store, (): ()| {
        charge(&mut store, CALL_FUEL)?;
        let fuel = store.get_fuel()?;
        let doors = &store.data().doors;
        let remaining = Remaining {
            fuel,
            money: doors.money_left(),
            host_calls: doors.call_limit.saturating_sub(doors.calls),
            read_bytes: doors.read_bytes_left(),
        };
        Ok((remaining,))
    })
}
