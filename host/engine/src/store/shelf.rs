//! What effects keep beside the CRM's records, as it is read back: files with the links to
//! them, classes of mails, coaching analyses.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::StoreError;
use crate::artifact::Share;
use crate::body::{Kept, Subject};
use crate::ids::{JobId, OrgId, UserId};
use crate::time::Timestamp;

/// What was found about a user's own calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoachingAnalysis {
    /// Unique within the org: the key of the effect that kept it.
    pub id: String,
    /// `YYYY-MM-DD` or RFC 3339.
    pub period_start: String,
    /// The same.
    pub period_end: String,
    /// The one meeting it is about.
    pub meeting_id: Option<String>,
    /// As its skill wrote it; empty once a person of it was erased.
    pub analysis: Value,
    /// When it was kept.
    pub at: String,
}

/// The part of a store that holds them.
#[async_trait::async_trait]
pub trait Shelf: Send + Sync + 'static {
    /// Bytes by their digest, or what became of them by `now`.
    async fn blob(
        &self,
        org: &OrgId,
        subject: &Subject,
        digest: &str,
        now: Timestamp,
    ) -> Result<Kept<Arc<[u8]>>, StoreError>;
    /// A link to a file.
    async fn share(&self, org: &OrgId, id: &str) -> Result<Option<Share>, StoreError>;
    /// Links to files of a job, newest first.
    async fn shares(&self, org: &OrgId, job: &JobId) -> Result<Vec<Share>, StoreError>;
    /// Ends a link, with a line in the audit; whether it worked until now.
    async fn revoke_share(&self, org: &OrgId, id: &str, by: &str, at: Timestamp) -> Result<bool, StoreError>;
    /// What a mail was said to be about, and why.
    async fn email_class(&self, org: &OrgId, email: &str) -> Result<Option<(String, String)>, StoreError>;
    /// Analyses of a user's own calls, the newest period first.
    async fn coaching(&self, org: &OrgId, user: &UserId, limit: u32) -> Result<Vec<CoachingAnalysis>, StoreError>;
}
