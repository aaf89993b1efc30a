//! What a job does next. A function of the fold, the sequence and the facts; it
//! remembers nothing and changes nothing.
//!
//! * A step runs as soon as what it needs is proposed, or settled where the need
//!   says so. An open question holds up only what needs its answer.
//! * With nothing to run and nothing running, the job rests: parked while
//!   anything is open, ended otherwise. Both say why.
//! * After a step failed for good under `stop` or `retry`, no new step starts;
//!   what a person released still leaves.
//! * A job with an expired question waits [`JOB_EXPIRY_MS`] from the last
//!   question, from the end of a pause or from when it was sent back, so that it can
//!   be asked again, and then ends `expired`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::approval::{JOB_EXPIRY_MS, PendingAction};
use crate::condition::{ConditionError, Scope};
use crate::event;
use crate::fold::{Job, StepState, StepStatus};
use crate::ids::StepName;
use crate::job::JobStatus;
use crate::outbox::EffectState;
use crate::sequence::{ForEach, OnFailure, Sequence, item_name};
use crate::time::Timestamp;

/// A job that waits for effects looks again this long after the next one is
/// due. Each effect's own end moves the job on; this only catches a lost one.
pub const EFFECT_GRACE_MS: i64 = 60_000;

/// What conditions may see beside the job.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The job's snapshots by source, as JSON.
    pub context: Value,
    /// The present instant.
    pub now: Timestamp,
}

/// A step that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadyStep {
    /// Which.
    pub step: StepName,
    /// From 1.
    pub attempt: u32,
    /// From 0.
    pub round: u32,
    /// Its input; an error when its condition or its input could not be
    /// computed, which fails the step.
    pub input: Result<Value, ConditionError>,
}

/// What a job does next.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    /// Steps whose condition is false, with the reason.
    pub skip: Vec<(StepName, String)>,
    /// Steps that are called for each element of a list, with the list.
    pub fan: Vec<(StepName, Vec<Value>)>,
    /// Steps that can run now.
    pub run: Vec<ReadyStep>,
    /// How the job stands besides.
    pub rest: Rest,
}

impl Next {
    /// Nothing to run.
    pub fn resting(rest: Rest) -> Self {
        Self { skip: Vec::new(), fan: Vec::new(), run: Vec::new(), rest }
    }

    /// Whether a holder has to record something before anything of it runs.
    pub fn is_to_record(&self) -> bool {
        !self.skip.is_empty() || !self.fan.is_empty()
    }
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Rest {
    /// Something runs or can run.
    Busy,
    /// It waits.
    Park {
        /// As what.
        status: JobStatus,
        /// For what.
        reason: String,
        /// When it is due by itself.
        wake_at: Option<Timestamp>,
    },
    /// It is over.
    End {
        /// How.
        status: JobStatus,
        /// Why, or what is worth noting.
        reason: Option<String>,
    },
}

/// Variables of conditions and inputs.
pub fn scope(job: &Job, sequence: &Sequence, facts: &Facts) -> Scope {
    let row = &job.row;
    // A job is made in the instant in which its event is taken.
    let event = event::seen(&row.event_type, &row.event_source, &row.trigger_payload, row.created_at);
    Scope::new()
        .with("event", &event)
        .with("context", &facts.context)
        .with("outputs", &job.outputs(sequence))
        .with("answers", &answers(job))
        .with("now", &Value::String(facts.now.rfc3339()))
}

/// How the last question of each step was answered. It is what a step goes by that waits
/// for another one to be settled; of one that is not, it may say `pending`.
fn answers(job: &Job) -> Value {
    let mut last: BTreeMap<&StepName, &PendingAction> = BTreeMap::new();
    for action in job.actions.values() {
        let seen = last.entry(&action.step).or_insert(action);
        if (seen.created_at, &seen.id) < (action.created_at, &action.id) {
            *seen = action;
        }
    }
    let words = last.into_iter().map(|(step, action)| (step.to_string(), Value::from(action.status.as_str())));
    Value::Object(words.collect())
}

/// Decides. `running` are the steps whose calls are under way.
pub fn next(job: &Job, sequence: &Sequence, facts: &Facts, running: &BTreeSet<StepName>) -> Next {
    if job.row.status.is_ended() {
        let rest = Rest::End { status: job.row.status, reason: job.row.reason.clone() };
        return Next::resting(rest);
    }
    let (mut skip, mut fan, mut run) = (Vec::new(), Vec::new(), Vec::new());
    if let Some((step, state)) = stopping(job, sequence).next() {
        let rest = if running.is_empty() {
            Rest::End { status: JobStatus::Failed, reason: Some(failure(step, state)) }
        } else {
            Rest::Busy
        };
        return Next::resting(rest);
    }
    // Holds a copy of every output, so it is made only where something looks.
    let mut variables: Option<Scope> = None;
    let nothing = Scope::new();
    for step in &sequence.steps {
        let state = job.steps.get(&step.name).map(AsRef::as_ref);
        if let Some(items) = state.and_then(|state| state.items.as_ref()) {
            // The list was taken; each element is a call of its own.
            for (index, item) in items.iter().enumerate() {
                let name = item_name(&step.name, index);
                let Some(round) = round_to_run(job, &name, facts.now) else { continue };
                if !running.contains(&name) {
                    let scope = variables.get_or_insert_with(|| scope(job, sequence, facts));
                    let scope = scope.clone().with("item", item).with("index", &json!(index));
                    run.push(ready(job, name, round, step.with.value(&scope)));
                }
            }
            continue;
        }
        let Some(round) = round_to_run(job, &step.name, facts.now) else { continue };
        if running.contains(&step.name) || !step.needs.iter().all(|need| is_met(job, need)) {
            continue;
        }
        let again = state.is_some_and(|state| state.status != StepStatus::Waiting);
        let scope = if step.when.is_none() && step.with.is_constant() && step.for_each.is_none() {
            &nothing
        } else {
            &*variables.get_or_insert_with(|| scope(job, sequence, facts))
        };
        let holds = match &step.when {
            // The condition was decided by the first attempt.
            Some(when) if !again => match when.holds(scope) {
                Ok(true) => Ok(()),
                Ok(false) => {
                    skip.push((step.name.clone(), format!("`{}` is false", when.text())));
                    continue;
                }
                Err(error) => Err(error),
            },
            _ => Ok(()),
        };
        let input = match (&step.for_each, holds) {
            (_, Err(error)) => Err(error),
            (None, Ok(())) => step.with.value(scope),
            (Some(each), Ok(())) => match elements(each, scope) {
                Ok(items) => {
                    fan.push((step.name.clone(), items));
                    continue;
                }
                Err(error) => Err(error),
            },
        };
        run.push(ready(job, step.name.clone(), round, input));
    }
    let rest = if skip.is_empty() && fan.is_empty() && run.is_empty() && running.is_empty() {
        at_rest(job, sequence, facts.now)
    } else {
        Rest::Busy
    };
    Next { skip, fan, run, rest }
}

/// The elements a step is called for.
fn elements(each: &ForEach, scope: &Scope) -> Result<Vec<Value>, ConditionError> {
    let wrong = |message: String| ConditionError::Failed { expression: each.over.text().to_owned(), message };
    match each.over.value(scope)? {
        Value::Array(items) if items.len() > each.at_most => {
            Err(wrong(format!("the list has {} elements, and {} is the most", items.len(), each.at_most)))
        }
        Value::Array(items) => Ok(items),
        _ => Err(wrong("for_each needs a list".to_owned())),
    }
}

fn ready(job: &Job, step: StepName, round: u32, input: Result<Value, ConditionError>) -> ReadyStep {
    let attempt = job.steps.get(&step).map_or(0, |state| state.attempts) + 1;
    ReadyStep { step, attempt, round, input }
}

/// The round a step would run in now, leaving its needs aside.
fn round_to_run(job: &Job, step: &StepName, now: Timestamp) -> Option<u32> {
    let Some(state) = job.steps.get(step) else { return Some(0) };
    match state.status {
        StepStatus::Waiting => Some(state.round),
        StepStatus::Retrying if state.retry_at.is_none_or(|at| at <= now) => {
            Some(job.wants_others(step).unwrap_or(state.round))
        }
        StepStatus::Proposed => job.wants_others(step),
        StepStatus::Retrying | StepStatus::Failed | StepStatus::Skipped => None,
    }
}

fn is_met(job: &Job, need: &crate::sequence::Need) -> bool {
    if need.settled {
        return job.is_settled(&need.step);
    }
    job.steps
        .get(&need.step)
        .is_some_and(|state| matches!(state.status, StepStatus::Proposed | StepStatus::Failed | StepStatus::Skipped))
}

/// The steps that ended the job, in order: those that failed for good and whose
/// failure the sequence does not pass over.
pub fn stopping<'a>(
    job: &'a Job,
    sequence: &'a Sequence,
) -> impl Iterator<Item = (&'a StepName, &'a StepState)> + use<'a> {
    job.order.iter().filter_map(|name| {
        let state = job.steps.get(name)?.as_ref();
        let step = sequence.step(name)?;
        (state.status == StepStatus::Failed && step.on_failure != OnFailure::Continue).then_some((name, state))
    })
}

fn failure(step: &StepName, state: &StepState) -> String {
    match &state.error {
        Some(error) => format!("step {step} failed: {error}"),
        None => format!("step {step} failed"),
    }
}

fn at_rest(job: &Job, sequence: &Sequence, now: Timestamp) -> Rest {
    let retry_at = job
        .steps
        .values()
        .filter(|state| state.status == StepStatus::Retrying)
        .filter_map(|state| state.retry_at)
        .min();
    let open = job.open_actions();
    if let Some(expires) = open.iter().map(|action| action.expires_at).min() {
        return Rest::Park {
            status: JobStatus::AwaitingApproval,
            reason: match open.len() {
                1 => format!("a question waits for {}", job.row.user),
                many => format!("{many} questions wait for {}", job.row.user),
            },
            wake_at: Some(retry_at.map_or(expires, |at| at.min(expires))),
        };
    }
    if let Some(retry_at) = retry_at {
        return Rest::Park {
            status: JobStatus::Deferred,
            reason: "a step is tried again later".to_owned(),
            wake_at: Some(retry_at),
        };
    }
    if job.unanswered().next().is_some() {
        let asked = job.actions.values().map(|action| action.created_at);
        let last_asked = asked.chain(job.resumed_at).max().unwrap_or(now);
        let ends = last_asked.plus_ms(JOB_EXPIRY_MS);
        if ends <= now {
            return Rest::End { status: JobStatus::Expired, reason: Some("nobody answered in time".to_owned()) };
        }
        return Rest::Park {
            status: JobStatus::AwaitingApproval,
            reason: "nobody answered in time; the question can be asked again".to_owned(),
            wake_at: Some(ends),
        };
    }
    if let Some(due) = job.effects_on_their_way().map(|effect| effect.not_before).min() {
        return Rest::Park {
            status: JobStatus::Deferred,
            reason: "effects are on their way".to_owned(),
            wake_at: Some(due.max(now).plus_ms(EFFECT_GRACE_MS)),
        };
    }
    let unfinished = sequence.steps.iter().find(|step| {
        job.steps.get(&step.name).is_none_or(|state| matches!(state.status, StepStatus::Waiting | StepStatus::Retrying))
    });
    if let Some(step) = unfinished {
        // The checks of a sequence make this unreachable; a job must not hang if they err.
        let reason = Some(format!("step {} can never run", step.name));
        return Rest::End { status: JobStatus::Failed, reason };
    }
    Rest::End { status: JobStatus::Completed, reason: note(job) }
}

/// What a completed job should tell: steps that were skipped or failed, effects
/// that did not happen.
fn note(job: &Job) -> Option<String> {
    let steps = |status: StepStatus| {
        job.order
            .iter()
            .filter(|name| job.steps.get(*name).is_some_and(|state| state.status == status))
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (skipped, failed) = (steps(StepStatus::Skipped), steps(StepStatus::Failed));
    let dead = job.effects.values().filter(|effect| effect.state == EffectState::Dead).count();
    let mut parts = Vec::new();
    if !skipped.is_empty() {
        parts.push(format!("skipped: {skipped}"));
    }
    if !failed.is_empty() {
        parts.push(format!("failed: {failed}"));
    }
    if dead > 0 {
        parts.push(format!("effects given up: {dead}"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
