//! People by their address, and what they answered of late.

use skillhost_engine::approval::PendingAction;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{StoreError, User};
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::columns::{self, ACTION};
use crate::proof::{Proofs, StoredUser};
use crate::reads::rows_at_most;

/// An org has few users, which its key finds.
pub(crate) async fn user_with_address<D: Ask>(
    db: &D,
    proofs: &Proofs,
    org: &OrgId,
    address: &str,
) -> Result<Option<User>, StoreError> {
    if address.is_empty() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {} FROM users u WHERE u.org_id = $1 AND lower(u.email) = $2 LIMIT 2",
        columns::user(D::DIALECT)
    );
    let params = Params::new().text(org.as_str()).text(address.to_lowercase());
    let mut found: Vec<StoredUser> = ask::all(db, Some(org), "of the users", sql, params).await?;
    let one = found.pop();
    Ok(one.filter(|_| found.is_empty()).map(|stored| proofs.user(stored)))
}

pub(crate) async fn settled_actions(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<PendingAction>, StoreError> {
    let sql = format!(
        "SELECT {ACTION} FROM pending_actions a WHERE a.org_id = $1 AND a.user_id = $2 AND a.resolved_at >= $3
            AND a.status IN ('approved', 'skipped', 'cancelled', 'expired')
         ORDER BY a.resolved_at DESC, a.n DESC LIMIT $4"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).int(since.0).int(rows_at_most(limit));
    ask::all(db, Some(org), "of the approvals", sql, params).await
}
