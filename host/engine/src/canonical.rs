//! One way to write JSON as bytes (RFC 8785), and digests over it.
//!
//! Everything that is hashed or signed goes through here, so that two hosts,
//! two versions or two key orders never disagree about what was meant.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Largest integer that RFC 8785, which knows doubles only, writes exactly.
/// Payloads with larger ones are refused before they are bound, because two
/// different numbers could otherwise share a digest.
pub const MAX_EXACT_INTEGER: i64 = 9_007_199_254_740_991;

/// Bytes that most texts fit into.
const USUAL_BYTES: usize = 2048;
/// What a digest begins with.
const SHA256: &[u8; 7] = b"sha256:";
/// Characters of a digest.
const DIGEST_CHARS: usize = SHA256.len() + 64;

/// The compact JSON text of a value, to the byte what `serde_json` writes.
pub fn text(value: &Value) -> String {
    let mut out = Vec::with_capacity(USUAL_BYTES);
    write(&mut out, value);
    // Made of texts and ASCII.
    String::from_utf8(out).unwrap_or_default()
}

fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(out, item);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (at, (key, item)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_text(out, key);
                out.push(b':');
                write(out, item);
            }
            out.push(b'}');
        }
    }
}

/// Most texts have nothing to escape. To look for that many bytes at a time and
/// copy the text costs a fifth of looking at each byte as it is written, and texts
/// are nearly all of what the host writes.
fn write_text(out: &mut Vec<u8>, text: &str) {
    let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    // No early end, so that it is many bytes at a time.
    if text.as_bytes().iter().fold(false, |found, byte| found | special(byte)) {
        let written = serde_json::to_string(text).unwrap_or_default();
        out.extend_from_slice(written.as_bytes());
    } else {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}

/// The canonical bytes of a JSON value.
pub fn canonical_json(value: &Value) -> Vec<u8> {
    // Nearly every value is one whose compact text is canonical as it is, and is
    // written in a tenth of the time.
    if is_plain(value) {
        return text(value).into_bytes();
    }
    // Fails only for non-finite numbers and non-string keys, which a `Value`
    // cannot hold; the plain text is still a function of the value alone.
    serde_json_canonicalizer::to_vec(value).unwrap_or_else(|_| value.to_string().into_bytes())
}

/// Whether the compact text is the canonical one: no number that RFC 8785 spells
/// in its own way, and keys in order, which for ASCII is that of their bytes.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => {
            number.as_i64().is_some_and(|number| (-MAX_EXACT_INTEGER..=MAX_EXACT_INTEGER).contains(&number))
        }
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => {
            fields.keys().is_sorted() && fields.iter().all(|(key, item)| key.is_ascii() && is_plain(item))
        }
    }
}

/// `sha256:<hex>` of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    sha256_of(&[bytes])
}

/// `sha256:<hex>` of some bytes, one behind the other.
pub fn sha256_of(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let mut written = [0; DIGEST_CHARS];
    let (prefix, digits) = written.split_at_mut(SHA256.len());
    prefix.copy_from_slice(SHA256);
    // Fails only where the digits do not fit, and there is room for all.
    let digits = base16ct::lower::encode_str(&hash.finalize(), digits).map(str::len);
    debug_assert!(digits.is_ok());
    // Letters and digits.
    String::from_utf8(written.to_vec()).unwrap_or_default()
}

/// `sha256:<hex>` of a value's canonical bytes.
pub fn digest_json(value: &Value) -> String {
    sha256(&canonical_json(value))
}

/// JSON Pointer of the first number that canonical bytes would not keep exactly.
pub fn inexact_number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let exact = match (number.as_i64(), number.as_u64()) {
                (Some(n), _) => (-MAX_EXACT_INTEGER..=MAX_EXACT_INTEGER).contains(&n),
                (None, Some(_)) => false,
                (None, None) => true,
            };
            (!exact).then(String::new)
        }
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| inexact_number(item).map(|rest| format!("/{at}{rest}")))
        }
        Value::Object(fields) => {
            fields.iter().find_map(|(key, item)| inexact_number(item).map(|rest| format!("/{}{rest}", escape(key))))
        }
        _ => None,
    }
}

/// A key as a JSON Pointer segment.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Depth of a value: 1 for a scalar.
pub fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn key_order_and_spelling_do_not_matter() {
        let a: Value = serde_json::from_str(r#"{"b":1.0,"a":"\u00e9"}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{ "a":"é", "b":1 }"#).unwrap();
        assert_eq!(canonical_json(&a), canonical_json(&b));
        assert_eq!(canonical_json(&a), "{\"a\":\"é\",\"b\":1}".as_bytes());
    }

    /// JSON with every trap of the two ways of writing: numbers at the bounds,
    /// fractions, control characters, keys that UTF-16 orders otherwise.
    fn json_values() -> impl Strategy<Value = Value> {
        let number = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-3i64..3).prop_map(|near| Value::from(MAX_EXACT_INTEGER + near)),
            (-3i64..3).prop_map(|near| Value::from(near - MAX_EXACT_INTEGER)),
            any::<f64>().prop_map(|number| json!(number)),
            (-9i32..9).prop_map(|number| json!(f64::from(number))),
        ];
        let text = prop_oneof!["[ -~]{0,6}", "\\PC{0,4}", "[\u{0}-\u{a0}\u{2028}\u{d7ff}\u{e000}\u{1f600}]{0,4}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            number,
            text.clone().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((text.clone(), inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_written_as_rfc_8785_writes_it(value in json_values()) {
            prop_assert_eq!(canonical_json(&value), serde_json_canonicalizer::to_vec(&value).unwrap());
        }

        #[test]
        fn every_value_is_written_as_serde_json_writes_it(value in json_values()) {
            prop_assert_eq!(text(&value), serde_json::to_string(&value).unwrap());
        }
    }

    #[test]
    fn the_digest_is_the_known_one() {
        assert_eq!(sha256(b"abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn numbers_that_would_collide_are_found() {
        let big = json!({"a": [1, {"b/c": 9_007_199_254_740_993_i64}]});
        assert_eq!(inexact_number(&big).as_deref(), Some("/a/1/b~1c"));
        assert_eq!(inexact_number(&json!({"a": 9_007_199_254_740_991_i64, "f": 0.1})), None);
        assert_eq!(inexact_number(&json!(u64::MAX)).as_deref(), Some(""));
    }

    #[test]
    fn depth_counts_levels() {
        assert_eq!(depth(&json!(1)), 1);
        assert_eq!(depth(&json!({"a": [1, {"b": 2}]})), 4);
    }
}
