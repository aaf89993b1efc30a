//! Prices of products.

use deal_record::{Candidate, Price, Topics, money};
use skillhost_sdk::sources::Product;

/// More prices than this are a list, which is a document.
const MOST_PRICES: usize = 10;

/// Prices that answer, and products that cannot.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) prices: Vec<Price>,
    pub(crate) others: Vec<Candidate>,
}

/// Of the products that were named; of the only one there is where none was.
pub(crate) fn asked_for(products: &[Product], asked: &Topics) -> Found {
    let named: Vec<&Product> = products.iter().filter(|product| asked.mention(&product.name)).collect();
    let meant = match (named.as_slice(), products) {
        ([], [only]) => vec![only],
        _ => named,
    };
    let mut found = Found::default();
    for product in meant.into_iter().take(MOST_PRICES) {
        match product.price_cents.and_then(|cents| money(cents, &product.currency)) {
            Some(price) => found.prices.push(Price {
                product_id: product.id.clone(),
                name: product.name.clone(),
                price,
                url: product.url.clone().filter(|url| url.starts_with("https://")),
            }),
            None => found.others.push(Candidate {
                template_id: product.id.clone(),
                name: product.name.clone(),
                reason: "the product has no price".to_owned(),
                ..Candidate::default()
            }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(id: &str, name: &str, cents: Option<i64>) -> Product {
        Product { id: id.into(), name: name.into(), price_cents: cents, currency: "USD".into(), ..Product::default() }
    }

    #[test]
    fn the_named_ones_are_priced() {
        let held = [product("p1", "Acme Flow", Some(4_900)), product("p2", "Acme Dock", None)];
        let found = asked_for(&held, &Topics::of("what do Acme Flow and Acme Dock cost"));
        assert_eq!(found.prices.iter().map(|price| price.price.as_str()).collect::<Vec<_>>(), ["$49.00"]);
        assert_eq!(found.others[0].reason, "the product has no price");
        assert_eq!(asked_for(&held, &Topics::of("what does it cost")), Found::default());
        assert_eq!(asked_for(&held[..1], &Topics::of("what does it cost")).prices.len(), 1);
    }
}
