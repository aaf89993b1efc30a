//! MeetingBaaS' per-bot secret: a constant header, kept here as a digest only.
//!
//! It proves who called and not what they said, nor when: deduplicate on the
//! bot and the event, and prefer the account's signature where there is one.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{HeaderMap, HookError, header};

/// The header and its former name, in the order they are looked for.
pub const BOT_SECRET_HEADERS: [&str; 2] = ["x-mb-secret", "x-meeting-baas-api-key"];
/// Longest secret hashed: longer ones are not ours.
const MAX_SECRET_BYTES: usize = 512;
const PREFIX: &str = "sha256:";

/// `sha256:<hex>` of a bot's secret: what a connection stores and is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// Digest of a secret that was just made or entered.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Reads a stored digest.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text.strip_prefix(PREFIX)?).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Digest of the secret that a delivery carries; the body stays unread.
    pub fn presented(headers: &HeaderMap) -> Result<Self, HookError> {
        let [current, legacy] = BOT_SECRET_HEADERS;
        let name = if headers.contains_key(current) || !headers.contains_key(legacy) { current } else { legacy };
        let secret = header(headers, name)?;
        if secret.is_empty() || secret.len() > MAX_SECRET_BYTES {
            return Err(HookError::Malformed { name, reason: "it is empty or too long" });
        }
        Ok(Self::of(secret))
    }

    /// Checks a delivery against the stored digest.
    pub fn verify(&self, headers: &HeaderMap) -> Result<(), HookError> {
        let presented = Self::presented(headers)?;
        if bool::from(presented.0.ct_eq(&self.0)) { Ok(()) } else { Err(HookError::Mismatch) }
    }
}

impl std::fmt::Display for SecretDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{PREFIX}{}", hex::encode(self.0))
    }
}
