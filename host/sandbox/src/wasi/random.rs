//! Randomness that is a function of the call's id, so that a replay repeats it.
//!
//! All three sources are SHA-256 in counter mode over the id, each under its own
//! label. Nothing of it is a secret: a skill has none to make.

use sha2::{Digest, Sha256};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::state::CallState;

/// Bytes one request may ask: what the host would hash for a few units of fuel.
const MAX_RANDOM_BYTES: u64 = 64 * 1024;

/// The three sources of a call.
#[derive(Debug)]
pub(crate) struct CallRandom {
    call_id: Box<str>,
    blocks: [u64; 2],
}

#[derive(Clone, Copy)]
enum Source {
    Secure,
    Insecure,
}

impl CallRandom {
    pub(crate) fn new(call_id: &str) -> Self {
        Self { call_id: call_id.into(), blocks: [0; 2] }
    }

    fn digest(&self, label: &[u8], block: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(label);
        hash.update(block.to_le_bytes());
        hash.update(self.call_id.as_bytes());
        hash.finalize().into()
    }

    fn next(&mut self, source: Source) -> [u8; 32] {
        let (at, label): (usize, &[u8]) = match source {
            Source::Secure => (0, b"random"),
            Source::Insecure => (1, b"insecure"),
        };
        let block = self.blocks[at];
        self.blocks[at] = block.wrapping_add(1);
        self.digest(label, block)
    }

    fn bytes(&mut self, source: Source, len: u64) -> wasmtime::Result<Vec<u8>> {
        if len > MAX_RANDOM_BYTES {
            return Err(wasmtime::Error::msg(format!("{len} random bytes asked at once, {MAX_RANDOM_BYTES} allowed")));
        }
        let len = usize::try_from(len).unwrap_or(0);
        let mut bytes = Vec::with_capacity(len + 31);
        while bytes.len() < len {
            bytes.extend_from_slice(&self.next(source));
        }
        bytes.truncate(len);
        Ok(bytes)
    }

    fn number(&mut self, source: Source) -> u64 {
        let block = self.next(source);
        block.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }
}

impl random::Host for &mut CallState {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.random.bytes(Source::Secure, len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random.number(Source::Secure))
    }
}

impl insecure::Host for &mut CallState {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.random.bytes(Source::Insecure, len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random.number(Source::Insecure))
    }
}

impl insecure_seed::Host for &mut CallState {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        let seed = self.random.digest(b"seed", 0);
        let half = |from: usize| seed.iter().skip(from).take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        Ok((half(0), half(8)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_call_draws_the_same_numbers() {
        let (mut a, mut b, mut other) = (CallRandom::new("c1"), CallRandom::new("c1"), CallRandom::new("c2"));
        let first = a.bytes(Source::Secure, 100).unwrap();
        assert_eq!(first.len(), 100);
        assert_eq!(first, b.bytes(Source::Secure, 100).unwrap());
        assert_ne!(first, other.bytes(Source::Secure, 100).unwrap());
        assert_ne!(first, a.bytes(Source::Secure, 100).unwrap(), "a source moves on");
        assert_ne!(a.number(Source::Insecure), a.number(Source::Secure));
        assert!(a.bytes(Source::Secure, MAX_RANDOM_BYTES + 1).is_err());
    }
}
