//! What `pull-crm-history` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Side;

use crate::line::Source;
use crate::reading::Missing;

/// Where things stand with the people of a meeting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct History {
    /// The deal, where one is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal: Option<DealState>,
    /// The company's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// What happened last, newest first.
    pub touches: Vec<Touch>,
    /// How many touches were read, of the last 90 days.
    pub touches_90_days: i64,
    /// Who wrote last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_word: Option<LastWord>,
    /// What was promised in mails and not seen to be done, overdue first.
    pub open_promises: Vec<OpenPromise>,
    /// What moved since the last conversation, newest first.
    pub moved: Vec<Moved>,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// How a deal stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DealState {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Stage.
    pub stage: String,
    /// Which of the pipeline's stages it is, from 1; none where the pipeline does not name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage_place: Option<i64>,
    /// How many stages there are before the closed ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stages: Option<i64>,
    /// Neither won nor lost.
    pub open: bool,
    /// Amount in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_cents: Option<i64>,
    /// The amount as it is written, `$48,000`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_date: Option<String>,
    /// Days to the close date, negative when it has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_to_close: Option<i64>,
    /// Whole days in this stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_in_stage: Option<i64>,
    /// How many contacts are on it.
    pub contacts: i64,
    /// Flags with their reason, newest first: `risk: …`.
    pub flags: Vec<String>,
    /// The next meeting that is in a calendar, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_meeting_at: Option<String>,
}

/// Something that happened between both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Touch {
    /// `meeting`, `email_in`, `email_out`, `call` or `note`.
    pub kind: String,
    /// RFC 3339.
    pub at: String,
    /// Subject or title, in the words of the record.
    pub text: String,
    /// The record.
    pub source: Source,
}

/// Who wrote last, and how long the other side is silent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LastWord {
    /// Whose side wrote the last mail.
    pub by: Side,
    /// RFC 3339.
    pub at: String,
    /// Whole days since.
    pub days: i64,
    /// How many mails in a row that side wrote without an answer, of those that were read.
    pub in_a_row: i64,
    /// The last of them.
    pub source: Source,
}

/// A promise of a mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OpenPromise {
    /// Whose side gave it.
    pub by: Side,
    /// Who, by name or address.
    pub who: String,
    /// Its exact words.
    pub quote: String,
    /// `YYYY-MM-DD` or an instant, where a date was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// The date has passed.
    pub overdue: bool,
    /// The mail.
    pub source: Source,
}

/// Something that moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Moved {
    /// One line.
    pub text: String,
    /// RFC 3339.
    pub at: String,
    /// The record.
    pub source: Source,
}
