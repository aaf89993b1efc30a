//! WASI p2 as a skill sees it: whole, and empty.
//!
//! No file is preopened but what an `fs:` right names; there is no environment, no argument and no input;
//! sockets are not linked at all, and http is a door. Clocks show the call's instant,
//! randomness is a function of the call's id, output is captured within bounds.
//! What wasmtime-wasi implements harmlessly is taken from it; what would reach
//! the machine is replaced in this folder, one interface a file.

mod clock;
mod files;
mod output;
mod random;

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliCtxView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random as wasi_random};
use wasmtime_wasi_io::bindings::wasi::io;

pub(crate) use clock::FrozenClock;
pub(crate) use files::FileBounds;
pub(crate) use output::Captured;
pub(crate) use random::CallRandom;

use crate::state::CallState;

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

/// Lends the parts of the state that an interface of this folder works on.
pub(crate) struct HasState;

impl HasData for HasState {
    type Data<'a> = &'a mut CallState;
}

fn table(state: &mut CallState) -> &mut ResourceTable {
    &mut state.table
}

fn command_line(state: &mut CallState) -> WasiCliCtxView<'_> {
    WasiCliCtxView { ctx: &mut state.cli, table: &mut state.table }
}

fn files(state: &mut CallState) -> WasiFilesystemCtxView<'_> {
    WasiFilesystemCtxView { ctx: &mut state.files.shown, table: &mut state.table }
}

fn whole(state: &mut CallState) -> &mut CallState {
    state
}

/// Links every package of WASI p2 but sockets; http is in `doors`.
pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<_, HasTable>(linker, table)?;
    io::poll::add_to_linker::<_, HasTable>(linker, table)?;
    io::streams::add_to_linker::<_, HasTable>(linker, table)?;

    clocks::wall_clock::add_to_linker::<_, HasState>(linker, whole)?;
    clocks::monotonic_clock::add_to_linker::<_, HasState>(linker, whole)?;

    wasi_random::random::add_to_linker::<_, HasState>(linker, whole)?;
    wasi_random::insecure::add_to_linker::<_, HasState>(linker, whole)?;
    wasi_random::insecure_seed::add_to_linker::<_, HasState>(linker, whole)?;

    filesystem::types::add_to_linker::<_, HasState>(linker, whole)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, files)?;

    cli::exit::add_to_linker::<_, WasiCli>(linker, command_line)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, command_line)?;
    cli::stdin::add_to_linker::<_, WasiCli>(linker, command_line)?;
    cli::stdout::add_to_linker::<_, HasState>(linker, whole)?;
    cli::stderr::add_to_linker::<_, HasState>(linker, whole)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(linker, command_line)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(linker, command_line)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, command_line)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, command_line)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, command_line)
}
