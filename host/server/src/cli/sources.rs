//! `skillhost data sources`: what skills can read.

use serde_json::{Value, json};
use skillhost_engine::context::{SOURCES, Source, TEMPLATE_KINDS, Tier, shape};

use super::exit::hinted;
use super::{Exit, Global, render};
use crate::config::{Config, Overrides, ProviderConfig};

/// A misspelling this close to a source is named in the hint.
const CLOSE_ENOUGH: f64 = 0.75;

/// When it is loaded, in a word.
fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Org => "1",
        Tier::Contact => "2",
        Tier::ById => "by id",
        Tier::Day => "day",
        Tier::Outside => "3",
    }
}

/// Of sources outside the shape that every answer is brought to; of the others what the types
/// of the SDK read.
fn schemas(source: &Source) -> Vec<Value> {
    if source.tier != Tier::Outside {
        let all = skillhost_sdk::context::schemas().into_iter();
        return all.filter(|(name, _)| *name == source.name).map(|(_, schema)| schema).collect();
    }
    let forms =
        [json!({}), json!({ "id": "one" }), json!({ "kind": TEMPLATE_KINDS[0] }), json!({ "email": "a@b.example" })];
    let mut found: Vec<Value> = Vec::new();
    for schema in forms.iter().filter_map(|params| shape::schema(source.name, params)) {
        if !found.contains(schema) {
            found.push(schema.clone());
        }
    }
    found
}

/// Who answers a source of tier 3, and on what terms.
fn provider(source: &Source, config: &Config) -> Value {
    if source.tier != Tier::Outside {
        return Value::Null;
    }
    match config.providers.get(source.name) {
        Some(ProviderConfig::Http(http)) => json!({
            "name": http.name, "price_micro_usd": http.price,
            "per_minute": http.limits.rate.map(|rate| rate.per_minute()), "concurrent": http.limits.concurrent,
        }),
        None | Some(ProviderConfig::Local { .. }) => json!({ "name": "local", "price_micro_usd": 0 }),
    }
}

/// The same in a cell: `apollo.io, $0.02, 30 a minute`.
fn in_words(provider: &Value) -> String {
    let Some(name) = provider["name"].as_str() else { return "–".to_owned() };
    let mut words = name.to_owned();
    if let Some(price) = provider["price_micro_usd"].as_i64().filter(|price| *price > 0) {
        let dollars = format!("{:.6}", price as f64 / 1e6);
        words.push_str(&format!(", ${}", dollars.trim_end_matches('0').trim_end_matches('.')));
    }
    if let Some(rate) = provider["per_minute"].as_u64() {
        words.push_str(&format!(", {rate} a minute"));
    }
    words
}

fn whole(source: &Source, config: &Config) -> Value {
    json!({
        "provider": provider(source, config),
        "name": source.name, "tier": tier(source.tier), "right": format!("context:{}", source.name),
        "org_wide": source.org_wide, "params": source.param_names().collect::<Vec<_>>(),
        "most_bytes": source.most_bytes(), "page_rows": source.paging.map(|paging| paging.rows),
        "fuel_weight": source.tier.weight(), "schemas": schemas(source),
    })
}

pub(super) fn run(global: &Global, name: Option<&str>) -> anyhow::Result<Exit> {
    let config = global.settings(Overrides::default())?;
    let Some(name) = name else {
        if global.json {
            render::json(&SOURCES.iter().map(|source| whole(source, &config)).collect::<Vec<_>>())?;
            return Ok(Exit::Done);
        }
        let row = |source: &Source| {
            let right = if source.org_wide {
                format!("context:{0}, context:{0}@org", source.name)
            } else {
                format!("context:{}", source.name)
            };
            vec![
                source.name.to_owned(),
                tier(source.tier).to_owned(),
                source.param_names().collect::<Vec<_>>().join(", "),
                format!("{} KB", source.most_bytes() / 1024),
                source.paging.map_or_else(|| "–".to_owned(), |paging| paging.rows.to_string()),
                source.tier.weight().to_string(),
                in_words(&provider(source, &config)),
                right,
            ]
        };
        render::table(
            &["source", "tier", "asked with", "at most", "a page", "fuel", "answered by", "right"],
            SOURCES.iter().map(row).collect(),
        )?;
        return Ok(Exit::Done);
    };
    let Some(source) = SOURCES.iter().find(|source| source.name == name) else {
        let close = SOURCES.iter().map(|source| (strsim::jaro_winkler(name, source.name), source.name));
        let close = close.filter(|(score, _)| *score >= CLOSE_ENOUGH).max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = close.map_or_else(
            || "`skillhost data sources` lists them".to_owned(),
            |(_, close)| format!("did you mean `{close}`?"),
        );
        return Err(hinted(format!("there is no source `{name}`"), hint));
    };
    if global.json {
        render::json(&whole(source, &config))?;
    } else {
        for schema in schemas(source) {
            render::json(&schema)?;
        }
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_told_in_a_cell() {
        let told = |provider: Value| in_words(&provider);
        assert_eq!(told(Value::Null), "–");
        assert_eq!(told(json!({ "name": "local", "price_micro_usd": 0 })), "local");
        let terms = json!({ "name": "apollo.io", "price_micro_usd": 20_000, "per_minute": 30 });
        assert_eq!(told(terms), "apollo.io, $0.02, 30 a minute");
    }

    #[test]
    fn every_source_has_a_schema() {
        for source in &SOURCES {
            let found = schemas(source);
            let shown = found.iter().all(|schema| schema.get("type").is_some() || schema.get("$ref").is_some());
            assert!(!found.is_empty() && shown, "{}", source.name);
        }
        let templates = SOURCES.iter().find(|source| source.name == "templates").map(schemas);
        assert_eq!(templates.map(|forms| forms.len()), Some(2), "a list, and one in full");
    }
}
