//! What people tell a job: pause and resume, back to a step, another output, an
//! effect once more, the whole thing anew.

use serde_json::json;

use super::world::*;
use crate::approval::{ActionStatus, DEFAULT_EXPIRY_MS};
use crate::checkpoint::*;
use crate::fold::StepStatus;
use crate::ids::EffectKey;
use crate::job::JobStatus;
use crate::outbox::{Delivery, EffectState, HELD_UNTIL, OutboxRow};
use crate::outcome::{FollowUp, Outcome};
use crate::skill::CallError;
use crate::store::Write;

const CHAIN: &str = "  a: { skill: x }\n  b: { skill: x, with: { v: outputs.a } }\n  c: { skill: x }\n";
const ONE: &str = "  a: { skill: x }\n";

pub(super) fn mine() -> Order {
    by("dana", false)
}

impl World {
    pub(super) fn told(
        &mut self,
        decide: impl FnOnce(&Situation<'_>, &crate::fold::Job) -> Result<Checkpoint, OrderError>,
    ) -> Checkpoint {
        let lease = self.lease.take();
        let checkpoint = decide(&self.situation(), &self.job()).unwrap();
        self.lease = lease;
        self.commit(&checkpoint);
        self.lease = None;
        checkpoint
    }

    pub(super) fn refuses(
        &self,
        decide: impl FnOnce(&Situation<'_>, &crate::fold::Job) -> Result<Checkpoint, OrderError>,
    ) -> OrderError {
        let error = decide(&self.situation(), &self.job()).unwrap_err();
        assert!(matches!(error, OrderError::NotYours { .. }) || error.hint().is_some(), "{error} has no hint");
        error
    }

    pub(super) fn approved(&mut self) {
        let id = self.open().id;
        let lease = self.lease.take();
        let checkpoint = settle(&self.situation(), &self.job(), &id, dana(approve())).unwrap();
        self.lease = lease;
        self.commit(&checkpoint);
    }

    pub(super) fn settled(&mut self, row: &OutboxRow, delivery: Delivery) {
        let sending = effect_sending(row, self.facts.now);
        {
            let mut memory = self.memory.lock().unwrap();
            let effects = &mut memory.stored.as_mut().unwrap().effects;
            *effects.iter_mut().find(|other| other.key == row.key).unwrap() = sending.row.clone();
        }
        let lease = self.lease.take();
        let done = effect_settled(&self.situation(), &self.job(), &sending.row, delivery, None).unwrap();
        self.lease = lease;
        self.commit(&done);
    }

    pub(super) fn audited(&self, action: &str) -> serde_json::Value {
        let memory = self.memory.lock().unwrap();
        let row = memory.audit.iter().rev().find(|row| row.action == action).unwrap_or_else(|| panic!("no {action}"));
        json!({"actor": row.actor, "reason": row.detail["reason"], "via": row.detail["via"]})
    }
}

pub(super) fn sent() -> Delivery {
    Delivery::Sent { receipt: json!({"message_id": "m1"}) }
}

pub(super) fn gone() -> Delivery {
    Delivery::Permanent { reason: "no such address".into() }
}

#[test]
fn a_paused_job_runs_nothing_sends_nothing_and_keeps_the_answers_for_later() {
    let mut world = World::started("  a: { skill: x }\n  b: { skill: x, needs: [a: settled] }\n");
    world.propose("a", gated());
    let paused = world.told(|s, job| pause(s, job, &by("eve", true)));
    let row = &paused.job.row;
    assert_eq!((row.status, row.lease.as_ref(), row.wake_at), (JobStatus::Paused, None, None));
    assert_eq!(row.reason.as_deref(), Some("paused by eve: a test"));
    assert_eq!(world.audited("job.pause"), json!({"actor": "user:eve", "reason": "a test", "via": "api:test"}));
    assert!(matches!(world.refuses(|s, job| pause(s, job, &mine())), OrderError::WrongState { .. }));

    world.approved();
    let job = world.job();
    assert_eq!(job.row.status, JobStatus::Paused, "an answer does not end a pause");
    let mail = world.effect("mail");
    assert_eq!((mail.state, mail.not_before), (EffectState::Ready, HELD_UNTIL), "released, and held");
    world.later(3 * DEFAULT_EXPIRY_MS);

    let resumed = world.told(|s, job| resume(s, job, &mine()));
    assert_eq!(resumed.job.row.status, JobStatus::Pending);
    let mail = world.effect("mail");
    assert_eq!(mail.not_before, world.facts.now.plus_ms(UNDO_MS), "with its undo window anew");
    world.take();
    assert_eq!(world.job().row.status, JobStatus::Deferred, "it waits for its effects again");
    assert!(matches!(world.refuses(|s, job| resume(s, job, &mine())), OrderError::WrongState { .. }));
}

#[test]
fn what_expires_in_a_pause_can_be_asked_again_after_it() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    world.told(|s, job| pause(s, job, &mine()));
    world.later(5 * DEFAULT_EXPIRY_MS);
    let expired = expire(&world.situation(), &world.job()).unwrap();
    world.commit(&expired);
    assert_eq!(expired.job.row.status, JobStatus::Paused);
    world.told(|s, job| resume(s, job, &mine()));
    world.take();
    let job = world.job();
    assert_eq!(job.row.status, JobStatus::AwaitingApproval, "the time to ask again counts from the end of the pause");
    let id = job.unanswered().next().unwrap().id.clone();
    let again = ask_again(&world.situation(), &job, &id, &mine().by).unwrap();
    world.commit(&again);
    assert_eq!(again.job.open_actions().len(), 1);
}

#[test]
fn calls_under_way_when_a_job_is_paused_are_not_recorded() {
    let mut world = World::started(ONE);
    let (held, run) = (world.job(), world.run_of("a", 1, 0));
    let lease = world.lease.clone();
    world.told(|s, job| pause(s, job, &mine()));
    world.lease = lease;
    let late =
        step_proposed(&world.situation(), &held, &run, crate::skill::CallReport::of(Ok(plain()), spend())).unwrap();
    let Some(Write::Advance(advance)) = late.batch.writes.first() else { panic!("no compare-and-set") };
    assert_ne!(advance.expect, world.job().row.version, "the store refuses it");
}

#[test]
fn a_step_and_what_depends_on_it_run_again_and_what_left_is_not_sent_again() {
    let mut world = World::started(CHAIN);
    world.running.extend(["a".into(), "c".into()]);
    world.running.remove(&"a".into());
    world.propose("a", gated());
    world.running.clear();
    world.propose("c", plain());
    world.propose("b", Outcome { approvals: vec![review(vec![mail("other")])], ..plain() });
    // The mail of `a` leaves; `b` is not answered.
    let asked: Vec<_> =
        world.job().open_actions().into_iter().map(|action| (action.step.clone(), action.id.clone())).collect();
    let of_a = asked.iter().find(|(step, _)| step.as_str() == "a").unwrap().1.clone();
    world.lease = None;
    let answered = settle(&world.situation(), &world.job(), &of_a, dana(approve())).unwrap();
    world.commit(&answered);
    let first = world.effect("mail");
    world.later(UNDO_MS);
    world.settled(&first, sent());
    let running = world.refuses(|s, job| retry_from(s, job, &"a".into(), &mine()));
    assert!(matches!(running, OrderError::WrongState { .. }), "{running}");
    world.told(|s, job| pause(s, job, &mine()));
    let back = world.told(|s, job| retry_from(s, job, &"a".into(), &mine()));
    assert_eq!(back.job.row.status, JobStatus::Pending);
    let state = |name: &str| (back.job.steps[&name.into()].status, back.job.steps[&name.into()].round);
    assert_eq!(
        (state("a").0, state("b").0, state("c")),
        (StepStatus::Waiting, StepStatus::Waiting, (StepStatus::Proposed, 0))
    );
    assert!(state("a").1 > 0 && state("b").1 > 0, "rounds of their own");
    assert!(back.job.open_actions().is_empty(), "the question of b is void");

    world.take();
    let effects = vec![log("log2", &["mail"]), log("log", &["mail"])];
    let again = world.propose_again("a", Outcome { effects, ..gated() });
    assert!(again.job.open_actions().is_empty(), "the mail was asked about once");
    assert_eq!(again.job.effects.values().filter(|row| row.kind == "email.send").count(), 1, "and is there once");
    let log2 = world.effect("log2");
    assert_eq!(log2.after, std::slice::from_ref(&first.key), "what waits for the mail waits for the one that left");
    assert!(log2.not_before <= world.facts.now, "and need not wait");
    world.audited("effect.not_repeated");
}

#[test]
fn a_completed_job_goes_back_and_leads_to_no_event_twice() {
    let follow = "  a:\n    skill: x\n    accept: [content_retrieval]\n";
    let mut world = World::started(follow);
    let suggests = |n: u32| FollowUp {
        id: format!("f{n}"),
        event_type: "content_retrieval".into(),
        payload: json!({"n": n}),
        not_before: None,
    };
    world.propose("a", Outcome { follow_ups: vec![suggests(1)], ..plain() });
    assert_eq!((world.job().row.status, world.memory.lock().unwrap().children.len()), (JobStatus::Completed, 1));
    world.told(|s, job| retry_from(s, job, &"a".into(), &mine()));
    world.take();
    let again = world.propose_again("a", Outcome { follow_ups: vec![suggests(1), suggests(2)], ..plain() });
    assert_eq!(again.job.row.status, JobStatus::Completed);
    assert_eq!(world.memory.lock().unwrap().children.len(), 2, "only what is new follows");
}

#[test]
fn a_step_whose_effect_is_leaving_or_unknown_does_not_run_again() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    world.approved();
    world.later(UNDO_MS);
    let mail = world.effect("mail");
    world.settled(&mail, Delivery::Unknown { reason: "broke".into() });
    world.told(|s, job| pause(s, job, &mine()));
    let refused = world.refuses(|s, job| retry_from(s, job, &"a".into(), &mine()));
    assert!(matches!(refused, OrderError::EffectLeaving { state: EffectState::Unknown, .. }), "{refused}");
}

#[test]
fn an_output_by_hand_is_journaled_and_what_has_not_run_uses_it() {
    let mut world =
        World::started("  a: { skill: x }\n  b: { skill: x, with: { v: outputs.a.v }, needs: [a: settled] }\n");
    world.propose("a", Outcome { output: json!({"v": 1}), ..gated() });
    let edited = world.told(|s, job| edit_output(s, job, &"a".into(), json!({"v": 2}), &mine()));
    let (entry, digests) = edited
        .batch
        .writes
        .iter()
        .find_map(|write| match write {
            Write::Journal(entry) if entry.kind == "output_edited" => {
                Some((entry, crate::journal::decode(entry).unwrap()))
            }
            _ => None,
        })
        .unwrap();
    assert_eq!(entry.at, world.facts.now);
    let crate::job::JobEvent::OutputEdited { before, after, by, .. } = digests else { panic!() };
    assert_eq!(before, Some(crate::canonical::digest_json(&json!({"v": 1}))));
    assert_eq!((after, by.as_str()), (crate::canonical::digest_json(&json!({"v": 2})), "dana"));
    assert_eq!(edited.job.open_actions().len(), 1, "what was asked stays asked");
    world.approved();
    world.later(UNDO_MS);
    let row = world.effect("mail");
    world.settled(&row, sent());
    let row = world.effect("log");
    world.settled(&row, sent());
    world.take();
    let next = crate::plan::next(&world.job(), &world.sequence, &world.facts, &world.running);
    assert_eq!(next.run[0].input, Ok(json!({"v": 2})));
    let busy = world.refuses(|s, job| edit_output(s, job, &"a".into(), json!({}), &mine()));
    assert!(matches!(busy, OrderError::WrongState { status: JobStatus::InProgress, .. }), "{busy}");
    world.told(|s, job| pause(s, job, &mine()));
    let early = world.refuses(|s, job| edit_output(s, job, &"b".into(), json!({}), &mine()));
    assert!(matches!(early, OrderError::NotRun { .. }), "{early}");
}

#[test]
fn a_failed_job_goes_on_with_an_output_by_hand() {
    let mut world = World::started("  a: { skill: x }\n  b: { skill: x, with: { v: outputs.a.v } }\n");
    let failed = world.report("a", 1, Err(CallError::OutOfFuel { limit: 1 }));
    assert_eq!(failed.job.row.status, JobStatus::Failed);
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let refused = edit_output(&world.situation(), &world.job(), &"a".into(), deep, &mine()).unwrap_err();
    assert!(matches!(refused, OrderError::BadOutput { .. }), "{refused}");
    let on = world.told(|s, job| edit_output(s, job, &"a".into(), json!({"v": 7}), &mine()));
    assert_eq!(on.job.row.status, JobStatus::Pending);
    world.take();
    let next = crate::plan::next(&world.job(), &world.sequence, &world.facts, &world.running);
    assert_eq!((next.run.len(), &next.run[0].input), (1, &Ok(json!({"v": 7}))));
}

fn dead_mail() -> (World, EffectKey) {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    world.approved();
    world.later(UNDO_MS);
    let mail = world.effect("mail");
    world.settled(&mail, gone());
    let job = world.job();
    assert_eq!((job.row.status, job.effects[&mail.key].state), (JobStatus::Completed, EffectState::Dead));
    (world, mail.key)
}

#[test]
fn a_dead_effect_goes_back_under_its_key_by_its_person_with_what_waited_for_it() {
    let (mut world, key) = dead_mail();
    let admin = world.refuses(|s, job| requeue_effect(s, job, &key, None, &by("eve", true)));
    assert!(matches!(admin, OrderError::NotTheirs { .. }), "{admin}");
    let known = world.refuses(|s, job| requeue_effect(s, job, &key, Some(Decision::Sent), &mine()));
    assert!(matches!(known, OrderError::NotDead { .. }), "{known}");
    let back = world.told(|s, job| requeue_effect(s, job, &key, None, &mine()));
    assert_eq!(back.job.row.status, JobStatus::Completed, "the job stays ended");
    assert_eq!((back.job.effects[&key].state, back.job.effects[&key].attempt), (EffectState::Ready, 0));
    let log = world.effect("log");
    assert_eq!((log.state, log.not_before), (EffectState::Ready, HELD_UNTIL), "it waits for the mail again");
    let mail = world.effect("mail");
    assert_eq!(mail.key, key);
    world.settled(&mail, sent());
    let log = world.effect("log");
    assert!(log.not_before <= world.facts.now);
    assert!(matches!(world.refuses(|s, job| requeue_effect(s, job, &key, None, &mine())), OrderError::NotDead { .. }));
}

#[test]
fn an_effect_with_an_unknown_result_needs_a_decision() {
    for decision in [Decision::Sent, Decision::SendAgain] {
        let mut world = World::started(ONE);
        world.propose("a", gated());
        world.approved();
        world.later(UNDO_MS);
        let mail = world.effect("mail");
        world.settled(&mail, Delivery::Unknown { reason: "broke".into() });
        let undecided = world.refuses(|s, job| requeue_effect(s, job, &mail.key, None, &mine()));
        assert!(matches!(undecided, OrderError::Undecided { .. }), "{undecided}");
        let admin =
            requeue_effect(&world.situation(), &world.job(), &mail.key, Some(Decision::SendAgain), &by("eve", true));
        assert!(matches!(admin, Err(OrderError::NotTheirs { .. })));
        let done = world.told(|s, job| requeue_effect(s, job, &mail.key, Some(decision), &mine()));
        assert!(done.job.open_actions().is_empty(), "the question about it is settled");
        let mails = |state: EffectState| {
            done.job.effects.values().filter(|row| row.kind == "email.send" && row.state == state).count()
        };
        match decision {
            Decision::Sent => assert_eq!((mails(EffectState::Sent), mails(EffectState::Ready)), (1, 0)),
            Decision::SendAgain => assert_eq!((mails(EffectState::Dead), mails(EffectState::Ready)), (1, 1)),
        }
        let again = world.refuses(|s, job| requeue_effect(s, job, &mail.key, None, &mine()));
        assert!(matches!(again, OrderError::NotDead { .. }), "{again}");
    }
}

#[test]
fn nothing_of_a_cancelled_job_is_sent_or_sent_back() {
    let (mut world, key) = dead_mail();
    world.told(|s, job| retry_from(s, job, &"a".into(), &mine()));
    world.told(|s, job| cancel(s, job, &mine()));
    let refused = world.refuses(|s, job| requeue_effect(s, job, &key, None, &mine()));
    assert!(matches!(refused, OrderError::NotDead { .. }), "{refused}");
    for refused in [
        world.refuses(|s, job| retry_from(s, job, &"a".into(), &mine())),
        world.refuses(|s, job| edit_output(s, job, &"a".into(), json!({}), &mine())),
        world.refuses(|s, job| pause(s, job, &mine())),
    ] {
        assert!(matches!(refused, OrderError::WrongState { .. }), "{refused}");
    }
}

#[test]
fn a_job_is_run_anew_as_another_one_with_keys_of_its_own() {
    let mut world = World::started(ONE);
    world.catalog.insert(std::sync::Arc::new(world.sequence.clone()));
    let open = run_anew(&world.situation(), &world.job(), &world.admission, &mine()).unwrap_err();
    assert!(matches!(open, OrderError::WrongState { .. }) && open.hint().is_some(), "{open}");
    world.propose("a", plain());
    for time in 1..=2 {
        let checkpoint = run_anew(&world.situation(), &world.job(), &world.admission, &mine()).unwrap();
        world.commit(&checkpoint);
        assert_eq!((checkpoint.job.row.status, checkpoint.job.anew.len()), (JobStatus::Completed, time));
        let fresh = checkpoint.job.anew.last().unwrap();
        let memory = world.memory.lock().unwrap();
        let (old, row) = (&memory.stored.as_ref().unwrap().row, memory.children.last().unwrap());
        assert_eq!((&row.id, row.status, &row.trigger_payload), (fresh, JobStatus::Pending, &old.trigger_payload));
        assert_eq!(anew_from(&row.event_source), Some(old.id.clone()));
        let keys: std::collections::BTreeSet<_> =
            memory.children.iter().chain([old]).map(|row| &row.idempotency_key).collect();
        assert_eq!(keys.len(), time + 1, "each is an event of its own");
        let key = |job| world.binder.effect_key(job, &"a".into(), 0, "mail");
        assert_ne!(key(&row.id), key(&old.id));
    }
    // What is switched off by now is not run: the new job says so.
    world.admission.disabled.insert("meeting_ended".into());
    let checkpoint = run_anew(&world.situation(), &world.job(), &world.admission, &mine()).unwrap();
    world.commit(&checkpoint);
    assert_eq!(world.memory.lock().unwrap().children.last().unwrap().status, JobStatus::Skipped);
}

#[test]
fn a_reason_is_a_sentence_and_strangers_give_no_orders() {
    let world = World::started(ONE);
    let mut order = mine();
    order.reason = Some("x".repeat(MAX_REASON_CHARS + 1));
    let refused = cancel(&world.situation(), &world.job(), &order).unwrap_err();
    assert!(matches!(refused, OrderError::ReasonTooLong), "{refused}");
    let stranger = by("mallory", false);
    let (s, job) = (world.situation(), world.job());
    for refused in [
        cancel(&s, &job, &stranger).unwrap_err(),
        pause(&s, &job, &stranger).unwrap_err(),
        resume(&s, &job, &stranger).unwrap_err(),
        retry_from(&s, &job, &"a".into(), &stranger).unwrap_err(),
        edit_output(&s, &job, &"a".into(), json!({}), &stranger).unwrap_err(),
        requeue_effect(&s, &job, &EffectKey::new("k"), None, &stranger).unwrap_err(),
        run_anew(&s, &job, &world.admission, &stranger).unwrap_err(),
    ] {
        assert!(matches!(refused, OrderError::NotYours { .. }), "{refused}");
    }
    assert_eq!(job.open_actions().iter().filter(|action| action.status == ActionStatus::Pending).count(), 0);
}
