//! The only `unsafe` of the host: loading machine code.

#![allow(unsafe_code)]

use std::fs::File;
use std::os::fd::AsRawFd;

use wasmtime::Engine;
use wasmtime::component::Component;

/// Proof that bytes are our own artifact: only `cache` makes one, after their
/// MAC verified.
#[derive(Debug)]
pub(crate) struct Authentic<'a>(pub(super) &'a [u8]);

/// Proof that an open file begins with our own artifact and that nobody but this
/// user can write it: only `cache` makes one, after its MAC verified.
#[derive(Debug)]
pub(crate) struct AuthenticFile<'a>(pub(super) &'a File);

/// Loads a compiled component.
pub(crate) fn deserialize(engine: &Engine, artifact: &Authentic<'_>) -> Result<Component, wasmtime::Error> {
    // SAFETY: `deserialize` runs whatever machine code the bytes hold, so they
    // must be what `Component::serialize` returned. `Authentic` is made in one
    // place, over bytes already in memory whose HMAC under this host's own key
    // verified, for this engine's compatibility hash.
    unsafe { Component::deserialize(engine, artifact.0) }
}

/// Maps a compiled component from its file.
pub(crate) fn map(engine: &Engine, artifact: &AuthenticFile<'_>) -> Result<Component, wasmtime::Error> {
    // The file that was checked, whatever its name leads to by now.
    let same_file = format!("/proc/self/fd/{}", artifact.0.as_raw_fd());
    // SAFETY: as for `deserialize`; and what is mapped must stay as it is.
    // `AuthenticFile` is made in one place, over a file that only this user can
    // write, and this host replaces files under their names and never writes one in
    // place. Who acts as this user can change the process itself.
    unsafe { Component::deserialize_file(engine, same_file) }
}
