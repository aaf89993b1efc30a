//! A step that is called for each element of a list: gates, failures, fallbacks and
//! ways back inside it.

use serde_json::{Value, json};

use super::world::*;
use crate::checkpoint::*;
use crate::fold::StepStatus;
use crate::job::JobStatus;
use crate::outcome::Outcome;
use crate::plan;
use crate::skill::CallError;

const EACH: &str = "  a: { skill: x }
  b: { skill: x, for_each: { over: outputs.a.list, at_most: 3 }, with: { n: item.n, at: index }, on_failure: continue }
  c: { skill: x, needs: [b: settled], with: { all: outputs.b } }
";

fn inputs(world: &World) -> Vec<(String, Result<Value, String>)> {
    let next = plan::next(&world.job(), &world.sequence, &world.facts, &world.running);
    next.run.into_iter().map(|ready| (ready.step.to_string(), ready.input.map_err(|error| error.to_string()))).collect()
}

fn list(items: &[i64]) -> Outcome {
    let items: Vec<Value> = items.iter().map(|n| json!({"n": n})).collect();
    Outcome { output: json!({"list": items}), ..Outcome::default() }
}

fn gives(n: i64) -> Outcome {
    Outcome { output: json!(n), ..Outcome::default() }
}

#[test]
fn each_element_is_a_call_and_the_output_the_list_of_theirs() {
    let mut world = World::started(EACH);
    world.propose("a", list(&[7, 8, 9]));
    assert_eq!(
        inputs(&world),
        [
            ("b[0]".into(), Ok(json!({"n": 7, "at": 0}))),
            ("b[1]".into(), Ok(json!({"n": 8, "at": 1}))),
            ("b[2]".into(), Ok(json!({"n": 9, "at": 2}))),
        ]
    );
    world.running.extend(["b[0]".into(), "b[1]".into()]);
    world.report("b[2]", 1, Ok(gives(9)));
    world.running.remove(&"b[1]".into());
    world.report("b[1]", 1, Err(CallError::OutOfFuel { limit: 1 }));
    world.running.clear();
    // A gate of one call holds up what needs the answers, and no other call.
    let gated = world.report("b[0]", 1, Ok(Outcome { output: json!(7), ..gated() }));
    assert_eq!(gated.job.row.status, JobStatus::AwaitingApproval);
    assert_eq!(world.open().step.as_str(), "b[0]");
    let id = world.open().id;
    let skipped = settle(&world.situation(), &world.job(), &id, dana(crate::approval::Answer::Skip)).unwrap();
    world.commit(&skipped);
    world.take();
    assert_eq!(inputs(&world), [("c".into(), Ok(json!({"all": [7, null, 9]})))]);
    world.propose("c", plain());
    let job = world.job();
    assert_eq!((job.row.status, job.row.reason.as_deref()), (JobStatus::Completed, Some("failed: b[1]")));

    // One call goes back alone, and what depends on the step with it.
    let back = retry_from(&world.situation(), &job, &"b[1]".into(), &by("dana", false)).unwrap();
    world.commit(&back);
    world.take();
    assert_eq!(inputs(&world), [("b[1]".into(), Ok(json!({"n": 8, "at": 1})))]);
    world.report("b[1]", 2, Ok(gives(8)));
    assert_eq!(inputs(&world), [("c".into(), Ok(json!({"all": [7, 8, 9]})))]);
}

#[test]
fn a_list_that_is_too_long_or_none_fails_the_step_and_an_empty_one_is_an_output() {
    for (output, wants) in [
        (list(&[1, 2, 3, 4]), Err("4 elements")),
        (Outcome { output: json!({"list": 7}), ..Outcome::default() }, Err("needs a list")),
        (list(&[]), Ok(json!([]))),
    ] {
        let mut world = World::started(EACH);
        world.propose("a", output);
        match wants {
            Ok(value) => assert_eq!(inputs(&world), [("c".into(), Ok(json!({"all": value})))]),
            Err(words) => {
                let (step, input) = inputs(&world).remove(0);
                assert_eq!(step, "b");
                assert!(input.unwrap_err().contains(words), "{words}");
            }
        }
    }
}

#[test]
fn a_step_that_is_sent_back_takes_its_list_anew() {
    let mut world = World::started(EACH);
    world.propose("a", list(&[1, 2]));
    world.running.insert("b[1]".into());
    world.report("b[0]", 1, Ok(gives(1)));
    world.running.clear();
    world.report("b[1]", 1, Ok(gives(2)));
    world.propose("c", plain());
    let back = retry_from(&world.situation(), &world.job(), &"a".into(), &by("dana", false)).unwrap();
    world.commit(&back);
    world.take();
    assert_eq!(inputs(&world).len(), 1);
    world.report("a", 2, Ok(list(&[5])));
    assert_eq!(inputs(&world), [("b[0]".into(), Ok(json!({"n": 5, "at": 0})))]);
    assert_eq!(world.job().steps[&"b[1]".into()].status, StepStatus::Skipped, "the list is shorter now");
    world.propose_again("b[0]", gives(5));
    assert_eq!(inputs(&world), [("c".into(), Ok(json!({"all": [5]})))]);
}

#[test]
fn a_call_that_stops_the_job_is_named_has_a_fallback_and_can_be_written_by_hand() {
    let steps = "  b: { skill: x, fallback: y, for_each: { over: '[1, 2]', at_most: 2 } }\n";
    let mut world = World::started(steps);
    world.running.insert("b[1]".into());
    world.report("b[0]", 1, Ok(gives(1)));
    world.running.clear();
    world.report("b[1]", 1, Err(CallError::OutOfFuel { limit: 1 }));
    assert!(world.job().steps[&"b[1]".into()].fallback && !world.job().steps[&"b[0]".into()].fallback);
    let failed = world.report("b[1]", 2, Err(CallError::OutOfFuel { limit: 1 }));
    assert_eq!(failed.job.row.status, JobStatus::Failed);
    assert!(failed.job.row.reason.as_ref().unwrap().contains("step b[1] failed"), "{:?}", failed.job.row.reason);
    let (s, job) = (world.situation(), world.job());
    let whole = edit_output(&s, &job, &"b".into(), json!([1, 2]), &by("dana", false)).unwrap_err();
    assert!(matches!(whole, OrderError::BadOutput { .. }), "{whole}");
    let edited = edit_output(&s, &job, &"b[1]".into(), json!(2), &by("dana", false)).unwrap();
    world.commit(&edited);
    world.take();
    let job = world.job();
    assert_eq!((job.row.status, &job.steps[&"b".into()].output), (JobStatus::Completed, &json!([1, 2])));
}
