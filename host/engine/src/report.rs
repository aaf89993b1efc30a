//! How useful the suggestions are: what became of each, and the ten measures that an org
//! looks at, computed from the records that are there anyway and from the marks of this
//! module.
//!
//! Invariants:
//! * A suggestion that was asked again (after an undo, a retry, an expiry) is one; what
//!   was said of it last counts, and once irrelevant is irrelevant.
//! * A dismissal counts against the skills and versions that made the suggestion, whatever
//!   serves by now; a step that only brings another one's work before a person did not
//!   make it.
//! * A measure that rests on an assumption says so ([`Basis`]), and one without a single
//!   case says nothing.
//!
//! To add a measure: its line in `report/tally.rs`, and what it needs in [`Suggestion`] or
//! [`JobFact`].

mod briefs;
mod button;
mod saved;
mod tally;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::{ActionStatus, Answer};
use crate::ids::{ApprovalId, EffectKey, JobId, OrgId, UserId};
use crate::job::JobStatus;
use crate::outbox::EffectState;
use crate::skill::SkillRef;
use crate::store::StoreError;
use crate::time::Timestamp;

pub use button::{AnsweredMessages, ButtonCounts, ButtonFacts, ButtonMark};
pub use tally::Tally;

/// The event of a brief, which has a measure of its own.
pub const BRIEF: &str = "pre_meeting_90min";

/// Longest time a report is of: longer than jobs stay in the database by default.
pub const MAX_SPAN_MS: i64 = 366 * 24 * 3_600_000;

/// Types of jobs that a measure looks at.
pub const JOB_TYPES: [&str; 4] = ["calendar_find_times", "meeting_ended", BRIEF, "stale_deal_revival"];

/// What a report is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From.
    pub since: Timestamp,
    /// Until, exclusive.
    pub until: Timestamp,
}

/// What a person did with a suggestion before they answered it. The first time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It was brought to them, beyond their inbox.
    Delivered,
    /// They had it before them, as far as the host can know.
    Viewed,
    /// They pressed something on it.
    Clicked,
}

impl Mark {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Viewed => "viewed",
            Self::Clicked => "clicked",
        }
    }
}

/// A mark on a suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionMark {
    /// Tenant.
    pub org: OrgId,
    /// The question.
    pub action: ApprovalId,
    /// What happened.
    pub mark: Mark,
    /// Where: `slack`, `inbox`, `api`.
    pub via: String,
    /// When.
    pub at: Timestamp,
}

/// The part of a store that reports read.
#[async_trait::async_trait]
pub trait Reports: Send + Sync + 'static {
    /// Marks suggestions; a mark that is there already stays as it is.
    async fn mark(&self, marks: &[SuggestionMark]) -> Result<(), StoreError>;
    /// Suggestions made within the span, of one user or of all, oldest first: those whose
    /// `n` is greater, at most `limit`.
    async fn suggestions(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        span: Span,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Suggestion>, StoreError>;
    /// Jobs of [`JOB_TYPES`] made within the span, of one user or of all, by id: those after
    /// this one, at most `limit`.
    async fn report_jobs(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        span: Span,
        after: Option<&JobId>,
        limit: u32,
    ) -> Result<Vec<JobFact>, StoreError>;
    /// What left for each user, by event type and kind, of jobs made within the span.
    async fn done(&self, org: &OrgId, user: Option<&UserId>, span: Span) -> Result<Vec<Done>, StoreError>;
    /// When the oldest job was made that is there; `None` where none is.
    async fn first_job_at(&self, org: &OrgId) -> Result<Option<Timestamp>, StoreError>;
    /// Marks buttons of messages that are there; a mark that is there already stays as it is.
    async fn mark_buttons(&self, marks: &[ButtonMark]) -> Result<(), StoreError>;
    /// The places of a message's buttons that were pressed.
    async fn pressed_buttons(&self, org: &OrgId, message: &EffectKey) -> Result<Vec<u32>, StoreError>;
    /// What became of the buttons delivered within the span, of one user or of all.
    async fn button_facts(&self, org: &OrgId, user: Option<&UserId>, span: Span) -> Result<ButtonFacts, StoreError>;
}

/// What left for a user, of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Whose.
    pub user: UserId,
    /// Type of the event.
    pub event_type: String,
    /// Kind of the effect.
    pub kind: String,
    /// How many.
    pub count: u64,
}

/// A question as it was asked and answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Grows with each; where the next page begins.
    pub n: i64,
    /// Id.
    pub id: ApprovalId,
    /// Its job.
    pub job: JobId,
    /// Its step.
    pub step: String,
    /// Local id of the request: the same when it is asked again.
    pub request: String,
    /// Who was asked.
    pub user: UserId,
    /// Type of the event that its job is about.
    pub event_type: String,
    /// The module that asked.
    pub module: Option<SkillRef>,
    /// The modules that made it; none where an earlier host asked.
    #[serde(default)]
    pub made_by: Vec<SkillRef>,
    /// Types of the jobs that led to its job by themselves, the nearest first; empty where
    /// there is none.
    #[serde(default)]
    pub raised_from: Vec<String>,
    /// Where it stands.
    pub status: ActionStatus,
    /// The answer, where there was one.
    pub answer: Option<Answer>,
    /// Dismissed as irrelevant.
    pub irrelevant: bool,
    /// Brought to the person beyond their inbox.
    pub delivered_at: Option<Timestamp>,
    /// First seen.
    pub viewed_at: Option<Timestamp>,
    /// First pressed.
    pub clicked_at: Option<Timestamp>,
    /// When asked; the inbox has it from then on.
    pub created_at: Timestamp,
}

/// An effect of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectFact {
    /// Kind.
    pub kind: String,
    /// Where it stands.
    pub state: EffectState,
    /// When it last changed: for a sent one, when it left.
    pub at: Timestamp,
    /// Fields that it writes, for `crm.update_fields`.
    pub fields: u32,
}

/// A job of one of [`JOB_TYPES`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobFact {
    /// Id; where the next page begins.
    pub id: JobId,
    /// Whose.
    pub user: UserId,
    /// Type.
    pub event_type: String,
    /// Where it stands.
    pub status: JobStatus,
    /// When made.
    pub created_at: Timestamp,
    /// `started_at` of the payload.
    pub started_at: Option<Value>,
    /// `duration_ms` of the payload.
    pub duration_ms: Option<Value>,
    /// The meeting of the payload.
    #[serde(default)]
    pub meeting: Option<String>,
    /// When it begins, as the records, the calendars or the payload say.
    pub meeting_at: Option<String>,
    /// The person said that the meeting needs no brief.
    #[serde(default)]
    pub called_off: bool,
    /// Its effects.
    pub effects: Vec<EffectFact>,
}

/// What a measure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// On what happened.
    Measured,
    /// On what stands for it, while nobody reviews a sample.
    Proxy,
    /// On what happened, times an assumption.
    Estimate,
}

/// One of the ten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Stable word.
    pub key: String,
    /// In words.
    pub name: String,
    /// The value in its unit; `None` where there was no case.
    pub value: Option<f64>,
    /// `ratio`, `minutes`, `hours_a_week`, `a_week`.
    pub unit: String,
    /// What it should be: above or below this.
    pub target: f64,
    /// Whether more is better.
    pub above: bool,
    /// Whether it is so; `None` where there was no case.
    pub met: Option<bool>,
    /// Cases that count, of how many.
    pub cases: (u64, u64),
    /// Of these, how many have no value of their own: meetings after which no mail left.
    #[serde(default)]
    pub without: u64,
    /// What it rests on.
    pub basis: Basis,
    /// How it is computed.
    pub how: String,
}

/// What became of suggestions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Asked, each once.
    pub asked: u64,
    /// Brought to the person beyond their inbox.
    pub delivered: u64,
    /// Seen.
    pub viewed: u64,
    /// Pressed, or answered.
    pub clicked: u64,
    /// Answered yes.
    pub accepted: u64,
    /// Of these with changes.
    pub edited: u64,
    /// Answered no.
    pub dismissed: u64,
    /// Of these, marked as irrelevant.
    pub irrelevant: u64,
    /// Nobody answered in time.
    pub expired: u64,
    /// Still open.
    pub open: u64,
    /// Void before anybody answered; in none of the other counts but `asked`.
    pub withdrawn: u64,
}

impl Counts {
    /// Those that ended: with an answer, or without one in time.
    pub fn settled(&self) -> u64 {
        self.accepted + self.dismissed + self.expired
    }
}

/// What became of the suggestions of one sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SequenceCounts {
    /// Type of the event that its jobs are about.
    pub event_type: String,
    /// Of those that ended, the part that was irrelevant.
    pub irrelevant_rate: Option<f64>,
    /// The counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What became of the suggestions that one version of a skill made, alone or with others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkillCounts {
    /// Skill, or `skillhost` for a card that no module asked for.
    pub skill: String,
    /// Semver.
    pub version: String,
    /// Of those that ended, the part that was irrelevant.
    pub irrelevant_rate: Option<f64>,
    /// The counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Tenant.
    pub org: OrgId,
    /// Of one user alone.
    pub user: Option<UserId>,
    /// From.
    pub since: Timestamp,
    /// Until, exclusive.
    pub until: Timestamp,
    /// What became of the suggestions.
    pub suggestions: Counts,
    /// The ten, the one that costs trust first.
    pub measures: Vec<Measure>,
    /// By skill and version, the one with most irrelevant suggestions first. What several
    /// made counts for each of them.
    pub by_skill: Vec<SkillCounts>,
    /// By sequence, in the same order; each suggestion once.
    #[serde(default)]
    pub by_sequence: Vec<SequenceCounts>,
    /// What became of the buttons of messages.
    #[serde(default)]
    pub buttons: ButtonFacts,
}
