//! Log lines, bounded a call; past the bound they are dropped.

use skillhost_engine::skill::LogLine;
use wasmtime::component::Linker;

use super::{BYTE_FUEL, CALL_FUEL, DoorState, LOG, charge};
use crate::contract::log::Level;
use crate::state::CallState;

/// Bytes of one line; longer ones are cut.
const MAX_LINE_BYTES: usize = 1024;

fn keep(doors: &mut DoorState, level: Level, mut message: String, fields: &str) {
    if fields != "{}" && !fields.is_empty() {
        message.push(' ');
        message.push_str(fields);
    }
    if message.len() > MAX_LINE_BYTES {
        message.truncate(message.floor_char_boundary(MAX_LINE_BYTES));
    }
    // A line costs its own bytes and its place in the list.
    let cost = message.len() + size_of::<LogLine>();
    let Some(left) = doors.log_left.checked_sub(cost) else {
        doors.log_left = 0;
        return;
    };
    doors.log_left = left;
    let level = match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    doors.logs.push(LogLine { level: level.to_owned(), message });
}

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(LOG)?.func_wrap("emit", |mut store, (level, message, fields): (Level, String, String)| {
        let bytes = u64::try_from(message.len().saturating_add(fields.len())).unwrap_or(u64::MAX);
        charge(&mut store, bytes.saturating_mul(BYTE_FUEL).saturating_add(CALL_FUEL))?;
        keep(&mut store.data_mut().doors, level, message, &fields);
        Ok(())
    })
}
