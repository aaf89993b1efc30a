//! Holds what happened against what was expected.

use std::fmt;

use serde_json::Value;

/// How near `$about` must be.
const ABOUT: f64 = 0.001;
/// Characters of a value shown in a message.
const SHOWN: usize = 200;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON Pointer into the outcome.
    pub pointer: String,
    /// Expected and found.
    pub message: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(f, "{pointer}: {}", self.message)
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The one key and value of a matcher object.
fn matcher(expected: &Value) -> Option<(&str, &Value)> {
    let object = expected.as_object()?;
    let (key, value) = object.iter().next()?;
    (object.len() == 1 && key.starts_with('$')).then_some((key.as_str(), value))
}

fn is_absent(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Object(object)) => object.is_empty(),
        Some(_) => false,
    }
}

/// All differences; none means that it matches. The rules are those of the
/// [module](super).
pub fn compare(expected: &Value, actual: &Value) -> Vec<Mismatch> {
    let mut found = Vec::new();
    walk(expected, Some(actual), &mut String::new(), &mut found);
    found
}

fn walk(expected: &Value, actual: Option<&Value>, at: &mut String, found: &mut Vec<Mismatch>) {
    let mut differ = |message: String| {
        found.push(Mismatch { pointer: at.clone(), message });
    };
    if let Some((name, argument)) = matcher(expected) {
        if let Some(message) = special(name, argument, actual) {
            differ(message);
        }
        return;
    }
    let Some(actual) = actual else {
        return differ(format!("expected {}, found nothing", shown(expected)));
    };
    match (expected, actual) {
        (Value::Object(want), Value::Object(have)) => {
            for (key, want) in want {
                let length = at.len();
                at.push('/');
                at.push_str(&key.replace('~', "~0").replace('/', "~1"));
                walk(want, have.get(key), at, found);
                at.truncate(length);
            }
        }
        (Value::Array(want), Value::Array(have)) => {
            if want.len() != have.len() {
                differ(format!("expected {} items, found {}: {}", want.len(), have.len(), shown(actual)));
                return;
            }
            for (index, (want, have)) in want.iter().zip(have).enumerate() {
                let length = at.len();
                at.push_str(&format!("/{index}"));
                walk(want, Some(have), at, found);
                at.truncate(length);
            }
        }
        (Value::Number(want), Value::Number(have)) if want.as_f64() == have.as_f64() => {}
        _ if expected == actual => {}
        _ => differ(format!("expected {}, found {}", shown(expected), shown(actual))),
    }
}

/// A matcher's complaint, if it has one.
fn special(name: &str, argument: &Value, actual: Option<&Value>) -> Option<String> {
    if name == "$absent" {
        let want = argument.as_bool().unwrap_or(true);
        let is = is_absent(actual);
        return (want != is).then(|| match actual {
            Some(actual) if want => format!("expected nothing, found {}", shown(actual)),
            _ => "expected something, found nothing".to_owned(),
        });
    }
    let Some(actual) = actual else { return Some(format!("expected {name}, found nothing")) };
    match (name, argument) {
        ("$any", _) => None,
        ("$text", Value::String(part)) => match actual.as_str() {
            Some(text) if text.contains(part) => None,
            _ => Some(format!("expected a text with {part:?}, found {}", shown(actual))),
        },
        ("$len", argument) => {
            let length = match actual {
                Value::Array(items) => items.len(),
                Value::String(text) => text.chars().count(),
                Value::Object(object) => object.len(),
                _ => return Some(format!("expected a length, found {}", shown(actual))),
            };
            (argument.as_u64() != u64::try_from(length).ok())
                .then(|| format!("expected length {argument}, found {length}: {}", shown(actual)))
        }
        ("$about", argument) => match (argument.as_f64(), actual.as_f64()) {
            (Some(want), Some(have)) if (want - have).abs() <= ABOUT => None,
            _ => Some(format!("expected about {argument}, found {}", shown(actual))),
        },
        ("$contains", Value::Array(wanted)) => {
            let Some(items) = actual.as_array() else {
                return Some(format!("expected a list, found {}", shown(actual)));
            };
            wanted
                .iter()
                .find(|want| !items.iter().any(|item| compare(want, item).is_empty()))
                .map(|want| format!("expected an item like {}, found {}", shown(want), shown(actual)))
        }
        _ => Some(format!("{name} with {argument} is not a matcher")),
    }
}

/// `expected` with the values that are there now: what it names is rewritten,
/// matchers that still hold stay, nothing is added to objects.
pub(super) fn updated(expected: &Value, actual: &Value) -> Value {
    if compare(expected, actual).is_empty() {
        return expected.clone();
    }
    match (expected, actual) {
        _ if matcher(expected).is_some() => actual.clone(),
        (Value::Object(want), Value::Object(have)) => Value::Object(
            want.iter()
                .filter_map(|(key, want)| {
                    let value = match have.get(key) {
                        Some(have) => updated(want, have),
                        None => return compare(want, &Value::Null).is_empty().then(|| (key.clone(), want.clone())),
                    };
                    Some((key.clone(), value))
                })
                .collect(),
        ),
        (Value::Array(want), Value::Array(have)) if want.len() == have.len() => {
            Value::Array(want.iter().zip(have).map(|(want, have)| updated(want, have)).collect())
        }
        _ => actual.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_matches_and_what_does_not() {
        let actual =
            json!({"a": 1, "list": [{"x": "one two"}, {"x": "three"}], "none": null, "empty": [], "f": 0.5003});
        for (expected, differences) in [
            (json!({}), vec![]),
            (json!({"a": 1.0}), vec![]),
            (json!({"a": 2, "b": 1}), vec!["/a: expected 2, found 1", "/b: expected 1, found nothing"]),
            (json!({"list": [{"x": {"$text": "two"}}, {"$any": true}]}), vec![]),
            (json!({"list": [{}]}), vec!["/list: expected 1 items, found 2: [{\"x\":\"one two\"},{\"x\":\"three\"}]"]),
            (json!({"list": {"$contains": [{"x": "three"}]}}), vec![]),
            (
                json!({"list": {"$contains": [{"x": "four"}]}}),
                vec!["/list: expected an item like {\"x\":\"four\"}, found [{\"x\":\"one two\"},{\"x\":\"three\"}]"],
            ),
            (json!({"none": {"$absent": true}, "empty": {"$absent": true}, "zzz": {"$absent": true}}), vec![]),
            (json!({"a": {"$absent": true}}), vec!["/a: expected nothing, found 1"]),
            (json!({"zzz": {"$absent": false}}), vec!["/zzz: expected something, found nothing"]),
            (json!({"list": {"$len": 2}, "f": {"$about": 0.5}}), vec![]),
            (json!({"list/~": 1}), vec!["/list~1~0: expected 1, found nothing"]),
            (json!({"a": {"$typo": 1}}), vec!["/a: $typo with 1 is not a matcher"]),
        ] {
            let found: Vec<String> = compare(&expected, &actual).iter().map(ToString::to_string).collect();
            assert_eq!(found, differences, "{expected}");
        }
    }

    #[test]
    fn rewriting_keeps_what_holds_and_adds_nothing() {
        let expected =
            json!({"a": 1, "b": {"$any": true}, "gone": {"$absent": true}, "lost": 4, "l": [1, {"$text": "x"}]});
        let actual = json!({"a": 2, "b": 3, "c": 4, "l": [2, "xy"]});
        let want = json!({"a": 2, "b": {"$any": true}, "gone": {"$absent": true}, "l": [2, {"$text": "x"}]});
        assert_eq!(updated(&expected, &actual), want);
        assert!(compare(&want, &actual).is_empty());
    }
}
