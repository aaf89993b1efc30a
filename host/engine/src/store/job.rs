//! What is read of a job: how it is found, and what it comes with.

use serde_json::Value;

use super::{JournalEntry, User};
use crate::approval::PendingAction;
use crate::ids::{ApprovalId, JobId, UserId};
use crate::job::{JobRow, JobStatus};
use crate::outbox::OutboxRow;
use crate::time::Timestamp;

/// A job as it stands, with everything the engine folds.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredJob {
    /// The row.
    pub row: JobRow,
    /// By `seq`.
    pub journal: Vec<JournalEntry>,
    /// Its pending actions, settled ones too.
    pub actions: Vec<PendingAction>,
    /// Its effects.
    pub effects: Vec<OutboxRow>,
}

/// On whose behalf a job runs, as they stand now.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPrincipal {
    /// The org's settings; `None` when there is no such org.
    pub settings: Option<Value>,
    /// `None` when the org has no such user.
    pub user: Option<User>,
}

/// What a job is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKey<'a> {
    /// Its own id.
    Job(&'a JobId),
    /// A question of it, open or settled.
    Approval(&'a ApprovalId),
}

/// Which jobs to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobFilter {
    /// Only these states; all when empty.
    pub status: Vec<JobStatus>,
    /// Only this event type.
    pub event_type: Option<String>,
    /// Only jobs of this sequence.
    pub sequence: Option<String>,
    /// Only this user's.
    pub user: Option<UserId>,
    /// Only jobs with this word.
    pub concurrency: Option<String>,
    /// Only jobs made before this.
    pub created_before: Option<Timestamp>,
    /// Rows with a smaller id, for paging backwards in time.
    pub before: Option<JobId>,
    /// At most this many (≤ 200).
    pub limit: u32,
}
