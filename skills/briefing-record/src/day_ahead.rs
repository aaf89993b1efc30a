//! What the parts of a morning brief found, one shape a part.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::line::Source;
use crate::reading::Missing;

/// Of `check-meeting-prep-status`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DayAhead {
    /// `YYYY-MM-DD`, where the rep is.
    pub day: String,
    /// The zone of the times.
    pub zone: String,
    /// Meetings of the day that have not ended, by start.
    pub meetings: Vec<MeetingAhead>,
    /// Titles of what takes whole days.
    pub all_day: Vec<String>,
    /// How many were cancelled or declined.
    pub off: usize,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// A meeting of the day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MeetingAhead {
    /// Id of the event.
    pub id: String,
    /// Title.
    pub title: String,
    /// RFC 3339.
    pub starts: String,
    /// `09:30`, where the rep is.
    pub time: String,
    /// How long, minutes.
    pub minutes: i64,
    /// Those from outside, by name.
    pub with: Vec<String>,
    /// Their company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// `none_needed`, `ready`, `brief_comes`, `brief_due` or `started`.
    pub prep: String,
    /// When the brief comes, `08:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brief_at: Option<String>,
    /// What to look at: an overlap, an invitation not answered, people without a
    /// record, late tasks of the deal.
    pub notes: Vec<String>,
}

/// Of `scan-inbox-needing-attention`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Attention {
    /// Since when mails were looked at, RFC 3339.
    pub since: String,
    /// The mails, most urgent first.
    pub items: Vec<AttentionItem>,
    /// How many need attention, whatever the list shows.
    pub total: usize,
    /// How many mails were read.
    pub read: usize,
    /// There may be more: the source gave as many as it gives.
    pub cut: bool,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// A mail that needs attention.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AttentionItem {
    /// The mail.
    pub email_id: String,
    /// Its conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// Who wrote it.
    pub from: String,
    /// Where they work, where a record says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Subject.
    pub subject: String,
    /// `meeting_request`, `proposal_request`, `question`, `reply`, `negative_reply`, `bounce`, …
    pub kind: String,
    /// What they want, in a few words.
    pub why: String,
    /// Their exact words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// By when, where they say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// RFC 3339.
    pub at: String,
    /// What gives its place, `+45 asks for a meeting`.
    pub points: Vec<String>,
    /// Sum of the points.
    pub score: i64,
    /// The contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// The deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<String>,
    /// What the rep may do: `draft_reply`, `check_calendar`, `check_address`.
    pub actions: Vec<String>,
}

/// Of `run-pipeline-pulse`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pulse {
    /// As of when, RFC 3339.
    pub as_of: String,
    /// Open deals.
    pub open: usize,
    /// The lines, most urgent first.
    pub lines: Vec<PulseLine>,
}

/// A line of the pulse and the deals it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PulseLine {
    /// `action`, `risk`, `proposals`, `closing`, `quiet` or `closed`.
    pub about: String,
    /// One line.
    pub text: String,
    /// How many deals.
    pub count: usize,
    /// Ids of the first ten.
    pub deals: Vec<String>,
    /// Name of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// Of `gather-overnight-updates`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Overnight {
    /// Since when, RFC 3339.
    pub since: String,
    /// What happened, most urgent first.
    pub updates: Vec<Update>,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Update {
    /// `cancelled`, `changed`, `flag`, `stage`, `campaign` or `crm`.
    pub about: String,
    /// One line.
    pub text: String,
    /// How many records.
    pub count: usize,
    /// The first of them.
    pub source: Source,
}
