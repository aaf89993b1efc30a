//! What `classify-replies` found.

use mail_reading::Class;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a person wrote a reply of this class.
pub fn is_human(class: Class) -> bool {
    !matches!(class, Class::OutOfOffice | Class::Bounce)
}

/// All replies of a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Classified {
    /// The weightiest first, then the newest.
    pub replies: Vec<ClassifiedReply>,
    /// How many of each class.
    pub counts: Vec<ClassCount>,
    /// How good they are, by campaign and in all.
    pub quality: Vec<Quality>,
    /// Lines for a card: those that want somebody.
    pub attention: Vec<String>,
    /// One line.
    pub headline: String,
}

/// One reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClassifiedReply {
    /// Which.
    pub reply_id: String,
    /// Of which campaign.
    pub campaign_id: String,
    /// Answering which step.
    pub step_id: Option<String>,
    /// From whom, where they are a contact.
    pub contact_id: Option<String>,
    /// Address.
    pub from: String,
    /// Name, or the address.
    pub name: String,
    /// RFC 3339.
    pub at: String,
    /// Since the last look.
    pub is_new: bool,
    /// What it wants.
    pub class: Class,
    /// `P1` (now) to `P5` (nothing to do).
    pub priority: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Why this class.
    pub reason: String,
    /// The exact words it rests on; a machine's mail rests on its headers.
    pub quote: Option<String>,
    /// `pricing`, `later`, … where the class says less.
    pub about: Option<String>,
    /// When they are back, `YYYY-MM-DD`.
    pub back_on: Option<String>,
    /// The text speaks to a model instead of to a person.
    pub suspicious: bool,
    /// `model` where no rule understood it and a model did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// How many of a class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClassCount {
    /// The class.
    pub class: Class,
    /// So many.
    pub count: usize,
}

/// How good replies are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Quality {
    /// Of which campaign; null: of all.
    pub campaign_id: Option<String>,
    /// Replies that people wrote.
    pub human: usize,
    /// Mean worth of these, 0 to 100; null where there is none.
    pub score: Option<f64>,
}
