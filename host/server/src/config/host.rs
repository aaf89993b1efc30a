//! `[host]`: how long a host is believed to be at work on what it holds.

use serde::Deserialize;
use skillhost_engine::limits::MAX_WALL_MS;

use super::ConfigError;

/// How long a host holds a job after its last checkpoint, seconds: twice the longest
/// call, so that only a dead or stuck host loses it.
const DEFAULT_LEASE_S: u32 = 120;
/// A call of the longest kind, and as long as a busy database may take to write it down.
const MIN_LEASE_S: u32 = 90;
/// For a job of a host that neither writes nor is known to be dead, an hour is as good as
/// never.
const MAX_LEASE_S: u32 = 3600;
/// How long a host counts as alive after it last said so, seconds: its jobs go to
/// another one this long after it was killed.
const DEFAULT_ALIVE_S: u32 = 10;
/// Below, a pause of a busy machine is taken for a death.
const MIN_ALIVE_S: u32 = 4;
/// Above, jobs of a dead host wait longer than a person does.
const MAX_ALIVE_S: u32 = 300;
/// Times a host says that it lives within that: three may be lost.
const BEATS: i64 = 4;

const _: () = assert!(MIN_LEASE_S as u64 * 1000 > MAX_WALL_MS);

/// How long a host is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HostConfig {
    /// Seconds.
    lease_seconds: u32,
    /// Seconds.
    alive_seconds: u32,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self { lease_seconds: DEFAULT_LEASE_S, alive_seconds: DEFAULT_ALIVE_S }
    }
}

impl HostConfig {
    /// A hold on a job after its last checkpoint.
    pub fn lease_ms(self) -> i64 {
        i64::from(self.lease_seconds) * 1000
    }

    /// Life after the last sign of it.
    pub fn alive_ms(self) -> i64 {
        i64::from(self.alive_seconds) * 1000
    }

    /// Between two signs of it.
    pub fn beat_ms(self) -> i64 {
        self.alive_ms() / BEATS
    }

    pub(super) fn validate(self) -> Result<(), ConfigError> {
        let range = |field, value: u32, least: u32, most: u32, why: &str| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(ConfigError::OutOfRange { field, message: format!("is {least} to {most}; {why}") })
        };
        let call = "a call may take a minute, and has to be written down after it";
        range("host.lease_seconds", self.lease_seconds, MIN_LEASE_S, MAX_LEASE_S, call)?;
        let beats = "a host says four times as often that it lives";
        range("host.alive_seconds", self.alive_seconds, MIN_ALIVE_S, MAX_ALIVE_S, beats)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_set_is_within_its_bounds() {
        let read = |text: &str| toml::from_str::<HostConfig>(text).unwrap();
        let usual = read("");
        assert_eq!((usual.lease_ms(), usual.alive_ms(), usual.beat_ms()), (120_000, 10_000, 2_500));
        for good in ["", "lease_seconds = 90", "lease_seconds = 3600", "alive_seconds = 4", "alive_seconds = 300"] {
            read(good).validate().unwrap();
            assert!(read(good).alive_ms() >= BEATS * read(good).beat_ms(), "{good}");
        }
        for (bad, says) in [
            ("lease_seconds = 89", "host.lease_seconds: is 90 to 3600; a call may take a minute"),
            ("lease_seconds = 3601", "90 to 3600"),
            ("alive_seconds = 3", "host.alive_seconds: is 4 to 300; a host says four times"),
            ("alive_seconds = 301", "4 to 300"),
        ] {
            let error = read(bad).validate().unwrap_err().to_string();
            assert!(error.contains(says), "{bad}: {error}");
        }
    }
}
