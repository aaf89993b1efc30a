//! Why a mailbox could not be read, in words that hold nothing of a mail, an address or
//! a password: servers repeat all of them.

use async_imap::error::Error as Said;

/// Why. `what` says what was being done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImapError {
    /// Settings that cannot work.
    #[error("{0}")]
    Settings(&'static str),
    /// Nobody answers there, or not over TLS as its name asks.
    #[error("the mail server cannot be reached{0}")]
    Unreachable(&'static str),
    /// It took too long.
    #[error("the mail server was too slow while {0}")]
    Slow(&'static str),
    /// The connection ended.
    #[error("the mail server closed the connection while {0}")]
    Lost(&'static str),
    /// It says no.
    #[error("the mail server refused {0}")]
    Refused(&'static str),
    /// It says no for now (RFC 5530).
    #[error("the mail server cannot answer for now while {0}")]
    Later(&'static str),
    /// It says that it did not understand.
    #[error("the mail server did not understand {0}")]
    NotUnderstood(&'static str),
    /// User name or password are wrong, or this way to sign in is.
    #[error("the mail server refuses the login")]
    Login,
    /// There is no such folder.
    #[error("the mail server has no such folder")]
    NoFolder,
    /// An answer is larger than one may be.
    #[error("the mail server sent more than is read while {0}")]
    TooLarge(&'static str),
    /// It speaks otherwise than IMAP does.
    #[error("the mail server's answer cannot be read while {0}")]
    Unreadable(&'static str),
}

impl ImapError {
    /// Sorts what the library says, and drops its text.
    pub(super) fn of(error: &Said, what: &'static str, is_spent: bool) -> Self {
        match error {
            Said::Io(_) if is_spent => Self::TooLarge(what),
            Said::Io(error) if error.kind() == std::io::ErrorKind::Other => Self::Unreadable(what),
            Said::Io(_) | Said::ConnectionLost => Self::Lost(what),
            Said::No(text) if is_for_now(text) => Self::Later(what),
            Said::No(_) | Said::Append => Self::Refused(what),
            Said::Bad(_) => Self::NotUnderstood(what),
            Said::Validate(_) => Self::Settings("a name or password holds a line break"),
            _ => Self::Unreadable(what),
        }
    }
}

/// Whether a refusal speaks of this moment, not of what was asked (RFC 5530).
pub(super) fn is_for_now(text: &str) -> bool {
    ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[CONTACTADMIN]"].iter().any(|code| text.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_now_is_no_wrong_password() {
        assert!(is_for_now("code: None, info: Some(\"[UNAVAILABLE] try later\")"));
        assert!(!is_for_now("code: None, info: Some(\"[AUTHENTICATIONFAILED] no\")"));
    }
}
