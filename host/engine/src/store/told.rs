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

/// What of all that waits is due.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// Made or planned no earlier.
    pub since: Timestamp,
    /// To be brought no later.
    pub until: Timestamp,
    /// Whether what had nobody to be brought to counts as well, behind all else.
    pub lost: bool,
}

/// Where one that is to be brought stands after an attempt. That a question is there its
/// message says ([`super::Write::Posted`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// The call that began then certainly brought nothing: it has the time it had.
    NotYet(Timestamp),
    /// The call that began then brought the notice.
    There(Timestamp),
    /// It is not brought any more.
    GivenUp,
    /// There is nobody to bring it to yet.
    Nobody,
}

/// The part of a store that knows what was told.
#[async_trait::async_trait]
pub trait Told: Send + Sync + 'static {
    /// Open questions and notices of any org that are to be brought, the longest due first.
    async fn untold(&self, due: Due, limit: u32) -> Result<Vec<Untold>, StoreError>;
    /// Says when one is brought, if it stands as given; whether it did.
    async fn plan_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError>;
    /// Says that the call that brings one begins at `at`, if it stands as given; whether it
    /// did. Of several that would bring it one is told so, and from then on nobody else is,
    /// until [`Told::end_telling`].
    async fn begin_telling(&self, what: &Untold, at: Timestamp) -> Result<bool, StoreError>;
    /// Says where it stands: after the call that began, or without one.
    async fn end_telling(&self, what: &Untold, end: Brought) -> Result<(), StoreError>;
    /// A notice that is to be brought.
    async fn notice(&self, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError>;
    /// Questions of any org whose message is behind, of those that were settled or whose
    /// effects went on since then, the first settled first.
    async fn outcomes_untold(&self, since: Timestamp, limit: u32) -> Result<Vec<(OrgId, ApprovalId)>, StoreError>;
    /// Of which state a question's message says what became of it
    /// ([`crate::fold::Job::outcome_state`]).
    async fn outcome_told(&self, org: &OrgId, id: &ApprovalId, state: u64) -> Result<(), StoreError>;
    /// When the user was told something after `since`, or will be by what waits for its time,
    /// newest first: messages, questions and notices, but the effect of this key.
    async fn told(
        &self,
        org: &OrgId,
        user: &UserId,
        but: Option<&str>,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError>;
}
