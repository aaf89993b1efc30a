//! A job as it stands: the fold of its journal beside its rows.
//!
//! The journal is folded one event at a time by [`Job::apply`], the same
//! function whether the event was read back or just decided, so that what is in
//! memory after a checkpoint is what another host would restore.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::approval::{ActionStatus, Answer, PendingAction};
use crate::artifact::{self, KeptArtifact};
use crate::ids::{ApprovalId, EffectKey, JobId, StepName, UserId};
use crate::job::{Again, JobEvent, JobRow};
use crate::journal::{self, JournalError};
use crate::outbox::{EffectState, OutboxRow};
use crate::outcome::{FollowUp, Spend};
use crate::sequence::{Sequence, base_name, item_name};
use crate::skill::{CallError, ReadRecord, SkillRef};
use crate::store::StoredJob;
use crate::time::Timestamp;

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepStatus {
    /// Not run yet, or to be run again.
    #[default]
    Waiting,
    /// An attempt failed; another one follows at `retry_at`.
    Retrying,
    /// Its outcome is committed.
    Proposed,
    /// Failed for good.
    Failed,
    /// Not run: its condition was false.
    Skipped,
}

impl StepStatus {
    /// The word shown to people and machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Proposed => "proposed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A step of a job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepState {
    /// Where it stands.
    pub status: StepStatus,
    /// Attempts made in all.
    pub attempts: u32,
    /// Attempts made before the job was last sent back, which do not count any more.
    pub forgiven: u32,
    /// The elements it is called for, once its list was taken.
    pub items: Option<Vec<Value>>,
    /// Its skill failed for good, and its fallback is called in its place.
    pub fallback: bool,
    /// Round of the last outcome.
    pub round: u32,
    /// Round it began in when it was last sent back.
    pub first_round: u32,
    /// Module of the last attempt.
    pub skill: Option<SkillRef>,
    /// Its output.
    pub output: Value,
    /// One line for people.
    pub summary: Option<String>,
    /// Rights of the last outcome.
    pub rights: Vec<String>,
    /// Everything its attempts used.
    pub spend: Spend,
    /// What the last outcome read.
    pub reads: Vec<ReadRecord>,
    /// Rights it lacked.
    pub denials: Vec<String>,
    /// What it suggested.
    pub suggested: Vec<FollowUp>,
    /// Questions asked, in order.
    pub approvals: Vec<ApprovalId>,
    /// Jobs it led to.
    pub children: Vec<JobId>,
    /// Keys of the events they were made of, as far as the journal has them.
    pub followed: BTreeSet<String>,
    /// Who wrote its output, when no module did.
    pub edited_by: Option<UserId>,
    /// How the last attempt failed.
    pub error: Option<CallError>,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// When the last attempt started.
    pub started_at: Option<Timestamp>,
    /// When it last changed.
    pub changed_at: Option<Timestamp>,
}

/// A job with everything that decisions need. A decision is taken on a copy, so
/// what a job is made of is shared between copies until it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The row.
    pub row: JobRow,
    /// Last line of the journal.
    pub seq: u64,
    /// Steps in file order.
    pub order: Vec<StepName>,
    /// Steps by name.
    pub steps: BTreeMap<StepName, Arc<StepState>>,
    /// Questions, settled ones too.
    pub actions: BTreeMap<ApprovalId, Arc<PendingAction>>,
    /// Effects.
    pub effects: BTreeMap<EffectKey, Arc<OutboxRow>>,
    /// Files, in the order in which they were made.
    pub artifacts: Vec<Arc<KeptArtifact>>,
    /// When a pause last ended, or the job was last sent back: what nobody answered
    /// before can be asked again from then on.
    pub resumed_at: Option<Timestamp>,
    /// Jobs it was run anew as.
    pub anew: Vec<JobId>,
    /// Effects that the journal has as sent.
    pub sent: BTreeSet<EffectKey>,
    /// The modules whose work raised its event, where another job did.
    pub raised_by: Vec<SkillRef>,
}

/// Why a stored job cannot be folded.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// A line of the journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A row that the journal names is not there.
    #[error("job {job}: {what} is named by the journal and missing")]
    Missing {
        /// Which job.
        job: JobId,
        /// Which row.
        what: String,
    },
}

impl Job {
    /// A job without a history.
    pub fn new(row: JobRow) -> Self {
        Self {
            row,
            seq: 0,
            order: Vec::new(),
            steps: BTreeMap::new(),
            actions: BTreeMap::new(),
            effects: BTreeMap::new(),
            artifacts: Vec::new(),
            resumed_at: None,
            anew: Vec::new(),
            sent: BTreeSet::new(),
            raised_by: Vec::new(),
        }
    }

    /// Folds what the store holds.
    pub fn restore(stored: StoredJob) -> Result<Self, FoldError> {
        let mut job = Self::new(stored.row);
        for entry in &stored.journal {
            if entry.seq != job.seq + 1 {
                return Err(
                    JournalError::Gap { job: job.row.id.clone(), expected: job.seq + 1, found: entry.seq }.into()
                );
            }
            job.apply(journal::decode(entry)?, entry.at);
        }
        job.actions = stored.actions.into_iter().map(|action| (action.id.clone(), Arc::new(action))).collect();
        job.effects = stored.effects.into_iter().map(|effect| (effect.key.clone(), Arc::new(effect))).collect();
        for id in job.steps.values().flat_map(|step| &step.approvals) {
            if !job.actions.contains_key(id) {
                return Err(FoldError::Missing { job: job.row.id.clone(), what: format!("approval {id}") });
            }
        }
        Ok(job)
    }

    /// Folds one event and, where it is about one call of a step that is called for
    /// each element of a list, what follows for the step.
    pub fn apply(&mut self, event: JobEvent, at: Timestamp) {
        let touched = match &event {
            JobEvent::SentBack { steps, .. } => steps.iter().map(|again| again.step.clone()).collect(),
            event => event.step().into_iter().cloned().collect::<Vec<_>>(),
        };
        self.fold(event, at);
        for step in touched {
            self.sum_up(&StepName::new(base_name(&step)));
        }
    }

    /// A step that is called for each element has an outcome once all calls have.
    fn sum_up(&mut self, step: &StepName) {
        let Some(items) = self.steps.get(step).and_then(|state| state.items.as_ref()).map(Vec::len) else { return };
        let output = |index: usize| {
            let state = self.steps.get(&item_name(step, index))?;
            match state.status {
                StepStatus::Proposed => Some(&state.output),
                StepStatus::Failed | StepStatus::Skipped => Some(&Value::Null),
                StepStatus::Waiting | StepStatus::Retrying => None,
            }
        };
        let all: Option<Vec<&Value>> = (0..items).map(output).collect();
        // They are copied once, when the last call has ended.
        let whole = all.map(|outputs| Value::Array(outputs.into_iter().cloned().collect()));
        if let Some(state) = self.steps.get_mut(step).map(Arc::make_mut) {
            state.status = if whole.is_some() { StepStatus::Proposed } else { StepStatus::Waiting };
            state.output = whole.unwrap_or_default();
        }
    }

    /// Makes a step's calls out of its list, behind it in the order.
    fn fan(&mut self, step: StepName, items: Vec<Value>, at: Timestamp) {
        let behind = self.order.iter().position(|name| *name == step).map_or(self.order.len(), |place| place + 1);
        for index in (0..items.len()).rev() {
            let name = item_name(&step, index);
            if !self.steps.contains_key(&name) {
                self.order.insert(behind, name.clone());
            }
            let state = self.step_mut(name, at);
            state.status = StepStatus::Waiting;
            state.reason = None;
        }
        // A list that was taken before was longer.
        let mut index = items.len();
        while let Some(state) = self.steps.get_mut(&item_name(&step, index)).map(Arc::make_mut) {
            state.status = StepStatus::Skipped;
            state.reason = Some("the list is shorter now".to_owned());
            index += 1;
        }
        self.step_mut(step, at).items = Some(items);
    }

    /// Folds one event. Rows (`row`, `actions`, `effects`) are kept beside the
    /// journal and are not touched here.
    fn fold(&mut self, event: JobEvent, at: Timestamp) {
        self.seq += 1;
        match event {
            JobEvent::Planned { steps, raised_by } => {
                self.raised_by = raised_by;
                self.steps = steps.iter().map(|step| (step.clone(), Arc::default())).collect();
                self.order = steps;
            }
            JobEvent::StepProposed {
                step,
                attempt,
                round,
                skill,
                output,
                summary,
                rights,
                spend,
                reads,
                denials,
                effects: _,
                approvals,
                suggested,
                artifacts,
                started_at,
                call: _,
            } => {
                for made in artifacts {
                    artifact::keep(&mut self.artifacts, &step, made, at);
                }
                let state = self.step_mut(step, at);
                state.status = StepStatus::Proposed;
                state.attempts = attempt;
                state.round = round;
                state.skill = skill;
                state.output = output;
                state.edited_by = None;
                state.summary = summary;
                state.rights = rights;
                state.spend = state.spend.plus(spend);
                state.reads = reads;
                state.denials = denials;
                state.suggested = suggested;
                state.approvals.extend(approvals);
                state.error = None;
                state.retry_at = None;
                state.reason = None;
                state.started_at = Some(started_at);
            }
            JobEvent::StepFailed {
                step,
                attempt,
                skill,
                error,
                retry_at,
                fallback,
                spend,
                denials,
                started_at,
                ..
            } => {
                let state = self.step_mut(step, at);
                state.status = if retry_at.is_some() { StepStatus::Retrying } else { StepStatus::Failed };
                state.attempts = attempt;
                if fallback {
                    state.fallback = true;
                    state.forgiven = attempt;
                }
                state.skill = skill;
                state.error = Some(error);
                state.retry_at = retry_at;
                state.spend = state.spend.plus(spend);
                state.denials = denials;
                state.started_at = Some(started_at);
            }
            JobEvent::StepSkipped { step, reason } => {
                let state = self.step_mut(step, at);
                state.status = StepStatus::Skipped;
                state.reason = Some(reason);
            }
            JobEvent::StepFanned { step, items } => self.fan(step, items, at),
            JobEvent::ApprovalReopened { reopened_as, step, .. } => {
                self.step_mut(step, at).approvals.push(reopened_as);
            }
            JobEvent::ApprovalAsked { approval, step } => self.step_mut(step, at).approvals.push(approval),
            JobEvent::FollowedUp { step, jobs, keys } => {
                let state = self.step_mut(step, at);
                state.children.extend(jobs);
                state.followed.extend(keys);
            }
            JobEvent::EffectSettled { key, step, state } => {
                if state == EffectState::Sent {
                    self.sent.insert(key);
                }
                self.step_mut(step, at);
            }
            JobEvent::ApprovalSettled { step, .. } | JobEvent::EffectRequeued { step, .. } => {
                self.step_mut(step, at);
            }
            JobEvent::Ended { .. } | JobEvent::Paused { .. } => {}
            JobEvent::Resumed { .. } => self.resumed_at = Some(at),
            JobEvent::RunAnew { job, .. } => self.anew.push(job),
            JobEvent::SentBack { steps, .. } => {
                self.resumed_at = Some(at);
                for Again { step, round } in steps {
                    let state = self.step_mut(step, at);
                    state.status = StepStatus::Waiting;
                    state.forgiven = state.attempts;
                    state.round = round;
                    state.first_round = round;
                    state.fallback = false;
                    state.items = None;
                    state.output = Value::Null;
                    state.edited_by = None;
                    state.summary = None;
                    state.error = None;
                    state.retry_at = None;
                    state.reason = None;
                }
            }
            JobEvent::OutputEdited { step, output, by, .. } => {
                let state = self.step_mut(step, at);
                state.status = StepStatus::Proposed;
                state.output = output;
                state.edited_by = Some(by);
                state.summary = None;
                state.error = None;
                state.retry_at = None;
                state.reason = None;
            }
            JobEvent::Retried { from, .. } => {
                let start = self.order.iter().position(|step| *step == from).unwrap_or(0);
                for step in self.order.iter().skip(start) {
                    if let Some(state) = self.steps.get_mut(step).map(Arc::make_mut)
                        && state.status != StepStatus::Proposed
                    {
                        state.status = StepStatus::Waiting;
                        state.forgiven = state.attempts;
                        state.retry_at = None;
                        state.reason = None;
                        state.changed_at = Some(at);
                    }
                }
            }
        }
    }

    fn step_mut(&mut self, step: StepName, at: Timestamp) -> &mut StepState {
        let state = Arc::make_mut(self.steps.entry(step).or_default());
        state.changed_at = Some(at);
        state
    }

    /// Outputs by output key, as expressions see them: null for a step that was
    /// skipped or failed, absent for one that has not run.
    pub fn outputs(&self, sequence: &Sequence) -> Value {
        let mut outputs = Map::new();
        for step in &sequence.steps {
            let Some(state) = self.steps.get(&step.name) else { continue };
            match state.status {
                StepStatus::Proposed => outputs.insert(step.output.clone(), state.output.clone()),
                StepStatus::Failed | StepStatus::Skipped => outputs.insert(step.output.clone(), Value::Null),
                StepStatus::Waiting | StepStatus::Retrying => None,
            };
        }
        Value::Object(outputs)
    }

    /// Open questions, oldest first.
    pub fn open_actions(&self) -> Vec<&PendingAction> {
        let mut open: Vec<&PendingAction> =
            self.actions.values().map(Arc::as_ref).filter(|action| action.status == ActionStatus::Pending).collect();
        open.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        open
    }

    /// Questions that expired and were not asked again.
    pub fn unanswered(&self) -> impl Iterator<Item = &PendingAction> {
        let all = self.actions.values().map(Arc::as_ref);
        all.filter(|action| {
            action.status == ActionStatus::Expired && !self.was_asked_again(action) && !self.is_past(action)
        })
    }

    /// Whether a question is of a time before its step was sent back.
    pub fn is_past(&self, action: &PendingAction) -> bool {
        self.steps.get(&action.step).is_some_and(|state| state.first_round > action.round)
    }

    /// Whether a later question took this one's place.
    pub fn was_asked_again(&self, action: &PendingAction) -> bool {
        self.asked_again_as(action).is_some()
    }

    /// A number that is another one once something else can be said of what became of a
    /// settled question: the sum of the revisions of its effects and, where it can be asked
    /// again, the version of its job.
    pub fn outcome_state(&self, action: &PendingAction) -> u64 {
        let effects = self.effects.values().filter(|row| row.approval.as_ref() == Some(&action.id));
        let may_be_asked_again = matches!(action.status, ActionStatus::Expired | ActionStatus::Withdrawn);
        effects.map(|row| row.revision).sum::<u64>() + if may_be_asked_again { self.row.version } else { 0 }
    }

    /// The first question that took this one's place.
    pub fn asked_again_as(&self, action: &PendingAction) -> Option<&PendingAction> {
        let later = self.actions.values().map(Arc::as_ref).filter(|other| {
            other.step == action.step && other.request.id == action.request.id && other.round > action.round
        });
        later.min_by_key(|other| other.round)
    }

    /// Effects that are not final yet.
    pub fn effects_on_their_way(&self) -> impl Iterator<Item = &OutboxRow> {
        self.effects.values().map(Arc::as_ref).filter(|effect| !effect.state.is_final())
    }

    /// Whether a step's questions are answered and its effects final.
    pub fn is_settled(&self, step: &StepName) -> bool {
        let Some(state) = self.steps.get(step) else { return false };
        match state.status {
            StepStatus::Waiting | StepStatus::Retrying => false,
            StepStatus::Failed | StepStatus::Skipped => true,
            StepStatus::Proposed => {
                let calls = state.items.as_ref().map_or(0, Vec::len);
                (0..calls).all(|index| self.is_settled(&item_name(step, index)))
                    && self.wants_others(step).is_none()
                    && !self.unanswered().any(|action| action.step == *step)
                    && !self
                        .actions
                        .values()
                        .any(|action| action.step == *step && action.status == ActionStatus::Pending)
                    && !self.effects.values().any(|effect| effect.step == *step && !effect.state.is_final())
            }
        }
    }

    /// The round to run next, when the person asked this step for other choices.
    pub fn wants_others(&self, step: &StepName) -> Option<u32> {
        let state = self.steps.get(step)?;
        let asked = self.actions.values().any(|action| {
            action.step == *step
                && action.round >= state.round
                && !self.was_asked_again(action)
                && action.resolution.as_ref().is_some_and(|resolution| matches!(resolution.answer, Some(Answer::More)))
        });
        (asked && state.status != StepStatus::Skipped).then(|| self.next_round(step))
    }

    /// A round that no question and no outcome of the step has had.
    pub fn next_round(&self, step: &StepName) -> u32 {
        let of_step = self.steps.get(step).map_or(0, |state| state.round);
        self.actions.values().filter(|action| action.step == *step).map(|action| action.round).fold(of_step, u32::max)
            + 1
    }

    /// Everything its steps used.
    pub fn spend(&self) -> Spend {
        self.steps.values().fold(Spend::default(), |sum, step| sum.plus(step.spend))
    }

    /// Effects of a step that a crash or a receiver left unsettled.
    pub fn has_unknown(&self) -> bool {
        self.effects.values().any(|effect| effect.state == EffectState::Unknown)
    }
}
