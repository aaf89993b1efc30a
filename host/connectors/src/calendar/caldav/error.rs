//! Why a calendar could not be read or written.

use skillhost_engine::calendar::Pause;

use crate::egress::{EgressError, Reply};
use crate::invitation::Put;

/// Why. Holds nothing of the server's own words.
#[derive(Debug, thiserror::Error)]
pub enum CaldavError {
    /// Settings that cannot work.
    #[error("{0}")]
    Settings(&'static str),
    /// No whole answer came.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// User name, password or token are refused, or what they may do.
    #[error("the calendar server refuses the sign-in")]
    Refused,
    /// There is no such calendar or event.
    #[error("the calendar server has no such calendar or event")]
    NotFound,
    /// What was to be written is another one by now.
    #[error("the event was changed meanwhile")]
    Changed,
    /// The server asks for a pause, or has an outage.
    #[error("the calendar server cannot answer for now ({status})")]
    Later {
        /// HTTP status.
        status: u16,
        /// How long it asks to wait.
        retry_after_ms: Option<u64>,
    },
    /// The server does not know this kind of question.
    #[error("the calendar server does not answer this kind of question")]
    Unsupported,
    /// It answers with something else than a calendar server does: a page, as a rule.
    #[error("what answers is no calendar server")]
    NotDav,
    /// It answers with something that cannot be read.
    #[error("the calendar server's answer cannot be read")]
    Unreadable,
    /// It sends to another server.
    #[error("the calendar server sends to another server")]
    Elsewhere,
    /// Any other status.
    #[error("the calendar server answered {status}")]
    Status {
        /// HTTP status.
        status: u16,
    },
}

impl CaldavError {
    /// Sorts a status that is no success.
    pub(super) fn of(reply: &Reply) -> Self {
        let says = |word: &str| String::from_utf8_lossy(&reply.body).contains(word);
        match reply.status {
            403 | 409 | 501 if says("supported-report") => Self::Unsupported,
            401 | 403 => Self::Refused,
            404 | 410 => Self::NotFound,
            405 | 415 | 501 => Self::Unsupported,
            412 => Self::Changed,
            429 | 500 | 502..=504 => Self::Later { status: reply.status, retry_after_ms: reply.retry_after_ms },
            status => Self::Status { status },
        }
    }

    /// Whether the calendar is not asked again at the next round.
    pub fn pause(&self) -> Option<Pause> {
        match self {
            Self::Refused => Some(Pause::Refused),
            Self::Later { retry_after_ms, .. } => {
                Some(Pause::Asked { at_least_ms: retry_after_ms.and_then(|ms| i64::try_from(ms).ok()) })
            }
            _ => None,
        }
    }

    /// Whether to try again may help.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Later { .. } | Self::Egress(EgressError::Unreachable { .. } | EgressError::Unanswered { .. })
        )
    }
}

impl From<CaldavError> for Put {
    fn from(error: CaldavError) -> Self {
        match error {
            CaldavError::Later { status, retry_after_ms } => Self::Transient {
                reason: format!("the calendar server cannot take it for now ({status})"),
                retry_after_ms,
            },
            error if error.is_transient() => Self::Transient { reason: error.to_string(), retry_after_ms: None },
            CaldavError::Changed => Self::Permanent { reason: "the calendar has another event of this uid".to_owned() },
            error => Self::Permanent { reason: error.to_string() },
        }
    }
}
