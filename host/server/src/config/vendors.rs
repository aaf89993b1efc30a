//! `[vendors]`: how often and how many at once each vendor is called.

use std::collections::BTreeMap;

use serde::Deserialize;
use skillhost_connectors::models::Provider;
use skillhost_connectors::{MAIL, SLACK};
use skillhost_engine::vendor::{MAX_BURST, MAX_CONCURRENT, MAX_PER_MINUTE, Rate};

use super::ConfigError;

/// What is set of one vendor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VendorLimits {
    /// Calls a minute, of all hosts together.
    pub rate: Option<Rate>,
    /// Calls under way at once, of this host.
    pub concurrent: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VendorFile {
    pub(super) per_minute: Option<u32>,
    pub(super) burst: Option<u32>,
    pub(super) concurrent: Option<u32>,
}

impl VendorFile {
    /// The limits that are meant, or what would be right.
    pub(super) fn limits(&self) -> Result<VendorLimits, String> {
        let rate = match (self.per_minute, self.burst) {
            (None, None) => None,
            (None, Some(_)) => return Err("`burst` goes with `per_minute`".to_owned()),
            (Some(per_minute), burst) => Some(
                Rate::new(per_minute, burst.unwrap_or(1))
                    .ok_or_else(|| format!("`per_minute` is 1 to {MAX_PER_MINUTE}, and `burst` 1 to {MAX_BURST}"))?,
            ),
        };
        if self.concurrent.is_some_and(|calls| !(1..=MAX_CONCURRENT).contains(&calls)) {
            return Err(format!("`concurrent` is 1 to {MAX_CONCURRENT}"));
        }
        if rate.is_none() && self.concurrent.is_none() {
            return Err("sets neither `per_minute` nor `concurrent`".to_owned());
        }
        Ok(VendorLimits { rate, concurrent: self.concurrent })
    }
}

/// Vendors by the words that [`named`] knows.
pub(super) fn limits(file: BTreeMap<String, VendorFile>) -> Result<BTreeMap<String, VendorLimits>, ConfigError> {
    file.into_iter()
        .map(|(vendor, set)| {
            let refuse = |message: String| ConfigError::Vendor { vendor: vendor.clone(), message };
            if !named(&vendor) {
                let models: Vec<&str> = Provider::ALL.iter().map(|provider| provider.as_str()).collect();
                return Err(refuse(format!(
                    "there is no such vendor; it is `{MAIL}`, `{SLACK}`, whose models are asked ({}), or a host that \
                     skills fetch from, in lower case",
                    models.join(", ")
                )));
            }
            let limits = set.limits().map_err(&refuse)?;
            Ok((vendor, limits))
        })
        .collect()
}

/// Whether anything is called by this name: a connector, a provider of models, or a host.
fn named(vendor: &str) -> bool {
    [MAIL, SLACK].contains(&vendor)
        || Provider::ALL.iter().any(|provider| provider.as_str() == vendor)
        || is_host(vendor)
}

/// A host name as an address of a fetch has it; one without a dot may be a slip.
fn is_host(text: &str) -> bool {
    text.contains('.') && url::Host::parse(text).is_ok_and(|host| host.to_string() == text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(toml: &str) -> Result<BTreeMap<String, VendorLimits>, String> {
        limits(toml::from_str(toml).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_connector_a_provider_and_a_host_have_limits() {
        let toml = "slack = { per_minute = 50, burst = 10, concurrent = 4 }\nmail = { concurrent = 1 }
anthropic = { per_minute = 100 }\n\"api.example.com\" = { per_minute = 5 }\n\"10.0.0.5\" = { per_minute = 5 }";
        let read = read(toml).unwrap();
        assert_eq!(read["slack"], VendorLimits { rate: Rate::new(50, 10), concurrent: Some(4) });
        assert_eq!(read["anthropic"].rate, Rate::new(100, 1), "evenly where no burst is set");
        assert_eq!((read["mail"].rate, read.len()), (None, 5));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_is() {
        for (toml, says) in [
            ("slakc = { per_minute = 5 }", "vendors.slakc: there is no such vendor; it is `mail`, `slack`"),
            ("\"API.example.com\" = { per_minute = 5 }", "in lower case"),
            ("\"https://example.com\" = { per_minute = 5 }", "no such vendor"),
            ("slack = { burst = 5 }", "`burst` goes with `per_minute`"),
            ("slack = { per_minute = 0 }", "`per_minute` is 1 to 60000"),
            ("slack = { per_minute = 5, burst = 0 }", "`burst` 1 to 60000"),
            ("slack = { concurrent = 65 }", "`concurrent` is 1 to 64"),
            ("slack = {}", "sets neither"),
        ] {
            let error = read(toml).unwrap_err();
            assert!(error.contains(says), "{toml}: {error}");
        }
    }
}
