//! The week in numbers: what `coaching-week` made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::behaviour::Behaviour;

/// A week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rolled {
    /// First day.
    pub period_start: String,
    /// Last day.
    pub period_end: String,
    /// Calls of the week that were measured.
    pub calls: usize,
    /// Calls of the week that could not be measured.
    pub not_measured: usize,
    /// Earlier calls they are held against.
    pub earlier_calls: usize,
    /// In a fixed order.
    pub numbers: Vec<Number>,
    /// Each call of the week.
    pub per_call: Vec<CallNumbers>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Number {
    /// Of what.
    pub behaviour: Behaviour,
    /// In words.
    pub told: String,
    /// Mean over the week's calls in which it could be measured.
    pub value: f64,
    /// These calls.
    pub calls: usize,
    /// What to aim for.
    pub target: String,
    /// `ok`, `high` or `low`.
    pub verdict: String,
    /// Mean over the earlier calls.
    pub usual: Option<f64>,
    /// These calls.
    pub earlier_calls: usize,
    /// `better` or `worse` where the change is larger than noise and than its own
    /// standard error; else `same`; `unknown` with fewer than two calls on a side.
    pub trend: String,
    /// In the weeks before, as they were kept, the newest first.
    #[serde(default)]
    pub weeks: Vec<WeekValue>,
}

/// A number of an earlier week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WeekValue {
    /// Last day of the week.
    pub period_end: String,
    /// Mean over its calls.
    pub value: f64,
    /// These calls.
    pub calls: usize,
}

/// One call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CallNumbers {
    /// Which.
    pub meeting_id: String,
    /// Its title.
    pub title: String,
    /// RFC 3339.
    pub started_at: String,
    /// About which deal.
    pub deal_id: Option<String>,
    /// 0 to 1.
    pub rep_share: Option<f64>,
    /// Ours.
    pub questions: usize,
    /// Ours that learn something.
    pub discovery_questions: usize,
    /// Too long stretches of ours.
    pub monologues: usize,
    /// Theirs without an answer.
    pub unanswered: usize,
}
