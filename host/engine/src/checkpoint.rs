//! The steps a job takes, each as one batch.
//!
//! Every function here is pure: it takes the job as it stands and what just
//! happened, and gives the batch that records it, the job after it, and what to
//! do next. Commit the batch first, then act on `next`; if the commit conflicts,
//! drop everything, load the job again and decide again.
//!
//! Invariants, which the property tests drive at:
//! * a batch starts with the compare-and-set of its job and moves it by one version;
//! * folding the journal gives the very job that is handed back;
//! * the status of the row is what [`plan::next`] says of the job after, so the
//!   checkpoint of the last step also ends the job;
//! * a protected effect enters the outbox only through [`settle`], with a release.
//!
//! To add a step, add a file with a function over [`Draft`], and export it here.

mod admit;
mod advance;
mod contract;
mod deliver;
mod draft;
mod fail;
mod makers;
mod order;
mod propose;
mod reopen;
mod requeue;
mod room;
mod send_back;
mod settle;
mod stop;

pub use makers::makers;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::admission::AdmissionFacts;
use crate::binding::Binder;
use crate::body::Body;
use crate::call_record::CallRecord;
use crate::fold::Job;
use crate::ids::{ApprovalId, EffectKey, StepName, UserId};
use crate::job::JobStatus;
use crate::journal::JournalError;
use crate::plan::{Facts, Next};
use crate::rights::RightSet;
use crate::sequence::{Catalog, Sequence};
use crate::skill::SkillRef;
use crate::store::{Batch, Lease};
use crate::time::{Ids, Timestamp};

pub use admit::{AdmitError, Admitted, admit};
pub use advance::{await_budget, budget_raised, claim, plan_on};
pub use deliver::{Attempt, effect_discarded, effect_found_after_crash, effect_sending, effect_settled};
pub use fail::step_short;
pub use order::{MAX_REASON_CHARS, Order, OrderError};
pub use propose::step_proposed;
pub use reopen::{UndoError, ask_again, may_be_asked_again, may_be_undone, resend_of, undo};
pub use requeue::{Decision, requeue_effect};
pub use send_back::{anew_from, edit_output, retry_from, run_anew};
pub use settle::{MAX_DEFER_MS, Reply, SettleError, settle};
pub use stop::{cancel, expire, pause, resume, supersede};

use draft::Draft;

/// Everything a decision about a job may depend on besides the job.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The definition the job is pinned to.
    pub sequence: &'a Sequence,
    /// Context for conditions, and the present instant. Whoever does not hold
    /// the job may leave the context null: conditions are then left to the holder.
    pub facts: &'a Facts,
    /// The host's key.
    pub binder: &'a Binder,
    /// Fresh ids and nonces.
    pub ids: &'a dyn Ids,
    /// Undo window.
    pub undo_ms: i64,
    /// The lease under which this host holds the job, renewed; `None` for
    /// whoever does not hold it (an answer from the API, an effect's end).
    pub lease: Option<&'a Lease>,
    /// Steps whose calls are under way, without the one that is being recorded.
    pub running: &'a BTreeSet<StepName>,
    /// Sequences, for follow-ups.
    pub catalog: &'a Catalog,
    /// Org and user, for follow-ups.
    pub admission: &'a AdmissionFacts,
}

impl Situation<'_> {
    fn now(&self) -> Timestamp {
        self.facts.now
    }
}

impl std::fmt::Debug for Situation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Situation").field("now", &self.facts.now).field("lease", &self.lease).finish_non_exhaustive()
    }
}

/// A decided step: commit `batch`, then go on with `job` and `next`.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// What to commit.
    pub batch: Batch,
    /// The job once it is committed.
    pub job: Job,
    /// What to do once it is committed. Only the holder of the job acts on `run`.
    pub next: Next,
}

/// An attempt of a step, as it was started.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRun {
    /// Which step.
    pub step: StepName,
    /// From 1.
    pub attempt: u32,
    /// From 0.
    pub round: u32,
    /// The module; `None` for a host action.
    pub skill: Option<SkillRef>,
    /// The rights it ran with.
    pub rights: RightSet,
    /// Unique per attempt; seeds the retry's jitter.
    pub call_id: String,
    /// When the call started.
    pub started_at: Timestamp,
    /// What the journal keeps for a replay; `None` when no module ran.
    pub record: Option<Box<CallRecord>>,
    /// Texts the record and the reads name, kept in the same commit.
    pub bodies: Arc<[Body]>,
    /// Until when the files it makes are kept.
    pub keep_until: Timestamp,
}

/// Somebody who answers or stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// May stop, never approve for others.
    pub admin: bool,
}

/// Why a checkpoint cannot be made. None of these is a person's mistake; those
/// have types of their own.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// More writes than a batch may have.
    #[error("the batch would have {writes} writes, more than {}", crate::store::MAX_BATCH_WRITES)]
    TooManyWrites {
        /// How many.
        writes: usize,
    },
    /// The sequence has no such step.
    #[error("the sequence has no step {step}")]
    NoSuchStep {
        /// Which.
        step: StepName,
    },
    /// The job has no such question.
    #[error("the job has no question {approval}")]
    NoSuchApproval {
        /// Which.
        approval: ApprovalId,
    },
    /// The job has no such effect.
    #[error("the job has no effect {key}")]
    NoSuchEffect {
        /// Which.
        key: EffectKey,
    },
    /// The state machine does not allow the move.
    #[error("a job that is {} cannot become {}", from.as_str(), to.as_str())]
    IllegalMove {
        /// From.
        from: JobStatus,
        /// To.
        to: JobStatus,
    },
}

#[cfg(test)]
mod tests;
