//! Standard Webhooks, and Svix, which is the same under other header names:
//! base64 HMAC-SHA256 over `<id>.<time>.<body>`, in a list of `v1,<signature>`.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;
use skillhost_engine::time::Timestamp;

use super::{HeaderMap, HookError, KeyError, fresh, header};

/// The standard's tolerance, both ways.
pub const STANDARD_WINDOW_MS: u64 = 5 * 60 * 1000;
/// Signatures read from one header: a sender lists one for each key in rotation.
const MAX_SIGNATURES: usize = 16;
/// Longest message id taken: it becomes an idempotency key.
const MAX_ID_BYTES: usize = 256;

/// Keys appear with and without padding; stray last bits are other people's rounding.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

struct Names {
    id: &'static str,
    time: &'static str,
    signature: &'static str,
}

const STANDARD: Names = Names { id: "webhook-id", time: "webhook-timestamp", signature: "webhook-signature" };
const SVIX: Names = Names { id: "svix-id", time: "svix-timestamp", signature: "svix-signature" };

/// What a verified delivery says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDelivery {
    /// Unique per message and kept over redeliveries: deduplicate on it.
    pub message_id: String,
}

/// A `whsec_` key.
#[derive(Debug)]
pub struct StandardWebhookKey(SecretBox<Vec<u8>>);

impl StandardWebhookKey {
    /// Takes `whsec_<base64>`; the prefix may be missing.
    pub fn new(secret: &SecretString) -> Result<Self, KeyError> {
        let text = secret.expose_secret().trim();
        let key = KEY_BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| KeyError::NotBase64)?;
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(Self(SecretBox::new(Box::new(key))))
    }

    /// Whether the headers belong to this scheme under either name.
    pub fn is_signed(headers: &HeaderMap) -> bool {
        headers.contains_key(STANDARD.signature) || headers.contains_key(SVIX.signature)
    }

    /// Checks a delivery.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<VerifiedDelivery, HookError> {
        let svix = [SVIX.id, SVIX.time, SVIX.signature].iter().any(|name| headers.contains_key(*name));
        let standard = [STANDARD.id, STANDARD.time, STANDARD.signature].iter().any(|name| headers.contains_key(*name));
        // All three of one family: mixing them would let an unsigned id ride along.
        let names = if svix && !standard { SVIX } else { STANDARD };
        let id = header(headers, names.id)?;
        let time = header(headers, names.time)?;
        let list = header(headers, names.signature)?;
        if id.is_empty() || id.len() > MAX_ID_BYTES {
            return Err(HookError::Malformed { name: names.id, reason: "it is empty or too long" });
        }
        fresh(time, names.time, now, STANDARD_WINDOW_MS)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).map_err(|_| HookError::Mismatch)?;
        for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
            mac.update(part);
        }
        let mut readable = false;
        for entry in list.split_ascii_whitespace().take(MAX_SIGNATURES) {
            let Some(text) = entry.strip_prefix("v1,") else { continue };
            let Ok(claimed) = base64::engine::general_purpose::STANDARD.decode(text) else { continue };
            readable = true;
            if mac.clone().verify_slice(&claimed).is_ok() {
                return Ok(VerifiedDelivery { message_id: id.to_owned() });
            }
        }
        if readable {
            Err(HookError::Mismatch)
        } else {
            Err(HookError::Malformed { name: names.signature, reason: "it holds no v1 signature" })
        }
    }
}
