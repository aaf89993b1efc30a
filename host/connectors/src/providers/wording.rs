//! What an operator words with the parameters of a source in it: `{email}` in an
//! address, a query or a body.
//!
//! Invariants: a value of a parameter never becomes more than a value, whatever is in it;
//! what was put in is not looked at again.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// What stays as it is in an address: RFC 3986 calls it unreserved.
const UNRESERVED: &[u8] = b"-._~";

/// A text with `{name}` for parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wording(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Param(String),
}

impl Wording {
    /// Reads a text; `{{` and `}}` stand for the signs themselves.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let (mut literal, mut rest) = (String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            let (before, found) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = found.strip_prefix("{{").or_else(|| found.strip_prefix("}}")) {
                literal.push_str(&found[..1]);
                rest = after;
                continue;
            }
            let named = found.strip_prefix('{').and_then(|found| found.split_once('}'));
            let Some((name, after)) = named.filter(|(name, _)| is_name(name)) else {
                return Err(format!("`{text}`: a placeholder is written {{name}}, and a brace {{{{ or }}}}"));
            };
            parts.push(Part::Text(std::mem::take(&mut literal)));
            parts.push(Part::Param(name.to_owned()));
            rest = after;
        }
        literal.push_str(rest);
        parts.push(Part::Text(literal));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self(parts))
    }

    /// The parameters it needs.
    pub(super) fn params(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Param(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// With the values put in; `None` where one is not said.
    pub(super) fn put(&self, params: &Map<String, Value>) -> Option<String> {
        self.filled(params, |text| Some(text.to_owned()))
    }

    /// The same for an address: values are escaped, and one that would be read as a step
    /// in a path is none.
    pub(super) fn put_escaped(&self, params: &Map<String, Value>) -> Option<String> {
        self.filled(params, |text| (!text.is_empty() && !text.bytes().all(|b| b == b'.')).then(|| escaped(text)))
    }

    fn filled(&self, params: &Map<String, Value>, put: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Param(name) => out.push_str(&put(params.get(name)?.as_str()?)?),
            }
        }
        Some(out)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn params() -> Map<String, Value> {
        let params = json!({"email": "a+b@x.test", "company": "{email} & Sons/../{x}", "dots": "..", "empty": ""});
        params.as_object().unwrap().clone()
    }

    #[test]
    fn values_are_put_in_once_and_stay_values() {
        for (text, plain, escaped) in [
            ("/v1/{email}", "/v1/a+b@x.test", "/v1/a%2Bb%40x.test"),
            ("q={company}", "q={email} & Sons/../{x}", "q=%7Bemail%7D%20%26%20Sons%2F..%2F%7Bx%7D"),
            ("{{email}}{email}", "{email}a+b@x.test", "{email}a%2Bb%40x.test"),
            ("", "", ""),
        ] {
            let wording = Wording::parse(text).unwrap();
            assert_eq!(wording.put(&params()).as_deref(), Some(plain));
            assert_eq!(wording.put_escaped(&params()).as_deref(), Some(escaped));
        }
        assert_eq!(Wording::parse("a={since}").unwrap().put(&params()), None, "what is not said leaves it out");
        for none in ["/{dots}/x", "/{empty}/x"] {
            assert_eq!(Wording::parse(none).unwrap().put_escaped(&params()), None, "{none}");
        }
    }

    #[test]
    fn a_brace_that_is_nothing_is_an_error() {
        for bad in ["{", "}", "{}", "a{b", "{Email}", "{a b}", "x}y", "{{secret:x}"] {
            assert!(Wording::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Wording::parse("{a}{b}").unwrap().params().collect::<Vec<_>>(), ["a", "b"]);
    }
}
