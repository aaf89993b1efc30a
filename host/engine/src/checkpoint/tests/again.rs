//! What is asked again takes along what hangs on it, and is open no longer than its
//! step says.

use super::orders::{mine, sent};
use super::world::*;
use crate::approval::{DEFAULT_EXPIRY_MS, JOB_EXPIRY_MS};
use crate::checkpoint::*;
use crate::ids::ApprovalId;
use crate::job::JobStatus;
use crate::outbox::{Delivery, EffectState};
use crate::outcome::{ApprovalRequest, Effect, Outcome};
use crate::skill::CallError;

const ONE: &str = "  a: { skill: x }\n";

impl World {
    fn expires(&mut self) -> Vec<ApprovalId> {
        self.later(DEFAULT_EXPIRY_MS);
        let lease = self.lease.take();
        let expired = expire(&self.situation(), &self.job()).unwrap();
        self.commit(&expired);
        self.lease = lease.filter(|_| self.job().row.lease.is_some());
        expired.job.unanswered().map(|action| action.id.clone()).collect()
    }

    fn asks_again(&mut self, id: &ApprovalId) {
        let again = ask_again(&self.situation(), &self.job(), id, &mine().by).unwrap();
        self.commit(&again);
    }

    fn leaves(&mut self, local_id: &str) {
        let row = self.effect(local_id);
        assert!(row.not_before <= self.facts.now, "{local_id} is held");
        self.settled(&row, sent());
    }
}

fn after(effect: Effect, after: &[&str]) -> Effect {
    Effect { after: after.iter().map(|id| (*id).to_owned()).collect(), ..effect }
}

#[test]
fn what_waited_for_a_question_that_expired_waits_for_it_again() {
    let mut world = World::started(ONE);
    let outcome = Outcome { effects: vec![log("log", &["mail"]), log("far", &["log"])], ..gated() };
    world.propose("a", outcome);
    // Twice, so that what was dropped twice is not made twice.
    for _ in 0..2 {
        let expired = world.expires();
        assert_eq!(world.job().effects_on_their_way().count(), 0);
        world.asks_again(&expired[0]);
    }
    world.approved();
    world.later(UNDO_MS);
    for effect in ["mail", "log", "far"] {
        world.leaves(effect);
    }
    assert_eq!(world.job().row.status, JobStatus::Completed);
}

#[test]
fn a_mail_that_waited_for_what_has_left_does_so_no_more_when_it_is_asked_again() {
    let mut world = World::started(ONE);
    let mail = after(mail("mail"), &["note"]);
    world.propose("a", Outcome { effects: vec![log("note", &[])], approvals: vec![review(vec![mail])], ..plain() });
    world.leaves("note");
    let expired = world.expires();
    world.asks_again(&expired[0]);
    world.approved();
    world.later(UNDO_MS);
    world.leaves("mail");
    assert_eq!(world.job().row.status, JobStatus::Completed);
}

fn two_questions() -> Outcome {
    let second = after(mail("second"), &["first"]);
    Outcome {
        effects: vec![log("log", &["first", "second"])],
        approvals: vec![
            ApprovalRequest { id: "one".into(), ..review(vec![mail("first")]) },
            ApprovalRequest { id: "two".into(), ..review(vec![second]) },
        ],
        ..plain()
    }
}

fn all_leave(world: &mut World) {
    for _ in 0..2 {
        world.approved();
    }
    world.later(UNDO_MS);
    world.leaves("first");
    world.later(UNDO_MS);
    world.leaves("second");
    world.leaves("log");
    assert_eq!(world.job().effects.values().filter(|row| row.state == EffectState::Sent).count(), 3);
}

#[test]
fn questions_that_are_asked_again_one_after_the_other_find_each_others_effects() {
    let mut world = World::started(ONE);
    world.propose("a", two_questions());
    world.expires();
    for name in ["one", "two"] {
        let job = world.job();
        let id = job.unanswered().find(|action| action.request.id == name).unwrap().id.clone();
        world.asks_again(&id);
    }
    all_leave(&mut world);
}

#[test]
fn an_answer_that_was_taken_back_meanwhile_is_waited_for_where_it_is_asked_again() {
    let mut world = World::started(ONE);
    world.propose("a", two_questions());
    world.expires();
    let expired = |world: &World, name: &str| {
        let job = world.job();
        job.unanswered().find(|action| action.request.id == name).unwrap().id.clone()
    };
    let one = expired(&world, "one");
    world.asks_again(&one);
    world.approved();
    let undone = undo(&world.situation(), &world.job(), &world.effect("first").key, &mine().by).unwrap();
    world.commit(&undone);
    let two = expired(&world, "two");
    world.asks_again(&two);
    all_leave(&mut world);
}

#[test]
fn questions_that_a_failure_withdrew_are_asked_again_together() {
    let mut world = World::started("  a: { skill: x }\n  b: { skill: x }\n");
    world.running.insert("b".into());
    // The one that waits for the other comes first.
    let mut outcome = two_questions();
    outcome.approvals.reverse();
    world.propose("a", outcome);
    world.running.clear();
    world.report("b", 1, Err(CallError::OutOfFuel { limit: 1 }));
    assert_eq!(world.job().row.status, JobStatus::Failed);
    world.told(|s, job| retry_from(s, job, &"b".into(), &mine()));
    world.take();
    world.report("b", 2, Ok(plain()));
    all_leave(&mut world);
    assert_eq!(world.job().row.status, JobStatus::Completed);
}

#[test]
fn a_question_is_open_as_long_as_its_step_says_each_time() {
    let hour = 3_600_000;
    let mut world = World::started("  a: { skill: x, approval: { expires_ms: 3600000 } }\n");
    world.propose("a", gated());
    assert_eq!(world.open().expires_at, world.facts.now.plus_ms(hour));
    let expired = world.expires();
    world.asks_again(&expired[0]);
    assert_eq!(world.open().expires_at, world.facts.now.plus_ms(hour), "asked again");
    world.approved();
    let undone = undo(&world.situation(), &world.job(), &world.effect("mail").key, &mine().by).unwrap();
    world.commit(&undone);
    assert_eq!(world.open().expires_at, world.facts.now.plus_ms(hour), "taken back");
    world.approved();
    world.later(UNDO_MS);
    let mail = world.effect("mail");
    world.settled(&mail, Delivery::Unknown { reason: "broke".into() });
    assert_eq!(world.open().expires_at, world.facts.now.plus_ms(hour), "whether to send it again");
}

#[test]
fn a_job_that_is_sent_back_after_its_time_can_still_be_asked_again() {
    let mut world = World::started("  a: { skill: x }\n  b: { skill: x }\n");
    world.running.insert("b".into());
    world.propose("a", gated());
    world.running.clear();
    world.report("b", 1, Ok(plain()));
    world.expires();
    world.later(JOB_EXPIRY_MS);
    world.take();
    assert_eq!(world.job().row.status, JobStatus::Expired);
    world.told(|s, job| retry_from(s, job, &"b".into(), &mine()));
    world.take();
    let done = world.propose_again("b", plain());
    let row = &done.job.row;
    assert_eq!((row.status, row.wake_at), (JobStatus::AwaitingApproval, Some(world.facts.now.plus_ms(JOB_EXPIRY_MS))));
}
