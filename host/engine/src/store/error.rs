//! What a database may answer instead, and whether trying again helps.

use crate::ids::JobId;
use crate::purse::Shortage;

/// Why a commit or read failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else moved the row first; reload and decide again.
    #[error("{what} was changed by somebody else")]
    Conflict {
        /// Row that moved.
        what: String,
    },
    /// The idempotency key is held.
    #[error("the key is held by job {job}")]
    Duplicate {
        /// By which job.
        job: JobId,
        /// Whether the event's body digest was the same.
        same_body: bool,
    },
    /// A CRM precondition does not hold any more.
    #[error("{message}")]
    Precondition {
        /// Which.
        message: String,
    },
    /// A budget does not cover what is to be reserved.
    #[error(transparent)]
    OverBudget(Box<Shortage>),
    /// The batch breaks a constraint by itself; a retry will not help.
    #[error("the batch breaks a constraint: {message}")]
    Constraint {
        /// Which.
        message: String,
    },
    /// The disk is full. Nothing was changed; a retry helps once there is room.
    #[error("the disk that holds the database is full")]
    DiskFull,
    /// The writer's queue is full; a retry helps.
    #[error("the store is busy")]
    Busy,
    /// The database cannot be reached or is closing; a retry may help.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row in the database cannot be understood by this version.
    #[error("row {what} is not readable: {message}")]
    Corrupt {
        /// Which row.
        what: String,
        /// Why.
        message: String,
    },
    /// The database was made by a build whose schema this one does not continue.
    #[error(
        "this data was made by another build of skillhost, which this one does not continue; nothing of it was changed. \
         Start with another data folder or database, or with the build that made it"
    )]
    OtherBuild,
}

impl StoreError {
    /// Whether trying the same again may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Busy | Self::Unavailable(_))
    }
}
