//! The one seam between the public API and whoever answers: the component's
//! imports on wasm, a double held by the harness natively.

use crate::approval::Requirement;
use crate::budget::Remaining;
use crate::context::{Query, ReadError};
use crate::llm::{LlmError, Request, Response};
use crate::log::Level;

#[cfg(target_family = "wasm")]
mod component;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod double;

#[cfg(target_family = "wasm")]
use component as backing;
#[cfg(not(target_family = "wasm"))]
use double as backing;

/// An answer as text.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) read_id: String,
    pub(crate) body: String,
    pub(crate) as_of: i64,
    pub(crate) next: Option<String>,
}

pub(crate) fn read(query: &Query) -> Result<Snapshot, ReadError> {
    backing::read(query)
}

pub(crate) fn read_all(queries: &[Query]) -> Vec<Result<Snapshot, ReadError>> {
    backing::read_all(queries)
}

pub(crate) fn generate(request: &Request) -> Result<Response, LlmError> {
    backing::generate(request)
}

pub(crate) fn left() -> Remaining {
    backing::left()
}

pub(crate) fn emit(level: Level, message: &str) {
    backing::emit(level, message);
}

pub(crate) fn check(effect_kind: &str) -> Requirement {
    backing::check(effect_kind)
}
