//! Mails the rep received.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mail received, with the start of its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct InboxEntry {
    /// Id.
    pub id: String,
    /// For [`crate::context::thread`].
    pub thread_id: Option<String>,
    /// Sender's address, lower case.
    pub from: String,
    /// Sender's name as the mail has it, or empty.
    pub from_name: String,
    /// Recipients.
    pub to: Vec<String>,
    /// Copies.
    pub cc: Vec<String>,
    /// Subject.
    pub subject: String,
    /// First 4,000 characters.
    pub body: String,
    /// RFC 3339.
    pub at: String,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// What it answers.
    pub in_reply_to: Option<String>,
    /// Not opened yet.
    pub unread: bool,
    /// A later mail of the rep answers it.
    pub answered: bool,
    /// What a skill called it, where one did.
    pub class: Option<String>,
    /// With whom.
    pub contact_id: Option<String>,
    /// About which deal.
    pub deal_id: Option<String>,
    /// Lower-case names; only those that tell a machine's mail from a person's.
    pub headers: BTreeMap<String, String>,
    /// What came with it.
    pub attachments: Vec<Attached>,
}

/// A file that came with a mail, of which the host keeps no bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Attached {
    /// As the mail names it; may be empty.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Bytes.
    pub bytes: u64,
}
