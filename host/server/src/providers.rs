//! Who answers each source of tier 3, what it costs and whose gate it passes, as the
//! settings say.

use std::collections::BTreeMap;
use std::sync::Arc;

use skillhost_connectors::egress::secret::{SecretError, Secrets};
use skillhost_connectors::egress::{Egress, EgressConfig, EgressError};
use skillhost_connectors::providers::http::{HttpProvider, SettingsError, origins};
use skillhost_connectors::providers::local::LocalProvider;
use skillhost_connectors::providers::{FolderError, TemplateFolder};
use skillhost_engine::context::{SOURCES, Source, Tier};
use skillhost_engine::provider::Provider;
use skillhost_engine::store::Store;
use skillhost_engine::time::MicroUsd;

use crate::config::{Config, HttpConfig, ProviderConfig, VendorLimits};

/// How shipped skills ask the sources of tier 3, each way by its parameters. What a
/// described provider has no request for, it can say only when it is asked.
pub const ASKED_WITH: [(&str, &[&str]); 9] = [
    ("apollo", &["email"]),
    ("linkedin", &["url"]),
    ("linkedin", &["email"]),
    ("linkedin", &["name", "company"]),
    ("news", &["domain"]),
    ("news", &["company"]),
    ("templates", &["kind"]),
    ("templates", &["id"]),
    ("campaigns", &["from", "until"]),
];

/// A provider and its terms.
pub struct Offer {
    /// Who answers.
    pub provider: Arc<dyn Provider>,
    /// What one answer costs.
    pub price: MicroUsd,
    /// The gate that questions pass; none for what the host has itself.
    pub(crate) vendor: Option<String>,
}

/// Every source of tier 3 and who answers it.
pub struct Providers {
    offers: BTreeMap<&'static str, Offer>,
    /// Ways of [`ASKED_WITH`] that no request of a described provider is for.
    unanswered: Vec<(&'static str, &'static [&'static str])>,
    limits: BTreeMap<String, VendorLimits>,
}

/// Why a provider cannot be set up. Nothing of a secret is in it.
#[derive(Debug, thiserror::Error)]
pub enum ProviderSetupError {
    /// Its description.
    #[error("`{source_name}`: {error}")]
    Settings {
        /// Of which source.
        source_name: String,
        /// What is wrong.
        error: SettingsError,
    },
    /// The folder of templates.
    #[error("the folder of templates: {0}")]
    Folder(FolderError),
    /// The client.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// A secret.
    #[error("the secret `{name}`: {error}")]
    Secret {
        /// Which.
        name: String,
        /// What is wrong.
        error: SecretError,
    },
}

impl Providers {
    /// As the settings say; what they do not name the host answers itself.
    ///
    /// # Errors
    /// See [`ProviderSetupError`].
    pub fn new(config: &Config, store: &Arc<dyn Store>) -> Result<Self, ProviderSetupError> {
        let local = |templates| Offer {
            provider: Arc::new(LocalProvider::new(Arc::clone(store), templates)),
            price: MicroUsd(0),
            vendor: None,
        };
        let (mut offers, mut limits, mut unanswered) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for source in SOURCES.iter().filter(|source| source.tier == Tier::Outside) {
            let offer = match config.providers.get(source.name) {
                None | Some(ProviderConfig::Local { folder: None }) => local(None),
                Some(ProviderConfig::Local { folder: Some(path) }) => {
                    local(Some(TemplateFolder::open(path).map_err(ProviderSetupError::Folder)?))
                }
                Some(ProviderConfig::Http(http)) => {
                    limits.insert(source.name.to_owned(), http.limits);
                    let provider = described(config, source, http)?;
                    let ways = ASKED_WITH.iter().filter(|(name, _)| *name == source.name);
                    for (source, asked_with) in ways.filter(|(name, with)| !provider.answers(name, with)) {
                        tracing::warn!(
                            source,
                            asked_with = asked_with.join(", "),
                            provider = http.name,
                            "skills ask so, and no request of the provider is for it; they go on without it"
                        );
                        unanswered.push((*source, *asked_with));
                    }
                    Offer { provider: Arc::new(provider), price: http.price, vendor: Some(source.name.to_owned()) }
                }
            };
            offers.insert(source.name, offer);
        }
        Ok(Self { offers, unanswered, limits })
    }

    /// Ways in which shipped skills ask a source that nothing answers.
    pub fn unanswered(&self) -> &[(&'static str, &'static [&'static str])] {
        &self.unanswered
    }

    /// Who answers a source.
    pub fn of(&self, source: &str) -> Option<&Offer> {
        self.offers.get(source)
    }

    /// Whether an answer of this source costs money.
    pub(crate) fn is_paid(&self, source: &str) -> bool {
        self.of(source).is_some_and(|offer| offer.price.0 > 0)
    }

    /// How often each is asked, by the name of its gate.
    pub(crate) fn limits(&self) -> BTreeMap<String, VendorLimits> {
        self.limits.clone()
    }
}

fn described(config: &Config, source: &Source, http: &HttpConfig) -> Result<HttpProvider, ProviderSetupError> {
    let wrong = |error| ProviderSetupError::Settings { source_name: source.name.to_owned(), error };
    let mut reach = EgressConfig::to(origins(&http.requests).map_err(wrong)?);
    reach.roots = config.outside.fetch.roots.clone();
    let secrets = Secrets::new(config.outside.secrets.clone())
        .map_err(|(name, error)| ProviderSetupError::Secret { name, error })?;
    let (egress, requests) = (Egress::new(&reach)?, http.requests.clone());
    let provider = HttpProvider::new(&http.name, source, requests, http.timeout, egress, Arc::new(secrets));
    provider.map_err(wrong)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Map, Value};
    use skillhost_engine::context;

    use super::*;

    #[test]
    fn every_way_of_asking_is_one_that_the_source_takes() {
        for (source, asked_with) in ASKED_WITH {
            let value = |name: &str| match name {
                "email" => "a@b.example",
                "url" => "https://b.example/",
                "domain" => "b.example",
                "kind" => "proposal",
                "from" => "2026-11-01",
                "until" => "2026-11-08",
                _ => "x",
            };
            let params: Map<String, Value> =
                asked_with.iter().map(|name| ((*name).to_owned(), Value::from(value(name)))).collect();
            context::find(source).unwrap().check(&Value::Object(params)).unwrap();
        }
    }
}
