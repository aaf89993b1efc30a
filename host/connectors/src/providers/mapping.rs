//! From a vendor's JSON to a source's: which place of the one is which field of the
//! other.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Entries of a vendor's list that are looked at: more than any source keeps, so that the
/// newest are among them whatever the vendor's order.
const MAX_ENTRIES: usize = 500;

/// Where a value of the source's shape is found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Mapping {
    /// At this JSON Pointer of the answer, or of the entry within a list.
    At(String),
    /// A list: `from` is where it is, `each` is of its entries.
    List {
        /// JSON Pointer.
        from: String,
        /// Of an entry; a pointer for a list of plain values.
        each: Box<Mapping>,
    },
    /// An object, field by field.
    Object(BTreeMap<String, Mapping>),
}

impl Mapping {
    /// Holds the mapping to the source's schema, so that a slip is found before a
    /// question is paid for.
    ///
    /// # Errors
    /// Which field, and what is wrong with it.
    pub(super) fn check(&self, schema: &Value, root: &Value) -> Result<(), String> {
        let schema = match schema.get("$ref").and_then(Value::as_str) {
            Some(at) => at.strip_prefix('#').and_then(|at| root.pointer(at)).unwrap_or(schema),
            None => schema,
        };
        match self {
            Self::At(pointer) => is_pointer(pointer),
            Self::List { from, each } => {
                is_pointer(from)?;
                let items = schema.get("items").ok_or("the source has no list there")?;
                each.check(items, root)
            }
            Self::Object(fields) => {
                let known = schema.get("properties").and_then(Value::as_object);
                let known = known.ok_or("the source has no fields there")?;
                for (name, mapping) in fields {
                    let of = known.get(name).ok_or_else(|| {
                        let names: Vec<&str> = known.keys().map(String::as_str).collect();
                        format!("`{name}` is no field of the source there; it has {}", names.join(", "))
                    })?;
                    mapping.check(of, root).map_err(|error| format!("{name}: {error}"))?;
                }
                Ok(())
            }
        }
    }

    /// What the answer has there. An object of which the answer has nothing is null.
    pub(super) fn read(&self, answer: &Value) -> Value {
        match self {
            Self::At(pointer) => answer.pointer(pointer).cloned().unwrap_or_default(),
            Self::List { from, each } => match answer.pointer(from) {
                Some(Value::Array(items)) => items.iter().take(MAX_ENTRIES).map(|item| each.read(item)).collect(),
                // Another kind of value is told as such by the shape.
                other => other.cloned().unwrap_or_default(),
            },
            Self::Object(fields) => {
                let read: Map<String, Value> =
                    fields.iter().map(|(name, mapping)| (name.clone(), mapping.read(answer))).collect();
                if read.values().all(Value::is_null) { Value::Null } else { Value::Object(read) }
            }
        }
    }
}

fn is_pointer(pointer: &str) -> Result<(), String> {
    if pointer.is_empty() || pointer.starts_with('/') {
        Ok(())
    } else {
        Err(format!("`{pointer}` is no JSON Pointer; one is written /like/this"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;
    use skillhost_engine::context::shape;

    use super::*;

    fn mapping(value: Value) -> Mapping {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn places_are_read_and_what_is_nowhere_is_null() {
        let mapping = mapping(json!({
            "person": {"name": "/data/full_name", "title": "/data/job/0/title"},
            "company": {"name": "/org/name", "technologies": {"from": "/org/tech", "each": "/label"}},
        }));
        let answer =
            json!({"data": {"full_name": "Mira", "job": [{"title": "VP"}]}, "org": {"tech": [{"label": "sql"}, {}]}});
        assert_eq!(
            mapping.read(&answer),
            json!({"person": {"name": "Mira", "title": "VP"}, "company": {"name": null, "technologies": ["sql", null]}})
        );
        assert_eq!(mapping.read(&json!({})), Value::Null);
        assert_eq!(mapping.read(&json!("text")), Value::Null);
    }

    #[test]
    fn a_slip_is_named_by_its_field() {
        let schema = shape::schema("apollo", &json!({})).unwrap();
        for (bad, says) in [
            (json!({"person": {"nmae": "/a"}}), "person: `nmae` is no field of the source there; it has "),
            (json!({"person": {"name": "a/b"}}), "person: name: `a/b` is no JSON Pointer"),
            (json!({"person": {"from": "/people", "each": {"name": "/n"}}}), "person: the source has no list there"),
            (json!({"company": {"technologies": {"from": "/t", "each": {"x": "/y"}}}}), "no fields there"),
        ] {
            let error = mapping(bad.clone()).check(schema, schema).unwrap_err();
            assert!(error.contains(says), "{bad}: {error}");
        }
        let counts =
            mapping(json!({"from": "", "each": {"id": "/id", "steps": {"from": "/s", "each": {"sent": "/n"}}}}));
        let schema = shape::schema("campaigns", &json!({})).unwrap();
        assert_eq!(counts.check(schema, schema), Ok(()));
    }
}
