//! People as they are met outside their inbox: by their address, and with what they
//! answered of late.

use super::{StoreError, User};
use crate::approval::PendingAction;
use crate::ids::{OrgId, UserId};
use crate::time::Timestamp;

/// The part of a store that finds them.
#[async_trait::async_trait]
pub trait People: Send + Sync + 'static {
    /// The one user of the org with this address, in whatever case it is written; nobody
    /// where several have it.
    async fn user_with_address(&self, org: &OrgId, address: &str) -> Result<Option<User>, StoreError>;
    /// What the user was asked and what was settled since then, the last first; without what
    /// was withdrawn, at most `limit`.
    async fn settled_actions(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<PendingAction>, StoreError>;
}
