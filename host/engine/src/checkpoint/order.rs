//! Somebody tells a job what to do: who, by which door and why; and why a job
//! may not do it.

use serde_json::{Value, json};

use super::{CheckpointError, Person};
use crate::fold::Job;
use crate::ids::{EffectKey, StepName, UserId};
use crate::job::JobStatus;
use crate::outbox::EffectState;

/// Longest reason, characters: a sentence for the audit, not a report.
pub const MAX_REASON_CHARS: usize = 500;

/// What a person wants of a job, besides the verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who.
    pub by: Person,
    /// From where: `api:<client>`, `inbox`.
    pub via: String,
    /// Why, for the audit.
    pub reason: Option<String>,
}

impl Order {
    pub(super) fn actor(&self) -> String {
        format!("user:{}", self.by.id)
    }

    /// The detail of its audit line.
    pub(super) fn detail(&self, mut detail: Value) -> Value {
        if let Some(map) = detail.as_object_mut() {
            map.extend([
                ("via".to_owned(), json!(self.via)),
                ("reason".to_owned(), json!(self.reason)),
                ("admin".to_owned(), json!(self.by.admin)),
            ]);
        }
        detail
    }

    /// `cancelled by dana: wrong contact`.
    pub(super) fn words(&self, verb: &str) -> String {
        match &self.reason {
            Some(reason) => format!("{verb} by {}: {reason}", self.by.id),
            None => format!("{verb} by {}", self.by.id),
        }
    }

    /// A job is moved by its person, or by an admin.
    pub(super) fn check(&self, job: &Job) -> Result<(), OrderError> {
        if job.row.user != self.by.id && !self.by.admin {
            return Err(OrderError::NotYours { by: self.by.id.clone() });
        }
        match &self.reason {
            Some(reason) if reason.chars().count() > MAX_REASON_CHARS => Err(OrderError::ReasonTooLong),
            _ => Ok(()),
        }
    }
}

/// Why a job does not do what it is told. Nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// Somebody else's job.
    #[error("this job is not {by}'s to move")]
    NotYours {
        /// Who tried.
        by: UserId,
    },
    /// The reason is too long.
    #[error("a reason has at most {MAX_REASON_CHARS} characters")]
    ReasonTooLong,
    /// The state of the job does not allow it.
    #[error("a job that is {} cannot be {verb}", status.as_str())]
    WrongState {
        /// `paused`, `cancelled`, …
        verb: &'static str,
        /// What the job is.
        status: JobStatus,
        /// What to do instead.
        hint: &'static str,
    },
    /// The sequence has no such step.
    #[error("the job has no step {step}")]
    NoSuchStep {
        /// Which.
        step: StepName,
        /// The ones it has.
        known: Vec<StepName>,
    },
    /// The step has no output that could be replaced.
    #[error("step {step} has not run yet")]
    NotRun {
        /// Which.
        step: StepName,
    },
    /// The output is larger or deeper than an outcome may be.
    #[error("the output is not acceptable: {message}")]
    BadOutput {
        /// Why.
        message: String,
    },
    /// An effect of a step that would run again is on its way, or nobody knows
    /// whether it left.
    #[error("effect {key} of step {step} is {}; the step cannot run again now", state.as_str())]
    EffectLeaving {
        /// Which.
        key: EffectKey,
        /// Its step.
        step: StepName,
        /// Where it stands.
        state: EffectState,
    },
    /// The job has no such effect.
    #[error("the job has no effect {key}")]
    NoSuchEffect {
        /// Which.
        key: EffectKey,
    },
    /// The effect is not one that was given up.
    #[error("effect {key} is {} and cannot be sent again: {why}", state.as_str())]
    NotDead {
        /// Which.
        key: EffectKey,
        /// Where it stands.
        state: EffectState,
        /// Why not.
        why: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// Nobody knows whether it happened; a person has to say.
    #[error("it is not known whether effect {key} happened")]
    Undecided {
        /// Which.
        key: EffectKey,
    },
    /// A protected effect is its person's.
    #[error("effect {key} is for {of} alone to send again")]
    NotTheirs {
        /// Which.
        key: EffectKey,
        /// Whose it is.
        of: UserId,
    },
    /// The question about it cannot be answered with yes.
    #[error(transparent)]
    Settle(#[from] Box<super::SettleError>),
    /// The new job cannot be made.
    #[error(transparent)]
    Admit(#[from] super::AdmitError),
    /// The checkpoint cannot be made.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl OrderError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotYours { .. } => "Its person or an admin of the org may do this.".to_owned(),
            Self::WrongState { hint, .. } | Self::NotDead { hint, .. } => (*hint).to_owned(),
            Self::NoSuchStep { known, .. } => {
                let names: Vec<_> = known.iter().map(StepName::as_str).collect();
                format!("Its steps are {}.", names.join(", "))
            }
            Self::NotRun { .. } => {
                "Only an output that is there, or that a step failed to give, is replaced.".to_owned()
            }
            Self::EffectLeaving { state: EffectState::Unknown, .. } => {
                "Say first what became of it: requeue it with the decision `sent` or `send_again`.".to_owned()
            }
            Self::EffectLeaving { .. } => "Try again when it has left.".to_owned(),
            Self::Undecided { .. } => {
                "Look at the receiver's side, then give the decision: `sent`, or `send_again`.".to_owned()
            }
            Self::NotTheirs { .. } => {
                "An admin may stop a job, and never release an effect for somebody else.".to_owned()
            }
            Self::ReasonTooLong
            | Self::BadOutput { .. }
            | Self::NoSuchEffect { .. }
            | Self::Settle(_)
            | Self::Admit(_)
            | Self::Checkpoint(_) => return None,
        })
    }
}
