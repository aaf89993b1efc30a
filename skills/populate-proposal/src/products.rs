//! Which products a proposal is about.

use deal_record::Topics;
use serde_json::Value;
use skillhost_sdk::sources::{Deal, Product};

/// Fields of a deal that may name its products, by id or name.
const FIELDS: [&str; 4] = ["products", "product_ids", "product", "product_id"];

/// The products meant, or why that is not known.
pub(crate) type Meant = Result<Vec<Product>, String>;

pub(crate) fn meant(held: &[Product], deal: Option<&Deal>, spoken: &Topics) -> Meant {
    if held.is_empty() {
        return Err("the org holds no products".to_owned());
    }
    let named = deal.map(names_of).unwrap_or_default();
    if !named.is_empty() {
        let mut found: Vec<Product> = Vec::new();
        for name in &named {
            let is = |product: &&Product| product.id == *name || product.name.trim().eq_ignore_ascii_case(name.trim());
            let Some(product) = held.iter().find(is) else {
                return Err(format!("the deal names “{name}”, which is no product of the org"));
            };
            if !found.iter().any(|other| other.id == product.id) {
                found.push(product.clone());
            }
        }
        return Ok(found);
    }
    let told: Vec<Product> = held.iter().filter(|product| spoken.mention(&product.name)).cloned().collect();
    match (told.len(), held) {
        (0, [only]) => Ok(vec![only.clone()]),
        (0, _) => Err("neither the deal nor the talk names a product".to_owned()),
        _ => Ok(told),
    }
}

fn names_of(deal: &Deal) -> Vec<String> {
    let Some(value) = FIELDS.iter().find_map(|field| deal.fields.get(*field)) else { return Vec::new() };
    match value {
        Value::String(names) => {
            names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        }
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn product(id: &str, name: &str) -> Product {
        Product { id: id.to_owned(), name: name.to_owned(), ..Product::default() }
    }

    fn ids(meant: &Meant) -> Result<Vec<&str>, &str> {
        meant.as_ref().map(|found| found.iter().map(|one| one.id.as_str()).collect()).map_err(String::as_str)
    }

    #[test]
    fn the_deal_names_them_before_the_talk_does() {
        let held = [product("p1", "Acme Flow"), product("p2", "Acme Dock")];
        let deal = |fields: Value| Deal { fields: fields.as_object().cloned().unwrap_or_default(), ..Deal::default() };
        let spoken = Topics::of("we like Acme Dock");
        assert_eq!(ids(&meant(&held, Some(&deal(json!({"products": ["p1"]}))), &spoken)), Ok(vec!["p1"]));
        assert_eq!(ids(&meant(&held, Some(&deal(json!({"product": "acme flow, p1"}))), &spoken)), Ok(vec!["p1"]));
        assert_eq!(ids(&meant(&held, Some(&deal(json!({}))), &spoken)), Ok(vec!["p2"]));
        let unknown = meant(&held, Some(&deal(json!({"products": ["p9"]}))), &spoken);
        assert_eq!(ids(&unknown), Err("the deal names “p9”, which is no product of the org"));
    }

    #[test]
    fn without_a_word_only_the_only_one_is_meant() {
        let silent = Topics::default();
        assert_eq!(ids(&meant(&[product("p1", "Acme Flow")], None, &silent)), Ok(vec!["p1"]));
        let two = [product("p1", "Acme Flow"), product("p2", "Acme Dock")];
        assert!(meant(&two, None, &silent).is_err() && meant(&[], None, &silent).is_err());
    }
}
