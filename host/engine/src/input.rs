//! A call's input: one text, which the guest is handed, the journal names by
//! digest and a replay hands out again, beside the value it stands for.

use std::sync::Arc;

use serde_json::Value;

use crate::canonical::{sha256, text};

/// What most steps that need no input get.
const EMPTY: &str = "{}";
/// Digest of [`EMPTY`].
const EMPTY_DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// A value and its text. Written once, because digits and key order would differ
/// between two ways of writing, and a digest must be of what was handed over.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    value: Value,
    text: Arc<str>,
}

impl Input {
    /// Reads back a text that was kept.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn parse(text: Arc<str>) -> Result<Self, serde_json::Error> {
        Ok(Self { value: serde_json::from_str(&text)?, text })
    }

    /// An object without fields, which is kept by being known.
    pub fn empty() -> Self {
        Self::from(Value::Object(serde_json::Map::new()))
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Whether it is [`Input::empty`].
    pub fn is_empty(&self) -> bool {
        &*self.text == EMPTY
    }

    /// `sha256:<hex>` of the text.
    pub fn digest(&self) -> String {
        if self.is_empty() { Self::empty_digest() } else { sha256(self.text.as_bytes()) }
    }

    /// The digest of [`Input::empty`].
    pub fn empty_digest() -> String {
        EMPTY_DIGEST.to_owned()
    }

    /// Whether a digest is that of [`Input::empty`].
    pub fn is_empty_digest(digest: &str) -> bool {
        digest == EMPTY_DIGEST
    }
}

impl From<Value> for Input {
    fn from(value: Value) -> Self {
        let text = text(&value).into();
        Self { value, text }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn the_empty_one_is_known_by_its_digest() {
        assert_eq!(Input::empty().digest(), sha256(b"{}"));
        assert!(Input::is_empty_digest(&Input::from(json!({})).digest()));
        assert!(!Input::from(json!([])).is_empty());
    }

    #[test]
    fn what_was_kept_is_handed_out_again_to_the_digit() {
        let values = [json!({ "b": [1.0, 0.1, 1e300], "a": null }), json!({ "n": u64::MAX, "m": i64::MIN })];
        for value in values {
            let input = Input::from(value.clone());
            let again = Input::parse(Arc::clone(input.text())).unwrap();
            assert_eq!(again, input);
            assert_eq!(again.value(), &value);
            assert_eq!(again.digest(), sha256(input.text().as_bytes()));
        }
        let spelled: Arc<str> = r#"{ "x": 1.50 }"#.into();
        assert_eq!(Input::parse(Arc::clone(&spelled)).unwrap().text(), &spelled, "not written anew");
        assert!(Input::parse("{".into()).is_err());
    }
}
