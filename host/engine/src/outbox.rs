//! An effect on its way out.
//!
//! `ready → sending → sent | ready (retry) | dead | unknown`. `sending` is
//! committed before the send; whoever finds it after a crash marks a keyed or
//! local effect `ready` again and any other `unknown`, which a person settles.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{ApprovalId, EffectKey, JobId, OrgId, StepName, UserId};
use crate::quiet::{QUIET, RATE};
use crate::skill::SkillRef;
use crate::time::Timestamp;

/// `not_before` of an effect that waits for another one: the last instant of
/// year 9999, which every clock and database can hold. The checkpoint that settles
/// the other effect sets the real one.
pub const HELD_UNTIL: Timestamp = Timestamp(253_402_300_799_000);

/// Why an effect was cancelled whose `after` did not happen.
pub const WAITED_IN_VAIN: &str = "what it waits for did not happen";

/// Why an effect was cancelled that a person took back before it left.
pub const TAKEN_BACK: &str = "taken back";

/// Why an effect leaves later whose vendor takes no more calls for now. It is due again
/// at its turn (see [`crate::vendor`]), before those that come meanwhile.
pub const HAS_TURN: &str = "its vendor takes no more calls for now, and it has a turn";

/// Where an effect stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// Released; leaves at `not_before`.
    Ready,
    /// An attempt is under way.
    Sending,
    /// Done, once.
    Sent,
    /// Gave up, with the reason.
    Dead,
    /// A crash hid the result; a person decides.
    Unknown,
    /// Taken back before it left.
    Cancelled,
}

impl EffectState {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen to it by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Dead | Self::Cancelled)
    }
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Idempotency key: `(job, step, round, effect id)`.
    pub key: EffectKey,
    /// Tenant.
    pub org: OrgId,
    /// Whose mailbox, deal or task.
    pub user: UserId,
    /// The job.
    pub job: JobId,
    /// The step.
    pub step: StepName,
    /// Local id.
    pub local_id: String,
    /// Effect kind.
    pub kind: String,
    /// What exactly will happen.
    pub payload: Value,
    /// Keys that must be `sent` first.
    pub after: Vec<EffectKey>,
    /// The module that proposed it.
    pub module: Option<SkillRef>,
    /// Rights it ran with, sorted text.
    pub rights: Vec<String>,
    /// HMAC over effect, module and rights.
    pub digest: String,
    /// Present for protected kinds: which answer released it.
    pub approval: Option<ApprovalId>,
    /// Present for protected kinds: HMAC over digest, approval, approver and time.
    pub release: Option<Release>,
    /// Where it stands.
    pub state: EffectState,
    /// Bumped by each change.
    pub revision: u64,
    /// Attempts made.
    pub attempt: u32,
    /// Not before this.
    pub not_before: Timestamp,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// What the receiver answered: message id, file name, row id.
    pub receipt: Option<Value>,
    /// When proposed or released.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

impl OutboxRow {
    /// Whether it waited for the instant at which it is due, because of its vendor.
    pub fn has_turn(&self) -> bool {
        self.state == EffectState::Ready && self.last_error.as_deref() == Some(HAS_TURN)
    }

    /// Whether it waited for a quieter time, as [`crate::quiet::Calm::put_off`] said.
    pub fn waited_for_calm(&self) -> bool {
        self.state == EffectState::Ready && matches!(self.last_error.as_deref(), Some(QUIET | RATE))
    }

    /// Whether it was dropped only because what it waits for did not happen.
    pub fn waited_in_vain(&self) -> bool {
        self.state == EffectState::Cancelled && self.last_error.as_deref() == Some(WAITED_IN_VAIN)
    }
}

/// Proof that a person released exactly this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// `hmac-sha256:<hex>`.
    pub mac: String,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// It happened.
    Sent {
        /// What the receiver said.
        receipt: Value,
    },
    /// It did not happen; may later.
    Transient {
        /// Why, without content.
        reason: String,
        /// When at the earliest.
        retry_after_ms: Option<u64>,
    },
    /// It did not happen, for a reason that is this effect's alone and no vendor's; may later.
    Waits {
        /// Why, without content.
        reason: String,
        /// Not before so long, whatever the policy says.
        wait_ms: u64,
    },
    /// It was not tried: a limit holds it back. Counts no attempt.
    Deferred {
        /// Which limit.
        reason: String,
        /// It is due again then.
        until: Timestamp,
    },
    /// It did not happen and will not.
    Permanent {
        /// Why, without content.
        reason: String,
    },
    /// It may have happened (the connection broke after the data was handed over).
    Unknown {
        /// What is known.
        reason: String,
    },
}

/// Performs effects of some kinds outside the database.
#[async_trait::async_trait]
pub trait Performer: Send + Sync + 'static {
    /// The kinds it performs.
    fn kinds(&self) -> &'static [&'static str];
    /// Whom it calls: what is limited and paused together.
    fn vendor(&self) -> &'static str;
    /// What is limited and paused together with this effect, where a vendor is many.
    fn gate(&self, _effect: &OutboxRow) -> Cow<'static, str> {
        Cow::Borrowed(self.vendor())
    }
    /// Whether doing it twice under one key is doing it once.
    fn is_keyed(&self) -> bool;
    /// One attempt. Bounded in time by itself.
    async fn perform(&self, effect: &OutboxRow) -> Delivery;
    /// What shows that an effect happened whose result is unknown, as its receipt;
    /// `None` where nothing shows it, which says nothing. Bounded in time by itself.
    async fn look_up(&self, _effect: &OutboxRow) -> Option<Value> {
        None
    }
}
