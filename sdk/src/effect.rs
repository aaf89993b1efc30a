//! Effects: changes in the world, as data.
//!
//! One function a kind. Whether a kind waits for a person is the host's to say:
//! `email.send`, `crm.set_stage` and `task.create` always do. To add a kind, add
//! its payload type and its function here, and its module in the host.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A proposed change in the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// `[a-z0-9-]{1,64}`, unique within the outcome, the same on every attempt.
    pub id: String,
    /// One of the host's kinds.
    pub kind: String,
    /// Valid against the host's schema of the kind.
    pub payload: Value,
    /// Effects of this outcome that must have succeeded first.
    #[serde(default)]
    pub after: Vec<String>,
}

impl Effect {
    /// An effect of a kind this crate has no function for.
    pub fn custom(id: impl Into<String>, kind: impl Into<String>, payload: Value) -> Self {
        Self { id: id.into(), kind: kind.into(), payload, after: Vec::new() }
    }

    /// Only once these have succeeded.
    #[must_use]
    pub fn after<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.after.extend(ids.into_iter().map(Into::into));
        self
    }
}

/// Payload of `email.send`. The host adds the message id and sends as `from`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// The rep's address.
    pub from: String,
    /// Recipients.
    pub to: Vec<String>,
    /// Copies.
    #[serde(default)]
    pub cc: Vec<String>,
    /// Blind copies.
    #[serde(default)]
    pub bcc: Vec<String>,
    /// One line.
    pub subject: String,
    /// Plain text, signature included.
    pub body: String,
    /// Message id of the mail this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// Message ids of the thread, oldest first.
    #[serde(default)]
    pub references: Vec<String>,
}

/// Payload of `task.create`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// One line.
    pub title: String,
    /// More words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// ISO date or RFC 3339 instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// `low`, `normal` or `high`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Which deal it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<String>,
}

impl Task {
    /// A task with nothing but a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// More words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// ISO date or RFC 3339 instant.
    #[must_use]
    pub fn due(mut self, due: impl Into<String>) -> Self {
        self.due = Some(due.into());
        self
    }

    /// `low`, `normal` or `high`.
    #[must_use]
    pub fn priority(mut self, priority: impl Into<String>) -> Self {
        self.priority = Some(priority.into());
        self
    }

    /// Whom it is about.
    #[must_use]
    pub fn contact(mut self, id: impl Into<String>) -> Self {
        self.contact_id = Some(id.into());
        self
    }

    /// Which deal it is about.
    #[must_use]
    pub fn deal(mut self, id: impl Into<String>) -> Self {
        self.deal_id = Some(id.into());
        self
    }
}

/// Payload of `crm.log_activity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// `meeting`, `call`, `email`, `note`.
    pub kind: String,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Which deal it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<String>,
    /// One line.
    pub subject: String,
    /// Text.
    pub body: String,
}

/// What `crm.update_fields` and `flag.add` may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// A deal.
    Deal,
    /// A contact.
    Contact,
    /// A company.
    Company,
}

fn typed<T: Serialize>(id: impl Into<String>, kind: &str, payload: &T) -> Effect {
    // The payload types here hold strings and lists of strings only, which
    // always serialise; null would be refused by the host's schema.
    Effect::custom(id, kind, serde_json::to_value(payload).unwrap_or(Value::Null))
}

/// `email.send`: sends one mail as the rep. Protected.
pub fn email(id: impl Into<String>, email: &Email) -> Effect {
    typed(id, "email.send", email)
}

/// `crm.set_stage`: moves a deal. Protected.
pub fn set_stage(id: impl Into<String>, deal_id: &str, from: &str, to: &str) -> Effect {
    Effect::custom(id, "crm.set_stage", json!({"deal_id": deal_id, "from": from, "to": to}))
}

/// `task.create`: creates a task for the rep. Protected.
pub fn task(id: impl Into<String>, task: &Task) -> Effect {
    typed(id, "task.create", task)
}

/// `crm.update_fields`: writes fields other than the stage.
pub fn update_fields(id: impl Into<String>, entity: Entity, entity_id: &str, fields: Map<String, Value>) -> Effect {
    Effect::custom(id, "crm.update_fields", json!({"entity": entity, "id": entity_id, "fields": fields}))
}

/// `crm.log_activity`: adds a line to the history of a contact or deal.
pub fn log_activity(id: impl Into<String>, activity: &Activity) -> Effect {
    typed(id, "crm.log_activity", activity)
}

/// `flag.add`: marks something, with the reason.
pub fn flag(id: impl Into<String>, entity: Entity, entity_id: &str, flag: &str, reason: &str) -> Effect {
    Effect::custom(id, "flag.add", json!({"entity": entity, "id": entity_id, "flag": flag, "reason": reason}))
}

/// `chat.post`: a message to the user's own DM; the *inform* pattern.
pub fn chat(id: impl Into<String>, text: impl Into<String>) -> Effect {
    Effect::custom(id, "chat.post", json!({"text": text.into()}))
}
