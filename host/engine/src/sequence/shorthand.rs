//! What may be written short in a file: a step that is waited for, a suggestion that is
//! accepted.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use super::Need;
use crate::ids::StepName;

/// `draft`, or `tasks: settled`.
pub(super) struct RawNeed(pub(super) Need);

impl<'de> Deserialize<'de> for RawNeed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, word) = name_or_pair(deserializer, "a step, or `<step>: settled`")?;
        let settled = match word {
            None => false,
            Some(Value::String(word)) if word == "settled" => true,
            Some(Value::String(word)) if word == "proposed" => false,
            Some(_) => return Err(D::Error::custom(format!("write `{name}: settled` or `{name}: proposed`"))),
        };
        Ok(Self(Need { step: StepName::new(name), settled }))
    }
}

/// An event type, or `{event, when}`.
pub(super) struct RawAccept {
    pub(super) event: String,
    pub(super) when: Option<String>,
}

impl<'de> Deserialize<'de> for RawAccept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Accept;
        impl<'de> Visitor<'de> for Accept {
            type Value = RawAccept;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event type, or {event, when}")
            }

            fn visit_str<E: serde::de::Error>(self, event: &str) -> Result<RawAccept, E> {
                Ok(RawAccept { event: event.to_owned(), when: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawAccept, A::Error> {
                let (mut event, mut when) = (None, None);
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    match key.as_str() {
                        "event" => event = Some(value),
                        "when" => when = Some(value),
                        _ => return Err(A::Error::unknown_field(&key, &["event", "when"])),
                    }
                }
                let event = event.ok_or_else(|| A::Error::missing_field("event"))?;
                Ok(RawAccept { event, when })
            }
        }
        deserializer.deserialize_any(Accept)
    }
}

fn name_or_pair<'de, D: Deserializer<'de>>(
    deserializer: D,
    expecting: &'static str,
) -> Result<(String, Option<Value>), D::Error> {
    struct Pair(&'static str);
    impl<'de> Visitor<'de> for Pair {
        type Value = (String, Option<Value>);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
            Ok((name.to_owned(), None))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let Some((name, word)) = map.next_entry::<String, Value>()? else {
                return Err(A::Error::custom(format!("expected {}", self.0)));
            };
            if map.next_entry::<String, Value>()?.is_some() {
                return Err(A::Error::custom(format!("one at a time: expected {}", self.0)));
            }
            Ok((name, Some(word)))
        }
    }
    deserializer.deserialize_any(Pair(expecting))
}
