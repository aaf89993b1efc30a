//! Effects: changes in the world, as data.
//!
//! One function a kind. Whether a kind waits for a person is the host's to say:
//! `email.send`, `calendar.invite`, `proposal.share`, `crm.set_stage` and `task.create`
//! always do. To add a kind, add its payload type and its function here, and its module
//! in the host.

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
    /// Files that go along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A file that a mail takes along. The host puts its digest, type and size on the card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// `artifact:<name>` for a file of this outcome, or the only one of that name in the
    /// job; `artifact:<step>/<name>` for that step's last version; or its digest.
    pub artifact: String,
    /// What the recipient sees it called: `Proposal.pdf`.
    pub name: String,
}

/// Payload of `calendar.invite`. The host adds the organizer, who is the job's user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// One line.
    pub title: String,
    /// RFC 3339 instant.
    pub starts: String,
    /// RFC 3339 instant, within a day of the start.
    pub ends: String,
    /// IANA zone in which people are told the time.
    pub zone: String,
    /// Who is asked.
    pub attendees: Vec<Attendee>,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The event's own id, 8 to 200 of `A-Za-z0-9._@-`, the same on every attempt: an
    /// event is asked for once.
    pub uid: String,
}

/// Somebody who is asked to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// The address alone.
    pub email: String,
    /// As shown.
    pub name: String,
}

/// Payload of `proposal.share`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// As in [`Attachment`].
    pub artifact: String,
    /// One line.
    pub title: String,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// RFC 3339 instant, within 90 days.
    pub expires_at: String,
}

/// Payload of `crm.create_contact`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewContact {
    /// One line.
    pub name: String,
    /// The address alone; of each there is one contact.
    pub email: String,
    /// A company that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_id: Option<String>,
    /// What they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
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
    // The payload types here hold strings and lists of them only, which
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

/// `crm.log_activity` about a mail: takes the place of the line that its mailbox made, so
/// that the mail stands in the history once.
pub fn log_mail(id: impl Into<String>, activity: &Activity, email_id: &str) -> Effect {
    let mut payload = serde_json::to_value(activity).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut payload {
        fields.insert("email_id".to_owned(), Value::from(email_id));
    }
    Effect::custom(id, "crm.log_activity", payload)
}

/// `flag.add`: marks something, with the reason.
pub fn flag(id: impl Into<String>, entity: Entity, entity_id: &str, flag: &str, reason: &str) -> Effect {
    Effect::custom(id, "flag.add", json!({"entity": entity, "id": entity_id, "flag": flag, "reason": reason}))
}

/// `calendar.invite`: puts an event into the rep's calendar and asks people to come.
/// Protected.
pub fn invite(id: impl Into<String>, invitation: &Invitation) -> Effect {
    typed(id, "calendar.invite", invitation)
}

/// `proposal.share`: makes a link to a file, which the rep gets. Protected.
pub fn share(id: impl Into<String>, share: &Share) -> Effect {
    typed(id, "proposal.share", share)
}

/// `crm.suppress`: no mail goes to the address any more.
pub fn suppress(id: impl Into<String>, address: &str, reason: &str) -> Effect {
    Effect::custom(id, "crm.suppress", json!({"address": address, "reason": reason}))
}

/// `crm.create_contact`: adds a person, unless somebody of that address is there.
pub fn create_contact(id: impl Into<String>, contact: &NewContact) -> Effect {
    typed(id, "crm.create_contact", contact)
}

/// `coaching.store`: keeps what was found about the rep's own calls, of a period or one
/// meeting. The ends of the period are days or RFC 3339 instants; the analysis is an
/// object of at most 128 KB.
pub fn store_coaching(
    id: impl Into<String>,
    (start, end): (&str, &str),
    meeting_id: Option<&str>,
    analysis: Map<String, Value>,
) -> Effect {
    let mut payload = json!({"period_start": start, "period_end": end, "analysis": analysis});
    if let (Some(meeting), Some(fields)) = (meeting_id, payload.as_object_mut()) {
        fields.insert("meeting_id".to_owned(), json!(meeting));
    }
    Effect::custom(id, "coaching.store", payload)
}

/// `email.classify`: says what a received mail is about, in a word.
pub fn classify_email(id: impl Into<String>, email_id: &str, class: &str, reason: &str) -> Effect {
    Effect::custom(id, "email.classify", json!({"email_id": email_id, "class": class, "reason": reason}))
}

/// `followups.postpone`: jobs of the rep about a contact that wait for a time before
/// `until` wait until then. `until` is an RFC 3339 instant, or a day, whose morning at the
/// rep's it means.
pub fn postpone_followups(id: impl Into<String>, contact_id: &str, until: &str) -> Effect {
    Effect::custom(id, "followups.postpone", json!({"contact_id": contact_id, "until": until}))
}

/// `chat.post`: a message to the user's own DM; the *inform* pattern.
pub fn chat(id: impl Into<String>, text: impl Into<String>) -> Effect {
    Effect::custom(id, "chat.post", json!({"text": text.into()}))
}
