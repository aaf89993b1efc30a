//! What `classify-replies` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a reply wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// To talk.
    MeetingRequest,
    /// A proposal.
    ProposalRequest,
    /// More of it.
    PositiveReply,
    /// An answer.
    NeedsResponse,
    /// It went to somebody else over there.
    InternalForward,
    /// Nothing, now or ever.
    NegativeReply,
    /// No more mail.
    Unsubscribe,
    /// They are away.
    OutOfOffice,
    /// It never arrived.
    Bounce,
    /// Nothing.
    #[default]
    #[serde(other)]
    InfoOnly,
}

impl Class {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MeetingRequest => "meeting_request",
            Self::ProposalRequest => "proposal_request",
            Self::PositiveReply => "positive_reply",
            Self::NeedsResponse => "needs_response",
            Self::InternalForward => "internal_forward",
            Self::NegativeReply => "negative_reply",
            Self::Unsubscribe => "unsubscribe",
            Self::OutOfOffice => "out_of_office",
            Self::Bounce => "bounce",
            Self::InfoOnly => "info_only",
        }
    }

    /// Whether a person wrote it.
    pub fn is_human(self) -> bool {
        !matches!(self, Self::OutOfOffice | Self::Bounce)
    }

    /// What a reply of this class is worth, 0 to 1: what brings a talk nearer counts
    /// full, what ends it counts nothing.
    pub fn worth(self) -> f64 {
        match self {
            Self::MeetingRequest | Self::ProposalRequest => 1.0,
            Self::PositiveReply => 0.8,
            Self::NeedsResponse => 0.6,
            Self::InternalForward => 0.5,
            Self::InfoOnly => 0.2,
            Self::NegativeReply | Self::Unsubscribe | Self::OutOfOffice | Self::Bounce => 0.0,
        }
    }
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
