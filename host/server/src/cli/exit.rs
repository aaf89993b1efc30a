//! How a command ends, and how an error looks.

use serde_json::json;
use skillhost_store::TlsRefused;

use super::client::ClientError;

/// Exit codes, documented in `skillhost --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// It failed.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Nothing found.
    NotFound,
    /// Not allowed, expired, or already answered.
    Refused,
    /// No host answers.
    Unreachable,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NotFound => 3,
            Exit::Refused => 4,
            Exit::Unreachable => 5,
        })
    }
}

/// An error that knows what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Hinted {
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Makes an error with a hint.
pub(crate) fn hinted(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Hinted { message: message.into(), hint: hint.into() }.into()
}

fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        if let Some(hinted) = cause.downcast_ref::<Hinted>() {
            return Some(hinted.hint.clone());
        }
        if let Some(refused) = cause.downcast_ref::<TlsRefused>() {
            return Some(refused.hint.to_owned());
        }
        match cause.downcast_ref::<ClientError>()? {
            ClientError::Unreachable { .. } => {
                Some("start the host with `make serve`, or name it with --url".to_owned())
            }
            ClientError::NoKey { .. } => {
                Some("`skillhost serve` writes the key; name it with --key-file or --data".to_owned())
            }
            ClientError::Refused { hint, .. } => hint.clone(),
            ClientError::Unreadable { .. } => None,
        }
    })
}

/// Prints an error and chooses the exit code.
pub(crate) fn report(error: &anyhow::Error, json: bool) -> Exit {
    let exit = match error.chain().find_map(|cause| cause.downcast_ref::<ClientError>()) {
        Some(ClientError::Unreachable { .. }) => Exit::Unreachable,
        Some(ClientError::Refused { status: 404, .. }) => Exit::NotFound,
        Some(ClientError::Refused { status: 401 | 403 | 409 | 410, .. }) => Exit::Refused,
        _ => Exit::Failed,
    };
    let hint = hint(error);
    if json {
        eprintln!("{}", json!({ "error": format!("{error:#}"), "hint": hint }));
    } else {
        use owo_colors::{OwoColorize, Stream};
        eprintln!("{} {error:#}", "error:".if_supports_color(Stream::Stderr, |text| text.red()));
        if let Some(hint) = hint {
            eprintln!("{} {hint}", "hint:".if_supports_color(Stream::Stderr, |text| text.cyan()));
        }
    }
    exit
}
