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
        let (mut offers, mut limits) = (BTreeMap::new(), BTreeMap::new());
        for source in SOURCES.iter().filter(|source| source.tier == Tier::Outside) {
            let offer = match config.providers.get(source.name) {
                None | Some(ProviderConfig::Local { folder: None }) => local(None),
                Some(ProviderConfig::Local { folder: Some(path) }) => {
                    local(Some(TemplateFolder::open(path).map_err(ProviderSetupError::Folder)?))
                }
                Some(ProviderConfig::Http(http)) => {
                    limits.insert(source.name.to_owned(), http.limits);
                    described(config, source, http)?
                }
            };
            offers.insert(source.name, offer);
        }
        Ok(Self { offers, limits })
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

fn described(config: &Config, source: &Source, http: &HttpConfig) -> Result<Offer, ProviderSetupError> {
    let wrong = |error| ProviderSetupError::Settings { source_name: source.name.to_owned(), error };
    let mut reach = EgressConfig::to(origins(&http.requests).map_err(wrong)?);
    reach.roots = config.outside.fetch.roots.clone();
    let secrets = Secrets::new(config.outside.secrets.clone())
        .map_err(|(name, error)| ProviderSetupError::Secret { name, error })?;
    let (egress, requests) = (Egress::new(&reach)?, http.requests.clone());
    let provider = HttpProvider::new(&http.name, source, requests, http.timeout, egress, Arc::new(secrets));
    let provider: Arc<dyn Provider> = Arc::new(provider.map_err(wrong)?);
    Ok(Offer { provider, price: http.price, vendor: Some(source.name.to_owned()) })
}
