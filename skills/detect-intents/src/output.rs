//! What the skill reports.

use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::sources::Side;

/// Everything found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Promises of 0.7 and above.
    pub commitments: Vec<Said>,
    /// Requests of one side to the other.
    pub requests: Vec<Said>,
    /// What the prospect's words say about the deal.
    pub buying_signals: Vec<BuyingSignal>,
    /// What comes next.
    pub follow_up_items: Vec<FollowUpItem>,
    /// Promises between 0.5 and 0.7, and those of nobody we can name.
    pub deferred: Vec<Said>,
    /// -1 to 1.
    pub aggregate_score: f64,
    /// One or two sentences.
    pub summary: String,
}

/// A promise or a request.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Said {
    /// Whose side.
    pub speaker: Side,
    /// Who, as the transcript names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker_name: Option<String>,
    /// The exact words.
    pub phrase: String,
    /// `send_proposal` and so on; of requests the short word.
    pub intent: String,
    /// 0 to 1.
    pub confidence: f64,
    /// `YYYY-MM-DD`, or RFC 3339 where a time was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// The words of the deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_quote: Option<String>,
    /// Turn of the transcript.
    pub turn: usize,
    /// `model` where the rules did not hear it and a model did; such findings stand
    /// after those of the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What somebody's words say about the deal.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BuyingSignal {
    /// `positive`, `negative` or `neutral`.
    #[serde(rename = "type")]
    pub direction: String,
    /// `budget`, `timeline`, `authority`, `need`, `competition`, `multi_stakeholder` or `objection`.
    pub signal: String,
    /// The exact words.
    pub phrase: String,
    /// 0 to 1.
    pub confidence: f64,
    /// -1 to 1.
    pub strength: f64,
    /// Turn of the transcript.
    pub turn: usize,
}

/// Something to be done after the call.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FollowUpItem {
    /// Whose side.
    pub owner: Side,
    /// Who, as the transcript names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_name: Option<String>,
    /// What.
    pub action: String,
    /// `YYYY-MM-DD`, or RFC 3339 where a time was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// The intent, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent_type: Option<String>,
}
