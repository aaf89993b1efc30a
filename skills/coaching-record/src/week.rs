//! Which calls count: what `load-week-meetings` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The calls of a week, and those it is held against.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Week {
    /// First day.
    pub period_start: String,
    /// Last day.
    pub period_end: String,
    /// Calls to look at, the newest first.
    pub meetings: Vec<WeekMeeting>,
    /// Calls of the week that are not looked at.
    pub left_out: Vec<LeftOut>,
    /// Deals that were won or lost.
    pub closed: Vec<ClosedDeal>,
    /// Calls of the week among `meetings`.
    pub of_week: usize,
}

/// A call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WeekMeeting {
    /// Which.
    pub meeting_id: String,
    /// Its transcript.
    pub transcript_id: String,
    /// Its title.
    pub title: String,
    /// RFC 3339.
    pub started_at: String,
    /// About which deal.
    pub deal_id: Option<String>,
    /// With whom.
    pub contact_id: Option<String>,
    /// Who was invited.
    pub attendees: Vec<Invited>,
    /// It is of the week; else it is held against.
    pub of_week: bool,
    /// Its deal was won or lost.
    pub closed: bool,
}

/// Somebody who was invited.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Invited {
    /// Whole name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// `rep`, `prospect` or `unknown`.
    pub side: String,
}

/// A call that is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LeftOut {
    /// Which.
    pub meeting_id: String,
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: String,
}

/// A deal that is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClosedDeal {
    /// Which.
    pub deal_id: String,
    /// Its name.
    pub name: String,
    /// Won, else lost.
    pub won: bool,
    /// When it ended, RFC 3339.
    pub at: Option<String>,
}
