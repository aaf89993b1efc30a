//! Reading over HTTP as the host sees it. A skill reads with GET and HEAD only;
//! anything that changes the world is the protected effect `http.request`.

use serde::{Deserialize, Serialize};

/// The two methods a skill may use by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FetchMethod {
    /// The whole answer.
    Get,
    /// Its headers.
    Head,
}

/// What a skill asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// How.
    pub method: FetchMethod,
    /// Absolute, without user name and fragment.
    pub url: String,
    /// Lower-case names; placeholders of secrets are filled in at egress.
    pub headers: Vec<(String, String)>,
}

/// A whole answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// As sent.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchErrorKind {
    /// No right to this address, or one a redirect led to.
    Denied,
    /// The address is of this machine or of a private network.
    Forbidden,
    /// The request cannot be made as it is.
    InvalidRequest,
    /// No connection, or it broke.
    Unavailable,
    /// It took too long, dripping included.
    Timeout,
    /// The answer is larger than a skill may read.
    TooLarge,
    /// Host calls or bytes.
    Limit,
}

impl FetchErrorKind {
    /// The word used in journals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Forbidden => "forbidden",
            Self::InvalidRequest => "invalid-request",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::TooLarge => "too-large",
            Self::Limit => "limit",
        }
    }
}

/// No answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {message}", kind.as_str())]
pub struct FetchError {
    /// Why.
    pub kind: FetchErrorKind,
    /// For the author of the skill; no content.
    pub message: String,
}
