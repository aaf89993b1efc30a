//! Which events follow from a step: what the sequence states, and what it
//! accepts of the skill's suggestions. A module cannot start a job.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::canonical::digest_json;
use crate::condition::{ConditionError, Scope};
use crate::event::{Event, MAX_CHAIN_DEPTH};
use crate::fold::Job;
use crate::ids::{EventId, StepName};
use crate::limits::MAX_FOLLOW_UPS;
use crate::outcome::FollowUp;
use crate::sequence::Step;
use crate::time::{Ids, Timestamp};

/// What follows from a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Followed {
    /// Events to admit.
    pub events: Vec<Event>,
    /// What was not queued and why, for the audit.
    pub notes: Vec<String>,
}

/// Applies the rules of a step to its output and suggestions. `scope` holds
/// `event`, `context`, `outputs` and `now`.
pub fn follow(
    job: &Job,
    (name, step): (&StepName, &Step),
    output: &Value,
    suggested: &[FollowUp],
    scope: &Scope,
    ids: &dyn Ids,
    now: Timestamp,
) -> Followed {
    let mut followed = Followed::default();
    if step.follow_ups.is_empty() && step.accept.is_empty() {
        return followed;
    }
    let as_json: Vec<Value> = suggested.iter().map(suggestion).collect();
    let scope = scope.clone().with("output", output).with("suggested", &Value::Array(as_json.clone()));
    let mut wanted: Vec<(String, Value, Option<Timestamp>)> = Vec::new();
    for (at, rule) in step.follow_ups.iter().enumerate() {
        match stated(rule, &scope) {
            Ok(payloads) => {
                let delay = i64::try_from(rule.delay_ms).unwrap_or(i64::MAX);
                let at = (delay > 0).then(|| now.plus_ms(delay));
                wanted.extend(payloads.into_iter().map(|payload| (rule.event.clone(), payload, at)));
            }
            Err(error) => followed.notes.push(format!("follow-up rule {} of {}: {error}", at + 1, step.name)),
        }
    }
    for (suggestion, value) in suggested.iter().zip(&as_json) {
        for rule in step.accept.iter().filter(|rule| rule.event == suggestion.event_type) {
            let holds = match &rule.when {
                None => Ok(true),
                Some(when) => when.holds(&scope.clone().with("follow_up", value)),
            };
            match holds {
                Ok(true) => {
                    wanted.push((suggestion.event_type.clone(), suggestion.payload.clone(), suggestion.not_before));
                }
                Ok(false) => {}
                Err(error) => followed.notes.push(format!("accept rule of {}: {error}", step.name)),
            }
        }
    }
    if !wanted.is_empty() && job.row.depth >= MAX_CHAIN_DEPTH {
        followed.notes.push(format!(
            "{} follow-ups of {} are not queued: the chain is {MAX_CHAIN_DEPTH} deep",
            wanted.len(),
            step.name
        ));
        return followed;
    }
    if wanted.len() > MAX_FOLLOW_UPS {
        followed.notes.push(format!("{} of {} follow-ups of {} are queued", MAX_FOLLOW_UPS, wanted.len(), step.name));
        wanted.truncate(MAX_FOLLOW_UPS);
    }
    let mut keys = BTreeSet::new();
    for (event_type, payload, not_before) in wanted {
        let event = chained(job, name, event_type, payload, not_before, ids, now);
        // The same event twice is one.
        if keys.insert(event.idempotency_key.clone()) {
            followed.events.push(event);
        }
    }
    followed
}

fn stated(rule: &crate::sequence::FollowUpRule, scope: &Scope) -> Result<Vec<Value>, ConditionError> {
    if let Some(when) = &rule.when
        && !when.holds(scope)?
    {
        return Ok(Vec::new());
    }
    let Some(list) = &rule.for_each else {
        return Ok(vec![rule.payload.value(scope)?]);
    };
    match list.value(scope)? {
        // One more than is ever queued, so that a cut is noticed and the work stays bounded.
        Value::Array(items) => items
            .iter()
            .take(MAX_FOLLOW_UPS + 1)
            .map(|item| rule.payload.value(&scope.clone().with("item", item)))
            .collect(),
        _ => Err(ConditionError::Failed {
            expression: list.text().to_owned(),
            message: "for_each needs a list".to_owned(),
        }),
    }
}

fn suggestion(follow_up: &FollowUp) -> Value {
    json!({"id": follow_up.id, "event": follow_up.event_type, "payload": follow_up.payload})
}

fn chained(
    job: &Job,
    step: &StepName,
    event_type: String,
    payload: Value,
    not_before: Option<Timestamp>,
    ids: &dyn Ids,
    now: Timestamp,
) -> Event {
    let body_digest = digest_json(&payload);
    Event {
        id: EventId::new(ids.fresh("evt")),
        idempotency_key: format!("{event_type}:chain:{}:{step}:{body_digest}", job.row.id),
        event_type,
        source: "orchestrator:chain".to_owned(),
        org: job.row.org.clone(),
        user: job.row.user.clone(),
        payload,
        parent: Some(job.row.id.clone()),
        depth: job.row.depth.saturating_add(1),
        body_digest,
        received_at: now,
        not_before,
    }
}
