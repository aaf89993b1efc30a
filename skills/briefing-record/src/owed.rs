//! What `check-previous-action-items` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Side;

use crate::line::Source;
use crate::reading::Missing;

/// What came of what was agreed before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OwedItems {
    /// What our side owes, overdue first.
    pub we_owe: Vec<Owed>,
    /// What their side owes, overdue first.
    pub they_owe: Vec<Owed>,
    /// What was done since, newest first.
    pub done: Vec<Owed>,
    /// Of all that is open, how many are overdue.
    pub overdue: i64,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// How an item stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its date has passed.
    Overdue,
    /// No sign that it was done.
    #[default]
    Open,
    /// A record says so.
    Done,
}

/// Something that somebody was to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Owed {
    /// What, in the words of the record.
    pub text: String,
    /// Who, by name, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whose side.
    pub side: Side,
    /// How it stands.
    pub state: State,
    /// `YYYY-MM-DD` or an instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Days to the due date, negative when it has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// The record that says what was to be done.
    pub source: Source,
    /// The record that says it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_by: Option<Source>,
}
