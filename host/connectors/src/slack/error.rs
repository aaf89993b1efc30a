//! Why a call to Slack did not do what was asked, and whether it may have.

use skillhost_engine::outbox::Delivery;

use crate::egress::EgressError;

/// A failed call. Holds names of methods and Slack's codes, never content.
#[derive(Debug, thiserror::Error)]
pub enum SlackError {
    /// The call got no reply, or was not allowed out.
    #[error("Slack {method}: {source}")]
    Egress {
        /// Web API method.
        method: &'static str,
        /// What happened.
        #[source]
        source: EgressError,
    },
    /// HTTP 200 with `ok: false`.
    #[error("Slack {method} answered {code}")]
    Api {
        /// Web API method.
        method: &'static str,
        /// Slack's code.
        code: String,
    },
    /// HTTP 429.
    #[error("Slack {method} asks for a pause of {retry_after_ms} ms")]
    RateLimited {
        /// Web API method.
        method: &'static str,
        /// How long.
        retry_after_ms: u64,
    },
    /// Another HTTP status.
    #[error("Slack {method} answered HTTP {status}")]
    Http {
        /// Web API method.
        method: &'static str,
        /// The status.
        status: u16,
    },
    /// A reply that is not what the method documents.
    #[error("Slack {method} answered what cannot be read")]
    Unreadable {
        /// Web API method.
        method: &'static str,
    },
    /// An address that is none.
    #[error("{what} is not an address")]
    NotAnAddress {
        /// Which one.
        what: &'static str,
    },
}

/// Codes of `ok: false` after which Slack itself says that some of it may have happened.
const PERHAPS_DONE: [&str; 2] = ["internal_error", "fatal_error"];
/// Codes that pass.
const PASSING: [&str; 5] =
    ["ratelimited", "rate_limited", "request_timeout", "service_unavailable", "team_added_to_org"];

impl SlackError {
    /// What it means for an effect. Slack deduplicates nothing, so whatever may
    /// have happened is unknown and never tried again by itself.
    pub fn delivery(&self) -> Delivery {
        let reason = self.to_string();
        match self {
            Self::Egress { source: EgressError::Unreachable { .. }, .. } => {
                Delivery::Transient { reason, retry_after_ms: None }
            }
            Self::Egress { source, .. } if source.is_certainly_undone() => Delivery::Permanent { reason },
            Self::Egress { .. } | Self::Unreadable { .. } => Delivery::Unknown { reason },
            Self::RateLimited { retry_after_ms, .. } => {
                Delivery::Transient { reason, retry_after_ms: Some(*retry_after_ms) }
            }
            Self::Api { code, .. } if PASSING.contains(&code.as_str()) => {
                Delivery::Transient { reason, retry_after_ms: None }
            }
            Self::Api { code, .. } if PERHAPS_DONE.contains(&code.as_str()) => Delivery::Unknown { reason },
            Self::Http { status, .. } if *status == 503 => Delivery::Transient { reason, retry_after_ms: None },
            Self::Http { status, .. } if *status >= 500 => Delivery::Unknown { reason },
            Self::Api { .. } | Self::Http { .. } | Self::NotAnAddress { .. } => Delivery::Permanent { reason },
        }
    }
}
