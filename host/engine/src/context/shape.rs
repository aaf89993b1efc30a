//! What an answer of tier 3 looks like, whoever gives it: a JSON Schema a source, and
//! the one way in which an answer is brought to it.
//!
//! Providers differ in spelling, not in meaning: a number as text, a day for an instant,
//! a field left out for one that is null. That much is evened out, lists are put in order
//! and cut, unknown fields go, and what then does not match the schema is no answer.
//!
//! Beside the words of JSON Schema these say `format` (`instant`, `address`) for a
//! spelling, `default` for what an absent field becomes, and `newestBy` for the field
//! that a list is ordered by before it is cut at `maxItems`. An entry of a list that
//! lacks what every entry has is left out.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::structured::Mismatch;
use crate::time::Timestamp;

const APOLLO: &str = include_str!("shapes/apollo.json");
const LINKEDIN: &str = include_str!("shapes/linkedin.json");
const NEWS: &str = include_str!("shapes/news.json");
const TEMPLATES: &str = include_str!("shapes/templates.json");
const CAMPAIGNS: &str = include_str!("shapes/campaigns.json");

/// Most templates in a list.
pub const MAX_TEMPLATES: usize = 100;
/// What a list of templates leaves out.
const BODIES: [&str; 3] = ["variables", "sections", "body"];
/// Numbers from here on are milliseconds: as seconds they would be in the year 5138.
const LEAST_MS: i64 = 100_000_000_000;
/// Depth to which schemas are nested; they are this crate's own.
const MAX_DEPTH: usize = 16;

/// A schema and what checks it.
struct Known {
    source: &'static str,
    /// The form that is asked with this parameter; `None` for the others.
    with: Option<&'static str>,
    schema: Value,
    validator: Option<jsonschema::Validator>,
}

impl Known {
    fn new(source: &'static str, with: Option<&'static str>, schema: Value) -> Self {
        // A schema that is none would refuse every answer; a test holds each to be one.
        let is_instant = |text: &str| text.parse::<jiff::Timestamp>().is_ok();
        let options = jsonschema::draft202012::options().with_format("instant", is_instant);
        let validator = options.should_validate_formats(true).build(&schema).ok();
        Self { source, with, schema, validator }
    }
}

static KNOWN: LazyLock<[Known; 6]> = LazyLock::new(|| {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut head = read(TEMPLATES);
    if let Some(fields) = head.get_mut("properties").and_then(Value::as_object_mut) {
        fields.retain(|name, _| !BODIES.contains(&name.as_str()));
    }
    let list = json!({ "type": "array", "maxItems": MAX_TEMPLATES, "items": head });
    [
        Known::new("apollo", None, read(APOLLO)),
        Known::new("linkedin", None, read(LINKEDIN)),
        Known::new("news", None, read(NEWS)),
        Known::new("templates", Some("id"), read(TEMPLATES)),
        Known::new("templates", None, list),
        Known::new("campaigns", None, read(CAMPAIGNS)),
    ]
});

fn known(source: &str, params: &Value) -> Option<&'static Known> {
    let asked = |known: &&Known| known.with.is_none_or(|with| params.get(with).is_some_and(Value::is_string));
    KNOWN.iter().find(|known| known.source == source && asked(known))
}

/// The JSON Schema of a source's answer to these parameters; `None` for a source that no
/// provider answers.
pub fn schema(source: &str, params: &Value) -> Option<&'static Value> {
    known(source, params).map(|known| &known.schema)
}

/// An answer in the source's shape.
///
/// # Errors
/// Where it does not match, never the text that is there.
pub fn accept(source: &str, params: &Value, answer: Value) -> Result<Value, Mismatch> {
    let Some(known) = known(source, params) else {
        return Err(Mismatch::Shape { pointer: String::new(), keyword: "no such source".to_owned() });
    };
    let fitted = fit(answer, &known.schema, &known.schema, 0);
    let Some(validator) = &known.validator else {
        return Err(Mismatch::Shape { pointer: String::new(), keyword: "$schema".to_owned() });
    };
    let wrong = validator.iter_errors(&fitted).next().map(|error| Mismatch::Shape {
        pointer: error.instance_path().to_string(),
        keyword: error.schema_path().to_string(),
    });
    wrong.map_or(Ok(fitted), Err)
}

/// A schema without its reference.
fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|at| root.pointer(at.strip_prefix('#')?));
    target.unwrap_or(schema)
}

fn takes(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        _ => false,
    }
}

fn fit(value: Value, schema: &Value, root: &Value, depth: usize) -> Value {
    let schema = resolved(schema, root);
    if depth > MAX_DEPTH {
        return value;
    }
    match value {
        Value::Null => absent(schema),
        Value::Object(fields) if takes(schema, "object") => object(fields, schema, root, depth),
        Value::Array(items) if takes(schema, "array") => list(items, schema, root, depth),
        Value::String(text) if takes(schema, "integer") => match text.trim().parse::<i64>() {
            Ok(number) => json!(number),
            Err(_) => Value::String(text),
        },
        // A number that vendors write with a fraction of nothing.
        Value::Number(number) if takes(schema, "integer") => match number.as_f64() {
            Some(float) if number.as_i64().is_none() && float.fract() == 0.0 && float.abs() < 9e15 => {
                #[allow(clippy::cast_possible_truncation)]
                let whole = float as i64;
                json!(whole)
            }
            _ => Value::Number(number),
        },
        Value::Number(number) if takes(schema, "string") => text(number.to_string(), number.as_i64(), schema),
        Value::String(said) if takes(schema, "string") => text(said, None, schema),
        other => other,
    }
}

/// What a field that is not there becomes.
fn absent(schema: &Value) -> Value {
    match schema.get("default") {
        Some(default) => default.clone(),
        None if takes(schema, "null") => Value::Null,
        None if takes(schema, "array") => json!([]),
        None if takes(schema, "object") => json!({}),
        None => Value::Null,
    }
}

fn text(said: String, number: Option<i64>, schema: &Value) -> Value {
    let said = said.trim();
    if said.is_empty() && takes(schema, "null") {
        return Value::Null;
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let word = said.to_lowercase();
        let known = words.iter().any(|known| known.as_str() == Some(word.as_str()));
        return match words.iter().any(|known| known == "other") {
            _ if known => json!(word),
            true => json!("other"),
            false => json!(said),
        };
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("instant") => instant(said, number).map_or_else(|| json!(said), Value::String),
        Some("address") => json!(said.to_lowercase()),
        _ => {
            let most = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
            let cut: String = said.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
            json!(cut.trim_end())
        }
    }
}

/// RFC 3339 of a text with an offset or of a day, or of a number of seconds or
/// milliseconds.
fn instant(said: &str, number: Option<i64>) -> Option<String> {
    let number = number.or_else(|| said.parse().ok());
    let ms = match number {
        Some(number) if number.abs() >= LEAST_MS => number,
        Some(number) => number.checked_mul(1000)?,
        None => match said.parse::<jiff::Timestamp>() {
            Ok(at) => at.as_millisecond(),
            Err(_) => {
                let day: jiff::civil::Date = (said.len() == 10).then(|| said.parse().ok()).flatten()?;
                day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond()
            }
        },
    };
    Some(Timestamp(ms).rfc3339())
}

fn object(fields: Map<String, Value>, schema: &Value, root: &Value, depth: usize) -> Value {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        // Any names, each of one kind.
        let Some(of) = schema.get("additionalProperties").filter(|of| of.is_object()) else {
            return Value::Object(fields);
        };
        return Value::Object(
            fields.into_iter().map(|(name, value)| (name, fit(value, of, root, depth + 1))).collect(),
        );
    };
    let mut fields = fields;
    let of = |(name, property): (&String, &Value)| {
        (name.clone(), fit(fields.remove(name).unwrap_or_default(), property, root, depth + 1))
    };
    Value::Object(properties.iter().map(of).collect())
}

fn list(items: Vec<Value>, schema: &Value, root: &Value, depth: usize) -> Value {
    let Some(of) = schema.get("items") else { return Value::Array(items) };
    let of = resolved(of, root);
    let mut items: Vec<Value> =
        items.into_iter().map(|item| fit(item, of, root, depth + 1)).filter(|item| is_whole(item, of)).collect();
    if let Some(by) = schema.get("newestBy").and_then(Value::as_str) {
        // Instants have a fixed width, so text order is time order; equal ones stay as given.
        let at = |item: &Value| item.get(by).and_then(Value::as_str).unwrap_or_default().to_owned();
        items.sort_by_cached_key(|item| std::cmp::Reverse(at(item)));
    }
    let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
    items.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Value::Array(items)
}

/// Whether an entry has what every entry has.
fn is_whole(item: &Value, schema: &Value) -> bool {
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_there = |name: &str| match item.get(name) {
        None | Some(Value::Null) => schema.pointer(&format!("/properties/{name}")).is_some_and(|of| takes(of, "null")),
        Some(Value::String(text)) => {
            !text.is_empty() || schema.pointer(&format!("/properties/{name}/minLength")).is_none()
        }
        Some(_) => true,
    };
    if item.is_null() {
        return takes(schema, "null");
    }
    !item.is_object() || required.iter().filter_map(Value::as_str).all(is_there)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::context::{SOURCES, Tier};

    #[test]
    fn every_source_outside_has_a_schema_that_is_one_and_no_other_source_has() {
        for source in &SOURCES {
            for params in [json!({}), json!({"id": "t1"})] {
                assert_eq!(
                    schema(source.name, &params).is_some(),
                    source.tier == Tier::Outside,
                    "{} {params}",
                    source.name
                );
            }
        }
        assert!(KNOWN.iter().all(|known| known.validator.is_some()));
        assert!(schema("templates", &json!({})).unwrap()["items"]["properties"].get("body").is_none());
    }

    #[test]
    fn spellings_are_evened_out_and_nothing_is_added() {
        let said = json!({
            "person": {"name": " Mira Holt ", "email": "Mira@Globex.test", "phone": 49301234, "title": "", "shoe_size": 41},
            "company": {"name": "Globex", "size": "250", "founded": 1999.0},
            "as_of": 1_795_186_800, "provider": "apollo"});
        let want = json!({
            "person": {"name": "Mira Holt", "email": "mira@globex.test", "title": null, "seniority": null,
                "department": null, "company": null, "linkedin_url": null, "location": null, "zone": null,
                "phone": "49301234"},
            "company": {"name": "Globex", "domain": null, "industry": null, "size": 250, "revenue": null,
                "founded": 1999, "description": null, "technologies": [], "location": null},
            "as_of": "2026-11-20T15:00:00.000Z", "provider": "apollo"});
        assert_eq!(accept("apollo", &json!({}), said), Ok(want));
        let nobody = json!({"as_of": "2026-11-20", "provider": "apollo"});
        let want = json!({"person": null, "company": null, "as_of": "2026-11-20T00:00:00.000Z", "provider": "apollo"});
        assert_eq!(accept("apollo", &json!({}), nobody), Ok(want));
    }

    #[test]
    fn news_is_newest_first_and_cut_and_an_article_without_a_title_is_left_out() {
        let article = |n: i64| {
            json!({"id": n, "title": format!("t{n}"), "source": "Wire", "published_at": 1_795_186_800_000_i64 + n,
            "summary": "s", "kind": if n == 7 { "FUNDING" } else { "gossip" }})
        };
        let mut articles: Vec<Value> = (0..8).map(article).collect();
        articles.push(json!({"id": "x", "source": "Wire", "published_at": 1_995_186_800, "summary": "s"}));
        let said = json!({"articles": articles, "as_of": "2026-11-20T15:00:00Z", "provider": "wire"});
        let taken = accept("news", &json!({}), said).unwrap();
        let ids: Vec<&str> =
            taken["articles"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["7", "6", "5", "4", "3"]);
        assert_eq!(
            (&taken["articles"][0]["kind"], &taken["articles"][1]["kind"]),
            (&json!("funding"), &json!("other"))
        );
        assert_eq!(taken["articles"][0]["published_at"], "2026-11-20T15:00:00.007Z");
    }

    #[test]
    fn a_list_of_templates_has_no_bodies_and_one_alone_has_all() {
        let template = json!({"id": "t1", "kind": "proposal", "name": "Rollout", "updated_at": "2026-11-01",
            "variables": [{"name": "company", "required": true}],
            "sections": [{"id": "why", "heading": "Why", "body": "{{company}} …", "custom": true}]});
        let one = accept("templates", &json!({"id": "t1"}), template.clone()).unwrap();
        assert_eq!(
            one["variables"][0],
            json!({"name": "company", "description": "", "required": true, "default": null})
        );
        assert_eq!((&one["language"], &one["sections"][0]["custom"]), (&json!("en"), &json!(true)));
        let list = accept("templates", &json!({"kind": "proposal"}), json!([template])).unwrap();
        assert!(list[0].get("sections").is_none() && list[0]["name"] == "Rollout");
    }

    #[test]
    fn campaigns_count_what_is_not_said_as_nothing() {
        let said = json!([{"id": "k1", "name": "Autumn", "status": "active", "started_at": "2026-11-01",
            "steps": [{"id": "s1", "sent": 100, "replied": "7"}]}]);
        let taken = accept("campaigns", &json!({}), said).unwrap();
        let step = &taken[0]["steps"][0];
        assert_eq!((&step["replied"], &step["opened"], &taken[0]["previous"]), (&json!(7), &json!(0), &Value::Null));
        assert_eq!((&taken[0]["replies"], &taken[0]["channel"]), (&json!([]), &json!("email")));
    }

    #[test]
    fn what_is_of_another_shape_is_refused_by_place_and_not_by_text() {
        let about = json!({"as_of": "2026-11-20T15:00:00Z", "provider": "p"});
        let with = |name: &str, value: Value| {
            let mut said = about.clone();
            said[name] = value;
            said
        };
        for (source, said, pointer) in [
            ("apollo", json!("secret"), ""),
            ("apollo", with("person", json!("secret")), "/person"),
            ("apollo", with("person", json!({"email": "secret@x.test"})), "/person/name"),
            ("apollo", with("company", json!({"name": "G", "size": "secret"})), "/company/size"),
            ("apollo", with("as_of", json!("secret")), "/as_of"),
            ("news", with("articles", json!({"secret": 1})), "/articles"),
            ("campaigns", json!([{"id": "k", "name": "n", "status": "secret", "started_at": 0}]), "/0/status"),
        ] {
            let error = accept(source, &json!({}), said).unwrap_err();
            let words = error.to_string();
            assert!(words.contains(&format!("`{pointer}`")) && !words.contains("secret"), "{source}: {words}");
        }
    }

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            let names = prop::sample::select(vec![
                "person", "company", "name", "size", "articles", "posts", "profile", "as_of", "provider", "steps", "id",
            ]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map(names.prop_map(str::to_owned), inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_accepted_once_is_accepted_again_as_it_is(said in anything(), which in 0..5_usize) {
            let source = ["apollo", "linkedin", "news", "templates", "campaigns"][which];
            if let Ok(taken) = accept(source, &json!({}), said) {
                prop_assert_eq!(accept(source, &json!({}), taken.clone()), Ok(taken));
            }
        }
    }
}
