//! `[models.<class>]` and `[prices]`: which model stands behind a class, where it
//! is reached, which variable holds its key, and what it costs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use skillhost_connectors::models::{Provider, Target};
use skillhost_engine::limits::MAX_OUTPUT_TOKENS;
use skillhost_engine::price::{Price, PriceTable};
use url::Url;

use super::ConfigError;

/// Prices that ship, with their date.
const SHIPPED_PRICES: &str = include_str!("../../prices.toml");
/// Output tokens an ask may want where the file says nothing: a long page.
const DEFAULT_OUTPUT_TOKENS: u32 = 4096;

/// A model behind a class, as the file says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelFile {
    provider: Provider,
    model: String,
    endpoint: Option<String>,
    /// Name of the environment variable that holds the key.
    key_env: Option<String>,
    max_output_tokens: Option<u32>,
}

/// Prices by provider and model, over those that ship.
pub(super) type PricesFile = BTreeMap<String, BTreeMap<String, Price>>;

/// The prices that ship.
///
/// # Errors
/// The table is damaged, which its test excludes.
pub fn shipped_prices() -> Result<PriceTable, ConfigError> {
    toml::from_str(SHIPPED_PRICES)
        .map_err(|error| ConfigError::Malformed { path: PathBuf::from("prices.toml"), message: error.to_string() })
}

/// The table an operator gets: what ships, under what they say.
pub(super) fn prices(over: PricesFile) -> Result<PriceTable, ConfigError> {
    let mut table = shipped_prices()?;
    for (provider, models) in over {
        table.models.entry(provider).or_default().extend(models);
    }
    Ok(table)
}

/// Every class, its model and its key.
pub(super) fn targets(
    files: BTreeMap<String, ModelFile>,
    prices: &PriceTable,
    secret: &impl Fn(&str) -> Option<SecretString>,
) -> Result<BTreeMap<String, Target>, ConfigError> {
    files.into_iter().map(|(class, file)| target(&class, file, prices, secret).map(|target| (class, target))).collect()
}

fn target(
    class: &str,
    file: ModelFile,
    prices: &PriceTable,
    secret: &impl Fn(&str) -> Option<SecretString>,
) -> Result<Target, ConfigError> {
    let wrong = |message: String| ConfigError::Model { class: class.to_owned(), message };
    let provider = file.provider;
    if prices.of(provider.as_str(), &file.model).is_none() {
        return Err(wrong(format!(
            "no price is known for `{}` of {}; add it under [prices.{}] (the shipped table is of {})",
            file.model,
            provider.as_str(),
            provider.as_str(),
            prices.date
        )));
    }
    let endpoint = file.endpoint.as_deref().or(provider.endpoint());
    let endpoint = endpoint.ok_or_else(|| wrong(format!("{} needs an `endpoint`", provider.as_str())))?;
    let endpoint: Url = endpoint.parse().map_err(|_| wrong(format!("`{endpoint}` is no address")))?;
    if !matches!(endpoint.scheme(), "http" | "https") || !endpoint.has_host() || !endpoint.username().is_empty() {
        return Err(wrong("the endpoint is an http or https address without a user name".to_owned()));
    }
    let key = match &file.key_env {
        Some(name) => Some(
            secret(name)
                .ok_or_else(|| wrong(format!("neither the environment nor the file of secrets has `{name}`")))?,
        ),
        None => None,
    };
    let max_output_tokens = file.max_output_tokens.unwrap_or(DEFAULT_OUTPUT_TOKENS);
    if !(1..=MAX_OUTPUT_TOKENS).contains(&max_output_tokens) {
        return Err(wrong(format!("max_output_tokens is 1 to {MAX_OUTPUT_TOKENS}")));
    }
    Ok(Target { provider, model: file.model, endpoint, key, max_output_tokens })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn loaded(text: &str) -> Result<BTreeMap<String, Target>, ConfigError> {
        #[derive(Deserialize)]
        struct File {
            models: BTreeMap<String, ModelFile>,
            #[serde(default)]
            prices: PricesFile,
        }
        let file: File = toml::from_str(text).unwrap();
        targets(file.models, &prices(file.prices)?, &|_| None)
    }

    #[test]
    fn the_shipped_table_reads_and_every_output_costs_something() {
        let table = shipped_prices().unwrap();
        assert_eq!(table.date.len(), 10);
        for (provider, models) in &table.models {
            assert!(["openai", "anthropic", "gemini"].contains(&provider.as_str()));
            for (model, price) in models {
                assert!(price.input > 0 && price.output > 0 && price.cached_input <= price.input, "{model}");
            }
        }
    }

    #[test]
    fn an_unknown_model_is_refused_until_an_operator_prices_it() {
        let model = "[models.fast]\nprovider = \"ollama\"\nmodel = \"llama9\"\n";
        let error = loaded(model).unwrap_err().to_string();
        assert!(error.contains("llama9") && error.contains("[prices.ollama]"), "{error}");
        let priced = format!("{model}[prices.ollama.llama9]\ninput = 0\ncached_input = 0\noutput = 0\n");
        assert_eq!(loaded(&priced).unwrap()["fast"].endpoint.as_str(), "http://127.0.0.1:11434/");
    }

    #[test]
    fn what_cannot_be_reached_is_said_at_the_start() {
        for (text, word) in [
            ("provider = \"openai\"\nmodel = \"gpt-5\"\nkey_env = \"SKILLHOST_NO_SUCH_KEY\"", "SKILLHOST_NO_SUCH_KEY"),
            ("provider = \"openai\"\nmodel = \"gpt-5\"\nendpoint = \"ftp://a\"", "http"),
            ("provider = \"openai\"\nmodel = \"gpt-5\"\nendpoint = \"https://u@a\"", "user name"),
            ("provider = \"openai\"\nmodel = \"gpt-5\"\nmax_output_tokens = 0", "max_output_tokens"),
        ] {
            let error = loaded(&format!("[models.fast]\n{text}\n")).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("models.fast"), "{error}");
        }
    }
}
