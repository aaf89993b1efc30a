//! A mailbox over IMAP: what is new in it, when there is more, and a copy of what was
//! sent.
//!
//! The library parses and frames; the dialogue is led here command by command, because
//! everything depends on how a command ended: a list that broke off must not be taken
//! for a short one. Folders are opened read-only, so that reading marks nothing.
//!
//! Invariants: every command has a time and an answer of bounded size; no error and no
//! log line holds a word of the server's; a password leaves over TLS only, except to
//! this machine.

mod error;
mod session;
mod wire;

use secrecy::SecretString;

pub use error::ImapError;
pub use session::{Fetched, Folder, Heard, ImapSession};

use crate::egress::ExtraRoots;

/// How the connection is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after `STARTTLS`; a server that does not offer it is not spoken to.
    StartTls,
    /// In the clear.
    None,
}

impl Security {
    /// The word of the settings.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "tls" => Some(Self::Tls),
            "starttls" => Some(Self::StartTls),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// How to reach a mailbox.
#[derive(Clone, Debug)]
pub struct ImapSettings {
    /// Host name, which its certificate bears.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How it is secured.
    pub security: Security,
    /// User name.
    pub login: String,
    /// Password.
    pub password: SecretString,
    /// The folder that is read, as the server names it.
    pub folder: String,
    /// The folder of what was sent; found by its mark or its usual names where it is not
    /// given.
    pub sent: Option<String>,
    /// Authorities trusted beside the public ones.
    pub roots: ExtraRoots,
}

/// Longest name of a folder.
const MAX_FOLDER_CHARS: usize = 200;

impl ImapSettings {
    /// Whether these can work at all.
    ///
    /// # Errors
    /// What to change.
    pub fn check(&self) -> Result<(), ImapError> {
        let local = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if self.security == Security::None && !local {
            return Err(ImapError::Settings(
                "a password is sent over `tls` or `starttls` only, except to this machine",
            ));
        }
        let named = |name: &str| {
            !name.is_empty() && name.len() <= MAX_FOLDER_CHARS && name.bytes().all(|b| (b' '..=b'~').contains(&b))
        };
        if !named(&self.folder) || !self.sent.as_deref().is_none_or(named) {
            return Err(ImapError::Settings(
                "a folder is named as the server lists it: printable ASCII, other letters in its own encoding",
            ));
        }
        if self.host.is_empty() || self.login.is_empty() {
            return Err(ImapError::Settings("`host` and `login` are not empty"));
        }
        Ok(())
    }
}
