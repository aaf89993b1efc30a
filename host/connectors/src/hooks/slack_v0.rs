//! Slack's request signature: `v0=` hex HMAC-SHA256 over `v0:<time>:<body>`.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use skillhost_engine::time::Timestamp;

use super::{HeaderMap, HookError, KeyError, fresh, header};

/// Slack's own advice: five minutes.
pub const SLACK_WINDOW_MS: u64 = 5 * 60 * 1000;
const SIGNATURE: &str = "x-slack-signature";
const TIME: &str = "x-slack-request-timestamp";

/// The signing secret of a Slack app.
#[derive(Clone, Debug)]
pub struct SlackSigningSecret(SecretString);

impl SlackSigningSecret {
    /// Takes the secret as Slack shows it.
    pub fn new(secret: SecretString) -> Result<Self, KeyError> {
        if secret.expose_secret().trim().is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(Self(secret))
    }

    /// Checks a delivery.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), HookError> {
        let time = header(headers, TIME)?;
        let signature = header(headers, SIGNATURE)?;
        fresh(time, TIME, now, SLACK_WINDOW_MS)?;
        let hex = signature
            .strip_prefix("v0=")
            .ok_or(HookError::Malformed { name: SIGNATURE, reason: "it does not begin with v0=" })?;
        let claimed =
            hex::decode(hex).map_err(|_| HookError::Malformed { name: SIGNATURE, reason: "it is not hexadecimal" })?;
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes()).map_err(|_| HookError::Mismatch)?;
        mac.update(b"v0:");
        mac.update(time.as_bytes());
        mac.update(b":");
        mac.update(body);
        mac.verify_slice(&claimed).map_err(|_| HookError::Mismatch)
    }
}
