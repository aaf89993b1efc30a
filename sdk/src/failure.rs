//! How a skill says that it could not do its work.

use serde::{Deserialize, Serialize};

use crate::context::{ReadError, ReadErrorKind};
use crate::llm::{LlmError, LlmErrorKind};

/// Whether and when a retry may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Input or context cannot be worked with.
    InvalidInput,
    /// The same call may succeed later.
    Transient,
    /// It will not.
    Permanent,
    /// A door refused for want of a right.
    Denied,
    /// A door refused for want of budget.
    OverBudget,
}

/// A typed end without an outcome. `?` on a read or a model answer makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Failure {
    /// Whether a retry may help.
    pub kind: FailureKind,
    /// Stable, `[a-z0-9-]{1,64}`, for sequences and dashboards.
    pub code: String,
    /// For people; no content of mails or transcripts.
    pub message: String,
    /// When to try again at the earliest.
    pub retry_after_ms: Option<u32>,
}

impl Failure {
    fn of(kind: FailureKind, code: &str, message: impl Into<String>) -> Self {
        Self { kind, code: code.to_owned(), message: message.into(), retry_after_ms: None }
    }

    /// Input or context cannot be worked with; a retry will not help.
    pub fn invalid(code: &str, message: impl Into<String>) -> Self {
        Self::of(FailureKind::InvalidInput, code, message)
    }

    /// The same call may succeed later.
    pub fn transient(code: &str, message: impl Into<String>) -> Self {
        Self::of(FailureKind::Transient, code, message)
    }

    /// A retry will not help.
    pub fn permanent(code: &str, message: impl Into<String>) -> Self {
        Self::of(FailureKind::Permanent, code, message)
    }

    /// Not before this many milliseconds.
    #[must_use]
    pub fn retry_after(mut self, ms: u32) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let kind = match error.kind {
            ReadErrorKind::Denied => FailureKind::Denied,
            ReadErrorKind::OverBudget => FailureKind::OverBudget,
            ReadErrorKind::Unavailable => FailureKind::Transient,
            ReadErrorKind::NotFound | ReadErrorKind::Malformed => FailureKind::InvalidInput,
            ReadErrorKind::UnknownSource | ReadErrorKind::InvalidParams | ReadErrorKind::Limit => {
                FailureKind::Permanent
            }
        };
        Self {
            kind,
            code: format!("context-{}", error.kind.as_str()),
            message: format!("reading {}: {}", error.source_name, error.message),
            retry_after_ms: error.retry_after_ms,
        }
    }
}

impl From<LlmError> for Failure {
    fn from(error: LlmError) -> Self {
        let kind = match error.kind {
            LlmErrorKind::Denied => FailureKind::Denied,
            LlmErrorKind::OverBudget => FailureKind::OverBudget,
            LlmErrorKind::Unavailable => FailureKind::Transient,
            LlmErrorKind::NotConfigured
            | LlmErrorKind::InvalidRequest
            | LlmErrorKind::InvalidAnswer
            | LlmErrorKind::Limit => FailureKind::Permanent,
        };
        Self {
            kind,
            code: format!("llm-{}", error.kind.as_str()),
            message: error.message,
            retry_after_ms: error.retry_after_ms,
        }
    }
}
