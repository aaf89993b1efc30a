//! Who sent this delivery, decided over its raw bytes before anything parses them.
//!
//! Every verifier is given headers, body bytes and the present instant, compares
//! in constant time, and answers with what it learned (a message id to
//! deduplicate on) or a [`HookError`]. To add a scheme, add a file here with a
//! type that holds its key and a `verify` of the same shape, and its vectors to
//! the hook tests.

mod bot_secret;
mod slack_v0;
mod standard;

pub use bot_secret::{BOT_SECRET_HEADERS, SecretDigest};
pub use slack_v0::{SLACK_WINDOW_MS, SlackSigningSecret};
pub use standard::{STANDARD_WINDOW_MS, StandardWebhookKey, VerifiedDelivery};

/// Header names and values as axum and reqwest hold them.
pub use reqwest::header::HeaderMap;

use skillhost_engine::time::Timestamp;

/// Why a delivery is not believed. Safe to show: it holds no value of a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// A header the scheme needs is not there.
    #[error("the header {name} is missing")]
    Missing {
        /// Which.
        name: &'static str,
    },
    /// A header is there and cannot be read.
    #[error("the header {name} is malformed: {reason}")]
    Malformed {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Signed too long ago, or too far ahead: a replay or a wrong clock.
    #[error("the delivery was signed {off_by_ms} ms away from now; {window_ms} ms are accepted")]
    Stale {
        /// Distance to now.
        off_by_ms: u64,
        /// What is accepted.
        window_ms: u64,
    },
    /// Not signed with our key, or changed on its way.
    #[error("the signature does not match")]
    Mismatch,
}

/// A key that cannot serve; found when it is configured, not when it is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// An empty key would accept anyone.
    #[error("the signing key is empty")]
    Empty,
    /// Not base64 after its prefix.
    #[error("the signing key is not base64")]
    NotBase64,
}

/// A header's text; absent, repeated and non-text are told apart.
fn header<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, HookError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(HookError::Missing { name })?;
    if values.next().is_some() {
        return Err(HookError::Malformed { name, reason: "it is there more than once" });
    }
    value.to_str().map_err(|_| HookError::Malformed { name, reason: "it is not plain text" })
}

/// Unix seconds in a header, within `window_ms` of now on either side.
fn fresh(text: &str, name: &'static str, now: Timestamp, window_ms: u64) -> Result<(), HookError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = digits
        .then(|| text.parse().ok())
        .flatten()
        .ok_or(HookError::Malformed { name, reason: "it is not a Unix time in seconds" })?;
    let off_by_ms = now.0.abs_diff(seconds.saturating_mul(1000));
    if off_by_ms > window_ms.saturating_add(999) {
        // The sender counts whole seconds; the part of one that we see is not an age.
        return Err(HookError::Stale { off_by_ms, window_ms });
    }
    Ok(())
}
