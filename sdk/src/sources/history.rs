//! Tier 2 and by id: what happened, and the texts themselves.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::transcript::Transcript;

/// Which side of the table somebody sits on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Ours.
    Rep,
    /// Theirs.
    Prospect,
    /// Not known.
    #[default]
    #[serde(other)]
    Unknown,
}

/// Somebody who was invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Attendee {
    /// Whole name.
    pub name: String,
    /// Address, lower case.
    pub email: Option<String>,
    /// Side, as the host knows it.
    pub side: Side,
}

/// A past meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Meeting {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// RFC 3339.
    pub started_at: String,
    /// Minutes.
    pub duration_min: Option<i64>,
    /// Who was there.
    pub attendees: Vec<Attendee>,
    /// Words.
    pub summary: Option<String>,
    /// For [`crate::context::transcript`].
    pub transcript_id: Option<String>,
    /// With whom.
    pub contact_ids: Vec<String>,
    /// About which deal.
    pub deal_id: Option<String>,
    /// With which company.
    pub company_id: Option<String>,
    /// Rep.
    pub owner_id: Option<String>,
    /// What of it is not whole, with the bytes of the whole.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

/// A mail in a list; its whole text is in its [`Thread`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EmailEntry {
    /// Id.
    pub id: String,
    /// For [`crate::context::thread`].
    pub thread_id: Option<String>,
    /// `in` or `out`, seen from the rep.
    pub direction: String,
    /// Sender.
    pub from: String,
    /// Recipients.
    pub to: Vec<String>,
    /// Copies.
    pub cc: Vec<String>,
    /// Subject.
    pub subject: String,
    /// First characters of the text.
    pub snippet: String,
    /// RFC 3339.
    pub at: String,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// With whom.
    pub contact_id: Option<String>,
    /// About which deal.
    pub deal_id: Option<String>,
    /// Bytes of the whole of what was cut, by field; nothing where all of it is here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

/// A line of history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ActivityEntry {
    /// Id.
    pub id: String,
    /// `call`, `email`, `meeting` or `note`.
    pub kind: String,
    /// One line.
    pub subject: String,
    /// Text.
    pub body: String,
    /// RFC 3339.
    pub at: String,
    /// Who did it.
    pub user_id: Option<String>,
    /// With whom.
    pub contact_id: Option<String>,
    /// About which deal.
    pub deal_id: Option<String>,
    /// What of it is not whole, with the bytes of the whole.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

/// A task of the rep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TaskEntry {
    /// Id.
    pub id: String,
    /// One line.
    pub title: String,
    /// More words.
    pub detail: Option<String>,
    /// Day or instant.
    pub due: Option<String>,
    /// `low`, `normal` or `high`.
    pub priority: String,
    /// `open` or `done`.
    pub status: String,
    /// Rep.
    pub owner_id: Option<String>,
    /// About whom.
    pub contact_id: Option<String>,
    /// About which deal.
    pub deal_id: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// What of it is not whole, with the bytes of the whole.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

/// A note.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Note {
    /// Id.
    pub id: String,
    /// Text.
    pub body: String,
    /// RFC 3339.
    pub at: String,
    /// Who wrote it.
    pub author_id: Option<String>,
    /// About whom.
    pub contact_id: Option<String>,
    /// About which deal.
    pub deal_id: Option<String>,
    /// What of it is not whole, with the bytes of the whole.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

/// A transcript as it was received.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TranscriptText {
    /// Id.
    pub id: String,
    /// Of which meeting.
    pub meeting_id: Option<String>,
    /// `vtt`, `srt`, `text`, `meetingbaas`, `fathom` or `fireflies`: what the
    /// sender said; the parser looks for itself.
    pub format: String,
    /// The text as received.
    pub body: String,
    /// RFC 3339.
    pub at: String,
}

impl TranscriptText {
    /// Speaker turns with times.
    pub fn parse(&self) -> Transcript {
        crate::transcript::parse(&self.body)
    }

    /// The same, knowing who was invited.
    pub fn parse_knowing(&self, attendees: &[super::Attendee]) -> Transcript {
        crate::transcript::parse_knowing(&self.body, attendees)
    }
}

/// A mail in full.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ThreadMessage {
    /// Id.
    pub id: String,
    /// `in` or `out`, seen from the rep.
    pub direction: String,
    /// Sender.
    pub from: String,
    /// Sender's name as the mail has it, or empty.
    pub from_name: String,
    /// Recipients.
    pub to: Vec<String>,
    /// Copies.
    pub cc: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// RFC 3339.
    pub at: String,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// What it answers.
    pub in_reply_to: Option<String>,
    /// The thread so far, oldest first.
    pub references: Vec<String>,
    /// As in [`super::InboxEntry`].
    pub headers: BTreeMap<String, String>,
    /// What came with it.
    pub attachments: Vec<super::Attached>,
}

/// A conversation, oldest mail first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Thread {
    /// Id.
    pub id: String,
    /// Subject.
    pub subject: String,
    /// The mails.
    pub messages: Vec<ThreadMessage>,
}
