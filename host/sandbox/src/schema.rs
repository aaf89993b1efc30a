//! A skill's JSON Schemas, compiled once a module.
//!
//! Schemas come from outside, so they are bounded in size and depth, their
//! patterns run on a linear-time engine, and they may refer to themselves only:
//! nothing is fetched.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use skillhost_engine::canonical::depth;
use skillhost_engine::limits::MAX_JSON_DEPTH;
use skillhost_engine::skill::Mismatch;

/// Bytes of one schema: the largest skill's own is under 20 KB.
const MAX_SCHEMA_BYTES: usize = 128 * 1024;
/// Bytes of a compiled pattern.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;
/// Longest message handed on from the validator, characters.
const MAX_MESSAGE_CHARS: usize = 300;

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Schema(Validator);

impl Schema {
    /// Compiles it, or says why not.
    pub(crate) fn compile(schema: &Value) -> Result<Self, String> {
        let bytes = schema.to_string().len();
        if bytes > MAX_SCHEMA_BYTES {
            return Err(format!("the schema has {bytes} bytes, more than {MAX_SCHEMA_BYTES}"));
        }
        if depth(schema) > MAX_JSON_DEPTH {
            return Err(format!("the schema is nested deeper than {MAX_JSON_DEPTH}"));
        }
        reject_idle_cycle(schema)?;
        jsonschema::draft202012::options()
            .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN_BYTES))
            .build(schema)
            .map(Self)
            .map_err(|error| bounded(&error.to_string(), MAX_MESSAGE_CHARS))
    }

    /// Checks a value.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Mismatch> {
        if self.0.is_valid(value) {
            return Ok(());
        }
        match self.0.validate(value) {
            Ok(()) => Ok(()),
            Err(error) => Err(Mismatch {
                pointer: error.instance_path().to_string(),
                // Masked: a message ends in journals, which hold no content.
                message: bounded(&error.masked().to_string(), MAX_MESSAGE_CHARS),
            }),
        }
    }
}

/// A `$ref` to the schema that holds it, applied to the same instance, never
/// ends. Only `#` can be one without passing through a property or an item.
fn reject_idle_cycle(schema: &Value) -> Result<(), String> {
    const SAME_INSTANCE: [&str; 8] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"];
    fn visit(schema: &Value) -> bool {
        match schema {
            Value::Object(fields) => {
                matches!(fields.get("$ref").or_else(|| fields.get("$dynamicRef")), Some(Value::String(to)) if to == "#")
                    || SAME_INSTANCE.iter().filter_map(|word| fields.get(*word)).any(visit)
            }
            Value::Array(items) => items.iter().any(visit),
            _ => false,
        }
    }
    if visit(schema) { Err("the schema refers to itself without an end".to_owned()) } else { Ok(()) }
}

/// The first `max` characters.
pub(crate) fn bounded(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Parses JSON text from a guest: bounded depth, known before it is parsed, so
/// that no recursion can be provoked.
pub(crate) fn parse_json(text: &str) -> Result<Value, String> {
    // Nothing is nested deeper than it has openings, and those are counted many
    // bytes at a time.
    let openings = memchr::memchr2_iter(b'{', b'[', text.as_bytes()).count();
    if openings > MAX_JSON_DEPTH && nesting(text) > MAX_JSON_DEPTH {
        return Err(format!("nested deeper than {MAX_JSON_DEPTH}"));
    }
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

/// Depth of JSON text, brackets in strings left aside.
fn nesting(text: &str) -> usize {
    let (mut level, mut deepest, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn depth_is_bounded_before_parsing() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse_json(&deep(MAX_JSON_DEPTH)).is_ok());
        assert!(parse_json(&deep(MAX_JSON_DEPTH + 1)).unwrap_err().contains("deeper"));
        assert!(parse_json(&deep(1_000_000)).unwrap_err().contains("deeper"));
        let brackets = format!("\"{}\\\"[\"", "[".repeat(1000));
        assert!(parse_json(&brackets).is_ok(), "brackets inside a text are text");
        assert!(parse_json("{").is_err());
    }

    #[test]
    fn a_mismatch_names_the_place_and_not_the_content() {
        let schema = Schema::compile(&json!({"properties": {"a": {"items": {"type": "integer"}}}})).unwrap();
        let mismatch = schema.check(&json!({"a": [1, "private words"]})).unwrap_err();
        assert_eq!(mismatch.pointer, "/a/1");
        assert!(!mismatch.message.contains("private"), "{}", mismatch.message);
    }

    #[test]
    fn schemas_are_bounded() {
        assert!(Schema::compile(&json!({"$ref": "#"})).unwrap_err().contains("itself"));
        assert!(Schema::compile(&json!({"allOf": [{"$ref": "#"}]})).unwrap_err().contains("itself"));
        assert!(Schema::compile(&json!({"$ref": "https://example.org/x.json"})).is_err());
        assert!(Schema::compile(&json!({"pattern": "(a"})).is_err());
        assert!(Schema::compile(&json!({"pattern": "(?<=a)b"})).is_err(), "no look-around: it can backtrack");
        assert!(Schema::compile(&json!({"title": "x".repeat(MAX_SCHEMA_BYTES)})).is_err());
        let tree = json!({"properties": {"child": {"$ref": "#"}}});
        assert!(Schema::compile(&tree).unwrap().check(&json!({"child": {"child": {}}})).is_ok());
    }
}
