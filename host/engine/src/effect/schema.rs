//! Pieces of payload schemas that several kinds share.

use serde_json::{Map, Value, json};

/// Longest one-line text: a subject or a title that a screen still shows.
pub(super) const MAX_LINE: usize = 500;
/// Longest block of text: a long mail, far below what servers take.
pub(super) const MAX_TEXT: usize = 100_000;
/// Longest id of a record.
const MAX_ID: usize = 200;

/// One line: no control characters, so nothing can start a header of its own.
pub(super) fn one_line() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_LINE, "pattern": "^[^\\x00-\\x1f\\x7f\\u2028\\u2029]*$"})
}

/// A block of text without NUL, which SQLite would cut at.
pub(super) fn text() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": "^[^\\x00]*$"})
}

/// Longest name before an address, characters.
pub(super) const MAX_NAME: usize = 120;
/// Longest address with its name, characters.
pub(super) const MAX_ADDRESS: usize = 320;

/// `a@b` or `Name <a@b>`, with nothing in it that could end a header or add a second address.
pub(super) fn address() -> Value {
    let bare = "[^\\s\\x00-\\x1f<>@,;\"]+@[^\\s\\x00-\\x1f<>@,;\"]+";
    let pattern = format!("^(?:[^\\x00-\\x1f\\x7f<>@,;\"]{{1,{MAX_NAME}}} <{bare}>|{bare})$");
    json!({"type": "string", "maxLength": MAX_ADDRESS, "pattern": pattern})
}

/// `a@b` alone, with nothing in it that could end a header or add a second address.
pub(super) fn bare_address() -> Value {
    let pattern = "^[^\\s\\x00-\\x1f\\x7f<>@,;:\"\\\\]+@[^\\s\\x00-\\x1f\\x7f<>@,;:\"\\\\]+$";
    json!({"type": "string", "maxLength": 254, "pattern": pattern})
}

/// Id of a record.
pub(super) fn id() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_ID, "pattern": "^[^\\x00-\\x20\\x7f]+$"})
}

/// A field name of a record or a flag.
pub(super) const NAME_PATTERN: &str = "^[a-z][a-z0-9_]{0,63}$";

/// An object with these fields and no others.
pub(super) fn object(required: &[&str], properties: Value) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("type".into(), json!("object"));
    schema.insert("additionalProperties".into(), json!(false));
    schema.insert("required".into(), json!(required));
    schema.insert("properties".into(), properties);
    Value::Object(schema)
}
