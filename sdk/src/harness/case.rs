//! A case on disk.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::matching::{Mismatch, compare, updated};
use crate::call::Call;
use crate::context::ReadErrorKind;
use crate::transcript::decode;

/// Why a case cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file is missing or unreadable.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {source}", path.display())]
    Json {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The folder holds no case.
    #[error("{}: no case; add <name>/input.json, context.json and expected.json", path.display())]
    Empty {
        /// Which.
        path: PathBuf,
    },
}

/// What a source answers in a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A body.
    Body(Value),
    /// A refusal.
    Refused(ReadErrorKind),
}

/// `context.json`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseContext {
    /// Epoch milliseconds.
    pub now: i64,
    /// IANA zone of the user.
    #[serde(default = "utc")]
    pub zone: String,
    /// The tenant's id.
    #[serde(default = "some_org")]
    pub org: String,
    /// The user's id.
    #[serde(default = "some_user")]
    pub user: String,
    /// Type of the event.
    #[serde(default = "some_event")]
    pub event_type: String,
    /// What the doors answer, by source.
    #[serde(default)]
    pub sources: Map<String, Value>,
}

fn utc() -> String {
    "UTC".to_owned()
}
fn some_org() -> String {
    "org-1".to_owned()
}
fn some_user() -> String {
    "user-1".to_owned()
}
fn some_event() -> String {
    "meeting_ended".to_owned()
}

fn refusal(word: &str) -> Option<ReadErrorKind> {
    [
        ReadErrorKind::Denied,
        ReadErrorKind::UnknownSource,
        ReadErrorKind::InvalidParams,
        ReadErrorKind::NotFound,
        ReadErrorKind::Unavailable,
        ReadErrorKind::OverBudget,
        ReadErrorKind::Limit,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == word)
}

fn only<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.as_object().filter(|object| object.len() == 1)?.get(key)
}

impl CaseContext {
    /// What a read of `source` with `params` gets.
    pub fn answer(&self, source: &str, params: &Value) -> Answer {
        let nothing = Answer::Refused(ReadErrorKind::NotFound);
        let Some(value) = self.sources.get(source) else { return nothing };
        let value = match only(value, "by_id").and_then(Value::as_object) {
            Some(table) => {
                let id = params.as_object().and_then(|params| params.values().find_map(Value::as_str));
                match id.and_then(|id| table.get(id)) {
                    Some(value) => value,
                    None => return nothing,
                }
            }
            None => value,
        };
        match only(value, "error").and_then(Value::as_str).and_then(refusal) {
            Some(kind) => Answer::Refused(kind),
            None => Answer::Body(value.clone()),
        }
    }

    /// The call of a case.
    pub fn call(&self, name: &str) -> Call {
        Call {
            call_id: format!("call-{name}"),
            job_id: format!("job-{name}"),
            step: "step".to_owned(),
            round: 0,
            org_id: self.org.clone(),
            user_id: self.user.clone(),
            event_type: self.event_type.clone(),
            now: self.now,
            zone: self.zone.clone(),
            extra: Vec::new(),
        }
    }
}

/// One folder of `cases/`.
#[derive(Clone, Debug)]
pub struct Case {
    /// Folder name.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
    /// The call's input.
    pub input: Value,
    /// What the doors answer.
    pub context: CaseContext,
    /// What must hold of the outcome; `None` when it is still to be written.
    pub expected: Option<Value>,
}

fn file(path: &Path) -> Result<Vec<u8>, CaseError> {
    std::fs::read(path).map_err(|source| CaseError::File { path: path.to_owned(), source })
}

pub(super) fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, CaseError> {
    serde_json::from_slice(&file(path)?).map_err(|source| CaseError::Json { path: path.to_owned(), source })
}

/// Puts the text of named files where they are named.
fn inline(value: &mut Value, folder: &Path) -> Result<(), CaseError> {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(name)) = object.get("file") {
                let text = decode(&file(&folder.join(name))?).text;
                object.remove("file");
                object.insert("body".to_owned(), Value::String(text));
            }
            object.values_mut().try_for_each(|value| inline(value, folder))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| inline(item, folder)),
        _ => Ok(()),
    }
}

impl Case {
    /// Reads one folder.
    ///
    /// # Errors
    /// A missing or broken file, by path.
    pub fn load(folder: &Path) -> Result<Self, CaseError> {
        let expected = folder.join("expected.json");
        let mut context: CaseContext = json(&folder.join("context.json"))?;
        for value in context.sources.values_mut() {
            inline(value, folder)?;
        }
        Ok(Self {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            folder: folder.to_owned(),
            input: json(&folder.join("input.json"))?,
            context,
            expected: if expected.exists() { Some(json(&expected)?) } else { None },
        })
    }

    /// Reads all folders of `cases/`, by name.
    ///
    /// # Errors
    /// As [`Case::load`]; a folder without a case is an error too.
    pub fn load_all(cases: &Path) -> Result<Vec<Self>, CaseError> {
        let unreadable = |source| CaseError::File { path: cases.to_owned(), source };
        let mut folders = Vec::new();
        for entry in std::fs::read_dir(cases).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        folders.sort();
        if folders.is_empty() {
            return Err(CaseError::Empty { path: cases.to_owned() });
        }
        folders.iter().map(|folder| Self::load(folder)).collect()
    }

    /// Holds an outcome (as JSON, or `{"failure": {..}}`) against what is expected.
    pub fn check(&self, actual: &Value) -> Vec<Mismatch> {
        match &self.expected {
            Some(expected) => compare(expected, actual),
            None => vec![Mismatch {
                pointer: String::new(),
                message: "expected.json is missing; UPDATE_CASES=1 writes it".to_owned(),
            }],
        }
    }

    /// Writes what is expected anew from what there is; see the [module](super).
    pub(super) fn rewrite(&self, actual: &Value) -> Result<(), CaseError> {
        let path = self.folder.join("expected.json");
        let value = self.expected.as_ref().map_or_else(|| actual.clone(), |old| updated(old, actual));
        std::fs::write(&path, format!("{value:#}\n")).map_err(|source| CaseError::File { path, source })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_named_file_becomes_the_body() {
        let folder = tempfile::tempdir().unwrap();
        let one = folder.path().join("one");
        std::fs::create_dir(&one).unwrap();
        std::fs::write(one.join("input.json"), "{}").unwrap();
        std::fs::write(one.join("call.txt"), b"Zo\xeb: hi").unwrap();
        let context = r#"{"now": 1, "sources": {"transcript": {"by_id": {"t": {"id": "t", "file": "call.txt"}}}}}"#;
        std::fs::write(one.join("context.json"), context).unwrap();
        let case = Case::load(&one).unwrap();
        let answer = case.context.answer("transcript", &serde_json::json!({"id": "t"}));
        assert_eq!(answer, Answer::Body(serde_json::json!({"id": "t", "body": "Zoë: hi"})));
        let missing = case.context.answer("transcript", &serde_json::json!({"id": "u"}));
        assert_eq!(missing, Answer::Refused(ReadErrorKind::NotFound));
        assert_eq!(case.context.zone, "UTC");
    }
}
