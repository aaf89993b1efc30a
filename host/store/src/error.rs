//! What can go wrong at the database, and how it reads at the seam.
//!
//! A [`Fault`] can be told to many callers at once, which a
//! [`StoreError`] with its source cannot.

use skillhost_engine::store::StoreError;
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;

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

/// SQLSTATE codes of Postgres that mean something to a caller, and the migrations' own.
mod state {
    pub(super) const DISK_FULL: &str = "53100";
    pub(super) const DEADLOCK: &str = "40P01";
    pub(super) const SERIALIZATION: &str = "40001";
    pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";
    pub(super) const FORBIDDEN: &str = "42501";
    pub(super) const MOVED: &str = "SH001";
    pub(super) const OPEN_JOB: &str = "SH003";
    pub(super) const KEY_GONE: &str = "SH004";
}

/// What SQLite says then, where Postgres has a code.
pub(crate) const KEY_GONE: &str = "a text or its key is gone";

/// Why the schema is not what this build needs.
pub(crate) fn migration_error(error: MigrateError, executing: impl Fn(&sqlx::Error) -> StoreError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => executing(&error),
        MigrateError::VersionMismatch(_) | MigrateError::VersionMissing(_) => StoreError::OtherBuild,
        other => StoreError::Corrupt { what: "of the migrations".to_owned(), message: other.to_string() },
    }
}

/// Why a transaction did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The content breaks a rule of the schema or is no JSON SQLite takes.
    #[error("{0}")]
    Constraint(String),
    #[error("the disk that holds the database is full")]
    DiskFull,
    #[error("another process holds what is to be written")]
    Busy,
    /// What a batch took for kept is not, or its key was destroyed: seal it again.
    #[error("{KEY_GONE}")]
    KeyGone,
    #[error("{0}")]
    Corrupt(String),
    #[error("{0}")]
    Unavailable(String),
}

/// The writer has ended, because the store was closed or dropped.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
pub(crate) struct Closed;

/// A text has to be sealed anew.
#[derive(Debug, thiserror::Error)]
#[error("{KEY_GONE}")]
struct KeyGone;

/// Whether a write that failed is to be sealed and sent once more.
pub(crate) fn is_key_gone(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(source) if source.is::<KeyGone>())
}

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
        match database.try_downcast_ref::<PgDatabaseError>() {
            Some(postgres) => of_postgres(postgres),
            None => of_sqlite(database),
        }
    }
}

fn of_sqlite(error: &dyn DatabaseError) -> Fault {
    let message = error.message().to_owned();
    let number = error.code().and_then(|text| text.parse::<i32>().ok()).unwrap_or_default();
    match number & code::PRIMARY {
        code::FULL => Fault::DiskFull,
        code::BUSY | code::LOCKED => Fault::Busy,
        code::CONSTRAINT if message == KEY_GONE => Fault::KeyGone,
        code::CONSTRAINT | code::TOO_BIG => Fault::Constraint(message),
        code::CORRUPT | code::NOT_A_DATABASE => Fault::Corrupt(message),
        _ if message.contains("JSON") => Fault::Constraint(message),
        _ => Fault::Unavailable(message),
    }
}

fn of_postgres(error: &PgDatabaseError) -> Fault {
    let message = error.message().to_owned();
    match error.code() {
        state::DISK_FULL => Fault::DiskFull,
        state::DEADLOCK | state::SERIALIZATION | state::LOCK_NOT_AVAILABLE => Fault::Busy,
        state::KEY_GONE => Fault::KeyGone,
        // Row security among them: a batch wrote to an org that it does not name.
        state::FORBIDDEN | state::MOVED | state::OPEN_JOB => Fault::Constraint(message),
        code => match code.get(..2) {
            // Values, constraints, a row named twice, sizes beyond the server's.
            Some("22" | "23" | "21" | "54") => Fault::Constraint(message),
            // The schema is not the one of this version.
            Some("42" | "XX") => Fault::Corrupt(message),
            _ => Fault::Unavailable(message),
        },
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Constraint(message) => Self::Constraint { message },
            Fault::DiskFull => Self::DiskFull,
            Fault::Busy => Self::Busy,
            Fault::KeyGone => Self::Unavailable(Box::new(KeyGone)),
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

/// The error of content that is refused before it reaches the database.
pub(crate) fn refused(message: String) -> StoreError {
    StoreError::Constraint { message }
}
