//! `[meetingbaas]`: where transcripts that a delivery names are fetched from, and how they
//! are bounded.

use std::time::Duration;

use serde::Deserialize;
use skillhost_connectors::egress::artifact::{ArtifactRules, DEFAULT_ARTIFACT_BYTES, DEFAULT_ARTIFACT_TIMEOUT};
use skillhost_engine::rights::HttpPlace;

use super::ConfigError;

/// Longest time: the vendor gives a delivery up after 30 seconds, and what was fetched has to
/// be stored within them.
const MAX_TIMEOUT: Duration = Duration::from_secs(20);
/// Largest file: as many at once as there may be are held in memory.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The section of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MeetingBaasFile {
    /// `host`, `host:port` or `*.domain`.
    artifact_hosts: Vec<String>,
    timeout_ms: Option<u64>,
    max_bytes: Option<usize>,
}

impl MeetingBaasFile {
    /// The rules that are meant. The vendor documents signed addresses of an object store and
    /// names no host that stays, so any public one will do where none is listed: the delivery
    /// that names it is proven to be the vendor's.
    pub(super) fn rules(self) -> Result<ArtifactRules, ConfigError> {
        let range = |field, message: String| ConfigError::OutOfRange { field, message };
        let place = |host: &String| {
            let place = format!("{host}/").parse::<HttpPlace>().ok().filter(|_| !host.contains('/'));
            place.ok_or_else(|| {
                let message = format!("`{host}` is not a host; write `host`, `host:port` or `*.domain`");
                range("meetingbaas.artifact_hosts", message)
            })
        };
        let timeout = self.timeout_ms.map_or(DEFAULT_ARTIFACT_TIMEOUT, Duration::from_millis);
        if timeout.is_zero() || timeout > MAX_TIMEOUT {
            return Err(range("meetingbaas.timeout_ms", format!("is 1 to {}", MAX_TIMEOUT.as_millis())));
        }
        let max_bytes = self.max_bytes.unwrap_or(DEFAULT_ARTIFACT_BYTES);
        if !(1..=MAX_BYTES).contains(&max_bytes) {
            return Err(range("meetingbaas.max_bytes", format!("is 1 to {MAX_BYTES}")));
        }
        Ok(ArtifactRules {
            hosts: self.artifact_hosts.iter().map(place).collect::<Result<_, _>>()?,
            timeout,
            max_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(toml: &str) -> Result<ArtifactRules, String> {
        toml::from_str::<MeetingBaasFile>(toml).unwrap().rules().map_err(|error| error.to_string())
    }

    #[test]
    fn artifact_rules_are_read_with_defaults() {
        let usual = read("").unwrap();
        assert_eq!((usual.hosts.len(), usual.timeout, usual.max_bytes), (0, Duration::from_secs(10), 16 << 20));
        let set = read("artifact_hosts = [\"*.amazonaws.com\", \"127.0.0.1:9000\"]\ntimeout_ms = 500\nmax_bytes = 9");
        let set = set.unwrap();
        assert_eq!(
            set.hosts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["*.amazonaws.com/", "127.0.0.1:9000/"]
        );
        assert_eq!((set.timeout.as_millis(), set.max_bytes), (500, 9));
    }

    #[test]
    fn artifact_rules_out_of_range_are_refused() {
        for (toml, says) in [
            ("artifact_hosts = [\"https://s3.example\"]", "`https://s3.example` is not a host"),
            ("artifact_hosts = [\"s3.example/bucket\"]", "is not a host"),
            ("artifact_hosts = [\"\"]", "is not a host"),
            ("timeout_ms = 0", "meetingbaas.timeout_ms: is 1 to 20000"),
            ("timeout_ms = 20001", "1 to 20000"),
            ("max_bytes = 0", "meetingbaas.max_bytes: is 1 to"),
            ("max_bytes = 67108865", "1 to 67108864"),
        ] {
            let error = read(toml).unwrap_err();
            assert!(error.contains(says), "{toml}: {error}");
        }
    }
}
