//! What we have ourselves, where a product of ours names the rival or is of what the
//! prospect said about it.

use deal_record::Topics;
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_language::sentences;
use skillhost_sdk::Failure;
use skillhost_sdk::context::{self, Optional};

use crate::held::{MAX_QUOTE, sentence_naming};

/// Most that are told.
const MOST: usize = 4;

/// A product's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Strength {
    /// Which product.
    pub product_id: String,
    /// Its name.
    pub name: String,
    /// The sentence of its description, exact.
    pub quote: String,
    /// `names_it`, or what of theirs it answers to.
    pub about: String,
}

/// Those that name the rival first, then those of what was said; and the read of them.
pub(crate) fn search(name: &str, said: &[&str]) -> Result<(Vec<Strength>, String), Failure> {
    let Some(read) = context::products().optional()? else { return Ok((Vec::new(), String::new())) };
    let mut found: Vec<Strength> = Vec::new();
    let strength = |product: &skillhost_sdk::sources::Product, quote: &str, about: String| Strength {
        product_id: product.id.clone(),
        name: product.name.clone(),
        quote: quote.to_owned(),
        about,
    };
    for product in &read.value {
        if let Some(quote) = sentence_naming(&product.description, name) {
            found.push(strength(product, quote, "names_it".to_owned()));
        }
    }
    // What they praise or blame in the rival, without its name.
    let mut matters = Topics::default();
    said.iter().for_each(|words| matters.add(words));
    for product in &read.value {
        let shares = sentences(&product.description).into_iter().find_map(|sentence| {
            let text = sentence.text(&product.description).trim();
            let shared: Vec<String> =
                matters.shared(text).into_iter().filter(|topic| !Topics::of(name).mention(topic)).collect();
            // One word of a sentence may be anybody's; one that the product is called by is not.
            let called = Topics::of(&product.name);
            let shared = shared
                .iter()
                .find(|topic| called.mention(topic))
                .or(shared.first().filter(|_| shared.len() > 1))?
                .clone();
            (text.chars().count() <= MAX_QUOTE).then(|| (text.to_owned(), shared))
        });
        if let Some((quote, shared)) = shares.filter(|_| !found.iter().any(|one| one.product_id == product.id)) {
            found.push(strength(product, &quote, shared));
        }
    }
    found.truncate(MOST);
    Ok((found, read.read_id))
}
