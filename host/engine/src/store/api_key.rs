//! API keys: whose they are, and what they may do.

use serde::{Deserialize, Serialize};

use crate::ids::{OrgId, UserId};

/// An API key, without the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// `sha256:<hex>` of the key.
    pub digest: String,
    /// Tenant it is scoped to.
    pub org: OrgId,
    /// Person it acts as.
    pub user: UserId,
    /// Client name, for `api:<client>`.
    pub client: String,
    /// May change what the host runs, which concerns every org. No data set gives
    /// this; the key in the host's own data folder has it.
    #[serde(default)]
    pub operator: bool,
    /// What it may do beyond asking and following, in the order of [`Scope::ALL`]; a new key
    /// may do nothing of it.
    #[serde(default)]
    pub scopes: Vec<Scope>,
}

/// What an API key may do only where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Answer approvals as the key's person, and release again what did not leave.
    #[serde(rename = "approvals:answer")]
    AnswerApprovals,
    /// Raise events and hand in transcripts for other people of the org.
    #[serde(rename = "events:any-user")]
    EventsForAnyUser,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 2] = [Self::AnswerApprovals, Self::EventsForAnyUser];

    /// The word in data sets and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnswerApprovals => "approvals:answer",
            Self::EventsForAnyUser => "events:any-user",
        }
    }

    /// The scope of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}
