//! What `extract-action-items` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Side;

use crate::person::same_person;

/// Who does what, and what was decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ActionItems {
    /// In the order they were said.
    pub action_items: Vec<ActionItem>,
    /// In the order they were said.
    pub decisions: Vec<Decision>,
}

/// One thing that somebody will do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ActionItem {
    /// What.
    pub text: String,
    /// Who, by name.
    pub owner: Option<String>,
    /// On which side.
    pub owner_role: Option<Side>,
    /// `YYYY-MM-DD`, an instant, or the words used.
    pub deadline: Option<String>,
    /// `low`, `normal` (or `medium`), `high`.
    pub priority: Option<String>,
    /// The words it comes from.
    pub quote: String,
    /// Turn of the transcript.
    pub turn: Option<i64>,
}

impl ActionItem {
    /// Whether our side owns it.
    pub fn is_ours(&self) -> bool {
        self.owner_role == Some(Side::Rep)
    }

    /// Whether their side owns it.
    pub fn is_theirs(&self) -> bool {
        self.owner_role == Some(Side::Prospect)
    }

    /// The owner's name, if one is known.
    pub fn owner_name(&self) -> Option<&str> {
        self.owner.as_deref().map(str::trim).filter(|name| !name.is_empty())
    }

    /// Whether this person owns it.
    pub fn is_owned_by(&self, name: &str) -> bool {
        self.owner_name().is_some_and(|owner| same_person(owner, name))
    }
}

/// Something both sides settled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Decision {
    /// What.
    pub text: String,
    /// The words it comes from.
    pub quote: String,
}
