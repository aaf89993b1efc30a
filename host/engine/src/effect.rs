//! The kinds of effects this host knows: what they are called, whether they
//! are protected, what their payload must look like, and what a card says.
//!
//! Invariant: protection belongs to the kind. Nothing in a payload, a sequence,
//! a right or a setting changes it. To add a kind, add a module with a `KIND`
//! constructor and a line in [`registry`]; its `lines` must name every field
//! the schema allows (a test compares them).

mod chat_post;
mod crm_log_activity;
mod crm_set_stage;
mod crm_update_fields;
pub mod email_send;
mod flag_add;
mod reserved;
mod schema;
mod task_create;

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::canonical::{depth, inexact_number};
use crate::card::CardLine;
use crate::limits::MAX_JSON_DEPTH;
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

pub use email_send::{recipients, sent_mail};

/// A kind of effect.
#[derive(Debug)]
pub struct EffectKind {
    /// `email.send`.
    pub name: &'static str,
    /// The host's words on a card: `Send an email`.
    pub title: &'static str,
    /// Needs a person's answer, always.
    pub protected: bool,
    /// Held back for the undo window after the answer.
    pub undo: bool,
    /// Whether this host can perform it. A reserved kind is known, so that
    /// nothing else can claim its name, and refused.
    pub performed: bool,
    /// JSON Schema 2020-12 of the payload.
    pub schema: Value,
    validator: Option<Validator>,
    fields: &'static [FieldView],
    write: Option<WriteFn>,
}

type WriteFn = fn(&OutboxRow, Timestamp) -> Result<CrmWrite, EffectError>;

/// How a payload field is shown.
#[derive(Debug)]
struct FieldView {
    name: &'static str,
    label: &'static str,
    multiline: bool,
    /// The field that holds the value before.
    was: Option<&'static str>,
}

const fn line(name: &'static str, label: &'static str) -> FieldView {
    FieldView { name, label, multiline: false, was: None }
}

const fn block(name: &'static str, label: &'static str) -> FieldView {
    FieldView { name, label, multiline: true, was: None }
}

const fn change(name: &'static str, label: &'static str, was: &'static str) -> FieldView {
    FieldView { name, label, multiline: false, was: Some(was) }
}

/// Why an effect is refused. The message names places and rules, not content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at `{pointer}`: {message}")]
pub struct EffectError {
    /// The kind as written.
    pub kind: String,
    /// JSON Pointer into the payload.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl EffectError {
    fn new(kind: &str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), pointer: pointer.into(), message: message.into() }
    }
}

/// All kinds, by name.
pub fn registry() -> &'static [EffectKind] {
    static KINDS: LazyLock<Vec<EffectKind>> = LazyLock::new(|| {
        let mut kinds = vec![
            chat_post::kind(),
            crm_log_activity::kind(),
            crm_set_stage::kind(),
            crm_update_fields::kind(),
            email_send::kind(),
            flag_add::kind(),
            task_create::kind(),
        ];
        kinds.extend(reserved::kinds());
        kinds.sort_by_key(|kind| kind.name);
        kinds
    });
    &KINDS
}

/// The kind with this name.
pub fn kind(name: &str) -> Option<&'static EffectKind> {
    let kinds = registry();
    kinds.binary_search_by(|kind| kind.name.cmp(name)).ok().and_then(|at| kinds.get(at))
}

/// Checks kind and payload; what every effect passes before it is bound.
pub fn validate(name: &str, payload: &Value) -> Result<&'static EffectKind, EffectError> {
    let kind = kind(name).ok_or_else(|| EffectError::new(name, "", "no such kind of effect"))?;
    kind.validate(payload)?;
    Ok(kind)
}

impl EffectKind {
    fn new(name: &'static str, title: &'static str, schema: Value, fields: &'static [FieldView]) -> Self {
        // A schema that does not compile refuses every payload; a test compiles all.
        let validator = jsonschema::draft202012::new(&schema).ok();
        Self { name, title, protected: false, undo: false, performed: true, schema, validator, fields, write: None }
    }

    fn protected(mut self) -> Self {
        self.protected = true;
        self
    }

    fn undoable(mut self) -> Self {
        self.undo = true;
        self
    }

    fn written_by(mut self, write: WriteFn) -> Self {
        self.write = Some(write);
        self
    }

    fn reserved(mut self) -> Self {
        self.performed = false;
        self
    }

    /// Whether the host performs it inside its own database.
    pub fn is_local(&self) -> bool {
        self.write.is_some()
    }

    /// Checks a payload.
    pub fn validate(&self, payload: &Value) -> Result<(), EffectError> {
        let bad = |pointer: String, message: String| Err(EffectError::new(self.name, pointer, message));
        if !self.performed {
            return bad(String::new(), "this kind is not performed by this host yet".to_owned());
        }
        if depth(payload) > MAX_JSON_DEPTH {
            return bad(String::new(), format!("nested deeper than {MAX_JSON_DEPTH} levels"));
        }
        if let Some(pointer) = inexact_number(payload) {
            return bad(pointer, "the number is too large to be kept exactly; write it as text".to_owned());
        }
        let Some(validator) = &self.validator else {
            return bad(String::new(), "the kind's schema is unusable".to_owned());
        };
        match validator.validate(payload) {
            Ok(()) => Ok(()),
            // Masked, because the plain message quotes the value.
            Err(error) => bad(error.instance_path().to_string(), error.masked().to_string()),
        }
    }

    /// Every field of the payload, in a fixed order; fields that no view names
    /// come last under their own names, so that nothing can hide.
    pub fn lines(&self, payload: &Value) -> Vec<CardLine> {
        let Some(object) = payload.as_object() else {
            return vec![CardLine { label: "Payload".to_owned(), value: text(payload), multiline: false, was: None }];
        };
        let mut lines = Vec::new();
        for view in self.fields {
            if let Some(value) = object.get(view.name) {
                lines.push(CardLine {
                    label: view.label.to_owned(),
                    value: text(value),
                    multiline: view.multiline,
                    was: view.was.and_then(|was| object.get(was)).map(text),
                });
            }
        }
        for (name, value) in object {
            let shown = self.fields.iter().any(|view| view.name == name || view.was == Some(name.as_str()));
            if shown {
                continue;
            }
            match value.as_object() {
                Some(inner) => lines.extend(inner.iter().map(|(key, value)| CardLine {
                    label: format!("{name}.{key}"),
                    value: text(value),
                    multiline: false,
                    was: None,
                })),
                None => lines.push(CardLine { label: name.clone(), value: text(value), multiline: false, was: None }),
            }
        }
        lines
    }

    /// The change of the built-in CRM that performs it; `None` when somebody
    /// else performs this kind.
    pub fn local_write(&self, row: &OutboxRow, now: Timestamp) -> Option<Result<CrmWrite, EffectError>> {
        self.write.map(|write| write(row, now))
    }
}

/// A value as a person reads it, whole.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    }
}

/// A field of a payload that was validated; typed error rather than a panic for
/// a row that was changed in the database.
fn string(row: &OutboxRow, name: &str) -> Result<String, EffectError> {
    optional(row, name)
        .ok_or_else(|| EffectError::new(&row.kind, format!("/{name}"), "the field is missing or not text"))
}

fn optional(row: &OutboxRow, name: &str) -> Option<String> {
    row.payload.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests;
