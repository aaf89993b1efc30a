//! The ways back: a job runs again from a step, goes on with an output that a
//! person wrote, or is run anew as another job.
//!
//! * A step that runs again gets a round of its own, hence new keys for what it
//!   proposes. What it proposed before and has not left is void; what left is
//!   never sent again, see [`Sent`].
//! * A person's output stands in the journal with both digests. Steps that have
//!   run are not run again for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::admit::admit;
use super::order::{Order, OrderError};
use super::reopen::{reopen_whole, resend_of, resend_questions, withdrawn};
use super::{Checkpoint, Draft, Situation};
use crate::admission::AdmissionFacts;
use crate::approval::PendingAction;
use crate::canonical::{depth, digest_json};
use crate::concurrency;
use crate::event::Event;
use crate::fold::{Job, StepStatus};
use crate::ids::{EffectKey, EventId, JobId, StepName};
use crate::job::{Again, JobEvent, JobStatus};
use crate::limits::{CallLimits, MAX_JSON_DEPTH};
use crate::outbox::{EffectState, OutboxRow};
use crate::outcome::{ApprovalRequest, Ask, Effect};
use crate::plan;
use crate::quiet::Calm;
use crate::sequence::{Sequence, base_name};

const RUNS_AGAIN: &str = "its step runs again";

/// Sends a job back: the step, everything that depends on it, and whatever
/// stopped the job run again. Questions that the job's end withdrew are asked
/// again, unless their step runs again.
pub fn retry_from(s: &Situation<'_>, job: &Job, step: &StepName, order: &Order) -> Result<Checkpoint, OrderError> {
    order.check(job)?;
    let status = job.row.status;
    let hint = match status {
        JobStatus::Failed | JobStatus::Completed | JobStatus::Expired | JobStatus::Paused => None,
        JobStatus::Cancelled | JobStatus::Skipped => Some("Run it anew as another job."),
        _ => Some("Pause it first, or wait until it ends."),
    };
    if let Some(hint) = hint {
        return Err(OrderError::WrongState { verb: "sent back", status, hint });
    }
    if !job.steps.contains_key(step) {
        return Err(OrderError::NoSuchStep { step: step.clone(), known: job.order.clone() });
    }
    let again = again(job, s.sequence, step);
    let of_these = |name: &StepName| again.iter().any(|again| again.step == *name);
    let leaving = |row: &&OutboxRow| matches!(row.state, EffectState::Sending | EffectState::Unknown);
    if let Some(row) = job.effects_on_their_way().filter(leaving).find(|row| of_these(&row.step)) {
        let (key, step) = (row.key.clone(), row.step.clone());
        return Err(OrderError::EffectLeaving { key, step, state: row.state });
    }
    let mut draft = Draft::new(s, job);
    let names: Vec<&StepName> = again.iter().map(|again| &again.step).collect();
    draft.audit(&order.actor(), "job.retried", step.as_str(), order.detail(json!({"steps": names})));
    draft.withdraw(RUNS_AGAIN, |action| of_these(&action.step))?;
    draft.take_back(RUNS_AGAIN, |row| of_these(&row.step))?;
    draft.event(JobEvent::SentBack { from: step.clone(), steps: again, by: order.by.id.clone() })?;
    if status != JobStatus::Paused {
        ask_what_was_withdrawn(&mut draft)?;
    }
    Ok(draft.requeue()?)
}

fn ask_what_was_withdrawn(draft: &mut Draft<'_>) -> Result<(), super::CheckpointError> {
    // Those of one outcome go into one round, where they name each other's effects.
    let mut rounds: BTreeMap<_, Vec<Arc<PendingAction>>> = BTreeMap::new();
    for action in withdrawn(&draft.job) {
        let of = (action.step.clone(), action.round, resend_of(&action.request.id));
        rounds.entry(of).or_default().push(action);
    }
    for questions in rounds.values() {
        reopen_whole(draft, questions, "host")?;
    }
    Ok(())
}

/// The steps that run again, each with its round: a new one where it has had an
/// outcome or a question, so that no key is used twice.
fn again(job: &Job, sequence: &Sequence, from: &StepName) -> Vec<Again> {
    let mut names: BTreeSet<StepName> = plan::stopping(job, sequence).map(|(name, _)| name.clone()).collect();
    names.insert(from.clone());
    // What depends on one call of a step depends on the step.
    let mut bases: BTreeSet<String> = names.iter().map(|name| base_name(name).to_owned()).collect();
    loop {
        let more: Vec<&StepName> = sequence
            .steps
            .iter()
            .filter(|step| !bases.contains(step.name.as_str()))
            .filter(|step| step.needs.iter().any(|need| bases.contains(need.step.as_str())))
            .map(|step| &step.name)
            .collect();
        if more.is_empty() {
            break;
        }
        bases.extend(more.iter().map(|name| name.as_str().to_owned()));
        names.extend(more.into_iter().cloned());
    }
    // A step that takes its list anew takes all its calls with it.
    let calls: Vec<StepName> =
        job.steps.keys().filter(|name| names.contains(&StepName::new(base_name(name)))).cloned().collect();
    names.extend(calls);
    names
        .into_iter()
        .filter_map(|name| {
            let state = job.steps.get(&name)?;
            let asked = job.actions.values().any(|action| action.step == name && action.round >= state.round);
            let had = state.status == StepStatus::Proposed || asked;
            let round = if had { job.next_round(&name) } else { state.round };
            Some(Again { step: name, round })
        })
        .collect()
}

/// What a step that runs again proposed before and what has left: it is not
/// proposed again, whatever it would say now. The same effect is one with the
/// same local id and kind.
pub(super) struct Sent(BTreeMap<(String, String), EffectKey>);

impl Sent {
    /// Of a step; nothing of one that was not sent back.
    pub(super) fn of(job: &Job, step: &StepName) -> Self {
        if job.steps.get(step).is_none_or(|state| state.first_round == 0) {
            return Self(BTreeMap::new());
        }
        let left = |row: &&Arc<OutboxRow>| {
            row.step == *step
                && match row.state {
                    EffectState::Sent => true,
                    // Given up because nobody knew whether it had happened.
                    EffectState::Dead => was_unknown(job, &row.key),
                    _ => false,
                }
        };
        let keyed = |row: &Arc<OutboxRow>| ((row.local_id.clone(), row.kind.clone()), row.key.clone());
        Self(job.effects.values().filter(left).map(keyed).collect())
    }

    fn key(&self, effect: &Effect) -> Option<&EffectKey> {
        self.0.get(&(effect.id.clone(), effect.kind.clone()))
    }

    /// Takes out what has left; what waits for it then waits for the one that left.
    /// Gives the keys of what was taken out.
    pub(super) fn take_out(&self, effects: &mut Vec<Effect>, questions: &mut Vec<ApprovalRequest>) -> Vec<EffectKey> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let all =
            effects.iter().chain(questions.iter().flat_map(|question| super::contract::effects_of(&question.ask)));
        let gone: BTreeMap<String, EffectKey> =
            all.filter_map(|effect| Some((effect.id.clone(), self.key(effect)?.clone()))).collect();
        let keep = |effect: &mut Effect| {
            for after in &mut effect.after {
                if let Some(key) = gone.get(after) {
                    key.as_str().clone_into(after);
                }
            }
            !gone.contains_key(&effect.id)
        };
        effects.retain_mut(keep);
        questions.retain_mut(|question| {
            if let Ask::Choose { choices, .. } = &question.ask {
                // One of them was chosen, and what it stood for has happened.
                let mut effects = choices.iter().flat_map(|choice| &choice.effects);
                if effects.any(|effect| gone.contains_key(&effect.id)) {
                    return false;
                }
            }
            question.ask.narrow(keep);
            matches!(question.ask, Ask::Choose { .. }) || !super::contract::effects_of(&question.ask).is_empty()
        });
        gone.into_values().collect()
    }
}

/// Whether a person was ever asked what became of an effect.
pub(super) fn was_unknown(job: &Job, key: &EffectKey) -> bool {
    resend_questions(job, key).next().is_some()
}

/// Replaces a step's output by a person's, which was checked against the skill's
/// schema. Steps that have not run use it; a job that this step stopped goes on.
pub fn edit_output(
    s: &Situation<'_>,
    job: &Job,
    step: &StepName,
    output: Value,
    order: &Order,
) -> Result<Checkpoint, OrderError> {
    order.check(job)?;
    let status = job.row.status;
    let hint = match status {
        JobStatus::Pending | JobStatus::InProgress => Some("Pause it first: its next steps run at this moment."),
        JobStatus::Cancelled | JobStatus::Skipped => Some("Run it anew as another job."),
        _ => None,
    };
    if let Some(hint) = hint {
        return Err(OrderError::WrongState { verb: "edited", status, hint });
    }
    let Some(state) = job.steps.get(step) else {
        return Err(OrderError::NoSuchStep { step: step.clone(), known: job.order.clone() });
    };
    if state.status == StepStatus::Waiting {
        return Err(OrderError::NotRun { step: step.clone() });
    }
    if state.items.is_some() {
        let message = format!("it is made of its calls' outputs: edit `{step}[0]` and so on");
        return Err(OrderError::BadOutput { message });
    }
    acceptable(&output)?;
    let before = (state.status == StepStatus::Proposed).then(|| digest_json(&state.output));
    let after = digest_json(&output);
    let mut draft = Draft::new(s, job);
    let detail = order.detail(json!({"before": before, "after": after}));
    draft.audit(&order.actor(), "output.edited", step.as_str(), detail);
    draft.event(JobEvent::OutputEdited { step: step.clone(), output, before, after, by: order.by.id.clone() })?;
    let stopped = plan::stopping(&draft.job, s.sequence).next().is_some();
    if status == JobStatus::Failed && !stopped {
        ask_what_was_withdrawn(&mut draft)?;
        return Ok(draft.requeue()?);
    }
    Ok(draft.finish()?)
}

/// An output by hand keeps to the bounds of a skill's own.
fn acceptable(output: &Value) -> Result<(), OrderError> {
    let most = CallLimits::default().resolved().outcome_bytes;
    if depth(output) > MAX_JSON_DEPTH {
        return Err(OrderError::BadOutput { message: format!("it is nested deeper than {MAX_JSON_DEPTH} levels") });
    }
    if u64::try_from(output.to_string().len()).unwrap_or(u64::MAX) > most {
        return Err(OrderError::BadOutput { message: format!("it is larger than {most} bytes") });
    }
    Ok(())
}

/// Runs a job that has ended anew: the same event as a new one, judged and planned
/// as it would be today; it is the last of [`Job::anew`]. Its effects have keys of their own and ask anew.
pub fn run_anew(s: &Situation<'_>, job: &Job, facts: &AdmissionFacts, order: &Order) -> Result<Checkpoint, OrderError> {
    order.check(job)?;
    let row = &job.row;
    if !row.status.is_ended() {
        let hint = "Cancel it, or wait until it ends.";
        return Err(OrderError::WrongState { verb: "run anew", status: row.status, hint });
    }
    let event = Event {
        id: EventId::new(s.ids.fresh("evt")),
        event_type: row.event_type.clone(),
        source: format!("{ANEW}{}", row.id),
        org: row.org.clone(),
        user: row.user.clone(),
        payload: row.trigger_payload.clone(),
        parent: row.parent.clone(),
        depth: row.depth,
        // The version moves with this commit, so that each time is another event.
        idempotency_key: format!("{}:anew:{}:{}", row.event_type, row.id, row.version),
        body_digest: row.body_digest.clone(),
        received_at: s.facts.now,
        not_before: None,
    };
    let sequence = s.catalog.for_event(&event.event_type).map(AsRef::as_ref);
    let mut facts = AdmissionFacts { raised_by: job.raised_by.clone(), ..facts.clone() };
    if order.by.id == row.user {
        // Nobody is disturbed by what they ask for themselves.
        facts.calm = Calm::default();
    }
    let admitted = admit(&event, concurrency::word(sequence, &event), &facts, sequence, s.ids, s.facts.now, None)?;
    let fresh = admitted.job.row.id.clone();
    let mut draft = Draft::new(s, job);
    draft.audit(&order.actor(), "job.run_anew", fresh.as_str(), order.detail(json!({})));
    draft.event(JobEvent::RunAnew { job: fresh, by: order.by.id.clone() })?;
    for write in admitted.batch.writes {
        draft.write(write);
    }
    Ok(draft.finish()?)
}

/// How the source of a job begins that another one was run anew as.
const ANEW: &str = "anew:";

/// The job that a source names, when it was run anew from one.
pub fn anew_from(source: &str) -> Option<JobId> {
    source.strip_prefix(ANEW).map(JobId::new)
}
