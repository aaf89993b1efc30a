//! What a store holds: everything of one call, and nothing of another.

use skillhost_engine::limits::ResolvedLimits;
use skillhost_engine::rights::RightSet;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::cli::WasiCliCtx;
use wasmtime_wasi_http::WasiHttpCtx;

use crate::doors::DoorState;
use crate::doors::http::Unused;
use crate::files::CallFiles;
use crate::meter::Meter;
use crate::wasi::{CallRandom, Captured, FileBounds, FrozenClock};

/// Host objects (streams, pollables) a guest may hold at once; the standard
/// library holds a handful.
const MAX_HOST_HANDLES: usize = 256;

/// A call's own world.
pub(crate) struct CallState {
    pub(crate) meter: Meter,
    pub(crate) doors: DoorState,
    pub(crate) table: ResourceTable,
    pub(crate) cli: WasiCliCtx,
    pub(crate) files: CallFiles,
    pub(crate) file_bounds: FileBounds,
    pub(crate) http: WasiHttpCtx,
    pub(crate) http_hooks: Unused,
    pub(crate) clock: FrozenClock,
    pub(crate) random: CallRandom,
    pub(crate) output: Captured,
}

impl CallState {
    /// The world of a call that starts at `now` with this identity.
    pub(crate) fn new(call_id: &str, now_ms: i64, doors: DoorState, files: CallFiles, limits: &ResolvedLimits) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HOST_HANDLES);
        Self {
            meter: Meter::new(limits.memory_bytes, limits.table_elements),
            doors,
            table,
            cli: WasiCliCtx::default(),
            files,
            file_bounds: FileBounds::default(),
            http: WasiHttpCtx::new(),
            http_hooks: Unused,
            clock: FrozenClock::new(now_ms),
            random: CallRandom::new(call_id),
            output: Captured::new(limits.log_bytes),
        }
    }

    /// The world of a call that may reach nothing.
    pub(crate) fn closed(call_id: &str, limits: &ResolvedLimits) -> Self {
        Self::new(call_id, 0, DoorState::new(RightSet::default(), limits, None), CallFiles::none(), limits)
    }
}
