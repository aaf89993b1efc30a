//! A step returned: its output, effects, questions and follow-ups, in one commit.

use serde_json::json;

use super::admit::admit;
use super::fail::{Ended, record_failure};
use super::send_back::Sent;
use super::{Checkpoint, CheckpointError, Draft, Situation, StepRun, contract};
use crate::approval::{ActionStatus, BoundEffect, PendingAction};
use crate::binding::BindingInput;
use crate::card::{Card, host_request};
use crate::context;
use crate::effect;
use crate::fold::Job;
use crate::followup;
use crate::ids::{ApprovalId, StepName};
use crate::job::JobEvent;
use crate::outbox::{EffectState, OutboxRow, Release};
use crate::outcome::{ApprovalRequest, Effect, Outcome};
use crate::plan;
use crate::skill::{CallReport, SkillRef};
use crate::time::Timestamp;

/// Local id of a question that the host makes for protected effects outside any
/// request. Skills' ids have no `_`.
pub(super) const HOST_REVIEW: &str = "host_review";

/// Records the end of a call. An outcome that breaks the contract, and a report
/// without one, become a failure of the step.
pub fn step_proposed(
    s: &Situation<'_>,
    job: &Job,
    run: &StepRun,
    report: CallReport,
) -> Result<Checkpoint, CheckpointError> {
    let Some(step) = s.sequence.step(&run.step) else {
        return Err(CheckpointError::NoSuchStep { step: run.step.clone() });
    };
    let mut draft = Draft::new(s, job);
    let CallReport { result, spend, reads, answers: _, denials, logs: _ } = report;
    for denial in &denials {
        draft.audit("host", "right.denied", run.step.as_str(), json!({"right": denial, "call": run.call_id}));
    }
    for read in reads.iter().filter(|read| read.digest.is_some() && context::scope(&read.source).1) {
        let detail = json!({"source": read.source, "read": read.read_id, "digest": read.digest, "call": run.call_id});
        draft.audit("host", "context.org_read", run.step.as_str(), detail);
    }
    let checked = result.and_then(|outcome| contract::check(&outcome, &run.rights, s.now()).map(|()| outcome));
    let outcome = match checked {
        Ok(outcome) => outcome,
        Err(error) => {
            record_failure(&mut draft, step, run, error, Ended { spend, reads, denials, at_once: false })?;
            return draft.finish();
        }
    };
    let rights: Vec<String> = run.rights.iter().map(ToString::to_string).collect();
    let maker = Maker { step: &run.step, round: run.round, module: run.skill.as_ref(), rights: &rights };
    let Outcome { output, summary, mut effects, mut approvals, follow_ups, artifacts: _, evidence: _ } = outcome;
    for key in Sent::of(&draft.job, &run.step).take_out(&mut effects, &mut approvals) {
        draft.audit("host", "effect.not_repeated", key.as_str(), json!({"call": run.call_id}));
    }
    let (free, protected): (Vec<Effect>, Vec<Effect>) = effects
        .into_iter()
        .partition(|effect| !step.approval.all && effect::kind(&effect.kind).is_some_and(|kind| !kind.protected));

    let mut questions = approvals;
    if !protected.is_empty() {
        let title = "This needs your approval";
        questions.push(host_request(HOST_REVIEW, title, "", protected));
    }
    let mut asked = Vec::new();
    for mut request in questions {
        if let Some(ms) = step.approval.expires_ms {
            let latest = s.now().plus_ms(ms);
            request.expires = Some(request.expires.map_or(latest, |at| at.min(latest)));
        }
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
        started_at: run.started_at,
        call: run.record.clone(),
    })?;
    draft.keep(run);
    // A further round proposes anew what a person asks for; the events of the
    // first one were queued with it.
    let first_round = draft.job.steps.get(&run.step).map_or(0, |state| state.first_round);
    if run.round == first_round {
        let scope = plan::scope(&draft.job, s.sequence, s.facts);
        let followed = followup::follow(&draft.job, (&run.step, step), &output, &follow_ups, &scope, s.ids, s.now());
        queue(&mut draft, &run.step, followed)?;
    }
    draft.finish()
}

fn queue(draft: &mut Draft<'_>, step: &StepName, followed: followup::Followed) -> Result<(), CheckpointError> {
    let s = draft.s;
    let (mut jobs, mut keys) = (Vec::new(), Vec::new());
    let mut notes = followed.notes;
    let state = draft.job.steps.get(step).cloned().unwrap_or_default();
    for event in followed.events {
        // Led to before the step was sent back; a journal that does not say to
        // what may have led to anything.
        if state.followed.contains(&event.idempotency_key) || (state.followed.is_empty() && !state.children.is_empty())
        {
            notes.push(format!("{}: the step led to this before", event.event_type));
            continue;
        }
        let sequence = s.catalog.for_event(&event.event_type);
        match admit(&event, s.admission, sequence.map(AsRef::as_ref), s.ids, s.now(), None) {
            Ok(admitted) => {
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

    pub(super) fn question(&self, draft: &Draft<'_>, request: ApprovalRequest) -> PendingAction {
        let now = draft.s.now();
        let effects: Vec<BoundEffect> =
            contract::effects_of(&request.ask).into_iter().map(|effect| self.bind(draft, effect.clone())).collect();
        let asked_by = match self.module {
            Some(module) if super::reopen::resend_of(&request.id).is_none() => {
                format!("{} {}", module.name, module.version)
            }
            Some(_) | None => "skillhost".to_owned(),
        };
        PendingAction {
            id: ApprovalId::new(draft.s.ids.fresh("act")),
            org: draft.job.row.org.clone(),
            user: draft.job.row.user.clone(),
            job: draft.job.row.id.clone(),
            step: self.step.clone(),
            round: self.round,
            card: Card::render(&request, &effects, &asked_by),
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
        }
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
