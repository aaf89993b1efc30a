//! Who was there, as the vendor lists them: text in version 1, objects in version 2.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Keys of a person's name, the likeliest first.
const NAMES: [&str; 4] = ["name", "display_name", "displayName", "full_name"];
/// Keys of a person's id.
const IDS: [&str; 4] = ["id", "speaker_id", "participant_id", "user_id"];

/// People of a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct People {
    /// Each name once, in the order of the list.
    names: Vec<String>,
    ids: BTreeMap<String, String>,
}

impl People {
    /// From a list of texts or objects, or from an object that maps ids to either.
    /// Whoever has no name is left out.
    pub(super) fn read(value: Option<&Value>) -> Self {
        let mut people = Self::default();
        match value {
            Some(Value::Array(list)) => {
                for entry in list {
                    people.add(entry.as_object().and_then(|person| id(person, &IDS)), entry);
                }
            }
            Some(Value::Object(by_id)) => {
                for (id, entry) in by_id {
                    people.add(Some(id.clone()), entry);
                }
            }
            Some(_) | None => {}
        }
        people
    }

    fn add(&mut self, id: Option<String>, entry: &Value) {
        let name = match entry {
            Value::String(name) => one_line(name),
            Value::Object(person) => text(person, &NAMES),
            _ => None,
        };
        let Some(name) = name else { return };
        if !self.names.contains(&name) {
            self.names.push(name.clone());
        }
        if let Some(id) = id {
            self.ids.entry(id).or_insert(name);
        }
    }

    /// These names, or the others where there are none; the ids of both.
    pub(super) fn or(mut self, others: Self) -> Self {
        if self.names.is_empty() {
            self.names = others.names;
        }
        for (id, name) in others.ids {
            self.ids.entry(id).or_insert(name);
        }
        self
    }

    /// Whose id it is.
    pub(super) fn by_id(&self, id: &str) -> Option<&str> {
        self.ids.get(id).map(String::as_str)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}

/// The first of these fields that holds text, on one line.
pub(super) fn text(fields: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| one_line(fields.get(*key)?.as_str()?))
}

/// The first of these fields that holds an id; the vendor counts, others use text.
pub(super) fn id(fields: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| match fields.get(*key)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => one_line(text),
        _ => None,
    })
}

/// Name or id of an object that stands for a person.
pub(super) fn person(fields: &Map<String, Value>) -> (Option<String>, Option<String>) {
    (text(fields, &NAMES), id(fields, &IDS))
}

/// Words with single spaces; blank text is none.
pub(super) fn one_line(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}
