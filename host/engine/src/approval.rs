//! A question to a person, bound to exactly what an answer releases.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::card::{Card, StoredCard};
use crate::ids::{ApprovalId, EffectKey, JobId, OrgId, StepName, UserId};
use crate::outcome::ApprovalRequest;
use crate::skill::SkillRef;
use crate::time::Timestamp;

/// How long a card stays open by default: a working day and the night.
pub const DEFAULT_EXPIRY_MS: i64 = 24 * 3600 * 1000;
/// Shortest time a card may stay open: a person must get to see it.
pub const MIN_EXPIRY_MS: i64 = 60_000;
/// When an unanswered job ends.
pub const JOB_EXPIRY_MS: i64 = 48 * 3600 * 1000;
/// Undo after an approved email: default and allowed range.
pub const DEFAULT_UNDO_MS: i64 = 30_000;
/// Least undo window.
pub const MIN_UNDO_MS: i64 = 10_000;
/// Longest undo window.
pub const MAX_UNDO_MS: i64 = 120_000;

/// Where a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    /// Waits for the person.
    Pending,
    /// Answered; effects released.
    Approved,
    /// Answered no: the step's effects are dropped, the job goes on.
    Skipped,
    /// The person ended the job.
    Cancelled,
    /// Nobody answered in time.
    Expired,
    /// Void: rights or module revoked, or the job was stopped.
    Withdrawn,
}

impl ActionStatus {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An effect an answer may release, with its binding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundEffect {
    /// Outbox key it will get.
    pub key: EffectKey,
    /// The effect as proposed (or as edited).
    pub effect: crate::outcome::Effect,
    /// HMAC over effect, module and rights.
    pub digest: String,
}

/// A row of `pending_actions`.
///
/// Invariant: the card is rendered from the effects whenever a row is read; of the stored
/// one only what cannot be rendered is taken (see [`Card::of_stored`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredApproval")]
pub struct PendingAction {
    /// Id, the only thing a button carries.
    pub id: ApprovalId,
    /// Tenant.
    pub org: OrgId,
    /// Who may answer.
    pub user: UserId,
    /// The job.
    pub job: JobId,
    /// The step.
    pub step: StepName,
    /// Round of the proposal.
    pub round: u32,
    /// The skill's request (`type` and `action data` of the seed documents).
    pub request: ApprovalRequest,
    /// Its effects, bound.
    pub effects: Vec<BoundEffect>,
    /// The module that asks; `None` for a card made by the host.
    pub module: Option<SkillRef>,
    /// Rights it ran with, sorted text.
    pub rights: Vec<String>,
    /// What is shown, rendered by the host (`preview data`).
    pub card: Card,
    /// Fresh per question; part of every form and digest.
    pub nonce: String,
    /// Where it stands.
    pub status: ActionStatus,
    /// Bumped by each change.
    pub revision: u64,
    /// Where it was posted: channel.
    pub channel: Option<String>,
    /// Where it was posted: message.
    pub message_ts: Option<String>,
    /// When asked.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When settled.
    pub resolved_at: Option<Timestamp>,
    /// How, in full.
    pub resolution: Option<Resolution>,
}

impl PendingAction {
    /// Who asks, as the card says it.
    pub fn asked_by(request: &ApprovalRequest, module: Option<&SkillRef>) -> String {
        match module {
            Some(module) if crate::checkpoint::resend_of(&request.id).is_none() => {
                format!("{} {}", module.name, module.version)
            }
            Some(_) | None => "skillhost".to_owned(),
        }
    }

    /// What an open approval becomes whose row is not what the host wrote: nothing of it is
    /// shown as if it were, and no answer releases anything.
    pub fn void(&mut self) {
        self.card = Card::void();
    }
}

/// A row as it is stored.
#[derive(Deserialize)]
struct StoredApproval {
    id: ApprovalId,
    org: OrgId,
    user: UserId,
    job: JobId,
    step: StepName,
    round: u32,
    request: ApprovalRequest,
    effects: Vec<BoundEffect>,
    module: Option<SkillRef>,
    rights: Vec<String>,
    card: StoredCard,
    nonce: String,
    status: ActionStatus,
    revision: u64,
    channel: Option<String>,
    message_ts: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    resolved_at: Option<Timestamp>,
    resolution: Option<Resolution>,
}

impl From<StoredApproval> for PendingAction {
    fn from(stored: StoredApproval) -> Self {
        let asked_by = Self::asked_by(&stored.request, stored.module.as_ref());
        let is_open = stored.status == ActionStatus::Pending;
        let card = Card::of_stored(&stored.request, &stored.effects, &asked_by, stored.card, is_open);
        Self {
            id: stored.id,
            org: stored.org,
            user: stored.user,
            job: stored.job,
            step: stored.step,
            round: stored.round,
            request: stored.request,
            effects: stored.effects,
            module: stored.module,
            rights: stored.rights,
            card,
            nonce: stored.nonce,
            status: stored.status,
            revision: stored.revision,
            channel: stored.channel,
            message_ts: stored.message_ts,
            created_at: stored.created_at,
            expires_at: stored.expires_at,
            resolved_at: stored.resolved_at,
            resolution: stored.resolution,
        }
    }
}

/// An answer as it comes from Slack, the page or the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// Yes, perhaps with changes, perhaps later.
    Approve {
        /// Changed places.
        #[serde(default)]
        edits: Vec<Edit>,
        /// Leave not before this, epoch milliseconds.
        #[serde(default)]
        not_before: Option<Timestamp>,
    },
    /// One of the choices.
    Choose {
        /// Its local id.
        choice: String,
    },
    /// Show me others.
    More,
    /// I will do it myself.
    Manual,
    /// Each item on its own; items not named are skipped.
    Items {
        /// The answers.
        items: Vec<ItemAnswer>,
    },
    /// Drop this step, go on.
    Skip,
    /// End the job.
    Cancel,
}

/// A changed place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Local id of the effect.
    pub effect: String,
    /// JSON Pointer, one of the request's editable places.
    pub pointer: String,
    /// The new value.
    pub value: Value,
}

/// One item's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemAnswer {
    /// Its local id.
    pub item: String,
    /// Yes or no.
    pub approve: bool,
    /// Changed places.
    #[serde(default)]
    pub edits: Vec<Edit>,
}

/// What was decided, kept with the action; the second answer gets the first one's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// The answer; `None` for expiry and withdrawal.
    pub answer: Option<Answer>,
    /// Who.
    pub by: Option<UserId>,
    /// From where: `api:<client>`, `slack`, `inbox`.
    pub via: String,
    /// Effects released, by outbox key.
    pub released: Vec<EffectKey>,
    /// Words of the person.
    pub note: Option<String>,
    /// "Irrelevant", for the metrics.
    #[serde(default)]
    pub irrelevant: bool,
    /// Why, for expiry and withdrawal.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_word_of_a_status_is_the_one_of_its_json() {
        use ActionStatus as S;
        for status in [S::Pending, S::Approved, S::Skipped, S::Cancelled, S::Expired, S::Withdrawn] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn a_card_stays_open_for_a_day_and_its_job_for_two() {
        assert_eq!((DEFAULT_EXPIRY_MS, JOB_EXPIRY_MS), (86_400_000, 172_800_000));
    }
}
