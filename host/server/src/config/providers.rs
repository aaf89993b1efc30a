//! `[providers.<source>]`: who answers a source of tier 3, what an answer costs, and how
//! often it may be asked. A source that is not named is answered by the host's own rows.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use skillhost_connectors::providers::http::{DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS, RequestSettings};
use skillhost_engine::context::{self, SOURCES, Tier};
use skillhost_engine::time::MicroUsd;

use super::ConfigError;
use super::vendors::{VendorFile, VendorLimits};

/// Highest price of one answer, micro-dollars: more is a slip of the keys.
const MAX_PRICE: i64 = 10_000_000;

/// Who answers a source.
#[derive(Clone, Debug)]
pub enum ProviderConfig {
    /// The host's own rows, and for `templates` a folder beside them.
    Local {
        /// Where the folder is.
        folder: Option<PathBuf>,
    },
    /// Somebody who speaks JSON over HTTP.
    Http(HttpConfig),
}

/// A provider over HTTP.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// What answers and the ledger name it by.
    pub name: String,
    /// Of one answer.
    pub price: MicroUsd,
    /// How often and how many at once it is asked.
    pub limits: VendorLimits,
    /// Time for one question.
    pub timeout: Duration,
    /// How it is asked.
    pub requests: Vec<RequestSettings>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    #[default]
    Local,
    Http,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderFile {
    #[serde(default)]
    kind: Kind,
    name: Option<String>,
    folder: Option<PathBuf>,
    price_micro_usd: Option<i64>,
    per_minute: Option<u32>,
    burst: Option<u32>,
    concurrent: Option<u32>,
    timeout_ms: Option<u64>,
    #[serde(default)]
    requests: Vec<RequestSettings>,
}

/// Providers by their source.
pub(super) fn providers(file: BTreeMap<String, ProviderFile>) -> Result<BTreeMap<String, ProviderConfig>, ConfigError> {
    file.into_iter().map(|(source, set)| Ok((source.clone(), provider(&source, set)?))).collect()
}

fn provider(source: &str, file: ProviderFile) -> Result<ProviderConfig, ConfigError> {
    let refuse = |message: String| Err(ConfigError::Provider { source_name: source.to_owned(), message });
    if context::find(source).is_none_or(|source| source.tier != Tier::Outside) {
        let known: Vec<&str> =
            SOURCES.iter().filter(|source| source.tier == Tier::Outside).map(|source| source.name).collect();
        return refuse(format!("no provider answers this source; it is one of {}", known.join(", ")));
    }
    let ProviderFile { kind, name, folder, price_micro_usd, per_minute, burst, concurrent, timeout_ms, requests } =
        file;
    if folder.is_some() && (kind != Kind::Local || source != "templates") {
        return refuse("`folder` is of a local provider of templates".to_owned());
    }
    let is_limited = per_minute.is_some() || burst.is_some() || concurrent.is_some();
    match kind {
        Kind::Local => {
            let is_bare = name.is_none() && price_micro_usd.is_none() && timeout_ms.is_none() && requests.is_empty();
            if is_limited || !is_bare {
                return refuse(
                    "what the host has itself has a `folder` at most; is `kind = \"http\"` missing?".to_owned(),
                );
            }
            Ok(ProviderConfig::Local { folder })
        }
        Kind::Http => {
            let price = price_micro_usd.unwrap_or(0);
            if !(0..=MAX_PRICE).contains(&price) {
                return refuse(format!("`price_micro_usd` is 0 to {MAX_PRICE}"));
            }
            let timeout_ms = timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS);
            if !(1..=MAX_TIMEOUT_MS).contains(&timeout_ms) {
                return refuse(format!("`timeout_ms` is 1 to {MAX_TIMEOUT_MS}"));
            }
            let name = name.unwrap_or_else(|| source.to_owned());
            if name.is_empty() || name.len() > 64 || !name.bytes().all(|b| b.is_ascii_graphic()) {
                return refuse("`name` is 1 to 64 signs without a space".to_owned());
            }
            let limits = match is_limited {
                true => VendorFile { per_minute, burst, concurrent }
                    .limits()
                    .map_err(|message| ConfigError::Provider { source_name: source.to_owned(), message })?,
                false => VendorLimits::default(),
            };
            let timeout = Duration::from_millis(timeout_ms);
            Ok(ProviderConfig::Http(HttpConfig { name, price: MicroUsd(price), limits, timeout, requests }))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use skillhost_engine::vendor::Rate;

    use super::*;

    fn read(toml: &str) -> Result<BTreeMap<String, ProviderConfig>, String> {
        let file = toml::from_str(toml).map_err(|error: toml::de::Error| error.to_string())?;
        providers(file).map_err(|error| error.to_string())
    }

    #[test]
    fn a_described_provider_is_read_whole() {
        let read = read(
            r#"
[templates]
folder = "templates"

[apollo]
kind = "http"
name = "apollo.io"
price_micro_usd = 20000
per_minute = 30
concurrent = 2

[[apollo.requests]]
when = ["email"]
url = "https://api.example/v1/people/match"
headers = { x-api-key = "{{secret:apollo}}" }
body = { email = "{email}" }

[apollo.requests.answer.person]
name = "/person/name"
[apollo.requests.answer.company.technologies]
from = "/person/organization/technologies"
each = "/name"
"#,
        )
        .unwrap();
        assert!(
            matches!(&read["templates"], ProviderConfig::Local { folder: Some(path) } if path.ends_with("templates"))
        );
        let ProviderConfig::Http(http) = &read["apollo"] else { panic!("{read:?}") };
        assert_eq!((http.name.as_str(), http.price, http.timeout.as_millis()), ("apollo.io", MicroUsd(20_000), 5_000));
        assert_eq!(http.limits, VendorLimits { rate: Rate::new(30, 1), concurrent: Some(2) });
        assert_eq!(http.requests[0].headers["x-api-key"], "{{secret:apollo}}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_source() {
        for (toml, says) in [
            ("[deal]", "providers.deal: no provider answers this source; it is one of apollo, linkedin"),
            ("[apollo]\nfolder = \"x\"", "`folder` is of a local provider of templates"),
            ("[apollo]\nprice_micro_usd = 1", "is `kind = \"http\"` missing?"),
            ("[apollo]\nkind = \"http\"\nprice_micro_usd = -1", "`price_micro_usd` is 0 to"),
            ("[apollo]\nkind = \"http\"\ntimeout_ms = 60000", "`timeout_ms` is 1 to 10000"),
            ("[apollo]\nkind = \"http\"\nname = \"a b\"", "`name` is 1 to 64"),
            ("[apollo]\nkind = \"http\"\nburst = 2", "`burst` goes with `per_minute`"),
            ("[apollo]\nkind = \"soap\"", "unknown variant `soap`"),
            ("[apollo]\nprize = 1", "unknown field `prize`"),
        ] {
            let error = read(toml).unwrap_err();
            assert!(error.contains(says), "{toml}: {error}");
        }
    }
}
