//! What people are told outside of the inbox: when it is brought to them, and whether it was.

use serde::{Deserialize, Serialize};

use super::{ChatMessage, StoreError};
use crate::ids::{ApprovalId, OrgId, UserId};
use crate::time::Timestamp;

/// What is brought to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// A question.
    Card,
    /// A notice of the host.
    Notice,
}

/// One that was brought nowhere yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// Which of the two.
    pub kind: Telling,
    /// Tenant.
    pub org: OrgId,
    /// Of the question, or of the notice.
    pub id: String,
    /// When it is brought, where that was decided.
    pub at: Option<Timestamp>,
}

/// The part of a store that knows what was told.
#[async_trait::async_trait]
pub trait Told: Send + Sync + 'static {
    /// Open questions and notices of any org that were brought nowhere yet and made no
    /// earlier than `since`, the newest first.
    async fn untold(&self, since: Timestamp, limit: u32) -> Result<Vec<Untold>, StoreError>;
    /// Says when one is brought, if it stands as given; whether it did. Of several that
    /// would bring it one is told so.
    async fn plan_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError>;
    /// A notice that was brought nowhere yet.
    async fn notice(&self, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError>;
    /// A notice was brought.
    async fn notice_told(&self, org: &OrgId, id: &str) -> Result<(), StoreError>;
    /// Questions of any org, settled no earlier than `since`, whose message is behind.
    async fn outcomes_untold(&self, since: Timestamp, limit: u32) -> Result<Vec<(OrgId, ApprovalId)>, StoreError>;
    /// When a question's message said what became of it; nothing where it is behind.
    async fn outcome_told(&self, org: &OrgId, id: &ApprovalId, at: Option<Timestamp>) -> Result<(), StoreError>;
    /// When the user was last told something, or will be by what waits for its time,
    /// newest first: messages, questions and notices, but the effect of this key.
    async fn told(
        &self,
        org: &OrgId,
        user: &UserId,
        but: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError>;
}
