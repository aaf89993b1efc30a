//! The only `unsafe` of the host: loading machine code.

#![allow(unsafe_code)]

use wasmtime::Engine;
use wasmtime::component::Component;

/// Proof that bytes are our own artifact: only `cache` makes one, after their
/// MAC verified.
#[derive(Debug)]
pub(crate) struct Authentic<'a>(pub(super) &'a [u8]);

/// Loads a compiled component.
pub(crate) fn deserialize(engine: &Engine, artifact: &Authentic<'_>) -> Result<Component, wasmtime::Error> {
    // SAFETY: `deserialize` runs whatever machine code the bytes hold, so they
    // must be what `Component::serialize` returned. `Authentic` is made in one
    // place, over bytes already in memory whose HMAC under this host's own key
    // verified, for this engine's compatibility hash.
    unsafe { Component::deserialize(engine, artifact.0) }
}
