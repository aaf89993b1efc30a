//! Answers of a shape: the part of JSON Schema that every vendor takes, and the
//! check of what came back against the whole of it.
//!
//! Vendors differ: one refuses a keyword, one ignores it, one wants every
//! property required. So the vendor is told a lowered schema (objects closed,
//! every property required, an optional one nullable, bounds and patterns left
//! out), and the answer is checked against the schema as the skill wrote it.

use serde_json::{Map, Value, json};

/// Keywords that are passed on as they are.
const KEPT: [&str; 5] = ["type", "description", "enum", "$ref", "title"];

/// A schema as every vendor takes it.
pub fn lower(schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return json!({}) };
    let mut lowered = Map::new();
    for (key, value) in schema {
        match key.as_str() {
            key if KEPT.contains(&key) => drop(lowered.insert(key.to_owned(), value.clone())),
            "const" => drop(lowered.insert("enum".to_owned(), json!([value]))),
            "items" => drop(lowered.insert(key.clone(), lower(value))),
            // Of alternatives that exclude each other, the check picks out more than one.
            "anyOf" | "oneOf" => drop(lowered.insert("anyOf".to_owned(), each(value))),
            "$defs" | "definitions" => {
                let defs = value.as_object().map(|defs| defs.iter().map(|(k, v)| (k.clone(), lower(v))).collect());
                lowered.insert(key.clone(), Value::Object(defs.unwrap_or_default()));
            }
            "properties" => {
                let required = required(schema);
                let properties = value.as_object().cloned().unwrap_or_default();
                let names: Vec<Value> = properties.keys().map(|name| json!(name)).collect();
                let all = properties
                    .into_iter()
                    .map(|(name, property)| {
                        let property = lower(&property);
                        let property = if required.contains(&name.as_str()) { property } else { nullable(property) };
                        (name, property)
                    })
                    .collect();
                lowered.insert("properties".to_owned(), Value::Object(all));
                lowered.insert("required".to_owned(), Value::Array(names));
                lowered.insert("additionalProperties".to_owned(), json!(false));
            }
            _ => {}
        }
    }
    Value::Object(lowered)
}

fn each(list: &Value) -> Value {
    Value::Array(list.as_array().map(|list| list.iter().map(lower).collect()).unwrap_or_default())
}

fn required(schema: &Map<String, Value>) -> Vec<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn nullable(property: Value) -> Value {
    match property.get("type") {
        Some(Value::String(kind)) if property.get("enum").is_none() => {
            let kinds = json!([kind, "null"]);
            let mut property = property;
            property["type"] = kinds;
            property
        }
        _ => json!({ "anyOf": [property, { "type": "null" }] }),
    }
}

/// An answer as the skill's schema means it: a null that only the lowering made
/// possible is a property that is not there.
pub fn raise(answer: &mut Value, schema: &Value) {
    match answer {
        Value::Object(fields) => {
            let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
            let required = schema.as_object().map(required).unwrap_or_default();
            fields.retain(|name, value| {
                let optional = properties.contains_key(name) && !required.contains(&name.as_str());
                !(optional && value.is_null() && !takes_null(&properties[name]))
            });
            for (name, value) in fields {
                if let Some(property) = properties.get(name) {
                    raise(value, property);
                }
            }
        }
        Value::Array(items) => {
            if let Some(of) = schema.get("items") {
                items.iter_mut().for_each(|item| raise(item, of));
            }
        }
        _ => {}
    }
}

fn takes_null(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "null",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
        _ => ["anyOf", "oneOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten().any(takes_null),
    }
}

/// A schema that answers are checked against.
#[derive(Debug)]
pub struct Shape {
    schema: Value,
    validator: jsonschema::Validator,
}

/// Why a schema cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// Vendors answer with objects only.
    #[error("the schema's root is not an object with properties")]
    NotAnObject,
    /// Not a schema.
    #[error("the schema is not a JSON Schema: {message}")]
    Invalid {
        /// What is wrong with it.
        message: String,
    },
}

/// What is wrong with an answer, in words that a model can act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Not JSON.
    #[error("the answer is not JSON")]
    NotJson,
    /// JSON of another shape.
    #[error("the answer does not match the schema at `{pointer}`: {keyword}")]
    Shape {
        /// JSON Pointer into the answer.
        pointer: String,
        /// The keyword that does not hold; never the text that broke it.
        keyword: String,
    },
}

impl Shape {
    /// Reads a schema.
    ///
    /// # Errors
    /// See [`ShapeError`].
    pub fn new(schema: &Value) -> Result<Self, ShapeError> {
        if schema.get("properties").and_then(Value::as_object).is_none_or(Map::is_empty) {
            return Err(ShapeError::NotAnObject);
        }
        let validator = jsonschema::draft202012::new(schema)
            .map_err(|error| ShapeError::Invalid { message: error.to_string().chars().take(200).collect() })?;
        Ok(Self { schema: schema.clone(), validator })
    }

    /// As every vendor takes it.
    pub fn lowered(&self) -> Value {
        lower(&self.schema)
    }

    /// The answer as compact JSON, if it is of this shape.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn accept(&self, answer: &str) -> Result<String, Mismatch> {
        let mut answer: Value = serde_json::from_str(unfenced(answer)).map_err(|_| Mismatch::NotJson)?;
        raise(&mut answer, &self.schema);
        match self.validator.iter_errors(&answer).next() {
            None => Ok(answer.to_string()),
            Some(error) => Err(Mismatch::Shape {
                pointer: error.instance_path().to_string(),
                keyword: error.schema_path().to_string(),
            }),
        }
    }
}

/// Without the fence that some models put around JSON.
fn unfenced(answer: &str) -> &str {
    let answer = answer.trim();
    let Some(inner) = answer.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return answer };
    inner.strip_prefix("json").unwrap_or(inner).trim()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn schema() -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object", "required": ["intent", "tasks"], "additionalProperties": false,
            "properties": {
                "intent": { "enum": ["book", "none"] },
                "note": { "type": "string", "maxLength": 20, "pattern": "^[a-z ]+$" },
                "score": { "type": ["number", "null"], "minimum": 0 },
                "tasks": { "type": "array", "maxItems": 2, "items": {
                    "type": "object", "required": ["title"],
                    "properties": { "title": { "type": "string", "minLength": 1 }, "due": { "type": "string" } } } },
            },
        })
    }

    #[test]
    fn the_lowered_schema_has_only_what_every_vendor_takes() {
        let lowered = lower(&schema());
        let text = lowered.to_string();
        for gone in ["maxLength", "pattern", "minimum", "maxItems", "minLength", "$schema"] {
            assert!(!text.contains(gone), "{gone} is left in {text}");
        }
        assert_eq!(lowered["additionalProperties"], false);
        assert_eq!(lowered["required"].as_array().unwrap().len(), 4);
        assert_eq!(lowered["properties"]["note"]["type"], json!(["string", "null"]));
        assert_eq!(lowered["properties"]["tasks"]["items"]["properties"]["due"]["type"], json!(["string", "null"]));
        assert_eq!(lowered["properties"]["intent"], json!({ "enum": ["book", "none"] }));
    }

    #[test]
    fn an_answer_is_checked_against_the_whole_schema() {
        let shape = Shape::new(&schema()).unwrap();
        let good = r#"{"intent":"book","note":null,"score":null,"tasks":[{"title":"a","due":null}]}"#;
        let taken: Value = serde_json::from_str(&shape.accept(good).unwrap()).unwrap();
        assert_eq!(taken, json!({ "intent": "book", "score": null, "tasks": [{ "title": "a" }] }));
        assert!(shape.accept(&format!("```json\n{good}\n```")).is_ok());
        for (bad, pointer) in [
            (json!({ "intent": "other", "tasks": [] }), "/intent"),
            (json!({ "intent": "book", "tasks": [{ "title": "" }] }), "/tasks/0/title"),
            (json!({ "intent": "book", "tasks": [], "note": "NOT LOWER" }), "/note"),
            (json!({ "intent": "book" }), ""),
        ] {
            let Err(Mismatch::Shape { pointer: at, keyword }) = shape.accept(&bad.to_string()) else {
                panic!("{bad} is taken")
            };
            assert_eq!(at, pointer);
            assert!(!keyword.contains("NOT LOWER"), "{keyword}");
        }
        assert_eq!(shape.accept("I think"), Err(Mismatch::NotJson));
    }

    #[test]
    fn a_root_that_is_no_object_is_refused() {
        for schema in [json!({ "type": "string" }), json!(true), json!({ "type": "object" })] {
            assert_eq!(Shape::new(&schema).unwrap_err(), ShapeError::NotAnObject, "{schema}");
        }
        let broken = json!({ "properties": { "a": { "type": 7 } } });
        assert!(matches!(Shape::new(&broken), Err(ShapeError::Invalid { .. })));
    }
}
