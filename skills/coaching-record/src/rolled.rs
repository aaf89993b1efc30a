//! The week in numbers: what `coaching-week` made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Analysis;
use crate::behaviour::Behaviour;
use crate::week::WeekMeeting;

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
    /// Each earlier call that was measured for it.
    pub before: Vec<CallNumbers>,
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
    /// Which type of call it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_type: Option<String>,
    /// Open questions, of the open and closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_part: Option<f64>,
    /// Mean level at which doubts were met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objection_level: Option<f64>,
    /// 1 where something was learned early, else 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_discovery: Option<f64>,
    /// Our side's pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words_per_minute: Option<f64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_listen_seconds: Option<f64>,
}

impl CallNumbers {
    /// Those of a call.
    pub fn of(meeting: &WeekMeeting, analysis: &Analysis) -> Self {
        Self {
            meeting_id: meeting.meeting_id.clone(),
            title: meeting.title.clone(),
            started_at: meeting.started_at.clone(),
            deal_id: meeting.deal_id.clone(),
            rep_share: analysis.talk.rep_share,
            questions: analysis.questions.asked,
            discovery_questions: analysis.questions.discovery,
            monologues: analysis.talk.monologues.len(),
            unanswered: analysis.questions.unanswered.len(),
            call_type: analysis.call_type.clone(),
            open_part: Behaviour::OpenPart.of(analysis).map(thousandths),
            objection_level: Behaviour::ObjectionLevel.of(analysis).map(thousandths),
            early_discovery: Behaviour::EarlyDiscovery.of(analysis),
            words_per_minute: analysis.talk.words_per_minute,
            longest_listen_seconds: analysis.talk.longest_listen_seconds,
        }
    }
}

/// To thousandths.
pub fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
