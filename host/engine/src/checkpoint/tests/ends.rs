//! What becomes of effects when their job ends, and after.

use super::orders::{gone, mine, sent};
use super::world::*;
use crate::approval::{ActionStatus, Answer, DEFAULT_EXPIRY_MS};
use crate::checkpoint::*;
use crate::ids::EffectKey;
use crate::job::JobStatus;
use crate::outbox::{Delivery, EffectState, OutboxRow};
use crate::outcome::{Effect, Outcome};
use crate::skill::CallError;

const ONE: &str = "  a: { skill: x }\n";

/// A post, which some performers do under a key, and a log behind it.
fn posting() -> World {
    let mut world = World::started(ONE);
    let post = Effect {
        id: "post".into(),
        kind: "chat.post".into(),
        payload: serde_json::json!({"text": "hello"}),
        after: vec![],
    };
    world.propose("a", Outcome { effects: vec![post, log("log", &["post"])], ..plain() });
    world
}

impl World {
    fn leaving(&mut self, local_id: &str) -> OutboxRow {
        let sending = effect_sending(&self.effect(local_id), self.facts.now);
        self.memory.lock().unwrap().apply(&sending.batch);
        sending.row
    }

    fn all_are(&self, state: EffectState) -> bool {
        self.job().effects.values().all(|row| row.state == state)
    }
}

#[test]
fn an_attempt_that_fails_after_its_job_was_cancelled_was_the_last() {
    for delivery in [
        Delivery::Transient { reason: "busy".into(), retry_after_ms: None },
        Delivery::Deferred { reason: "a limit".into(), until: START.plus_ms(1) },
    ] {
        let mut world = posting();
        let row = world.leaving("post");
        world.told(|s, job| cancel(s, job, &mine()));
        assert_eq!(world.effects().len(), 2);
        let done = effect_settled(&world.situation(), &world.job(), &row, delivery, None).unwrap();
        world.commit(&done);
        assert!(world.all_are(EffectState::Cancelled), "{:#?}", world.effects());
    }
}

#[test]
fn what_a_cancelled_job_was_sending_when_the_host_stopped_is_put_to_its_person() {
    let mut world = posting();
    let row = world.leaving("post");
    world.told(|s, job| cancel(s, job, &mine()));
    let found = effect_found_after_crash(&world.situation(), &world.job(), &row, true).unwrap();
    world.commit(&found);
    assert_eq!(found.job.effects[&row.key].state, EffectState::Unknown);
    let id = world.open().id;
    let refused = settle(&world.situation(), &world.job(), &id, dana(approve())).unwrap_err();
    assert!(matches!(refused, SettleError::NotOffered { .. }), "{refused}");
    let left = settle(&world.situation(), &world.job(), &id, dana(Answer::Skip)).unwrap();
    world.commit(&left);
    assert_eq!(left.job.effects[&row.key].state, EffectState::Dead);
}

fn unknown_mail(steps: &str) -> (World, EffectKey) {
    let mut world = World::started(steps);
    if world.job().steps.contains_key(&"b".into()) {
        world.running.insert("b".into());
    }
    world.propose("a", gated());
    world.approved();
    world.later(UNDO_MS);
    let mail = world.effect("mail");
    world.settled(&mail, Delivery::Unknown { reason: "broke".into() });
    world.running.clear();
    (world, mail.key)
}

#[test]
fn an_unknown_result_outlives_every_end_of_its_job_and_can_be_told() {
    for status in [JobStatus::Failed, JobStatus::Cancelled] {
        let (mut world, key) = unknown_mail("  a: { skill: x }\n  b: { skill: x }\n");
        if status == JobStatus::Failed {
            world.report("b", 1, Err(CallError::OutOfFuel { limit: 1 }));
        } else {
            world.told(|s, job| cancel(s, job, &mine()));
        }
        let job = world.job();
        assert_eq!((job.row.status, job.effects[&key].state), (status, EffectState::Unknown));
        let question = world.open();
        assert_eq!(question.step.as_str(), "a", "its owner is still asked");
        let told = requeue_effect(&world.situation(), &job, &key, Some(Decision::Sent), &mine()).unwrap();
        assert_eq!(told.job.effects[&key].state, EffectState::Sent);
        assert!(told.job.open_actions().is_empty());

        // Nobody answers in time: it can be asked again, though the job is over.
        world.later(DEFAULT_EXPIRY_MS);
        let expired = expire(&world.situation(), &world.job()).unwrap();
        world.commit(&expired);
        let again = ask_again(&world.situation(), &world.job(), &question.id, &mine().by).unwrap();
        assert_eq!(again.job.open_actions().len(), 1);
        let twice = ask_again(&world.situation(), &again.job, &question.id, &mine().by).unwrap_err();
        assert!(matches!(twice, UndoError::NotExpired), "{twice}");

        let resent = requeue_effect(&world.situation(), &world.job(), &key, Some(Decision::SendAgain), &mine());
        if status == JobStatus::Cancelled {
            assert!(matches!(resent, Err(OrderError::NotDead { .. })), "nothing of it leaves");
            continue;
        }
        world.commit(&resent.unwrap());
        assert_eq!(world.job().effects[&key].state, EffectState::Unknown, "asked first, as there is no question");
        let resent =
            requeue_effect(&world.situation(), &world.job(), &key, Some(Decision::SendAgain), &mine()).unwrap();
        world.commit(&resent);
        assert_eq!(resent.job.effects[&key].state, EffectState::Dead);
        assert_eq!(world.effect("mail").state, EffectState::Ready);
    }
}

#[test]
fn a_job_that_expired_with_an_unknown_result_asks_about_it_when_told_to_send_again() {
    let (mut world, key) = unknown_mail(ONE);
    world.later(3 * DEFAULT_EXPIRY_MS);
    world.take();
    assert_eq!(world.job().row.status, JobStatus::Expired);
    let asked = world.told(|s, job| requeue_effect(s, job, &key, Some(Decision::SendAgain), &mine()));
    assert_eq!((asked.job.row.status, asked.job.open_actions().len()), (JobStatus::Expired, 1));
}

#[test]
fn a_mail_that_is_said_to_have_been_sent_is_in_the_audit_as_any_other() {
    let (mut world, key) = unknown_mail(ONE);
    world.told(|s, job| requeue_effect(s, job, &key, Some(Decision::Sent), &mine()));
    let memory = world.memory.lock().unwrap();
    let line = memory.audit.iter().find(|row| row.action == "email.sent").unwrap();
    assert_eq!(line.subject, key.as_str());
    assert!(memory.stored.as_ref().unwrap().actions.iter().any(|action| action.status == ActionStatus::Withdrawn));
}

/// Both would say the same to the same person.
#[test]
fn a_mail_given_up_before_its_step_was_sent_back_stays_given_up() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    world.approved();
    world.later(UNDO_MS);
    let old = world.effect("mail");
    world.settled(&old, gone());
    let requeue = |world: &World| requeue_effect(&world.situation(), &world.job(), &old.key, None, &mine());
    assert!(requeue(&world).is_ok());
    world.told(|s, job| retry_from(s, job, &"a".into(), &mine()));
    assert!(matches!(requeue(&world), Err(OrderError::NotDead { .. })), "its step runs again");
    world.take();
    world.propose_again("a", gated());
    world.approved();
    world.later(UNDO_MS);
    let new = world.effect("mail");
    assert_ne!(new.key, old.key);
    world.settled(&new, sent());
    let refused = requeue(&world).unwrap_err();
    assert!(matches!(refused, OrderError::NotDead { .. }) && refused.hint().is_some(), "{refused}");
    // One of the new round may still go back.
    let log = world.effect("log");
    world.settled(&log, gone());
    requeue_effect(&world.situation(), &world.job(), &log.key, None, &mine()).unwrap();
}

#[test]
fn a_mail_that_goes_back_into_the_outbox_has_its_undo_window() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    world.approved();
    world.later(UNDO_MS);
    let mail = world.effect("mail");
    world.settled(&mail, gone());
    world.told(|s, job| requeue_effect(s, job, &mail.key, None, &mine()));
    assert_eq!(world.effect("mail").not_before, world.facts.now.plus_ms(UNDO_MS));
}
