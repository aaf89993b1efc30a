//! Instants, durations and money as plain numbers, and the seams that hand out
//! time and ids.

pub mod zone;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This instant moved by `ms` milliseconds; saturates.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// RFC 3339 in UTC with milliseconds; the epoch for what jiff cannot hold.
    pub fn rfc3339(self) -> String {
        let at = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        format!("{at:.3}")
    }
}

/// Millionths of a US dollar. Signed 64 bits, because both databases keep that exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroUsd(pub i64);

/// The only source of "now" in the host.
#[async_trait::async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
    /// Returns once `now() >= at`. A test clock wakes its sleepers when moved.
    async fn sleep_until(&self, at: Timestamp);
}

/// The only source of fresh ids and nonces.
pub trait Ids: Send + Sync + 'static {
    /// A fresh id `<prefix>_<26 characters>`, growing with time, so that index
    /// inserts stay at the right edge of the tree.
    fn fresh(&self, prefix: &str) -> String;
    /// 256 unpredictable bits, for tokens and nonces.
    fn secret(&self) -> [u8; 32];
}
