//! The rep's deals side by side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Flag;

/// An open deal, with what tells whether it moves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PipelineDeal {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it stands, one of the pipeline's stages.
    pub stage: String,
    /// Amount in cents.
    pub amount_cents: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// `YYYY-MM-DD`.
    pub close_date: Option<String>,
    /// Whose.
    pub company_id: Option<String>,
    /// The company's name.
    pub company: Option<String>,
    /// With whom.
    pub contact_ids: Vec<String>,
    /// Rep.
    pub owner_id: Option<String>,
    /// RFC 3339.
    pub created_at: Option<String>,
    /// RFC 3339: any change of the record.
    pub updated_at: String,
    /// RFC 3339: in this stage since.
    pub stage_since: Option<String>,
    /// RFC 3339: the newest activity up to now.
    pub last_activity_at: Option<String>,
    /// `call`, `email`, `meeting` or `note`.
    pub last_activity_kind: Option<String>,
    /// RFC 3339: the next event in a calendar of the rep.
    pub next_meeting_at: Option<String>,
    /// Tasks not done.
    pub open_tasks: i64,
    /// Of these, due before now.
    pub overdue_tasks: i64,
    /// Marks.
    pub flags: Vec<Flag>,
}

/// A deal that was won or lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClosedDeal {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// The stage it ended in.
    pub stage: String,
    /// Won, not lost.
    pub won: bool,
    /// Amount in cents.
    pub amount_cents: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// RFC 3339: when it ended.
    pub at: Option<String>,
}

/// The rep's deals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pipeline {
    /// RFC 3339.
    pub as_of: String,
    /// The org's stages in order; closed ones at the end.
    pub stages: Vec<String>,
    /// ISO 4217, where all deals share one.
    pub currency: Option<String>,
    /// Open deals, those longest without activity first.
    pub deals: Vec<PipelineDeal>,
    /// Ended in the last 90 days, newest first.
    pub closed: Vec<ClosedDeal>,
}
