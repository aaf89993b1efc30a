//! A job never has more open than one checkpoint can close.

use std::sync::Arc;

use serde_json::{Value, json};

use super::orders::mine;
use super::world::*;
use crate::approval::{ActionStatus, DEFAULT_EXPIRY_MS};
use crate::checkpoint::*;
use crate::fold::StepStatus;
use crate::job::JobStatus;
use crate::limits::{MAX_APPROVALS, MAX_EFFECTS, MAX_OPEN};
use crate::outbox::EffectState;
use crate::outcome::{ApprovalRequest, Ask, Item, Outcome};
use crate::skill::{CallError, CallReport, ReadRecord};
use crate::store::MAX_BATCH_WRITES;

const CALLS: usize = 50;
/// One outcome alone may ask for all that an outcome may.
const _: () = assert!(MAX_EFFECTS + MAX_APPROVALS <= MAX_OPEN);

/// A list of calls beside a step that may stop the job.
const MANY: &str = "  a: { skill: x }
  b: { skill: x, for_each: { over: outputs.a.list, at_most: 50 }, on_failure: continue }
  c: { skill: x, needs: [a] }
";

fn asks(many: usize) -> Outcome {
    let approvals =
        (0..many).map(|at| ApprovalRequest { id: format!("r{at}"), ..review(vec![mail(&format!("m{at}"))]) }).collect();
    Outcome { approvals, ..plain() }
}

/// Every call of `b` asks four questions, as far as they are taken.
fn crowded() -> World {
    let mut world = World::started(MANY);
    let list: Vec<Value> = (0..CALLS).map(|n| json!({"n": n})).collect();
    world.running.insert("c".into());
    world.propose("a", Outcome { output: json!({"list": list}), ..Outcome::default() });
    for call in 0..CALLS {
        world.propose(&format!("b[{call}]"), asks(4));
    }
    world.running.clear();
    world
}

#[test]
fn what_would_be_too_much_to_close_is_refused_by_name() {
    let world = crowded();
    let job = world.job();
    assert_eq!(job.open_actions().len(), MAX_OPEN / 4 * 4);
    let refused = job.steps.values().filter_map(|state| state.error.as_ref()).collect::<Vec<_>>();
    assert_eq!(refused.len(), CALLS - MAX_OPEN / 4);
    for error in refused {
        assert!(matches!(error, CallError::InvalidOutcome { .. }), "{error}");
        assert!(error.to_string().contains(&format!("more than {MAX_OPEN}")), "{error}");
    }
}

#[test]
fn a_job_with_as_much_open_as_it_may_have_can_be_ended_in_every_way() {
    let mut world = crowded();
    world.later(DEFAULT_EXPIRY_MS);
    let expired = expire(&world.situation(), &world.job()).unwrap();
    assert!(expired.job.open_actions().is_empty());

    let world = crowded();
    let report = CallReport::of(Err(CallError::Trap { message: "boom".into() }), spend());
    let failed = step_proposed(&world.situation(), &world.job(), &world.run_of("c", 1, 0), report).unwrap();
    assert_eq!(failed.job.row.status, JobStatus::Failed);
    let cancelled = cancel(&world.situation(), &world.job(), &mine()).unwrap();
    assert!(cancelled.job.open_actions().is_empty());
    pause(&world.situation(), &world.job(), &mine()).unwrap();
}

/// A question counts by what an answer makes of it.
#[test]
fn one_answer_cannot_make_more_than_can_be_taken_back() {
    let items = |from: usize| {
        let item = |at: usize| Item {
            id: format!("i{at}"),
            label: "i".into(),
            detail: None,
            preselected: true,
            effects: vec![task(&format!("t{at}"))],
            editable: vec![],
        };
        Ask::Batch { items: (from..from + 75).map(item).collect() }
    };
    let mut world = World::started("  a: { skill: x }\n  b: { skill: x, on_failure: continue }\n  c: { skill: x }\n");
    world.running.extend(["b".into(), "c".into()]);
    world.propose("a", Outcome { approvals: vec![request("r", items(0))], ..plain() });
    world.propose("b", Outcome { approvals: vec![request("r", items(0))], ..plain() });
    let over = step_proposed(
        &world.situation(),
        &world.job(),
        &world.run_of("c", 1, 0),
        CallReport::of(Ok(Outcome { effects: vec![log("l", &[])], ..plain() }), spend()),
    )
    .unwrap();
    assert_eq!(over.job.steps[&"c".into()].status, StepStatus::Failed);
    world.lease = None;
    while let Some(id) = world.job().open_actions().first().map(|action| action.id.clone()) {
        let answered = settle(&world.situation(), &world.job(), &id, dana(approve())).unwrap();
        world.commit(&answered);
    }
    let (job, s) = (world.job(), world.situation());
    assert_eq!(job.effects_on_their_way().count(), MAX_OPEN);
    let cancelled = cancel(&s, &job, &mine()).unwrap();
    assert!(cancelled.job.effects.values().all(|row| row.state == EffectState::Cancelled));
}

/// What an earlier host let a job have open is closed in several checkpoints.
#[test]
fn more_than_fits_expires_a_part_at_a_time() {
    let mut world = World::started("  a: { skill: x }\n");
    world.propose("a", gated());
    {
        let mut memory = world.memory.lock().unwrap();
        let stored = memory.stored.as_mut().unwrap();
        let (first, log) = (stored.actions[0].clone(), stored.effects[0].clone());
        for at in 0..300 {
            let mut action = first.clone();
            (action.id, action.nonce) = (format!("act_{at}").as_str().into(), format!("nonce {at}"));
            action.request.id = format!("r{at}");
            stored.actions.push(action);
        }
        for at in 0..40 {
            let mut log = log.clone();
            log.key = crate::ids::EffectKey::new(format!("{}{at}", log.key));
            stored.effects.push(log);
        }
    }
    world.later(DEFAULT_EXPIRY_MS);
    world.lease = None;
    let mut turns = 0;
    while !world.job().open_actions().is_empty() {
        let expired = expire(&world.situation(), &world.job()).unwrap();
        assert!(expired.batch.writes.len() <= MAX_BATCH_WRITES);
        {
            let mut memory = world.memory.lock().unwrap();
            let stored = memory.stored.as_mut().unwrap();
            stored.row = expired.job.row.clone();
            stored.journal.clear();
            stored.actions = expired.job.actions.values().map(|action| Arc::unwrap_or_clone(action.clone())).collect();
            stored.effects = expired.job.effects.values().map(|row| Arc::unwrap_or_clone(row.clone())).collect();
        }
        turns += 1;
    }
    assert!(turns > 1);
    let job = world.job();
    assert!(job.actions.values().all(|action| action.status == ActionStatus::Expired));
    assert!(job.effects.values().all(|row| row.waited_in_vain()));
}

#[test]
fn a_call_that_was_refused_a_thousand_times_is_recorded() {
    let mut world = crowded();
    world.running.insert("b".into());
    let read = |at: usize| ReadRecord {
        read_id: format!("r{at}"),
        source: "deal@org".into(),
        digest: Some("sha256:00".into()),
        ..ReadRecord::default()
    };
    let report = CallReport {
        denials: (0..1024).map(|at| format!("http:host{at}.test")).collect(),
        reads: (0..1024).map(read).collect(),
        ..CallReport::of(Err(CallError::Trap { message: "boom".into() }), spend())
    };
    assert!(crate::context::scope("deal@org").1);
    let done = step_proposed(&world.situation(), &world.job(), &world.run_of("c", 1, 0), report).unwrap();
    world.commit(&done);
    let memory = world.memory.lock().unwrap();
    for action in ["right.denied", "context.org_read"] {
        let lines: Vec<_> = memory.audit.iter().filter(|row| row.action == action).collect();
        assert_eq!((lines.len(), &lines[16].detail["more"]), (17, &json!(1024 - 16)), "{action}");
    }
}
