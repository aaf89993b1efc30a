//! Proofs that the host itself wrote what lets somebody in, or what a person is shown.
//!
//! API keys, sessions and links, and the mark of an admin each carry an HMAC under the
//! host's key, and so does an open approval. A row without its proof counts as absent: a
//! key is unknown, a session is over, an admin is a member, an approval is void. Whoever
//! can write the database, but does not have the host's key, gains nothing by it.
//!
//! Not covered: a row that the host did write, put back after the host replaced it.

use serde::Deserialize;
use serde_json::{Value, json};
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::binding::Binder;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{ApiKey, User};
use skillhost_engine::time::Timestamp;

const API_KEY: &str = "api-key";
const TOKEN: &str = "token";
const ADMIN: &str = "admin";

/// What proofs are made and checked with. Without a key none can be made and none holds.
#[derive(Clone, Debug)]
pub(crate) struct Proofs(Option<Binder>);

/// A user as stored.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredUser {
    #[serde(flatten)]
    user: User,
    #[serde(default)]
    admin_proof: Option<String>,
}

/// A key as stored.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredKey {
    #[serde(flatten)]
    key: ApiKey,
    proof: String,
}

/// A token as stored.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredToken {
    value: Value,
    expires_at: Timestamp,
    proof: String,
}

impl Proofs {
    pub(crate) fn new(binder: Option<Binder>) -> Self {
        Self(binder)
    }

    fn make(&self, kind: &str, record: &Value) -> String {
        self.0.as_ref().map(|binder| binder.record_proof(kind, record)).unwrap_or_default()
    }

    fn holds(&self, kind: &str, record: &Value, proof: &str) -> bool {
        self.0.as_ref().is_some_and(|binder| binder.is_record(kind, record, proof))
    }

    pub(crate) fn of_key(&self, key: &ApiKey) -> String {
        self.make(API_KEY, &key_record(key))
    }

    pub(crate) fn of_token(&self, kind: &str, digest: &str, value: &Value, expires_at: Timestamp) -> String {
        self.make(TOKEN, &token_record(kind, digest, value, expires_at))
    }

    pub(crate) fn of_admin(&self, org: &str, user: &str) -> String {
        self.make(ADMIN, &json!([org, user]))
    }

    /// The key, where the host wrote it.
    pub(crate) fn key(&self, stored: StoredKey) -> Option<ApiKey> {
        let StoredKey { key, proof } = stored;
        if self.holds(API_KEY, &key_record(&key), &proof) {
            return Some(key);
        }
        tracing::error!(code = "store.forged-key", org = %key.org, "an API key in the database is not the host's");
        None
    }

    /// What the token says, where the host wrote it.
    pub(crate) fn token(&self, kind: &str, digest: &str, stored: StoredToken) -> Option<Value> {
        let StoredToken { value, expires_at, proof } = stored;
        if self.holds(TOKEN, &token_record(kind, digest, &value, expires_at), &proof) {
            return Some(value);
        }
        tracing::error!(code = "store.forged-token", kind, "a session or link in the database is not the host's");
        None
    }

    /// The user, who is an admin where the host wrote so.
    pub(crate) fn user(&self, stored: StoredUser) -> User {
        let StoredUser { mut user, admin_proof } = stored;
        if user.admin && !self.is_admin(&user.org, &user.id, admin_proof.as_deref()) {
            tracing::error!(code = "store.forged-admin", user = %user.id, "an admin in the database is not the host's");
            user.admin = false;
        }
        user
    }

    fn is_admin(&self, org: &OrgId, user: &UserId, proof: Option<&str>) -> bool {
        proof.is_some_and(|proof| self.holds(ADMIN, &json!([org, user]), proof))
    }

    /// Makes an open approval void that the host did not ask.
    pub(crate) fn approval(&self, approval: &mut PendingAction) {
        let is_open = approval.status == ActionStatus::Pending;
        if is_open && !self.0.as_ref().is_some_and(|binder| binder.is_sealed(approval)) {
            tracing::error!(code = "store.forged-approval", approval = %approval.id, "an approval is not the host's");
            approval.void();
        }
    }

    pub(crate) fn approvals(&self, mut approvals: Vec<PendingAction>) -> Vec<PendingAction> {
        approvals.iter_mut().for_each(|approval| self.approval(approval));
        approvals
    }
}

fn key_record(key: &ApiKey) -> Value {
    json!([key.digest, key.org, key.user, key.client, key.operator, key.scopes])
}

fn token_record(kind: &str, digest: &str, value: &Value, expires_at: Timestamp) -> Value {
    // The instant goes in as text: canonical JSON keeps numbers as doubles.
    json!([kind, digest, value, expires_at.0.to_string()])
}
