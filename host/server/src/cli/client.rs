//! The command line's way to a running host.

use std::path::PathBuf;

use secrecy::SecretString;
use skillhost_connectors::host_api::{HostApi, HostApiError};

use super::Global;

/// Name of the key file in the data folder, written by `serve`.
pub(crate) const KEY_FILE: &str = "api-key";

/// Why the host gave no result, as the command line tells it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// No key to speak with.
    #[error("cannot read the API key from {path}")]
    NoKey {
        /// Where it was looked for.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nothing answers.
    #[error("no host answers at {url}")]
    Unreachable {
        /// Where.
        url: String,
    },
    /// The host said no.
    #[error("{message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The answer is not understood.
    #[error("the host's answer cannot be read; are both of one version?")]
    Unreadable {
        /// Why.
        #[source]
        source: HostApiError,
    },
}

impl From<HostApiError> for ClientError {
    fn from(error: HostApiError) -> Self {
        match error {
            HostApiError::Unreachable { url, .. } => Self::Unreachable { url },
            HostApiError::Refused { status, title, detail, hint } => {
                let message = if detail.is_empty() { title } else { format!("{title}: {detail}") };
                Self::Refused { status, message, hint }
            }
            error @ HostApiError::Unreadable { .. } => Self::Unreadable { source: error },
        }
    }
}

/// A client from the global options.
///
/// # Errors
/// The key cannot be read.
pub(crate) fn connect(global: &Global) -> Result<HostApi, ClientError> {
    let data = global.data.clone().unwrap_or_else(|| PathBuf::from("var"));
    let path = global.key_file.clone().unwrap_or_else(|| data.join(KEY_FILE));
    let key = std::fs::read_to_string(&path).map_err(|source| ClientError::NoKey { path, source })?;
    Ok(HostApi::new(&global.url, SecretString::from(key.trim().to_owned()))?)
}
