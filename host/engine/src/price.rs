//! What models cost: a dated table, and the arithmetic of it in whole
//! micro-dollars, rounded up.
//!
//! A model that is not in the table has no price, which refuses it: an unknown
//! price is not a price of nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ModelAsk;
use crate::time::MicroUsd;

/// Tokens that prices are quoted for.
const PER: i128 = 1_000_000;
/// Tokens a vendor may add to an ask of its own: framing, a schema's grammar.
pub const FRAMING_TOKENS: u64 = 1024;
/// Tokens a vendor may add for each message.
pub const MESSAGE_TOKENS: u64 = 16;

/// Micro-dollars for a million tokens, as vendors' price lists say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Input read anew.
    pub input: u64,
    /// Input read from a cache.
    pub cached_input: u64,
    /// Input written into a cache, where that costs more; `input` otherwise.
    #[serde(default)]
    pub cache_write: Option<u64>,
    /// Output, hidden reasoning included.
    pub output: u64,
}

/// What a vendor counted for one try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All of the input, the next two included.
    pub input: u64,
    /// Of it, read from a cache.
    pub cached: u64,
    /// Of it, written into a cache.
    pub cache_write: u64,
    /// The output, hidden reasoning included.
    pub output: u64,
}

impl Price {
    /// What these tokens cost.
    pub fn cost(&self, tokens: Tokens) -> MicroUsd {
        let cached = tokens.cached.min(tokens.input);
        let written = tokens.cache_write.min(tokens.input - cached);
        let fresh = tokens.input - cached - written;
        let sum = of(fresh, self.input)
            + of(cached, self.cached_input)
            + of(written, self.cache_write.unwrap_or(self.input))
            + of(tokens.output, self.output);
        MicroUsd(i64::try_from((sum + PER - 1) / PER).unwrap_or(i64::MAX))
    }

    /// The most that an ask can cost: no tokenizer makes more tokens of a text
    /// than it has bytes, and all of it may be the dearest kind of input.
    pub fn at_most(&self, ask: &ModelAsk) -> MicroUsd {
        let bytes = ask.messages.iter().map(|message| message.text.len()).sum::<usize>()
            + ask.schema.as_ref().map_or(0, |schema| schema.to_string().len());
        let messages = u64::try_from(ask.messages.len()).unwrap_or(u64::MAX);
        let input = u64::try_from(bytes)
            .unwrap_or(u64::MAX)
            .saturating_add(messages.saturating_mul(MESSAGE_TOKENS))
            .saturating_add(FRAMING_TOKENS);
        let dearest = self.input.max(self.cached_input).max(self.cache_write.unwrap_or(0));
        let sum = of(input, dearest) + of(u64::from(ask.max_output_tokens), self.output);
        MicroUsd(i64::try_from((sum + PER - 1) / PER).unwrap_or(i64::MAX))
    }
}

fn of(tokens: u64, price: u64) -> i128 {
    i128::from(tokens) * i128::from(price)
}

/// Prices by the vendor's name of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceTable {
    /// When the prices were read from the vendors' lists, `YYYY-MM-DD`.
    pub date: String,
    /// By provider, then model.
    pub models: BTreeMap<String, BTreeMap<String, Price>>,
}

impl PriceTable {
    /// The price of a model; `None` refuses it. A model the table names covers
    /// its dated releases too: `gpt-x` prices `gpt-x-2026-01-31`.
    pub fn of(&self, provider: &str, model: &str) -> Option<Price> {
        let models = self.models.get(provider)?;
        models.get(model).copied().or_else(|| {
            let (name, date) = models.keys().find_map(|name| Some((name, model.strip_prefix(name.as_str())?)))?;
            let release = date.strip_prefix('-').or_else(|| date.strip_prefix('@'))?;
            let is_date = release.len() >= 8 && release.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            if is_date { models.get(name).copied() } else { None }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Message, Role};

    const PRICE: Price =
        Price { input: 3_000_000, cached_input: 300_000, cache_write: Some(3_750_000), output: 15_000_000 };

    fn ask(text: &str, max_output_tokens: u32) -> ModelAsk {
        ModelAsk {
            class: "fast".to_owned(),
            messages: vec![Message { role: Role::User, text: text.to_owned() }],
            max_output_tokens,
            schema: None,
            purpose: String::new(),
        }
    }

    #[test]
    fn each_kind_of_token_has_its_price_and_parts_are_rounded_up() {
        let tokens = Tokens { input: 1000, cached: 600, cache_write: 100, output: 10 };
        assert_eq!(PRICE.cost(tokens), MicroUsd(300 * 3 + 180 + 375 + 150));
        assert_eq!(PRICE.cost(Tokens { cached: 1, input: 1, ..Tokens::default() }), MicroUsd(1), "0.3 becomes 1");
        assert_eq!(PRICE.cost(Tokens::default()), MicroUsd(0));
    }

    #[test]
    fn an_unknown_model_has_no_price_and_a_dated_release_has_its_models() {
        let models = BTreeMap::from([("small".to_owned(), PRICE), ("small-pro".to_owned(), PRICE)]);
        let table = PriceTable { date: "2026-01-01".to_owned(), models: BTreeMap::from([("v".to_owned(), models)]) };
        assert_eq!(table.of("v", "small"), Some(PRICE));
        assert_eq!(table.of("v", "small-2026-01-31"), Some(PRICE));
        assert_eq!(table.of("v", "small-20260131"), Some(PRICE));
        for unknown in ["large", "small-max", "small-", "smaller-20260131"] {
            assert_eq!(table.of("v", unknown), None, "{unknown}");
        }
        assert_eq!(table.of("w", "small"), None);
    }

    proptest! {
        /// What a vendor can count for an ask never costs more than was reserved.
        #[test]
        fn the_most_is_the_most(
            text in ".{0,200}", most in 0_u32..5000,
            input in 0_u64..2000, cached in 0_u64..2000, written in 0_u64..2000, output in 0_u64..5000,
        ) {
            let ask = ask(&text, most);
            let bound = u64::try_from(text.len()).unwrap() + MESSAGE_TOKENS + FRAMING_TOKENS;
            let tokens = Tokens {
                input: input.min(bound), cached, cache_write: written, output: output.min(u64::from(most)),
            };
            prop_assert!(PRICE.cost(tokens) <= PRICE.at_most(&ask));
        }
    }
}
