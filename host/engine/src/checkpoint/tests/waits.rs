//! Times that a job or an effect waits for, and who puts them off.

use serde_json::json;

use super::orders::mine;
use super::world::*;
use crate::checkpoint::*;
use crate::job::{JobRow, JobStatus};
use crate::outbox::Delivery;
use crate::outcome::{FollowUp, Outcome};
use crate::quiet::{Calm, QUIET, RATE};

const ONE: &str = "  a: { skill: x }\n";
const HOUR_MS: i64 = 3_600_000;
/// START is a quarter past ten in the evening, UTC.
const MORNING: i64 = 9 * HOUR_MS + 46 * 60_000 + 40_000;

impl World {
    /// Admits an event that names a time, without taking it.
    fn put_off(until: i64) -> Self {
        let world = Self::new(ONE);
        let event = crate::event::Event { not_before: Some(START.plus_ms(until)), ..world.event(json!({})) };
        let admitted =
            admit(&event, Ok(None), &world.admission, Some(&world.sequence), &world.ids, START, None).unwrap();
        world.memory.lock().unwrap().apply(&admitted.batch);
        world
    }
}

#[test]
fn a_job_that_was_put_off_is_so_after_a_pause() {
    let day = 24 * HOUR_MS;
    let mut world = World::put_off(day);
    for _ in 0..2 {
        world.told(|s, job| pause(s, job, &mine()));
        world.later(HOUR_MS);
        let resumed = world.told(|s, job| resume(s, job, &mine()));
        let row = &resumed.job.row;
        assert_eq!((row.status, row.wake_at), (JobStatus::Pending, Some(START.plus_ms(day))));
    }
    // Its time passes in a pause: then it is due at once.
    world.told(|s, job| pause(s, job, &mine()));
    world.later(2 * day);
    let resumed = world.told(|s, job| resume(s, job, &mine()));
    assert_eq!((resumed.job.row.status, resumed.job.row.wake_at), (JobStatus::Pending, None));
}

#[test]
fn a_job_that_has_begun_looks_anew_what_it_waits_for() {
    let mut world = World::started("  a: { skill: x, retry: { attempts: 2 } }\n");
    let failed = world.report("a", 1, Err(crate::skill::CallError::Timeout { limit_ms: 1 }));
    assert_eq!(failed.job.row.status, JobStatus::Deferred);
    world.told(|s, job| pause(s, job, &mine()));
    let resumed = world.told(|s, job| resume(s, job, &mine()));
    assert_eq!((resumed.job.row.status, resumed.job.row.wake_at), (JobStatus::Pending, None));
}

#[test]
fn an_effect_that_was_to_be_tried_again_waits_anew_after_a_pause() {
    let mut world = World::started(ONE);
    world.propose("a", Outcome { effects: vec![log("l", &[])], ..plain() });
    for _ in 0..6 {
        let row = world.effect("l");
        world.facts.now = row.not_before.max(world.facts.now);
        world.settled(&row, Delivery::Transient { reason: "busy".into(), retry_after_ms: None });
    }
    let waits = world.effect("l").not_before.0 - world.facts.now.0;
    assert!(waits > 60_000, "{waits}");
    world.told(|s, job| pause(s, job, &mine()));
    world.later(HOUR_MS);
    world.told(|s, job| resume(s, job, &mine()));
    assert_eq!(world.effect("l").not_before, world.facts.now.plus_ms(waits));
}

fn night(per_hour: u32) -> Calm {
    let wants = json!({"quiet_hours": {"from": "20:00", "to": "08:00"}, "max_notifications_per_hour": per_hour});
    Calm::read(Some(&wants), None, "UTC")
}

#[test]
fn follow_ups_of_one_step_take_turns_in_the_morning() {
    let mut world = World::started("  a:\n    skill: x\n    accept: [meeting_ended]\n");
    world.catalog.insert(std::sync::Arc::new(world.sequence.clone()));
    world.admission.calm = night(2);
    let follow_ups = (0..5)
        .map(|n| FollowUp {
            id: format!("f{n}"),
            event_type: "meeting_ended".into(),
            payload: json!({"n": n}),
            not_before: None,
        })
        .collect();
    world.propose("a", Outcome { follow_ups, ..plain() });
    let memory = world.memory.lock().unwrap();
    let hour = |row: &JobRow| (row.wake_at.unwrap().0 - START.0 - MORNING) / HOUR_MS;
    let times: Vec<_> = memory.children.iter().map(|row| (hour(row), row.reason.clone().unwrap())).collect();
    let at = |hour: i64, why: &str| (hour, why.to_owned());
    assert_eq!(times, [at(0, QUIET), at(0, QUIET), at(1, RATE), at(1, RATE), at(2, RATE)]);
}

#[test]
fn what_a_person_runs_anew_for_themselves_does_not_wait_for_the_morning() {
    let mut world = World::started(ONE);
    world.catalog.insert(std::sync::Arc::new(world.sequence.clone()));
    world.propose("a", plain());
    world.admission.calm = night(6);
    for (order, status) in [(mine(), JobStatus::Pending), (by("eve", true), JobStatus::Deferred)] {
        let done = run_anew(&world.situation(), &world.job(), &world.admission, &order).unwrap();
        world.commit(&done);
        let memory = world.memory.lock().unwrap();
        assert_eq!(memory.children.last().unwrap().status, status, "{}", order.by.id);
    }
}
