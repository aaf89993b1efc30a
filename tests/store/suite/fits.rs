//! Whether what sources answer looks as skills are told.

use std::sync::LazyLock;

use serde_json::Value;
use skillhost_engine::context::{SOURCES, Tier};

/// The schemas of what sources answer, in which nothing stands that they do not name.
static SHAPES: LazyLock<Vec<(&str, jsonschema::Validator)>> = LazyLock::new(|| {
    let shapes = skillhost_sdk::context::schemas().into_iter();
    shapes
        .map(|(source, mut schema)| {
            (source, {
                close(&mut schema);
                jsonschema::validator_for(&schema).unwrap()
            })
        })
        .collect()
});

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Holds an answer to what skills are told that it looks like.
pub fn fits(source: &str, answer: &Value) {
    let shapes: Vec<_> = SHAPES.iter().filter(|(name, _)| *name == source).collect();
    assert!(!shapes.is_empty(), "{source} has no schema");
    let wrong = shapes.iter().map(|(_, shape)| {
        shape.iter_errors(answer).map(|error| format!("{} {error}", error.instance_path())).collect()
    });
    let wrong: Vec<Vec<String>> = wrong.collect();
    assert!(wrong.iter().any(Vec::is_empty), "{source}: {wrong:?} {answer:#}");
}

#[test]
fn every_source_has_a_schema_and_a_strange_field_does_not_fit() {
    for source in SOURCES.iter().filter(|source| source.tier != Tier::Outside) {
        assert!(SHAPES.iter().any(|(name, _)| *name == source.name), "{} has no schema", source.name);
    }
    let strange = serde_json::json!({ "id": "c1", "no_such_field": 1 });
    assert!(SHAPES.iter().filter(|(name, _)| *name == "contact").all(|(_, shape)| !shape.is_valid(&strange)));
}
