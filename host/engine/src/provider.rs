//! The seam to whoever answers tier 3: what is known of people and companies outside,
//! and what an org keeps elsewhere.
//!
//! A provider answers one source in whatever way it can; the host holds the answer to
//! the source's shape ([`crate::context::shape`]), counts it, and keeps it. Nothing of a
//! provider is in the engine, the sandbox or a skill, so that another one slips in beside
//! the ones there are. What it costs and how often it may be asked is the operator's word
//! and stands beside it, not in it.
//!
//! To add one: an implementation in `connectors::providers`, and its kind in
//! `server::config::providers`.

use serde_json::Value;

use crate::context::ReadErrorKind;
use crate::ids::{OrgId, UserId};
use crate::time::Timestamp;

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// Tenant.
    pub org: OrgId,
    /// On whose behalf.
    pub user: UserId,
    /// Which source.
    pub source: &'static str,
    /// As [`crate::context::Source::check`] leaves them.
    pub params: Value,
    /// When it is asked.
    pub now: Timestamp,
}

/// What is known about the bill of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// It certainly costs nothing.
    Free,
    /// It costs its price.
    Billed,
    /// Nobody knows; it counts as spent until a person says otherwise.
    Unknown,
}

/// An answer, not yet held to the source's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// JSON of the source. `as_of` and `provider` may be left out: the host fills in the
    /// time of asking and the provider's name.
    pub value: Value,
    /// Whether it is paid for.
    pub billing: Billing,
}

/// Why there is no answer. No text of a provider's, which may repeat the question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    /// As the skill hears it: `NotFound`, `InvalidParams` or `Unavailable`.
    pub kind: ReadErrorKind,
    /// For the skill's author and the operator; names the provider and no content.
    pub message: String,
    /// The provider asked for a pause.
    pub retry_after_ms: Option<u64>,
    /// What it may cost all the same.
    pub billing: Billing,
}

impl ProviderError {
    /// One that cost nothing.
    pub fn free(kind: ReadErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after_ms: None, billing: Billing::Free }
    }
}

/// Answers a source of tier 3.
#[async_trait::async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The word answers and the ledger name it by.
    fn name(&self) -> &str;

    /// Answers one question; asked once, never again by itself.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn look_up(&self, lookup: &Lookup) -> Result<Answer, ProviderError>;
}
