//! What the skill reports.

use schemars::JsonSchema;
use serde::Serialize;
use skillhost_language::{Form, Spin};
use skillhost_sdk::sources::Side;

use crate::compare::Comparison;

/// Everything measured.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Which type of call it was held to be, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_type: Option<String>,
    /// Who spoke how much, and how.
    pub talk: Talk,
    /// What the rep asked, and what the prospect asked in vain.
    pub questions: Questions,
    /// Doubts and how they were met.
    pub objections: Vec<Objection>,
    /// Against targets and the rep's own past.
    pub comparison: Comparison,
    /// At most three remarks.
    pub bullets: Vec<Remark>,
}

impl Output {
    /// Every quote in it with its place.
    pub(crate) fn quotes(&self) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::new();
        let mut take = |list: &str, quotes: Vec<&String>| {
            out.extend(
                quotes
                    .into_iter()
                    .enumerate()
                    .filter(|(_, q)| !q.is_empty())
                    .map(|(at, q)| (q.clone(), format!("/{list}/{at}/quote"))),
            );
        };
        take("talk/monologues", self.talk.monologues.iter().map(|m| &m.quote).collect());
        take("questions/unanswered", self.questions.unanswered.iter().map(|u| &u.quote).collect());
        take("objections", self.objections.iter().map(|o| &o.quote).collect());
        take("bullets", self.bullets.iter().map(|b| &b.quote).collect());
        out
    }
}

/// Who spoke how much, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Talk {
    /// `time`, or `words` where the transcript has no times.
    pub measured_by: String,
    /// The rep side's share, 0 to 1; `null` where sides are unknown.
    pub rep_share: Option<f64>,
    /// Everybody who spoke.
    pub speakers: Vec<SpeakerTalk>,
    /// Stretches of our side longer than 76 seconds.
    pub monologues: Vec<Stretch>,
    /// The longest stretch in which our side only listened.
    pub longest_listen_seconds: Option<f64>,
    /// Our side's words a minute.
    pub words_per_minute: Option<f64>,
}

/// One speaker's part.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpeakerTalk {
    /// As the transcript names them.
    pub name: String,
    /// Their side.
    pub role: Side,
    /// Share of the talk, 0 to 1.
    pub share: f64,
    /// Seconds, where the transcript has times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Words.
    pub words: usize,
}

/// A stretch of talk.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Stretch {
    /// Who.
    pub speaker: String,
    /// `m:ss` from the start, where the transcript has times.
    pub time: Option<String>,
    /// How long; estimated from words where the transcript has no times.
    pub seconds: f64,
    /// Its first words, exact.
    pub quote: String,
    /// Turn of the transcript.
    pub turn: usize,
}

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Questions {
    /// Our side's questions, without those about the call itself.
    pub asked: usize,
    /// Of these, open ones.
    pub open: usize,
    /// Of these, closed ones.
    pub closed: usize,
    /// Of these, leading ones.
    pub leading: usize,
    /// Of these, about the situation.
    pub situation: usize,
    /// Of these, about problems.
    pub problem: usize,
    /// Of these, about what problems lead to.
    pub implication: usize,
    /// Of these, about what a solution is worth.
    pub need_payoff: usize,
    /// Those that learn something: open ones, and all with a SPIN type.
    pub discovery: usize,
    /// Each of our side's questions.
    pub list: Vec<AskedQuestion>,
    /// The prospect's questions that got no answer.
    pub unanswered: Vec<Unanswered>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AskedQuestion {
    /// Turn of the transcript.
    pub turn: usize,
    /// `m:ss` from the start.
    pub time: Option<String>,
    /// `open`, `closed` or `leading`.
    #[schemars(with = "String")]
    pub form: Form,
    /// `situation`, `problem`, `implication` or `need_payoff`.
    #[schemars(with = "Option<String>")]
    pub spin: Option<Spin>,
}

/// A question that nobody answered.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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

/// A doubt and how it was met.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Objection {
    /// The exact words.
    pub quote: String,
    /// `m:ss` from the start.
    pub time: Option<String>,
    /// Turn of the transcript.
    pub turn: usize,
    /// 1 ignored, 2 dismissed, 3 answered, 4 explored, 5 explored, answered and checked.
    pub level: u8,
    /// Why that level.
    pub reason: String,
}

/// A remark for the rep.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Remark {
    /// `strength` or `focus`.
    pub kind: String,
    /// What to say.
    pub text: String,
    /// `m:ss` from the start, where the transcript has times.
    pub time: Option<String>,
    /// The exact words it rests on.
    pub quote: String,
    /// Turn of the transcript.
    pub turn: usize,
    /// `model` where one worded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}
