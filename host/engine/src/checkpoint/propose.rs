//! A step returned: its output, effects, questions and follow-ups, in one commit.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::admit::admit;
use super::fail::{Ended, record_failure};
use super::send_back::Sent;
use super::{Checkpoint, CheckpointError, Draft, Situation, StepRun, contract, makers, room};
use crate::admission::AdmissionFacts;
use crate::approval::{ActionStatus, BoundEffect, PendingAction};
use crate::artifact::{self, Made};
use crate::binding::BindingInput;
use crate::card::{Card, host_request};
use crate::concurrency;
use crate::context;
use crate::effect;
use crate::event::raised_by;
use crate::fold::Job;
use crate::followup;
use crate::ids::{ApprovalId, StepName};
use crate::job::JobEvent;
use crate::limits::MAX_OPEN;
use crate::outbox::{EffectState, OutboxRow, Release};
use crate::outcome::{ApprovalRequest, Effect, Outcome};
use crate::plan;
use crate::sequence::Step;
use crate::skill::{CallError, CallReport, ReadRecord, SkillRef};
use crate::time::Timestamp;

/// Local id of a question that the host makes for protected effects outside any
/// request. Skills' ids have no `_`.
pub(super) const HOST_REVIEW: &str = "host_review";

/// Lines of the audit on the rights a call lacked, and as many on what it read of the
/// whole org; the journal has all of them. A call may ask a thousand times, and the
/// checkpoint that says so must still be one.
const MAX_LINES: usize = 16;

/// Records the end of a call. An outcome that breaks the contract, one that leaves
/// more open than a job may have, and a report without one become a failure of the
/// step.
pub fn step_proposed(
    s: &Situation<'_>,
    job: &Job,
    run: &StepRun,
    report: CallReport,
) -> Result<Checkpoint, CheckpointError> {
    let Some(step) = s.sequence.step(&run.step) else {
        return Err(CheckpointError::NoSuchStep { step: run.step.clone() });
    };
    let CallReport { result, spend, reads, answers: _, denials, logs: _ } = report;
    let ended = || Ended { spend, reads: reads.clone(), denials: denials.clone(), at_once: false };
    let failed = |error: CallError| {
        let mut draft = Draft::new(s, job);
        say_doors(&mut draft, run, &reads, &denials);
        record_failure(&mut draft, step, run, error, ended())?;
        draft.finish()
    };
    let checked = result.and_then(|mut outcome| {
        contract::check(&outcome, &run.rights, s.now())?;
        artifact::resolve(job, &run.step, &mut outcome, s.now())?;
        Ok(outcome)
    });
    let proposed = checked.map(|outcome| accept(s, job, run, step, outcome, ended()));
    match proposed {
        Err(error) | Ok(Err(Unfit::TooMuch(error))) => failed(error),
        // Whatever it is that does not fit into one checkpoint does not fit again.
        Ok(Err(Unfit::Checkpoint(CheckpointError::TooManyWrites { writes }))) => {
            let message = format!("it leads to {writes} writes, more than one checkpoint has");
            failed(CallError::InvalidOutcome { pointer: String::new(), message })
        }
        Ok(Err(Unfit::Checkpoint(error))) => Err(error),
        Ok(Ok(checkpoint)) => Ok(checkpoint),
    }
}

/// Says in the audit what a call was refused and what it read of the whole org.
fn say_doors(draft: &mut Draft<'_>, run: &StepRun, reads: &[ReadRecord], denials: &[String]) {
    let mut say = |action: &str, details: Vec<Value>| {
        let more = details.len().saturating_sub(MAX_LINES);
        for detail in details.into_iter().take(MAX_LINES) {
            draft.audit("host", action, run.step.as_str(), detail);
        }
        if more > 0 {
            draft.audit("host", action, run.step.as_str(), json!({"more": more, "call": run.call_id}));
        }
    };
    let lacked: BTreeSet<&String> = denials.iter().collect();
    say("right.denied", lacked.into_iter().map(|right| json!({"right": right, "call": run.call_id})).collect());
    let of_org = reads.iter().filter(|read| read.digest.is_some() && context::scope(&read.source).1);
    let detail = |read: &ReadRecord| json!({"source": read.source, "read": read.read_id, "digest": read.digest, "call": run.call_id});
    say("context.org_read", of_org.map(detail).collect());
}

/// Why an outcome that keeps the contract is not taken.
enum Unfit {
    /// The job would have more open than it may.
    TooMuch(CallError),
    Checkpoint(CheckpointError),
}

impl From<CheckpointError> for Unfit {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

fn accept(
    s: &Situation<'_>,
    job: &Job,
    run: &StepRun,
    step: &Step,
    outcome: Outcome,
    ended: Ended,
) -> Result<Checkpoint, Unfit> {
    let Ended { spend, reads, denials, .. } = ended;
    let mut draft = Draft::new(s, job);
    say_doors(&mut draft, run, &reads, &denials);
    let rights: Vec<String> = run.rights.iter().map(ToString::to_string).collect();
    let maker = Maker { step: &run.step, round: run.round, module: run.skill.as_ref(), rights: &rights };
    let Outcome { output, summary, mut effects, mut approvals, follow_ups, artifacts, evidence: _ } = outcome;
    for key in Sent::of(&draft.job, &run.step).take_out(&mut effects, &mut approvals) {
        draft.audit("host", "effect.not_repeated", key.as_str(), json!({"call": run.call_id}));
    }
    let (free, protected): (Vec<Effect>, Vec<Effect>) = effects
        .into_iter()
        .partition(|effect| !step.approval.all && effect::kind(&effect.kind).is_some_and(|kind| !kind.protected));

    let mut questions = approvals;
    let asked = questions.iter().map(|question| room::asked(&question.ask)).sum::<usize>();
    let (open, more) = (room::taken(&draft.job), free.len() + protected.len() + asked);
    if open + more > MAX_OPEN {
        let message = format!("{more} questions and effects beside {open} that are open are more than {MAX_OPEN}");
        return Err(Unfit::TooMuch(CallError::InvalidOutcome { pointer: String::new(), message }));
    }
    if !protected.is_empty() {
        let title = "This needs your approval";
        questions.push(host_request(HOST_REVIEW, title, "", protected));
    }
    let mut asked = Vec::new();
    for request in questions {
        let action = maker.question(&draft, request);
        asked.push(action.id.clone());
        draft.ask(action);
    }
    let mut released = Vec::new();
    for effect in free {
        let bound = maker.bind(&draft, effect);
        released.push(bound.key.clone());
        let row = maker.row(&draft, &bound, None, s.now());
        draft.put(row);
    }
    draft.audit(
        "host",
        "step.proposed",
        run.step.as_str(),
        json!({
            "attempt": run.attempt, "round": run.round, "call": run.call_id, "module": run.skill,
            "effects": released, "approvals": asked,
        }),
    );
    draft.event(JobEvent::StepProposed {
        step: run.step.clone(),
        attempt: run.attempt,
        round: run.round,
        skill: run.skill.clone(),
        output: output.clone(),
        summary,
        rights: rights.clone(),
        spend,
        reads,
        denials,
        effects: released,
        approvals: asked,
        suggested: follow_ups.clone(),
        artifacts: artifacts.iter().map(Made::from).collect(),
        started_at: run.started_at,
        call: run.record.clone(),
    })?;
    draft.keep(run);
    draft.keep_files(artifacts, run.keep_until);
    // A further round proposes anew what a person asks for; the events of the
    // first one were queued with it.
    let first_round = draft.job.steps.get(&run.step).map_or(0, |state| state.first_round);
    if run.round == first_round {
        let scope = plan::scope(&draft.job, s.sequence, s.facts);
        let followed = followup::follow(&draft.job, (&run.step, step), &output, &follow_ups, &scope, s.ids, s.now());
        let raised_by = makers(&draft.job, draft.s.sequence, &run.step, run.skill.as_ref());
        queue(&mut draft, &run.step, followed, raised_by)?;
    }
    Ok(draft.finish()?)
}

fn queue(
    draft: &mut Draft<'_>,
    step: &StepName,
    followed: followup::Followed,
    raised_by: Vec<SkillRef>,
) -> Result<(), CheckpointError> {
    let s = draft.s;
    let (mut jobs, mut keys) = (Vec::new(), Vec::new());
    let mut notes = followed.notes;
    let state = draft.job.steps.get(step).cloned().unwrap_or_default();
    let mut facts = AdmissionFacts { raised_by, ..s.admission.clone() };
    for event in followed.events {
        // Led to before the step was sent back; a journal that does not say to
        // what may have led to anything.
        if state.followed.contains(&event.idempotency_key) || (state.followed.is_empty() && !state.children.is_empty())
        {
            notes.push(format!("{}: the step led to this before", event.event_type));
            continue;
        }
        let sequence = s.catalog.for_event(&event.event_type).map(AsRef::as_ref);
        match admit(&event, concurrency::word(sequence, &event), &facts, sequence, s.ids, s.now(), None) {
            Ok(admitted) => {
                facts.queued(&admitted.job.row);
                jobs.push(admitted.job.row.id.clone());
                keys.push(event.idempotency_key);
                for write in admitted.batch.writes {
                    draft.write(write);
                }
            }
            Err(super::AdmitError::Refused(error)) => notes.push(format!("{}: {error}", event.event_type)),
            Err(super::AdmitError::Checkpoint(error)) => return Err(error),
        }
    }
    for note in notes {
        draft.audit("host", "followup.not_queued", step.as_str(), json!({"reason": note}));
    }
    if !jobs.is_empty() {
        draft.event(JobEvent::FollowedUp { step: step.clone(), jobs, keys })?;
    }
    Ok(())
}

/// Makes bound effects, outbox rows and questions of one round of a step.
pub(super) struct Maker<'a> {
    pub(super) step: &'a StepName,
    pub(super) round: u32,
    pub(super) module: Option<&'a SkillRef>,
    pub(super) rights: &'a [String],
}

impl Maker<'_> {
    pub(super) fn bind(&self, draft: &Draft<'_>, effect: Effect) -> BoundEffect {
        let key = draft.s.binder.effect_key(&draft.job.row.id, self.step, self.round, &effect.id);
        let after = self.after(draft, &effect);
        let digest = draft.s.binder.digest(&BindingInput {
            org: &draft.job.row.org,
            user: &draft.job.row.user,
            job: &draft.job.row.id,
            step: self.step,
            key: &key,
            local_id: &effect.id,
            kind: &effect.kind,
            payload: &effect.payload,
            after: &after,
            module: self.module,
            rights: self.rights,
        });
        BoundEffect { key, effect, digest }
    }

    fn after(&self, draft: &Draft<'_>, effect: &Effect) -> Vec<crate::ids::EffectKey> {
        effect
            .after
            .iter()
            .map(|after| draft.s.binder.after_key(&draft.job.row.id, self.step, self.round, after))
            .collect()
    }

    pub(super) fn row(
        &self,
        draft: &Draft<'_>,
        bound: &BoundEffect,
        release: Option<(ApprovalId, Release)>,
        not_before: Timestamp,
    ) -> OutboxRow {
        let now = draft.s.now();
        let (approval, release) = release.unzip();
        OutboxRow {
            key: bound.key.clone(),
            org: draft.job.row.org.clone(),
            user: draft.job.row.user.clone(),
            job: draft.job.row.id.clone(),
            step: self.step.clone(),
            local_id: bound.effect.id.clone(),
            kind: bound.effect.kind.clone(),
            payload: bound.effect.payload.clone(),
            after: self.after(draft, &bound.effect),
            module: self.module.cloned(),
            rights: self.rights.to_vec(),
            digest: bound.digest.clone(),
            approval,
            release,
            state: EffectState::Ready,
            revision: 1,
            attempt: 0,
            not_before,
            last_error: None,
            receipt: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// A question, open no longer than its step says, the first time and again.
    pub(super) fn question(&self, draft: &Draft<'_>, mut request: ApprovalRequest) -> PendingAction {
        let now = draft.s.now();
        if let Some(ms) = draft.s.sequence.step(self.step).and_then(|step| step.approval.expires_ms) {
            let latest = now.plus_ms(ms);
            request.expires = Some(request.expires.map_or(latest, |at| at.min(latest)));
        }
        let effects: Vec<BoundEffect> =
            contract::effects_of(&request.ask).into_iter().map(|effect| self.bind(draft, effect.clone())).collect();
        let asked_by = PendingAction::asked_by(&request, self.module);
        let mut asked = PendingAction {
            id: ApprovalId::new(draft.s.ids.fresh("act")),
            org: draft.job.row.org.clone(),
            user: draft.job.row.user.clone(),
            job: draft.job.row.id.clone(),
            step: self.step.clone(),
            round: self.round,
            card: Card {
                made_by: makers(&draft.job, draft.s.sequence, self.step, self.module),
                raised_by: raised_by(&draft.job.row.event_source),
                ..Card::render(&request, &effects, &asked_by)
            },
            expires_at: contract::expires_at(&request, now),
            request,
            effects,
            module: self.module.cloned(),
            rights: self.rights.to_vec(),
            nonce: hex::encode(draft.s.ids.secret()),
            status: ActionStatus::Pending,
            revision: 1,
            channel: None,
            message_ts: None,
            created_at: now,
            resolved_at: None,
            resolution: None,
        };
        asked.card.seal = draft.s.binder.seal(&asked);
        asked
    }

    /// Whether a bound effect of a question is what the key bound.
    pub(super) fn is_bound(&self, draft: &Draft<'_>, bound: &BoundEffect) -> bool {
        draft.s.binder.effect_key(&draft.job.row.id, self.step, self.round, &bound.effect.id) == bound.key
            && draft.s.binder.is_bound(
                &BindingInput {
                    org: &draft.job.row.org,
                    user: &draft.job.row.user,
                    job: &draft.job.row.id,
                    step: self.step,
                    key: &bound.key,
                    local_id: &bound.effect.id,
                    kind: &bound.effect.kind,
                    payload: &bound.effect.payload,
                    after: &self.after(draft, &bound.effect),
                    module: self.module,
                    rights: self.rights,
                },
                &bound.digest,
            )
    }
}
