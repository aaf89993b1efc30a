//! How a job goes through its steps.

use serde_json::json;

use super::world::*;
use crate::approval::{ActionStatus, Answer, DEFAULT_EXPIRY_MS, JOB_EXPIRY_MS};
use crate::body::{Body, Subject};
use crate::call_record::CallRecord;
use crate::checkpoint::*;
use crate::event::MAX_CHAIN_DEPTH;
use crate::execution::ExecutionMetadata;
use crate::fold::StepStatus;
use crate::job::JobStatus;
use crate::limits::{CEILING, CallLimits};
use crate::outbox::{Delivery, EffectState, HELD_UNTIL};
use crate::outcome::{Failure, FailureKind, FollowUp, Outcome};
use crate::plan::Rest;
use crate::replay;
use crate::skill::{CallError, CallReport, ReadRecord, WORLD};
use crate::store::CrmWrite;

const ONE: &str = "  a: { skill: x }\n";
const THREE: &str = "  a: { skill: x }\n  b: { skill: x, needs: [a] }\n  c: { skill: x, needs: [a: settled] }\n";

fn names(checkpoint: &Checkpoint) -> Vec<&str> {
    checkpoint.next.run.iter().map(|ready| ready.step.as_str()).collect()
}

fn transient() -> CallError {
    CallError::Failed {
        failure: Failure { kind: FailureKind::Transient, code: "x".into(), message: "y".into(), retry_after_ms: None },
    }
}

fn deliver(world: &mut World, local_id: &str, delivery: Delivery) -> Checkpoint {
    let attempt = effect_sending(&world.effect(local_id), world.facts.now);
    let mut stored = world.memory.lock().unwrap().stored.clone().unwrap();
    stored.effects.iter_mut().filter(|row| row.key == attempt.row.key).for_each(|row| *row = attempt.row.clone());
    world.memory.lock().unwrap().stored = Some(stored);
    let checkpoint = effect_settled(&world.situation(), &world.job(), &attempt.row, delivery, None).unwrap();
    world.commit(&checkpoint);
    checkpoint
}

fn sent() -> Delivery {
    Delivery::Sent { receipt: json!({"message_id": "<m1@acme.test>"}) }
}

#[test]
fn the_last_step_ends_the_job_in_its_own_commit() {
    let mut world = World::started(
        "  a: { skill: x }\n  b: { skill: x, needs: [a], when: outputs.a.nope }\n  c: { skill: x, needs: [a], when: outputs.a.ok == false }\n",
    );
    let done = world.propose("a", plain());
    // b's condition fails typed, c is skipped in the same commit.
    assert_eq!(names(&done), ["b"]);
    assert!(done.next.run[0].input.is_err());
    let run = world.run_of("b", 1, 0);
    let error = CallError::InvalidInput { pointer: "/when".into(), message: "no such key".into() };
    let report = CallReport::of(Err(error), spend());
    let done = step_proposed(&world.situation(), &world.job(), &run, report).unwrap();
    world.commit(&done);
    assert_eq!(done.job.row.status, JobStatus::Failed);

    let mut world = World::started("  a: { skill: x }\n  c: { skill: x, when: outputs.a.ok == false }\n");
    let done = world.propose("a", plain());
    assert_eq!(done.job.row.status, JobStatus::Completed);
    assert_eq!(done.job.row.reason.as_deref(), Some("skipped: c"));
    let metadata = ExecutionMetadata::of(&done.job);
    assert_eq!((metadata.steps_attempted, metadata.steps_completed, metadata.fuel), (1, 1, 10));
}

#[test]
fn what_a_replay_needs_is_in_the_commit_of_the_step() {
    let record = CallRecord {
        call: "call_1".to_owned(),
        input: "sha256:in".to_owned(),
        zone: "UTC".to_owned(),
        extra: Vec::new(),
        limits: CallLimits::default().under(&CEILING),
        world: WORLD.to_owned(),
        engine: "native".to_owned(),
        outcome: "sha256:out".to_owned(),
    };
    let read = ReadRecord { read_id: "r1".to_owned(), source: "deal".to_owned(), ..ReadRecord::default() };
    for ended in [Ok(plain()), Err(CallError::Trap { message: "unreachable".to_owned() })] {
        let mut world = World::started("  a: { skill: x }\n");
        let body = Body {
            org: "acme".into(),
            subject: Subject::contact("c1"),
            digest: "sha256:in".into(),
            text: "{\"a\":1}".into(),
            expires_at: START,
        };
        let mut run = world.run_of("a", 1, 0);
        run.record = Some(Box::new(record.clone()));
        run.bodies = [body.clone()].into();
        let failed = ended.is_err();
        let report = CallReport { reads: vec![read.clone()], ..CallReport::of(ended, spend()) };
        let done = step_proposed(&world.situation(), &world.job(), &run, report).unwrap();
        world.commit(&done);
        let memory = world.memory.lock().unwrap();
        assert_eq!(memory.bodies, [body]);
        let calls = replay::calls(memory.stored.as_ref().unwrap(), None).unwrap();
        assert_eq!(calls.len(), 1);
        assert_eq!(
            (&calls[0].record, &calls[0].reads, calls[0].error.is_some()),
            (&record, &vec![read.clone()], failed)
        );
        assert_eq!(calls[0].rights, run.rights.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
}

#[test]
fn an_open_question_holds_up_only_what_needs_its_answer() {
    let mut world = World::started(THREE);
    let gate = world.propose("a", gated());
    assert_eq!(names(&gate), ["b"], "b needs the proposal, c the answer");
    let parked = world.propose("b", plain());
    assert_eq!(parked.job.row.status, JobStatus::AwaitingApproval);
    assert_eq!(parked.job.row.wake_at, Some(START.plus_ms(DEFAULT_EXPIRY_MS)));
    assert!(parked.job.row.lease.is_none(), "a parked job is held by nobody");
    assert_eq!(world.effect("log").not_before, HELD_UNTIL);

    let answered = settle(&world.situation(), &world.job(), &world.open().id, dana(approve())).unwrap();
    world.commit(&answered);
    assert_eq!(world.effect("mail").not_before, START.plus_ms(UNDO_MS));
    world.later(UNDO_MS);
    deliver(&mut world, "mail", sent());
    assert_eq!(world.effect("log").not_before, world.facts.now, "freed by the mail");
    assert!(
        world
            .memory
            .lock()
            .unwrap()
            .crm
            .iter()
            .any(|change| matches!(change, CrmWrite::SentMail { message_id, .. } if message_id == "m1@acme.test"))
    );
    let settled = deliver(&mut world, "log", sent());
    assert_eq!(settled.job.row.status, JobStatus::Pending, "c can run; whoever claims it runs it");
    world.take();
    let done = world.propose("c", plain());
    assert_eq!(done.job.row.status, JobStatus::Completed);
    assert_eq!(done.job.row.reason, None);
}

#[test]
fn a_skipped_question_drops_what_waits_for_it() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    let done = settle(&world.situation(), &world.job(), &world.open().id, dana(Answer::Skip)).unwrap();
    world.commit(&done);
    assert_eq!(done.job.row.status, JobStatus::Completed);
    assert!(done.job.effects.values().all(|row| row.state == EffectState::Cancelled));
    assert_eq!(done.job.effects.len(), 1, "the mail never reached the outbox");
}

#[test]
fn transient_failures_are_tried_again_and_then_decided_by_the_sequence() {
    let mut world = World::started(
        "  a: { skill: x, on_failure: continue, retry: { attempts: 2 } }\n  b: { skill: x, needs: [a] }\n",
    );
    let first = world.report("a", 1, Err(transient()));
    assert_eq!(first.job.row.status, JobStatus::Deferred);
    let at = first.job.row.wake_at.unwrap();
    world.facts.now = at;
    world.take();
    let next = world.report("a", 2, Err(transient()));
    assert_eq!(names(&next), ["b"], "continue: b runs with null");
    let done = world.propose("b", plain());
    assert_eq!(done.job.row.reason.as_deref(), Some("failed: a"));
    assert_eq!(done.job.row.status, JobStatus::Completed);

    let mut world = World::started("  a: { skill: x, on_failure: retry }\n");
    let done = world.report("a", 1, Err(CallError::Trap { message: "boom".into() }));
    assert_eq!(done.job.row.status, JobStatus::Failed, "a trap is not tried again");
    assert!(done.job.row.reason.unwrap().contains("boom"));
}

#[test]
fn a_step_that_stops_its_job_is_put_off_to_the_time_that_a_vendor_names() {
    let busy = |retry_after_ms| CallError::Failed {
        failure: Failure {
            kind: FailureKind::Transient,
            code: "context-unavailable".into(),
            message: "429".into(),
            retry_after_ms,
        },
    };
    let mut world = World::started("  a: { skill: x }\n");
    for attempt in 1..=3 {
        let put_off = world.report("a", attempt, Err(busy(Some(300_000))));
        assert_eq!(put_off.job.row.status, JobStatus::Deferred, "{attempt}");
        let at = put_off.job.row.wake_at.unwrap();
        assert!(at >= world.facts.now.plus_ms(300_000), "not before the vendor says");
        world.facts.now = at;
        world.take();
    }
    let given_up = world.report("a", 4, Err(busy(Some(300_000))));
    assert_eq!(given_up.job.row.status, JobStatus::Failed);

    let mut world = World::started("  a: { skill: x }\n");
    assert_eq!(world.report("a", 1, Err(busy(None))).job.row.status, JobStatus::Failed, "no time to wait for");
    let mut world = World::started("  a: { skill: x, on_failure: continue }\n");
    let gone_on = world.report("a", 1, Err(busy(Some(300_000))));
    assert_eq!(gone_on.job.row.status, JobStatus::Completed, "what can be done without is done without");
    let mut world = World::started("  a: { skill: x, retry: { attempts: 2, first_ms: 10 } }\n");
    let at = world.report("a", 1, Err(busy(Some(300_000)))).job.row.wake_at.unwrap();
    world.facts.now = at;
    world.take();
    assert_eq!(
        world.report("a", 2, Err(busy(Some(300_000)))).job.row.status,
        JobStatus::Failed,
        "its own policy stands"
    );
}

#[test]
fn a_failed_job_goes_back_to_its_step() {
    let mut world = World::started("  a: { skill: x }\n  b: { skill: x }\n  c: { skill: x, needs: [b] }\n");
    world.running.insert("b".into());
    world.propose("a", gated());
    world.running.clear();
    let failed = world.report("b", 1, Err(CallError::OutOfFuel { limit: 1 }));
    assert_eq!(failed.job.row.status, JobStatus::Failed);
    let told: Vec<_> = failed
        .batch
        .writes
        .iter()
        .filter_map(|write| match write {
            crate::store::Write::Notice(message) => Some(message),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 1, "the person is told once");
    assert!(told[0].user == failed.job.row.user && told[0].text.contains("fuel"), "{}", told[0].text);
    assert!(failed.job.actions.values().all(|action| action.status == ActionStatus::Withdrawn));
    let stranger = retry_from(&world.situation(), &world.job(), &"b".into(), &by("eve", false)).unwrap_err();
    assert!(matches!(stranger, OrderError::NotYours { .. }), "{stranger}");
    let nowhere = retry_from(&world.situation(), &world.job(), &"z".into(), &by("dana", false)).unwrap_err();
    assert!(matches!(nowhere, OrderError::NoSuchStep { .. }), "{nowhere}");
    let back = retry_from(&world.situation(), &world.job(), &"b".into(), &by("dana", false)).unwrap();
    world.commit(&back);
    assert_eq!(back.job.row.status, JobStatus::Pending);
    assert_eq!(back.job.steps[&"b".into()].status, StepStatus::Waiting);
    assert_eq!(back.job.open_actions().len(), 1, "the withdrawn question is asked again");
    world.take();
    let next = world.report("b", 2, Ok(plain()));
    assert_eq!(names(&next), ["c"]);
}

#[test]
fn expiry_is_never_approval_and_ends_the_job_after_48_hours() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    let id = world.open().id;
    world.later(DEFAULT_EXPIRY_MS);
    let late = settle(&world.situation(), &world.job(), &id, dana(approve())).unwrap_err();
    assert!(matches!(late, SettleError::Expired { .. }), "{late}");
    let expired = expire(&world.situation(), &world.job()).unwrap();
    world.commit(&expired);
    assert_eq!(expired.job.row.status, JobStatus::AwaitingApproval);
    assert_eq!(expired.job.row.wake_at, Some(START.plus_ms(JOB_EXPIRY_MS)));
    assert!(!expired.job.effects.values().any(|row| row.kind == "email.send"));

    // Asked again, it counts from then.
    let me = Person { id: "dana".into(), admin: false };
    let again = ask_again(&world.situation(), &world.job(), &id, &me).unwrap();
    world.commit(&again);
    assert_eq!(world.open().round, 1);
    world.later(JOB_EXPIRY_MS);
    world.take();
    assert_eq!(world.job().row.status, JobStatus::Expired);
    assert_eq!(world.job().row.reason.as_deref(), Some("nobody answered in time"));
}

#[test]
fn follow_ups_are_admitted_in_the_steps_commit() {
    let steps = "  a:\n    skill: x\n    accept: [{ event: calendar_find_times, when: follow_up.payload.c > 0.5 }]\n    follow_ups: [{ for_each: output.list, event: proposal_generation, payload: { n: item.n } }]\n";
    let outcome = || Outcome {
        follow_ups: [0.9, 0.1]
            .into_iter()
            .enumerate()
            .map(|(at, c)| FollowUp {
                id: format!("f{at}"),
                event_type: "calendar_find_times".into(),
                payload: json!({"c": c}),
                not_before: None,
            })
            .collect(),
        ..plain()
    };
    let mut world = World::started(steps);
    let done = world.propose("a", outcome());
    assert_eq!(done.job.steps[&"a".into()].children.len(), 3, "two stated, one of two accepted");
    let children = std::mem::take(&mut world.memory.lock().unwrap().children);
    assert!(children.iter().all(|row| row.depth == 2 && row.parent.as_ref() == Some(&done.job.row.id)));
    assert!(
        children.iter().all(|row| row.status == JobStatus::Skipped && row.reason.as_deref() == Some("no sequence"))
    );

    let mut world = World::started(steps);
    world.memory.lock().unwrap().stored.as_mut().unwrap().row.depth = MAX_CHAIN_DEPTH;
    let done = world.propose("a", outcome());
    assert_eq!(done.job.row.status, JobStatus::Completed);
    assert!(world.memory.lock().unwrap().children.is_empty());
    assert!(world.memory.lock().unwrap().audit.iter().any(|row| row.action == "followup.not_queued"));
}

#[test]
fn an_outcome_that_breaks_the_contract_fails_its_step() {
    let bad: Vec<(&str, Outcome)> = vec![
        ("used twice", Outcome { effects: vec![task("t"), task("t")], ..plain() }),
        ("no effect `ghost`", Outcome { effects: vec![log("l", &["ghost"])], ..plain() }),
        ("waits for itself", Outcome { effects: vec![log("l", &["m"]), log("m", &["l"])], ..plain() }),
        ("a-z", Outcome { effects: vec![task("Not_ok")], ..plain() }),
        (
            "no such kind",
            Outcome { effects: vec![crate::outcome::Effect { kind: "http.requests".into(), ..task("t") }], ..plain() },
        ),
        (
            "not granted",
            Outcome {
                effects: vec![crate::outcome::Effect {
                    kind: "crm.update_fields".into(),
                    payload: json!({"entity": "deal", "id": "d", "fields": {"a": 1}}),
                    ..task("t")
                }],
                ..plain()
            },
        ),
        ("needs an effect", Outcome { approvals: vec![review(vec![])], ..plain() }),
        (
            "nothing to choose",
            Outcome { approvals: vec![request("r", crate::outcome::Ask::Batch { items: vec![] })], ..plain() },
        ),
        (
            "more than",
            Outcome { effects: (0..=crate::limits::MAX_EFFECTS).map(|n| task(&format!("t{n}"))).collect(), ..plain() },
        ),
    ];
    for (needle, outcome) in bad {
        let mut world = World::started(ONE);
        let failed = world.propose("a", outcome);
        assert_eq!(failed.job.row.status, JobStatus::Failed, "{needle}");
        let error = failed.job.steps[&"a".into()].error.clone().unwrap();
        assert!(matches!(error, CallError::InvalidOutcome { .. }), "{error}");
        assert!(error.to_string().contains(needle), "{error}");
        assert!(failed.job.effects.is_empty() && failed.job.actions.is_empty());
    }
}

#[test]
fn a_protected_effect_outside_a_request_gets_a_card_of_the_host() {
    let mut world = World::started(ONE);
    let parked = world.propose("a", Outcome { effects: vec![mail("m"), log("l", &[])], ..plain() });
    assert_eq!(parked.job.row.status, JobStatus::AwaitingApproval);
    let action = world.open();
    assert_eq!(action.card.heading, "Send an email");
    assert_eq!(action.request.id, "host_review");
    assert!(parked.job.effects.values().all(|row| row.kind == "crm.log_activity"));
}

#[test]
fn an_unknown_result_is_put_to_the_person() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    let answered = settle(&world.situation(), &world.job(), &world.open().id, dana(approve())).unwrap();
    world.commit(&answered);
    world.later(UNDO_MS);
    let attempt = effect_sending(&world.effect("mail"), world.facts.now);
    let keyed = effect_found_after_crash(&world.situation(), &world.job(), &attempt.row, true).unwrap();
    assert_eq!(keyed.job.effects[&attempt.row.key].state, EffectState::Ready);

    deliver(&mut world, "mail", Delivery::Unknown { reason: "the line broke".into() });
    let question = world.open();
    assert_eq!(question.module, attempt.row.module);
    assert_eq!(world.job().row.status, JobStatus::AwaitingApproval);
    let again = settle(&world.situation(), &world.job(), &question.id, dana(approve())).unwrap();
    world.commit(&again);
    let states: Vec<_> = world.effects().into_values().map(|row| (row.local_id, row.state)).collect();
    assert_eq!(states.iter().filter(|(id, state)| id == "mail" && *state == EffectState::Dead).count(), 1);
    world.later(UNDO_MS);
    deliver(&mut world, "mail", sent());
    let done = deliver(&mut world, "log", sent());
    assert_eq!(done.job.row.status, JobStatus::Completed);

    let mut world = World::started(ONE);
    world.propose("a", gated());
    let answered = settle(&world.situation(), &world.job(), &world.open().id, dana(approve())).unwrap();
    world.commit(&answered);
    world.later(UNDO_MS);
    deliver(&mut world, "mail", Delivery::Unknown { reason: "the line broke".into() });
    let left = settle(&world.situation(), &world.job(), &world.open().id, dana(Answer::Skip)).unwrap();
    world.commit(&left);
    assert_eq!(left.job.row.status, JobStatus::Completed);
    assert_eq!(left.job.row.reason.as_deref(), Some("effects given up: 1"));
}

#[test]
fn deliveries_are_tried_again_and_given_up_by_name() {
    let mut world = World::started(ONE);
    world.propose("a", Outcome { effects: vec![log("l", &[]), log("m", &["l"])], ..plain() });
    for attempt in 1..=crate::retry::EFFECT_ATTEMPTS {
        let now = world.facts.now;
        let done = deliver(&mut world, "l", Delivery::Transient { reason: "busy".into(), retry_after_ms: None });
        if attempt < crate::retry::EFFECT_ATTEMPTS {
            world.facts.now = world.effect("l").not_before;
            assert!(world.facts.now > now);
            assert_eq!(done.job.row.status, JobStatus::Deferred);
        } else {
            assert_eq!(done.job.row.status, JobStatus::Completed);
            assert_eq!(done.job.row.reason.as_deref(), Some("effects given up: 1"));
            assert!(done.job.effects.values().any(|row| row.state == EffectState::Cancelled), "m waited for l");
        }
    }
}

#[test]
fn a_cancelled_job_takes_back_what_has_not_left() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    let answered = settle(&world.situation(), &world.job(), &world.open().id, dana(approve())).unwrap();
    world.commit(&answered);
    let stranger = by("eve", false);
    assert!(matches!(cancel(&world.situation(), &world.job(), &stranger), Err(OrderError::NotYours { .. })));
    let admin = by("eve", true);
    let ended = cancel(&world.situation(), &world.job(), &admin).unwrap();
    world.commit(&ended);
    assert_eq!(ended.job.row.status, JobStatus::Cancelled);
    assert!(ended.job.effects.values().all(|row| row.state == EffectState::Cancelled));
    assert!(matches!(ended.next.rest, Rest::End { .. }));
    assert!(matches!(cancel(&world.situation(), &world.job(), &admin), Err(OrderError::WrongState { .. })));
}

#[test]
fn a_job_without_money_waits_is_told_once_a_period_and_goes_on() {
    use crate::purse::{Period, Scope, Shortage};
    use crate::store::Write;
    use crate::time::MicroUsd;

    let mut world = World::started("  a: { skill: x }\n");
    let now = world.facts.now;
    let shortage = Shortage {
        scope: Scope::Org,
        period: Period::Day,
        key: Period::Day.key(now),
        limit: MicroUsd(100),
        available: MicroUsd(3),
        wanted: MicroUsd(10),
    };
    let report = crate::skill::CallReport::of(Err(transient()), spend());
    let short = step_short(&world.situation(), &world.job(), &world.run_of("a", 1, 0), report);
    let short = short.unwrap();
    world.commit(&short);
    assert_eq!(names(&short), ["a"], "it may run again at once, and whoever runs it looks first");
    assert_eq!(short.job.spend(), spend(), "what it used stays on the job");
    let parked = await_budget(&world.situation(), &world.job(), &shortage).unwrap();
    world.commit(&parked);
    let row = &parked.job.row;
    assert_eq!((row.status, row.wake_at), (JobStatus::AwaitingBudget, Some(Period::Day.ends(now))));
    assert!(row.lease.is_none() && row.reason.as_ref().unwrap().contains("10 are needed"));
    let told = |checkpoint: &Checkpoint| {
        checkpoint.batch.writes.iter().find_map(|write| match write {
            Write::Notice(message) => Some(message.id.clone()),
            _ => None,
        })
    };
    let first = told(&parked).unwrap();

    let raised = budget_raised(&world.situation(), &world.job()).unwrap();
    world.commit(&raised);
    assert_eq!(raised.job.row.status, JobStatus::Pending);
    world.take();
    assert_eq!(world.job().row.status, JobStatus::InProgress);
    let again = await_budget(&world.situation(), &world.job(), &shortage).unwrap();
    assert_eq!(told(&again), Some(first), "the feed keeps one of these");
}
