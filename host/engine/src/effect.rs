//! The kinds of effects this host knows: what they are called, whether they
//! are protected, what their payload must look like, and what a card says.
//!
//! Invariant: protection belongs to the kind. Nothing in a payload, a sequence,
//! a right or a setting changes it. To add a kind, add a module with a `KIND`
//! constructor and a line in [`registry`]; its `lines` must name every field
//! the schema allows (a test compares them). What a schema cannot say (a time that
//! ends before it begins) goes into its check; a field that the host fills in before a
//! person is asked (the sender, what a file is) is named there as well.

pub mod attachment;
pub mod calendar_invite;
pub mod chat_manager;
mod chat_post;
mod coaching_store;
mod crm_create_contact;
mod crm_log_activity;
mod crm_set_stage;
mod crm_suppress;
mod crm_update_fields;
mod email_classify;
pub mod email_send;
mod flag_add;
pub mod followups_postpone;
pub mod http_request;
mod moment;
pub mod proposal_share;
mod schema;
pub mod sender;
mod task_create;

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::canonical::{depth, inexact_number};
use crate::card::CardLine;
use crate::limits::MAX_JSON_DEPTH;
use crate::outbox::OutboxRow;
use crate::rights::{HttpTarget, Right, RightSet};
use crate::store::CrmWrite;
use crate::time::Timestamp;

pub use email_send::sent_mail;

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
    /// JSON Schema 2020-12 of the payload.
    pub schema: Value,
    /// Happens in the host's own database alone.
    inside: bool,
    /// The field that holds the address of the person in whose name it happens.
    sender: Option<&'static str>,
    /// Whom it writes to; nothing for a kind that writes to nobody.
    recipients: Option<RecipientsFn>,
    /// The places of a payload that name a kept file.
    files: Option<FilesFn>,
    /// The address on the web that it goes to, which is a right of its own.
    reaches: Option<ReachesFn>,
    /// From when on it would be too late.
    until: Option<UntilFn>,
    check: Option<CheckFn>,
    validator: Option<Validator>,
    fields: &'static [FieldView],
    write: Option<WriteFn>,
}

type UntilFn = fn(&Value) -> Option<Timestamp>;
type WriteFn = fn(&OutboxRow, Timestamp) -> Result<CrmWrite, EffectError>;
type RecipientsFn = fn(&Value) -> Vec<String>;
type ReachesFn = fn(&Value) -> Option<HttpTarget>;
type FilesFn = fn(&mut Value) -> Vec<&mut Map<String, Value>>;
/// What a schema cannot say; the error is a JSON Pointer and a rule.
type CheckFn = fn(&Value) -> Result<(), (String, String)>;

/// How a payload field is shown.
#[derive(Debug)]
struct FieldView {
    name: &'static str,
    label: &'static str,
    multiline: bool,
    /// The field that holds the value before.
    was: Option<&'static str>,
    /// The field in words, of the payload and the field; `None` of a value that it does
    /// not understand, which is then shown as it is.
    words: Option<fn(&Value, &Value) -> Option<String>>,
}

impl FieldView {
    const fn of(name: &'static str, label: &'static str) -> Self {
        Self { name, label, multiline: false, was: None, words: None }
    }

    fn shown(&self, payload: &Value, value: &Value) -> String {
        self.words.and_then(|words| words(payload, value)).unwrap_or_else(|| text(value))
    }
}

const fn line(name: &'static str, label: &'static str) -> FieldView {
    FieldView::of(name, label)
}

const fn block(name: &'static str, label: &'static str) -> FieldView {
    FieldView { multiline: true, ..FieldView::of(name, label) }
}

const fn change(name: &'static str, label: &'static str, was: &'static str) -> FieldView {
    FieldView { was: Some(was), ..FieldView::of(name, label) }
}

const fn worded(view: FieldView, words: fn(&Value, &Value) -> Option<String>) -> FieldView {
    FieldView { words: Some(words), ..view }
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
            calendar_invite::kind(),
            chat_manager::kind(),
            chat_post::kind(),
            coaching_store::kind(),
            crm_create_contact::kind(),
            crm_log_activity::kind(),
            crm_set_stage::kind(),
            crm_suppress::kind(),
            crm_update_fields::kind(),
            email_classify::kind(),
            email_send::kind(),
            flag_add::kind(),
            followups_postpone::kind(),
            http_request::kind(),
            proposal_share::kind(),
            task_create::kind(),
        ];
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
        Self {
            name,
            title,
            protected: false,
            undo: false,
            schema,
            inside: false,
            sender: None,
            recipients: None,
            files: None,
            reaches: None,
            until: None,
            check: None,
            validator,
            fields,
            write: None,
        }
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
        self.inside()
    }

    /// In the host's own database, by a write that needs more than the row.
    fn inside(mut self) -> Self {
        self.inside = true;
        self
    }

    fn signed_in(mut self, field: &'static str) -> Self {
        self.sender = Some(field);
        self
    }

    fn too_late_from(mut self, until: UntilFn) -> Self {
        self.until = Some(until);
        self
    }

    fn writing_to(mut self, recipients: RecipientsFn) -> Self {
        self.recipients = Some(recipients);
        self
    }

    fn with_files(mut self, files: FilesFn) -> Self {
        self.files = Some(files);
        self
    }

    fn checked_by(mut self, check: CheckFn) -> Self {
        self.check = Some(check);
        self
    }

    fn reaching(mut self, reaches: ReachesFn) -> Self {
        self.reaches = Some(reaches);
        self
    }

    /// Whether the host performs it inside its own database.
    pub fn is_local(&self) -> bool {
        self.inside
    }

    /// The field that holds the address of the person in whose name it happens.
    pub fn sender(&self) -> Option<&'static str> {
        self.sender
    }

    /// Whether it makes no sense any more: what it is about was to begin by now.
    pub fn is_too_late(&self, payload: &Value, now: Timestamp) -> bool {
        self.until.and_then(|until| until(payload)).is_some_and(|until| until <= now)
    }

    /// Whether what it is about begins at some time, after which it makes no sense.
    pub fn has_a_time(&self) -> bool {
        self.until.is_some()
    }

    /// Every bare address it writes to, lower case, each once; `None` for a kind that
    /// writes to nobody. What writes to people counts against the limits of its sender.
    pub fn recipients(&self, payload: &Value) -> Option<Vec<String>> {
        self.recipients.map(|recipients| recipients(payload))
    }

    /// The address on the web that a payload goes to; `None` for a kind that goes to none.
    pub fn reaches(&self, payload: &Value) -> Option<HttpTarget> {
        self.reaches.and_then(|reaches| reaches(payload))
    }

    /// A right that proposing it takes and `rights` lack, as it is written.
    pub fn missing(&self, payload: &Value, rights: &RightSet) -> Option<String> {
        if !rights.may_propose(self.name) {
            return Some(Right::Effect(self.name.to_owned()).to_string());
        }
        self.out_of_reach(payload, rights)
    }

    /// The right to the place that a payload goes to, where `rights` lack it.
    pub fn out_of_reach(&self, payload: &Value, rights: &RightSet) -> Option<String> {
        self.reaches(payload).filter(|target| !rights.may_fetch(target)).map(|target| target.place())
    }

    /// The places of a payload that name a kept file, each an object with `artifact`.
    pub fn files<'a>(&self, payload: &'a mut Value) -> Vec<&'a mut Map<String, Value>> {
        self.files.map(|files| files(payload)).unwrap_or_default()
    }

    /// Checks a payload.
    pub fn validate(&self, payload: &Value) -> Result<(), EffectError> {
        let bad = |pointer: String, message: String| Err(EffectError::new(self.name, pointer, message));
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
            Ok(()) => {}
            // Masked, because the plain message quotes the value.
            Err(error) => return bad(error.instance_path().to_string(), error.masked().to_string()),
        }
        match self.check.map(|check| check(payload)) {
            Some(Err((pointer, message))) => bad(pointer, message),
            Some(Ok(())) | None => Ok(()),
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
                    value: view.shown(payload, value),
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
