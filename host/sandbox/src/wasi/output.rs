//! Standard output and error: captured within bounds, the rest thrown away.

use std::sync::{Arc, Mutex, PoisonError};

use skillhost_engine::skill::LogLine;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::cli::{stderr, stdout};
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::bytes::Bytes;
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{DynOutputStream, OutputStream, StreamResult};

use crate::state::CallState;

/// What one write may carry; a guest library splits what is longer.
const WRITE_BYTES: usize = 64 * 1024;

/// What a guest wrote to its two outputs. The lock is held for a copy and never
/// across an await.
#[derive(Debug)]
pub(crate) struct Captured {
    limit: usize,
    out: Option<Arc<Mutex<Vec<u8>>>>,
    err: Option<Arc<Mutex<Vec<u8>>>>,
}

struct Sink {
    kept: Arc<Mutex<Vec<u8>>>,
    limit: usize,
}

#[async_trait]
impl Pollable for Sink {
    async fn ready(&mut self) {}
}

impl OutputStream for Sink {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.limit.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

impl Captured {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), out: None, err: None }
    }

    /// As log lines: output as `info`, error as `error`.
    pub(crate) fn lines(&self) -> Vec<LogLine> {
        let mut lines = Vec::new();
        for (level, kept) in [("info", &self.out), ("error", &self.err)] {
            let Some(kept) = kept else { continue };
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            for line in String::from_utf8_lossy(&kept).lines().filter(|line| !line.is_empty()) {
                lines.push(LogLine { level: level.to_owned(), message: line.to_owned() });
            }
        }
        lines
    }
}

impl stdout::Host for &mut CallState {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        let kept = Arc::clone(self.output.out.get_or_insert_default());
        let sink: DynOutputStream = Box::new(Sink { kept, limit: self.output.limit });
        Ok(self.table.push(sink)?)
    }
}

impl stderr::Host for &mut CallState {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        let kept = Arc::clone(self.output.err.get_or_insert_default());
        let sink: DynOutputStream = Box::new(Sink { kept, limit: self.output.limit });
        Ok(self.table.push(sink)?)
    }
}
