//! What `generate-custom-sections` made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The parts of a proposal that are written for one deal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Written {
    /// In the order of the template.
    pub sections: Vec<WrittenSection>,
    /// What they rest on.
    pub facts: Vec<Fact>,
    /// What a person should know before using them.
    pub notes: Vec<String>,
}

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WrittenSection {
    /// Id within the template.
    pub id: String,
    /// Markdown; empty where nothing was said that belongs there.
    pub body: String,
    /// `quotes`, `model`, or `nothing`.
    pub by: String,
    /// Ids of the facts it rests on.
    pub facts: Vec<String>,
}

/// Something that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Fact {
    /// `f1`, `f2`, …
    pub id: String,
    /// `need`, `timeline`, `question`, `concern`, `promise`.
    pub kind: String,
    /// The exact words.
    pub quote: String,
    /// Who.
    pub speaker: String,
    /// `m:ss` from the start of the meeting.
    pub time: Option<String>,
    /// Turn of the transcript.
    pub turn: usize,
}
