//! What `coaching-analysis` measured of one call, as far as a week needs it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Analysis {
    /// Which type of call it was, where that is known.
    pub call_type: Option<String>,
    /// Who spoke how much.
    pub talk: Talk,
    /// What was asked.
    pub questions: Questions,
    /// Doubts and how they were met.
    pub objections: Vec<Objection>,
    /// Remarks on this call.
    pub bullets: Vec<Remark>,
}

/// Who spoke how much.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Talk {
    /// `time` or `words`.
    pub measured_by: String,
    /// 0 to 1.
    pub rep_share: Option<f64>,
    /// Stretches of our side longer than 76 seconds.
    pub monologues: Vec<Stretch>,
    /// Seconds.
    pub longest_listen_seconds: Option<f64>,
    /// Our side's.
    pub words_per_minute: Option<f64>,
}

/// A stretch of talk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Stretch {
    /// `m:ss` from the start.
    pub time: Option<String>,
    /// How long.
    pub seconds: f64,
    /// Its first words.
    pub quote: String,
    /// Turn of the transcript.
    pub turn: usize,
}

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Questions {
    /// Our side's.
    pub asked: usize,
    /// Open ones.
    pub open: usize,
    /// Closed ones.
    pub closed: usize,
    /// Those that learn something.
    pub discovery: usize,
    /// Each of them.
    pub list: Vec<Asked>,
    /// The prospect's that got no answer.
    pub unanswered: Vec<Unanswered>,
}

/// One question of ours.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Asked {
    /// `m:ss` from the start.
    pub time: Option<String>,
    /// `open`, `closed` or `leading`.
    pub form: String,
    /// `situation`, `problem`, `implication` or `need_payoff`.
    pub spin: Option<String>,
}

/// A question that nobody answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Unanswered {
    /// Who asked.
    pub speaker: String,
    /// The exact words.
    pub quote: String,
    /// `m:ss` from the start.
    pub time: Option<String>,
    /// Turn of the transcript.
    pub turn: usize,
}

/// A doubt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Objection {
    /// The exact words.
    pub quote: String,
    /// `m:ss` from the start.
    pub time: Option<String>,
    /// Turn of the transcript.
    pub turn: usize,
    /// 1 ignored to 5 explored, answered and checked.
    pub level: u8,
    /// Why that level.
    pub reason: String,
}

/// A remark on one call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Remark {
    /// `strength` or `focus`.
    pub kind: String,
    /// What to say.
    pub text: String,
    /// `m:ss` from the start.
    pub time: Option<String>,
    /// The exact words it rests on.
    pub quote: String,
    /// Turn of the transcript.
    pub turn: usize,
}
