//! What can go wrong at the database, and how it reads at the seam.
//!
//! A [`Fault`] can be told to many callers at once, which a
//! [`StoreError`] with its source cannot.

use skillhost_engine::store::StoreError;

/// SQLite's primary result codes that mean something to a caller.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const TOO_BIG: i32 = 18;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOT_A_DATABASE: i32 = 26;
    /// The low byte of an extended code is its primary code.
    pub(super) const PRIMARY: i32 = 0xff;
}

/// Why a transaction did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The content breaks a rule of the schema or is no JSON SQLite takes.
    #[error("{0}")]
    Constraint(String),
    #[error("the disk that holds the database is full")]
    DiskFull,
    #[error("another process holds the database")]
    Busy,
    #[error("{0}")]
    Corrupt(String),
    #[error("{0}")]
    Unavailable(String),
}

/// The writer has ended, because the store was closed or dropped.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
pub(crate) struct Closed;

/// A fault as the source of an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreachable(String);

impl From<&sqlx::Error> for Fault {
    fn from(error: &sqlx::Error) -> Self {
        if let sqlx::Error::Io(io) = error
            && io.kind() == std::io::ErrorKind::StorageFull
        {
            return Self::DiskFull;
        }
        let Some(database) = error.as_database_error() else {
            return Self::Unavailable(error.to_string());
        };
        let message = database.message().to_owned();
        let number = database.code().and_then(|text| text.parse::<i32>().ok()).unwrap_or_default();
        match number & code::PRIMARY {
            code::FULL => Self::DiskFull,
            code::BUSY | code::LOCKED => Self::Busy,
            code::CONSTRAINT | code::TOO_BIG => Self::Constraint(message),
            code::CORRUPT | code::NOT_A_DATABASE => Self::Corrupt(message),
            _ if message.contains("JSON") => Self::Constraint(message),
            _ => Self::Unavailable(message),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Constraint(message) => Self::Constraint { message },
            Fault::DiskFull => Self::DiskFull,
            Fault::Busy => Self::Busy,
            Fault::Corrupt(message) => Self::Corrupt { what: "of the database".to_owned(), message },
            Fault::Unavailable(message) => Self::Unavailable(Box::new(Unreachable(message))),
        }
    }
}

/// An error of a read. What is a constraint to a writer (text that is no JSON)
/// is damage to a reader.
pub(crate) fn read_error(what: &str, error: &sqlx::Error) -> StoreError {
    match Fault::from(error) {
        Fault::Constraint(message) | Fault::Corrupt(message) => StoreError::Corrupt { what: what.to_owned(), message },
        fault => fault.into(),
    }
}

/// The error of a store that was closed.
pub(crate) fn closed() -> StoreError {
    StoreError::Unavailable(Box::new(Closed))
}
