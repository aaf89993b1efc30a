//! What `enrich-attendees` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Side;

use crate::line::Source;
use crate::reading::Missing;

/// Who comes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Attendees {
    /// Those from outside first, then those whose side is unknown, then colleagues.
    pub attendees: Vec<AttendeeFacts>,
    /// Names of those of whom no record says anything.
    pub unknown: Vec<String>,
    /// Everybody is of the org: nobody was looked up.
    pub internal: bool,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// Somebody who comes, and what is known of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AttendeeFacts {
    /// As the records, else the invitation, name them.
    pub name: String,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their side.
    pub side: Side,
    /// `known`, `unknown`, or `not_looked_up` for colleagues and those past the bound.
    pub standing: String,
    /// Said that they do not come.
    pub declined: bool,
    /// The contact, where they are one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Fact>,
    /// `executive`, `vp`, `director`, `manager` or `staff`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seniority: Option<Fact>,
    /// Where they work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<Fact>,
    /// Where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Fact>,
    /// Profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Fact>,
    /// What changed for them, newest first.
    pub changes: Vec<Change>,
}

/// A value and who says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Fact {
    /// The value, in the words of the source.
    pub value: String,
    /// Who says so.
    pub source: Source,
}

impl Fact {
    /// A fact, where there is a value.
    #[must_use]
    pub fn of(value: Option<&str>, source: &Source) -> Option<Self> {
        let value = value.map(str::trim).filter(|value| !value.is_empty())?;
        Some(Self { value: value.to_owned(), source: source.clone() })
    }
}

/// Something that changed for somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Change {
    /// `job_change`, `promotion`, `title`, `left` or `other`.
    pub kind: String,
    /// One line.
    pub text: String,
    /// When, or of which time that is known.
    pub at: String,
    /// Who says so.
    pub source: Source,
}
