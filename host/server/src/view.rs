//! A job as people and programs see it: the API's, the page's and the CLI's
//! one shape, made from the journal.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillhost_engine::approval::{ActionStatus, PendingAction, Resolution};
use skillhost_engine::card::Card;
use skillhost_engine::ids::{ApprovalId, EffectKey, JobId, OrgId, UserId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::time::Timestamp;

/// A job with its steps, questions, effects and children.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobView {
    /// Id.
    pub id: JobId,
    /// Tenant.
    pub org_id: OrgId,
    /// Whose.
    pub user_id: UserId,
    /// Where it stands.
    pub status: JobStatus,
    /// Why.
    pub reason: Option<String>,
    /// Sequence name.
    pub sequence: String,
    /// Event type.
    pub event_type: String,
    /// `event_source`.
    pub event_source: String,
    /// The job whose event it takes once more.
    #[serde(default)]
    pub anew_of: Option<JobId>,
    /// Jobs that its event was taken as once more.
    #[serde(default)]
    pub anew: Vec<JobId>,
    /// `event_chain`: `{parent, children}`.
    pub event_chain: Value,
    /// 1 for a root.
    pub depth: u8,
    /// In file order.
    pub steps: Vec<StepView>,
    /// In the order asked.
    pub approvals: Vec<ApprovalView>,
    /// In the order released.
    pub effects: Vec<EffectRowView>,
    /// Jobs it raised.
    pub follow_ups: Vec<FollowUpView>,
    /// Step outputs by key.
    pub outputs: Value,
    /// The eleven keys of the seed documents, and fuel.
    pub execution_metadata: Value,
    /// When made, epoch milliseconds.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    /// Name in the sequence.
    pub name: String,
    /// Skill, or `action:<name>`.
    pub skill: String,
    /// Semver of the module it ran as.
    pub version: Option<String>,
    /// The module's digest.
    pub digest: Option<String>,
    /// `waiting`, `running`, `proposed` (waits on a person or on its effects),
    /// `settled`, `skipped`, `failed`, `retrying`.
    pub state: String,
    /// Why, for skipped and failed.
    pub reason: Option<String>,
    /// One line of the skill.
    pub summary: Option<String>,
    /// Attempts made.
    pub attempts: u32,
    /// Fuel burned.
    pub fuel: i64,
    /// Wall microseconds.
    pub wall_us: i64,
    /// Micro-dollars.
    pub money: i64,
    /// When its last attempt started.
    pub started_at: Option<Timestamp>,
    /// When its last attempt ended.
    pub ended_at: Option<Timestamp>,
    /// Who wrote its output, when a person replaced it.
    #[serde(default)]
    pub edited_by: Option<UserId>,
    /// Its output key.
    pub output: String,
    /// Names of steps it needs.
    pub needs: Vec<String>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovalView {
    /// Id.
    pub id: ApprovalId,
    /// Its job.
    pub job_id: JobId,
    /// Its step.
    pub step: String,
    /// Who may answer.
    pub user_id: UserId,
    /// Where it stands.
    pub status: ActionStatus,
    /// `review`, `choose` or `batch`.
    pub pattern: String,
    /// What is shown.
    pub card: Card,
    /// Part of every answer made from a form.
    pub nonce: String,
    /// When asked.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// How it was settled.
    pub resolution: Option<Resolution>,
}

impl From<&PendingAction> for ApprovalView {
    fn from(action: &PendingAction) -> Self {
        Self {
            id: action.id.clone(),
            job_id: action.job.clone(),
            step: action.step.to_string(),
            user_id: action.user.clone(),
            status: action.status,
            pattern: action.card.pattern.clone(),
            // The seal is the host's own business.
            card: Card { seal: String::new(), ..action.card.clone() },
            nonce: action.nonce.clone(),
            created_at: action.created_at,
            expires_at: action.expires_at,
            resolution: action.resolution.clone(),
        }
    }
}

/// An effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectRowView {
    /// Idempotency key.
    pub key: EffectKey,
    /// Its step.
    pub step: String,
    /// Kind.
    pub kind: String,
    /// What.
    pub payload: Value,
    /// Where it stands.
    pub state: EffectState,
    /// Attempts made.
    pub attempt: u32,
    /// Not before this; an undo is possible until then while it is `ready`.
    pub not_before: Timestamp,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// What the receiver said.
    pub receipt: Option<Value>,
    /// Which answer released it.
    pub approval: Option<ApprovalId>,
}

impl From<&OutboxRow> for EffectRowView {
    fn from(row: &OutboxRow) -> Self {
        Self {
            key: row.key.clone(),
            step: row.step.to_string(),
            kind: row.kind.clone(),
            payload: row.payload.clone(),
            state: row.state,
            attempt: row.attempt,
            not_before: row.not_before,
            last_error: row.last_error.clone(),
            receipt: row.receipt.clone(),
            approval: row.approval.clone(),
        }
    }
}

/// A job that this one raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowUpView {
    /// Its job.
    pub job_id: JobId,
    /// Event type.
    pub event_type: String,
    /// Where it stands.
    pub status: JobStatus,
    /// Why.
    pub reason: Option<String>,
}
