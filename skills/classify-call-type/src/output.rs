//! What the skill reports.

use meeting_source::SpeakerRole;
use schemars::JsonSchema;
use serde::Serialize;

/// What kind of call it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Learning about the customer.
    Discovery,
    /// Showing something.
    Demo,
    /// Prices, terms, papers.
    Negotiation,
    /// An existing customer.
    CheckIn,
    /// Nobody from outside.
    Internal,
    /// After the sale.
    Onboarding,
    /// Not clear.
    Other,
}

impl Kind {
    /// For people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Demo => "demo",
            Self::Negotiation => "negotiation",
            Self::CheckIn => "check-in",
            Self::Internal => "internal",
            Self::Onboarding => "onboarding",
            Self::Other => "other",
        }
    }
}

/// Everything found.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// What kind of call it was.
    pub kind: Kind,
    /// 0 to 1.
    pub confidence: f64,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
    /// Nobody from outside was there.
    pub is_internal: bool,
    /// Everybody who spoke.
    pub speakers: Vec<SpeakerRole>,
}
