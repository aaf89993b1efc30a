//! People by their address, and what they answered of late.

use skillhost_engine::approval::PendingAction;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{People, StoreError, User};
use skillhost_engine::time::Timestamp;

use crate::people;
use crate::postgres::open::PostgresStore;

#[async_trait::async_trait]
impl People for PostgresStore {
    async fn user_with_address(&self, org: &OrgId, address: &str) -> Result<Option<User>, StoreError> {
        people::user_with_address(&self.pool, &self.proofs, org, address).await
    }

    async fn settled_actions(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<PendingAction>, StoreError> {
        people::settled_actions(&self.pool, org, user, since, limit).await
    }
}
