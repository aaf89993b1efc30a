//! Who calls the API: a bearer key, kept as a digest, scoped to one org.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use sha2::{Digest, Sha256};
use skillhost_engine::event::api_source;
use skillhost_engine::ids::UserId;
use skillhost_engine::store::{Scope, StoreError, User};
use subtle::ConstantTimeEq;

use super::Http;
use super::problem::{Problem, internal, store_problem};

/// `sha256:<hex>` of a random secret. Keys, links and sessions carry 256 random
/// bits, so a plain digest is as good as a slow one and costs nothing a request.
pub(crate) fn digest_of(secret: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(secret.as_bytes())))
}

/// A client with a valid key. It acts as `user`, never as anybody else.
pub(crate) struct Caller {
    /// The person the key acts as.
    pub(crate) user: User,
    /// The client's name.
    pub(crate) client: String,
    /// Whether the key may change what the host runs for every org.
    operator: bool,
    /// What else the key may do.
    scopes: Vec<Scope>,
}

impl Caller {
    /// For the audit: `api:<client>`.
    pub(crate) fn via(&self) -> String {
        format!("api:{}", self.client)
    }

    /// Whether the key may do this.
    ///
    /// # Errors
    /// It may not.
    pub(crate) fn must_have(&self, scope: Scope) -> Result<(), AuthError> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(AuthError::NoScope(scope)) }
    }

    /// Whom a request acts for: the key's person, or the one it names. What is raised for
    /// somebody runs with what they may read and asks them, so not every member may do it
    /// for every other.
    ///
    /// # Errors
    /// It names somebody else, and neither is its person an admin nor has it the scope.
    pub(crate) fn acts_for(&self, named: Option<UserId>) -> Result<UserId, AuthError> {
        match named {
            Some(named) if named != self.user.id => {
                if !self.user.admin {
                    self.must_have(Scope::EventsForAnyUser).map_err(|_| AuthError::NotForOthers)?;
                }
                Ok(named)
            }
            Some(_) | None => Ok(self.user.id.clone()),
        }
    }

    /// The source of what is raised for this person.
    pub(crate) fn source_for(&self, user: &UserId) -> String {
        api_source(&self.client, &self.user.id, user)
    }

    /// Whether a person's things may be shown: their own, or to an admin.
    pub(crate) fn may_see(&self, owner: &UserId) -> bool {
        self.user.admin || self.user.id == *owner
    }
}

/// Why a call was not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    /// No `Authorization: Bearer` header.
    #[error("the request carries no API key")]
    Missing,
    /// Not one of ours.
    #[error("the API key is not known")]
    Unknown,
    /// The key is not the operator's.
    #[error("the API key is not an operator's")]
    NotOperator,
    /// The key lacks a scope.
    #[error("the API key does not have the scope `{}`", .0.as_str())]
    NoScope(Scope),
    /// The key is a member's, who raises nothing for others.
    #[error("the API key acts for its own person only")]
    NotForOthers,
    /// The key's user is gone.
    #[error("the API key's user does not exist")]
    NoUser,
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Missing => {
                Self::new(StatusCode::UNAUTHORIZED, "no-key", "An API key is needed", "The request carries no API key.")
                    .hint("Send the header `Authorization: Bearer <key>`.")
            }
            AuthError::Unknown => {
                Self::new(StatusCode::UNAUTHORIZED, "unknown-key", "The API key is not known", "No such API key.")
                    .hint("Ask the operator for a key of your org.")
            }
            AuthError::NotOperator => Self::new(
                StatusCode::FORBIDDEN,
                "not-operator",
                "Only an operator may do this",
                "The key may not change what the host runs: that concerns every org.",
            )
            .hint("Use the key that `skillhost serve` writes to the host's data folder."),
            AuthError::NoScope(scope) => Self::new(
                StatusCode::FORBIDDEN,
                "no-scope",
                "The API key may not do this",
                format!("It does not have the scope `{}`, which no new key has by itself.", scope.as_str()),
            )
            .hint("Answer in Slack or in the inbox, or ask the operator for a key with this scope.")
            .with("scope", scope.as_str()),
            AuthError::NotForOthers => Self::new(
                StatusCode::FORBIDDEN,
                "not-for-others",
                "The API key acts for its own person only",
                "Raising something for another person needs an admin's key, or one with the scope `events:any-user`.",
            )
            .hint("Leave `user_id` out, or ask the operator for a key with this scope.")
            .with("scope", Scope::EventsForAnyUser.as_str()),
            AuthError::NoUser => internal("auth.no-user"),
            AuthError::Store(error) => store_problem(&error),
        }
    }
}

/// A client whose key is the operator's. An org's admin is none: modules serve every org.
pub(crate) struct Operator(Caller);

impl Operator {
    /// For histories and the audit: `client:<client>`.
    pub(crate) fn by(&self) -> String {
        format!("client:{}", self.0.client)
    }
}

impl FromRequestParts<Http> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Problem> {
        let caller = caller(parts, http).await?;
        if caller.operator { Ok(Self(caller)) } else { Err(AuthError::NotOperator.into()) }
    }
}

impl FromRequestParts<Http> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Problem> {
        Ok(caller(parts, http).await?)
    }
}

async fn caller(parts: &Parts, http: &Http) -> Result<Caller, AuthError> {
    let key = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim())
        .filter(|key| !key.is_empty())
        .ok_or(AuthError::Missing)?;
    let digest = digest_of(key);
    let found = http.app.store.api_key(&digest).await?.ok_or(AuthError::Unknown)?;
    // The index found it by equality of digests; this keeps the decision itself
    // independent of how a database compares.
    if !bool::from(found.digest.as_bytes().ct_eq(digest.as_bytes())) {
        return Err(AuthError::Unknown);
    }
    let user = http.app.store.user(&found.org, &found.user).await?.ok_or(AuthError::NoUser)?;
    Ok(Caller { user, client: found.client, operator: found.operator, scopes: found.scopes })
}
