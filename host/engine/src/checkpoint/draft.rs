//! A checkpoint in the making: the job after, and the writes that lead there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::reopen::resend_of;
use super::{Checkpoint, CheckpointError, Situation, room};
use crate::approval::{ActionStatus, Answer, PendingAction, Resolution};
use crate::artifact::Blob;
use crate::body::Subject;
use crate::canonical::sha256;
use crate::fold::Job;
use crate::ids::{ApprovalId, EffectKey};
use crate::job::{JobEvent, JobStatus};
use crate::journal;
use crate::outbox::{EffectState, HELD_UNTIL, OutboxRow, WAITED_IN_VAIN};
use crate::outcome::Artifact;
use crate::plan::{self, Next, Rest};
use crate::retry::RetryPolicy;
use crate::store::{Advance, AuditRow, Batch, ChatMessage, MAX_BATCH_WRITES, Write};
use crate::time::Timestamp;

/// Whether a row must be inserted or replaced.
#[derive(Clone, Copy, PartialEq)]
enum Touched {
    New,
    Changed,
}

/// Whether an effect that another one waits for can still happen.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Done,
    Coming,
    Never,
}

pub(super) struct Draft<'a> {
    pub(super) s: &'a Situation<'a>,
    pub(super) job: Job,
    before: JobStatus,
    expect: u64,
    writes: Vec<Write>,
    actions: BTreeMap<ApprovalId, Touched>,
    effects: BTreeMap<EffectKey, Touched>,
    forced: Option<(JobStatus, Option<String>)>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(s: &'a Situation<'a>, job: &Job) -> Self {
        Self {
            s,
            job: job.clone(),
            before: job.row.status,
            expect: job.row.version,
            writes: Vec::new(),
            actions: BTreeMap::new(),
            effects: BTreeMap::new(),
            forced: None,
        }
    }

    /// Journals an event and folds it.
    pub(super) fn event(&mut self, event: JobEvent) -> Result<(), CheckpointError> {
        let now = self.s.now();
        let entry = journal::encode(&self.job.row.id, self.job.seq + 1, &event, now)?;
        self.writes.push(Write::Journal(entry));
        self.job.apply(event, now);
        Ok(())
    }

    pub(super) fn write(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Keeps the texts that a call's line names.
    pub(super) fn keep(&mut self, run: &super::StepRun) {
        if !run.bodies.is_empty() {
            self.writes.push(Write::Bodies(Arc::clone(&run.bodies)));
        }
    }

    /// Keeps the bytes of files that a line names, under the key of whoever the job is
    /// about.
    pub(super) fn keep_files(&mut self, artifacts: Vec<Artifact>, until: Timestamp) {
        if artifacts.is_empty() {
            return;
        }
        let (org, subject) = (&self.job.row.org, Subject::of_job(&self.job.row));
        let blob = |artifact: Artifact| Blob {
            org: org.clone(),
            subject: subject.clone(),
            digest: sha256(&artifact.content).into(),
            bytes: artifact.content.into(),
            expires_at: until,
        };
        let blobs = artifacts.into_iter().map(blob).collect();
        self.writes.push(Write::Blobs(blobs));
    }

    pub(super) fn audit(&mut self, actor: &str, action: &str, subject: &str, detail: Value) {
        self.writes.push(Write::Audit(AuditRow {
            org: self.job.row.org.clone(),
            job: Some(self.job.row.id.clone()),
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail,
            at: self.s.now(),
        }));
    }

    /// Adds a question.
    pub(super) fn ask(&mut self, action: PendingAction) {
        self.actions.insert(action.id.clone(), Touched::New);
        self.job.actions.insert(action.id.clone(), Arc::new(action));
    }

    /// Settles a question that is in the job.
    pub(super) fn resolve(
        &mut self,
        id: &ApprovalId,
        status: ActionStatus,
        resolution: Resolution,
    ) -> Result<(), CheckpointError> {
        let now = self.s.now();
        let Some(action) = self.job.actions.get_mut(id).map(Arc::make_mut) else {
            return Err(CheckpointError::NoSuchApproval { approval: id.clone() });
        };
        if !self.actions.contains_key(id) {
            action.revision += 1;
            self.actions.insert(id.clone(), Touched::Changed);
        }
        action.status = status;
        action.resolved_at = Some(now);
        let (step, released) = (action.step.clone(), resolution.released.clone());
        let actor = resolution.by.as_ref().map_or_else(|| "host".to_owned(), |by| format!("user:{by}"));
        let detail = json!({
            "via": resolution.via, "released": released, "irrelevant": resolution.irrelevant,
            "reason": resolution.reason,
        });
        action.resolution = Some(resolution);
        self.event(JobEvent::ApprovalSettled { approval: id.clone(), step, status, released })?;
        self.audit(&actor, &format!("approval.{}", status.as_str()), id.as_str(), detail);
        Ok(())
    }

    /// Settles a question without an answer.
    pub(super) fn close(&mut self, id: &ApprovalId, status: ActionStatus, reason: &str) -> Result<(), CheckpointError> {
        let resolution = Resolution {
            answer: None,
            by: None,
            via: "host".to_owned(),
            released: Vec::new(),
            note: None,
            irrelevant: false,
            reason: Some(reason.to_owned()),
        };
        self.resolve(id, status, resolution)
    }

    /// Replaces the bound effects of a question, after edits.
    pub(super) fn rebind(&mut self, id: &ApprovalId, effects: Vec<crate::approval::BoundEffect>) {
        if let Some(action) = self.job.actions.get_mut(id).map(Arc::make_mut) {
            action.effects = effects;
        }
    }

    /// Adds an effect to the outbox.
    pub(super) fn put(&mut self, row: OutboxRow) {
        self.effects.insert(row.key.clone(), Touched::New);
        self.job.effects.insert(row.key.clone(), Arc::new(row));
    }

    /// Takes over a row as the store has it now.
    pub(super) fn refresh(&mut self, row: &OutboxRow) {
        self.job.effects.insert(row.key.clone(), Arc::new(row.clone()));
    }

    /// Changes an effect that is in the job; journals it when that ends it.
    pub(super) fn change(
        &mut self,
        key: &EffectKey,
        change: impl FnOnce(&mut OutboxRow),
    ) -> Result<(), CheckpointError> {
        let now = self.s.now();
        let Some(row) = self.job.effects.get_mut(key).map(Arc::make_mut) else {
            return Err(CheckpointError::NoSuchEffect { key: key.clone() });
        };
        if !self.effects.contains_key(key) {
            row.revision += 1;
            self.effects.insert(key.clone(), Touched::Changed);
        }
        change(row);
        row.updated_at = now;
        let (step, state) = (row.step.clone(), row.state);
        if state.is_final() {
            let reason = row.last_error.clone();
            self.event(JobEvent::EffectSettled { key: key.clone(), step, state })?;
            self.audit("host", &format!("effect.{}", state.as_str()), key.as_str(), json!({"reason": reason}));
        }
        Ok(())
    }

    /// Ends the job whatever the plan says.
    pub(super) fn end(&mut self, status: JobStatus, reason: Option<String>) {
        self.forced = Some((status, reason));
    }

    /// Queues the job whatever the plan says, and closes the batch.
    pub(super) fn requeue(self) -> Result<Checkpoint, CheckpointError> {
        self.requeue_until(None)
    }

    /// The same for a job that is not taken before a time.
    pub(super) fn requeue_until(mut self, wake_at: Option<Timestamp>) -> Result<Checkpoint, CheckpointError> {
        self.rest(JobStatus::Pending, None, wake_at);
        self.settle_dependents()?;
        self.close_batch(Next::resting(Rest::Busy))
    }

    /// Holds, frees or drops effects by what became of those they wait for. While
    /// the job is paused, all of them are held, and once it is cancelled, all are
    /// dropped: a row that is read as due by then has another revision and is not
    /// sent.
    fn settle_dependents(&mut self) -> Result<(), CheckpointError> {
        if self.job.row.status == JobStatus::Cancelled {
            return self.take_back("the job was cancelled", |_| true);
        }
        if self.job.row.status == JobStatus::Paused {
            let ready = self.job.effects.values().filter(|row| row.state == EffectState::Ready);
            let loose: Vec<EffectKey> =
                ready.filter(|row| row.not_before != HELD_UNTIL).map(|row| row.key.clone()).collect();
            for key in loose {
                self.change(&key, |row| row.not_before = HELD_UNTIL)?;
            }
            return Ok(());
        }
        loop {
            let mut moved = false;
            let waiting: Vec<EffectKey> = self
                .job
                .effects
                .values()
                .filter(|row| {
                    row.state == EffectState::Ready && (!row.after.is_empty() || row.not_before == HELD_UNTIL)
                })
                .map(|row| row.key.clone())
                .collect();
            for key in waiting {
                let Some(row) = self.job.effects.get(&key) else { continue };
                let standings: Vec<Standing> = row.after.iter().map(|after| self.standing(after)).collect();
                if standings.contains(&Standing::Never) {
                    self.change(&key, |row| {
                        row.state = EffectState::Cancelled;
                        row.last_error = Some(WAITED_IN_VAIN.to_owned());
                    })?;
                    moved = true;
                } else if standings.contains(&Standing::Coming) {
                    if row.not_before != HELD_UNTIL {
                        self.change(&key, |row| row.not_before = HELD_UNTIL)?;
                    }
                } else if row.not_before == HELD_UNTIL {
                    let at = self.leave_at(row);
                    self.change(&key, |row| row.not_before = at)?;
                }
            }
            if !moved {
                return Ok(());
            }
        }
    }

    /// When an effect may leave that waits for nothing else: after its undo window,
    /// and after the wait that its failed attempts earned it.
    fn leave_at(&self, row: &OutboxRow) -> Timestamp {
        let now = self.s.now();
        let undo = crate::effect::kind(&row.kind).is_some_and(|kind| kind.undo);
        let seen = if undo { now.plus_ms(self.s.undo_ms) } else { now };
        let again =
            (row.attempt > 0).then(|| RetryPolicy::DELIVERY.again(row.attempt, now, None, row.key.as_str())).flatten();
        let earliest = again.map_or(seen, |at| at.max(seen));
        let asked = row
            .approval
            .as_ref()
            .and_then(|id| self.job.actions.get(id))
            .and_then(|action| action.resolution.as_ref())
            .and_then(|resolution| match &resolution.answer {
                Some(Answer::Approve { not_before, .. }) => *not_before,
                _ => None,
            });
        asked.map_or(earliest, |at| at.max(earliest))
    }

    fn standing(&self, key: &EffectKey) -> Standing {
        match self.job.effects.get(key).map(|row| row.state) {
            Some(EffectState::Sent) => Standing::Done,
            Some(EffectState::Dead | EffectState::Cancelled) => Standing::Never,
            Some(EffectState::Ready | EffectState::Sending | EffectState::Unknown) => Standing::Coming,
            None => {
                let asked = self.job.actions.values().any(|action| {
                    action.status == ActionStatus::Pending && action.effects.iter().any(|bound| bound.key == *key)
                });
                // An expired question can be asked again, under a new round,
                // which makes new keys for everything that hangs on it.
                if asked { Standing::Coming } else { Standing::Never }
            }
        }
    }

    /// Withdraws open questions.
    pub(super) fn withdraw(
        &mut self,
        reason: &str,
        which: impl Fn(&PendingAction) -> bool,
    ) -> Result<(), CheckpointError> {
        let open = self.job.open_actions().into_iter().filter(|action| which(action));
        let open: Vec<ApprovalId> = open.map(|action| action.id.clone()).collect();
        for id in open {
            self.close(&id, ActionStatus::Withdrawn, reason)?;
        }
        Ok(())
    }

    /// Cancels effects that have not left.
    pub(super) fn take_back(
        &mut self,
        reason: &str,
        which: impl Fn(&OutboxRow) -> bool,
    ) -> Result<(), CheckpointError> {
        let ready = self.job.effects.values().filter(|row| row.state == EffectState::Ready && which(row));
        let ready: Vec<EffectKey> = ready.map(|row| row.key.clone()).collect();
        for key in ready {
            self.change(&key, |row| {
                row.state = EffectState::Cancelled;
                row.last_error = Some(reason.to_owned());
            })?;
        }
        Ok(())
    }

    /// Closes questions whose time is over, as many as fit into one checkpoint with
    /// what hangs on them; the others stay due.
    pub(super) fn close_expired(&mut self) -> Result<(), CheckpointError> {
        for id in room::over(&self.job, self.s.now()) {
            self.close(&id, ActionStatus::Expired, "nobody answered in time")?;
        }
        Ok(())
    }

    /// Decides what follows and closes the batch.
    pub(super) fn finish(mut self) -> Result<Checkpoint, CheckpointError> {
        let held = self.s.lease.is_some();
        let next = self.decide(held)?;
        self.settle_dependents()?;
        let after = self.job.row.status;
        let legal = self.before == after
            || self.before.may_become(after)
            // Whoever holds the job took it first: two moves in one commit.
            || held && self.before.may_become(JobStatus::InProgress) && JobStatus::InProgress.may_become(after);
        if !legal {
            return Err(CheckpointError::IllegalMove { from: self.before, to: after });
        }
        self.close_batch(next)
    }

    /// Sets the row's status by the plan, skipping and ending as it says.
    fn decide(&mut self, held: bool) -> Result<Next, CheckpointError> {
        let s = self.s;
        if let Some((status, reason)) = self.forced.take() {
            return self.end_now(status, reason);
        }
        if self.before.is_ended() && self.job.row.status.is_ended() {
            return Ok(plan::next(&self.job, s.sequence, s.facts, s.running));
        }
        loop {
            self.settle_dependents()?;
            let next = plan::next(&self.job, s.sequence, s.facts, s.running);
            if held && next.is_to_record() {
                for (step, reason) in next.skip {
                    self.event(JobEvent::StepSkipped { step, reason })?;
                }
                for (step, items) in next.fan {
                    self.event(JobEvent::StepFanned { step, items })?;
                }
                continue;
            }
            // Somebody else's calls are under way, or an operator parked the
            // job: only they move it on.
            let not_ours = !held && self.before == JobStatus::InProgress || self.before == JobStatus::Paused;
            if not_ours && self.job.row.status == self.before {
                return Ok(next);
            }
            match next.rest.clone() {
                Rest::Busy => {
                    let status = if held { JobStatus::InProgress } else { JobStatus::Pending };
                    self.rest(status, None, None);
                    return Ok(next);
                }
                Rest::Park { status, reason, wake_at } => {
                    self.rest(status, Some(reason), wake_at);
                    return Ok(next);
                }
                Rest::End { status, reason } => {
                    if !held && !self.before.may_become(status) {
                        // A queued job ends in the hands of whoever claims it.
                        return Ok(next);
                    }
                    return self.end_now(status, reason);
                }
            }
        }
    }

    /// Parks the job whatever the plan says, and closes the batch.
    pub(super) fn park(
        mut self,
        status: JobStatus,
        reason: &str,
        wake_at: Option<Timestamp>,
    ) -> Result<Checkpoint, CheckpointError> {
        self.rest(status, Some(reason.to_owned()), wake_at);
        self.settle_dependents()?;
        let rest = Rest::Park { status, reason: reason.to_owned(), wake_at };
        self.close_batch(Next::resting(rest))
    }

    fn end_now(&mut self, status: JobStatus, reason: Option<String>) -> Result<Next, CheckpointError> {
        if status != JobStatus::Completed {
            // What became of an effect is still to be said, whatever became of the job.
            self.withdraw(&format!("the job is {}", status.as_str()), |action| {
                resend_of(&action.request.id).is_none()
            })?;
        }
        if status == JobStatus::Failed {
            self.tell(reason.as_deref().unwrap_or_default());
        }
        self.event(JobEvent::Ended { status, reason: reason.clone() })?;
        self.audit("host", &format!("job.{}", status.as_str()), self.job.row.id.clone().as_str(), json!({}));
        self.rest(status, reason.clone(), None);
        Ok(Next::resting(Rest::End { status, reason }))
    }

    /// Tells the person that their job stopped. The id holds the version, so that
    /// a job that is sent back and stops again says so again.
    fn tell(&mut self, reason: &str) {
        let row = &self.job.row;
        self.writes.push(Write::Notice(ChatMessage {
            id: format!("failed:{}:{}", row.id, self.expect),
            org: row.org.clone(),
            user: row.user.clone(),
            job: Some(row.id.clone()),
            text: format!("The work on “{}” stopped: {reason}", row.event_type),
            at: self.s.now(),
        }));
    }

    fn rest(&mut self, status: JobStatus, reason: Option<String>, wake_at: Option<Timestamp>) {
        let row = &mut self.job.row;
        row.status = status;
        row.reason = reason;
        row.wake_at = wake_at;
        row.lease = if status == JobStatus::InProgress { self.s.lease.cloned() } else { None };
    }

    fn close_batch(mut self, next: Next) -> Result<Checkpoint, CheckpointError> {
        let row = &mut self.job.row;
        row.version = self.expect + 1;
        row.updated_at = self.s.now();
        let advance = Advance {
            job: row.id.clone(),
            expect: self.expect,
            status: row.status,
            reason: row.reason.clone(),
            wake_at: row.wake_at,
            lease: row.lease.clone(),
            at: row.updated_at,
        };
        let mut writes = Vec::with_capacity(1 + self.writes.len() + self.actions.len() + self.effects.len());
        writes.push(Write::Advance(advance));
        writes.append(&mut self.writes);
        let touched: BTreeSet<_> = self.actions.keys().cloned().collect();
        for id in touched {
            let Some(action) = self.job.actions.get(&id).cloned() else { continue };
            writes.push(match self.actions.get(&id) {
                Some(Touched::New) => Write::NewAction(action),
                _ => Write::Action(action),
            });
        }
        for (key, touched) in &self.effects {
            let Some(row) = self.job.effects.get(key).cloned() else { continue };
            writes.push(match touched {
                Touched::New => Write::NewEffect(row),
                Touched::Changed => Write::Effect(row),
            });
        }
        if writes.len() > MAX_BATCH_WRITES {
            return Err(CheckpointError::TooManyWrites { writes: writes.len() });
        }
        Ok(Checkpoint { batch: Batch { writes }, job: self.job, next })
    }
}
