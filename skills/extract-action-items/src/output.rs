//! What the skill reports.

use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::sources::Side;

/// Everything found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// In the order they were said; what only a model heard stands after them.
    pub action_items: Vec<ActionItem>,
    /// In the order they were said.
    pub decisions: Vec<Decision>,
}

/// One thing that somebody will do.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ActionItem {
    /// `ai-1`, `ai-2`, … in the order of the list.
    pub id: String,
    /// What, in the third person.
    pub text: String,
    /// Who, by name; `null` where nobody can be named.
    pub owner: Option<String>,
    /// On which side.
    pub owner_role: Side,
    /// `YYYY-MM-DD`, or RFC 3339 where a time was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// The words of the deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_quote: Option<String>,
    /// `low`, `normal` or `high`.
    pub priority: String,
    /// 0 to 1.
    pub confidence: f64,
    /// The exact words.
    pub quote: String,
    /// Turn of the transcript.
    pub turn: usize,
    /// `model` where the rules did not hear it and a model did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Asked for, not yet promised.
    #[serde(skip)]
    pub(crate) asked: bool,
}

/// Something the group settled.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Decision {
    /// What.
    pub text: String,
    /// The exact words.
    pub quote: String,
    /// Turn of the transcript.
    pub turn: usize,
}
