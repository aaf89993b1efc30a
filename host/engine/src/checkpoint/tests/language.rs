//! Fallbacks, approvals of the sequence, and words of concurrency, each where it
//! meets gates, retries and being sent back.

use serde_json::json;

use super::world::*;
use crate::checkpoint::*;
use crate::fold::StepStatus;
use crate::job::JobStatus;
use crate::outcome::Outcome;
use crate::plan;
use crate::skill::CallError;

const FALLBACK: &str =
    "  a: { skill: x, fallback: y, retry: { attempts: 2 } }\n  b: { skill: x, needs: [a: settled] }\n";

fn ready(world: &World) -> Vec<(String, u32, String)> {
    let job = world.job();
    let next = plan::next(&job, &world.sequence, &world.facts, &world.running);
    let skill = |name| {
        let step = world.sequence.step(name).unwrap();
        step.skill(job.steps.get(name).map(AsRef::as_ref)).unwrap().to_string()
    };
    next.run.iter().map(|ready| (ready.step.to_string(), ready.attempt, skill(&ready.step))).collect()
}

fn busy() -> CallError {
    CallError::Timeout { limit_ms: 1 }
}

#[test]
fn a_fallback_is_called_once_the_skill_failed_for_good_and_may_ask() {
    let mut world = World::started(FALLBACK);
    world.report("a", 1, Err(busy()));
    assert_eq!(world.job().steps[&"a".into()].status, StepStatus::Retrying);
    world.later(120_000);
    world.take();
    world.report("a", 2, Err(busy()));
    assert_eq!(ready(&world), [("a".into(), 3, "y".into())], "after the last attempt, at once");
    // It has the attempts that the skill had.
    world.report("a", 3, Err(busy()));
    world.later(120_000);
    world.take();
    assert_eq!(ready(&world), [("a".into(), 4, "y".into())]);
    let asked = world.report("a", 4, Ok(gated()));
    assert_eq!(asked.job.row.status, JobStatus::AwaitingApproval, "a gate of a fallback is a gate");
    let id = world.open().id;
    let skipped = settle(&world.situation(), &world.job(), &id, dana(crate::approval::Answer::Skip)).unwrap();
    world.commit(&skipped);
    world.take();
    assert_eq!(ready(&world), [("b".into(), 1, "x".into())]);
    // Sent back, the step begins with its own skill.
    world.propose("b", plain());
    let back = retry_from(&world.situation(), &world.job(), &"a".into(), &by("dana", false)).unwrap();
    world.commit(&back);
    world.take();
    assert_eq!(ready(&world), [("a".into(), 5, "x".into())]);
}

#[test]
fn a_fallback_that_fails_fails_the_step_and_hopeless_inputs_have_none() {
    let mut world = World::started("  a: { skill: x, fallback: y }\n");
    world.report("a", 1, Err(CallError::OutOfFuel { limit: 1 }));
    let failed = world.report("a", 2, Err(CallError::OutOfFuel { limit: 1 }));
    assert_eq!(failed.job.row.status, JobStatus::Failed);
    let mut world = World::started("  a: { skill: x, fallback: y }\n");
    let failed = world.report("a", 1, Err(CallError::InputExpression { message: "no".into() }));
    assert_eq!(failed.job.row.status, JobStatus::Failed);
}

#[test]
fn an_approval_of_the_sequence_adds_and_takes_nothing_away() {
    let outcome = || Outcome { effects: vec![log("l", &[]), mail("m")], ..plain() };
    for (rule, asks, free) in [("{ all: true }", 2, 0), ("{ expires_ms: 60000 }", 1, 1), ("{ all: false }", 1, 1)] {
        let mut world = World::started(&format!("  a: {{ skill: x, approval: {rule} }}\n"));
        world.propose("a", outcome());
        let job = world.job();
        assert_eq!((world.open().effects.len(), job.effects.len()), (asks, free), "{rule}");
        if rule.contains("expires") {
            assert_eq!(world.open().expires_at, START.plus_ms(60_000));
        }
        let released = settle(&world.situation(), &job, &world.open().id, dana(approve())).unwrap();
        world.commit(&released);
        assert_eq!(released.job.effects.len(), 2, "{rule}");
    }
}

#[test]
fn a_word_of_concurrency_is_of_the_event_and_a_conflict_a_recorded_state() {
    let mut world = World::new("  a: { skill: x }\n");
    let text = |rule: &str| {
        format!(
            "sequence: s\nversion: 1\nevent: meeting_ended\npriority: 3\nconcurrency: {rule}\nsteps:\n  a: {{ skill: x }}\n"
        )
    };
    let mut admitted = |rule: &str, payload: serde_json::Value, underway: &[&str]| {
        let sequence = crate::sequence::Sequence::parse("s.yaml", &text(rule)).unwrap();
        world.admission.underway = underway.iter().map(|word| (*word).to_owned()).collect();
        let lease = crate::store::Lease { owner: "boot".into(), until: START };
        let event = world.event(payload);
        let word = crate::concurrency::word(Some(&sequence), &event);
        admit(&event, word, &world.admission, Some(&sequence), &world.ids, START, Some(lease)).unwrap().job.row
    };
    let key = "{ key: event.payload.contact_id }";
    let row = admitted(key, json!({"contact_id": "c1"}), &["s:c1"]);
    assert_eq!((row.status, row.concurrency.as_deref(), row.priority), (JobStatus::Pending, Some("s:c1"), 3));
    assert!(row.lease.is_none(), "one with a word is not born running");
    let row = admitted(key, json!({"contact_id": null}), &[]);
    assert_eq!((row.status, row.concurrency), (JobStatus::InProgress, None));
    let row = admitted(key, json!({}), &[]);
    assert_eq!(row.status, JobStatus::Skipped, "{:?}", row.reason);
    let long = admitted(key, json!({"contact_id": "c".repeat(500)}), &[]).concurrency.unwrap();
    assert!(long.starts_with("s:sha256:"), "{long}");
    let skip = "{ key: \"user + ':' + event.payload.contact_id\", on_conflict: skip }";
    let row = admitted(skip, json!({"contact_id": "c1"}), &["s:dana:c1"]);
    assert_eq!(row.status, JobStatus::Skipped, "{:?}", row.reason);
    assert_eq!(admitted(skip, json!({"contact_id": "c2"}), &["s:dana:c1"]).status, JobStatus::Pending);
}

#[test]
fn a_superseded_job_ends_once() {
    let mut world = World::started("  a: { skill: x }\n");
    world.propose("a", gated());
    let ended = supersede(&world.situation(), &world.job(), &"job_2".into()).unwrap();
    world.commit(&ended);
    assert_eq!(ended.job.row.status, JobStatus::Cancelled);
    assert_eq!(ended.job.row.reason.as_deref(), Some("job job_2 took its place"));
    assert!(ended.job.open_actions().is_empty());
    let again = supersede(&world.situation(), &world.job(), &"job_3".into()).unwrap();
    assert_eq!(again.job.row.reason, ended.job.row.reason, "an ended job stays as it is");
}
