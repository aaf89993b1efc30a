//! A job: its row, the events of its journal, and the fold of both.
//!
//! The journal is the truth; [`JobRow`] is what queries need. A body written by
//! this version carries `"v":1`; a host refuses a version it does not know
//! rather than skipping it. To add an event, add a variant here, its fold in
//! `fold.rs`, and a fixture of its JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::artifact::Made;
use crate::call_record::CallRecord;
use crate::ids::{ApprovalId, EffectKey, EventId, JobId, OrgId, StepName, UserId};
use crate::outcome::{FollowUp, Spend};
use crate::skill::{CallError, ReadRecord, SkillRef};
use crate::store::Lease;
use crate::time::Timestamp;

/// Version written into journal bodies.
pub const JOURNAL_VERSION: u32 = 1;

/// Where a job stands; the table is in ARCHITECTURE.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Queued.
    Pending,
    /// Held by a host.
    InProgress,
    /// Parked on a person.
    AwaitingApproval,
    /// Parked on money.
    AwaitingBudget,
    /// Parked until a time.
    Deferred,
    /// Parked by an operator.
    Paused,
    /// All steps settled.
    Completed,
    /// A `stop` step failed.
    Failed,
    /// Admission said no.
    Skipped,
    /// Ended by a person.
    Cancelled,
    /// 48 h without an answer.
    Expired,
}

impl JobStatus {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Pending,
        Self::InProgress,
        Self::AwaitingApproval,
        Self::AwaitingBudget,
        Self::Deferred,
        Self::Paused,
        Self::Completed,
        Self::Failed,
        Self::Skipped,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::AwaitingApproval => "awaiting_approval",
            Self::AwaitingBudget => "awaiting_budget",
            Self::Deferred => "deferred",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The status with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing more happens to the job.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Skipped | Self::Cancelled | Self::Expired)
    }

    /// Whether the state machine allows this move.
    pub fn may_become(self, to: Self) -> bool {
        use JobStatus as S;
        if self.is_ended() {
            // What ended by itself may be sent back to a step.
            return matches!(self, S::Failed | S::Completed | S::Expired) && to == S::Pending;
        }
        match self {
            S::Pending => !matches!(to, S::Completed | S::Expired),
            S::InProgress | S::AwaitingApproval | S::AwaitingBudget | S::Deferred => true,
            // An operator parked it; it goes back into the queue or ends.
            _ => to == S::Pending || to.is_ended() || to == self,
        }
    }
}

/// A row of `sequence_jobs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    /// Id.
    pub id: JobId,
    /// Tenant.
    pub org: OrgId,
    /// Whose.
    pub user: UserId,
    /// Where it stands.
    pub status: JobStatus,
    /// Why, for parked and ended states.
    pub reason: Option<String>,
    /// Compare-and-set and fencing token; bumped by each checkpoint.
    pub version: u64,
    /// The event.
    pub event: EventId,
    /// Its type.
    pub event_type: String,
    /// `event_source`.
    pub event_source: String,
    /// `trigger_payload`.
    pub trigger_payload: Value,
    /// Scoped to the org.
    pub idempotency_key: String,
    /// Of the payload.
    pub body_digest: String,
    /// `event_chain.parent`.
    pub parent: Option<JobId>,
    /// 1 for a root.
    pub depth: u8,
    /// Sequence name; empty where there is none.
    pub sequence: String,
    /// `sha256:<hex>` of the definition this job is pinned to.
    pub sequence_digest: String,
    /// The definition's YAML, so that a job outlives its file.
    pub sequence_text: String,
    /// Jobs of a higher one are taken first.
    #[serde(default)]
    pub priority: i8,
    /// Open jobs of the org with the same word run one after the other.
    #[serde(default)]
    pub concurrency: Option<String>,
    /// When a parked job is due by itself.
    pub wake_at: Option<Timestamp>,
    /// Who holds it.
    pub lease: Option<Lease>,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

impl JobRow {
    /// Whether the job still shields its key against duplicates: a failed one
    /// frees it, and so do skipped ones that a change of settings could revive.
    pub fn holds_key(&self) -> bool {
        !matches!(self.status, JobStatus::Failed)
    }
}

fn is_no(flag: &bool) -> bool {
    !*flag
}

fn is_first(round: &u32) -> bool {
    *round == 0
}

/// An event of the journal. Content stays out of it but for step outputs, which
/// later steps need; texts are named by digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum JobEvent {
    /// The job was admitted and planned.
    Planned {
        /// Steps in file order.
        steps: Vec<StepName>,
        /// The modules whose work raised its event, where another job did.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        raised_by: Vec<SkillRef>,
    },
    /// A step returned its outcome, committed with its effects and questions.
    StepProposed {
        /// Which.
        step: StepName,
        /// From 1.
        attempt: u32,
        /// From 0.
        round: u32,
        /// Module, `None` for a host action.
        skill: Option<SkillRef>,
        /// Its output.
        output: Value,
        /// One line for people.
        summary: Option<String>,
        /// Rights it ran with, sorted text.
        rights: Vec<String>,
        /// What it used.
        spend: Spend,
        /// What it read.
        reads: Vec<ReadRecord>,
        /// Rights it lacked.
        denials: Vec<String>,
        /// Effects put into the outbox at once.
        effects: Vec<EffectKey>,
        /// Questions asked.
        approvals: Vec<ApprovalId>,
        /// What it suggested.
        suggested: Vec<FollowUp>,
        /// Files it made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        artifacts: Vec<Made>,
        /// When the call started.
        started_at: Timestamp,
        /// What a replay needs besides; absent for a host action.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<Box<CallRecord>>,
    },
    /// An attempt failed.
    StepFailed {
        /// Which.
        step: StepName,
        /// From 1.
        attempt: u32,
        /// From 0.
        #[serde(default, skip_serializing_if = "is_first")]
        round: u32,
        /// Module.
        skill: Option<SkillRef>,
        /// Rights it ran with, sorted text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rights: Vec<String>,
        /// How.
        error: CallError,
        /// When it is tried again; `None` when it is not.
        retry_at: Option<Timestamp>,
        /// The next attempt is the fallback's.
        #[serde(default, skip_serializing_if = "is_no")]
        fallback: bool,
        /// What it used.
        spend: Spend,
        /// What it read.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reads: Vec<ReadRecord>,
        /// Rights it lacked.
        denials: Vec<String>,
        /// When the call started.
        started_at: Timestamp,
        /// What a replay needs besides; absent when no module ran.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<Box<CallRecord>>,
    },
    /// A step was not run: its condition was false or what it needs is missing.
    StepSkipped {
        /// Which.
        step: StepName,
        /// Why.
        reason: String,
    },
    /// The list of a step that is called for each element of one was taken.
    StepFanned {
        /// Which.
        step: StepName,
        /// The elements.
        items: Vec<Value>,
    },
    /// A question was settled.
    ApprovalSettled {
        /// Which.
        approval: ApprovalId,
        /// Its step.
        step: StepName,
        /// `approved`, `skipped`, `cancelled`, `expired`, `withdrawn`.
        status: crate::approval::ActionStatus,
        /// Effects put into the outbox.
        released: Vec<EffectKey>,
    },
    /// A released effect was put back on a card before it left.
    ApprovalReopened {
        /// The settled question.
        approval: ApprovalId,
        /// The new one.
        reopened_as: ApprovalId,
        /// Its step.
        step: StepName,
        /// Effects taken back.
        taken_back: Vec<EffectKey>,
    },
    /// A question was added after the step: an effect whose result is unknown.
    ApprovalAsked {
        /// The question.
        approval: ApprovalId,
        /// Its step.
        step: StepName,
    },
    /// An effect reached a final state.
    EffectSettled {
        /// Which.
        key: EffectKey,
        /// Its step.
        step: StepName,
        /// `sent`, `dead` or `cancelled`.
        state: crate::outbox::EffectState,
    },
    /// Follow-ups became jobs.
    FollowedUp {
        /// The step that suggested them.
        step: StepName,
        /// Their jobs.
        jobs: Vec<JobId>,
        /// The idempotency keys of their events, so that a step that runs again
        /// leads to no event twice.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        keys: Vec<String>,
    },
    /// The job ended.
    Ended {
        /// How.
        status: JobStatus,
        /// Why.
        reason: Option<String>,
    },
    /// A failed job was sent back, by an earlier host.
    Retried {
        /// From which step on.
        from: StepName,
        /// By whom.
        by: UserId,
    },
    /// Somebody parked the job.
    Paused {
        /// Who.
        by: UserId,
    },
    /// Somebody took it up again.
    Resumed {
        /// Who.
        by: UserId,
    },
    /// Steps are to run again.
    SentBack {
        /// The one that was named.
        from: StepName,
        /// All of them.
        steps: Vec<Again>,
        /// By whom.
        by: UserId,
    },
    /// A person replaced an output.
    OutputEdited {
        /// Whose.
        step: StepName,
        /// What stands there now.
        output: Value,
        /// Digest of what stood there; `None` when the step gave none.
        before: Option<String>,
        /// Digest of what stands there now.
        after: String,
        /// By whom.
        by: UserId,
    },
    /// An effect that was given up is to leave after all, under its key.
    EffectRequeued {
        /// Which.
        key: EffectKey,
        /// Its step.
        step: StepName,
        /// By whom.
        by: UserId,
    },
    /// The job's event was taken once more, as another job.
    RunAnew {
        /// That job.
        job: JobId,
        /// By whom.
        by: UserId,
    },
}

impl JobEvent {
    /// The one step it is about, if it is about one.
    pub fn step(&self) -> Option<&StepName> {
        match self {
            Self::StepProposed { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepSkipped { step, .. }
            | Self::StepFanned { step, .. }
            | Self::ApprovalSettled { step, .. }
            | Self::ApprovalReopened { step, .. }
            | Self::ApprovalAsked { step, .. }
            | Self::EffectSettled { step, .. }
            | Self::FollowedUp { step, .. }
            | Self::OutputEdited { step, .. }
            | Self::EffectRequeued { step, .. } => Some(step),
            Self::Planned { .. }
            | Self::Ended { .. }
            | Self::Retried { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::SentBack { .. }
            | Self::RunAnew { .. } => None,
        }
    }
}

impl JobEvent {
    /// Who told the job so, where a person did.
    pub fn by(&self) -> Option<&UserId> {
        match self {
            Self::Retried { by, .. }
            | Self::Paused { by }
            | Self::Resumed { by }
            | Self::SentBack { by, .. }
            | Self::OutputEdited { by, .. }
            | Self::EffectRequeued { by, .. }
            | Self::RunAnew { by, .. } => Some(by),
            Self::Planned { .. }
            | Self::StepProposed { .. }
            | Self::StepFailed { .. }
            | Self::StepSkipped { .. }
            | Self::StepFanned { .. }
            | Self::ApprovalSettled { .. }
            | Self::ApprovalReopened { .. }
            | Self::ApprovalAsked { .. }
            | Self::EffectSettled { .. }
            | Self::FollowedUp { .. }
            | Self::Ended { .. } => None,
        }
    }
}

/// A step that runs again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// Which.
    pub step: StepName,
    /// The round it runs in.
    pub round: u32,
}

#[cfg(test)]
mod tests {
    use super::JobStatus as S;

    #[test]
    fn words_go_both_ways() {
        for status in S::ALL {
            assert_eq!(S::parse(status.as_str()), Some(status));
        }
        assert_eq!(S::parse("done"), None);
    }

    #[test]
    fn what_is_over_stays_over_but_for_being_sent_back() {
        for from in S::ALL.into_iter().filter(|status| status.is_ended()) {
            for to in S::ALL {
                let back = matches!(from, S::Failed | S::Completed | S::Expired) && to == S::Pending;
                assert_eq!(from.may_become(to), back, "{from:?} {to:?}");
            }
        }
    }

    #[test]
    fn every_open_state_can_end_and_be_taken_up_again() {
        for from in S::ALL.into_iter().filter(|status| !status.is_ended()) {
            assert!(from.may_become(S::Cancelled) && from.may_become(S::Failed), "{from:?}");
            assert!(from.may_become(S::Pending), "{from:?}");
        }
        assert!(!S::Pending.may_become(S::Completed), "nothing completes unseen");
        assert!(!S::Paused.may_become(S::InProgress), "only an operator ends a pause");
    }
}
