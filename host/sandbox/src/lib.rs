//! The only crate that names wasmtime: verify, compile, cache, limits, doors, invoke.
//!
//! The path of a module: [`Sandbox::load`] verifies the bytes and the manifest
//! ([`LoadError`] says what is wrong and where), compiles them or takes our own
//! compiled artifact from the cache, and links them once; [`Registry::activate`]
//! gives it traffic; [`SandboxRunner`] calls it, each call in a fresh store.
//!
//! What must stay true:
//! - A guest reaches nothing but the doors in `doors/` and the WASI of `wasi/`,
//!   which shows a frozen instant, seeded randomness, no network, and no file but
//!   in a directory that the call has a right to.
//! - Every end of a call is a value of the report. A store that trapped or ran
//!   out of time is dropped, never used again.
//! - Only bytes whose MAC verifies are ever deserialised (`aot`).
//!
//! To add a door: a file in `doors/`, its functions in `doors::INTERFACES`, and
//! a new contract folder under `wit/`, because a released one never changes.

mod accept;
mod aot;
mod bench;
mod cache;
mod contract;
mod doors;
mod engine;
mod error;
mod files;
#[cfg(any(test, fuzzing))]
#[allow(clippy::expect_used)] // a fuzz target fails by panicking
pub mod fuzzed;
mod invoke;
mod lanes;
mod manifest;
mod meter;
mod module;
mod registry;
mod runner;
mod sandbox;
mod schema;
mod state;
mod ticker;
mod verify;
mod wasi;

pub use bench::{
    BareSettings, BenchCallReport, BenchError, BenchProofs, Peer, Quantiles, bench_call, bench_call_beside,
};
pub use cache::{CacheConfig, CacheError, key_file};
pub use engine::{DEFAULT_CONCURRENCY, EngineReport};
pub use error::LoadError;
pub use files::{FilesConfig, MAX_NAMED_BYTES, MAX_NAMED_ENTRIES, MAX_SCRATCH_BYTES, MAX_SCRATCH_ENTRIES};
pub use lanes::{DEFAULT_ORG_CALLS, DEFAULT_SKILL_CALLS, Lanes};
pub use manifest::{MAX_MANIFEST_BYTES, embed_manifest, read_manifest, with_manifest};
pub use module::Module;
pub use registry::Registry;
pub use runner::SandboxRunner;
pub use sandbox::{Sandbox, SandboxConfig, SandboxError};
pub use verify::MAX_COMPONENT_BYTES;
