//! Who made a suggestion: whose work it is that a person is asked about.

use serde_json::json;

use super::world::*;
use crate::approval::ActionStatus;
use crate::checkpoint::*;
use crate::outcome::{FollowUp, Outcome};
use crate::skill::{CallReport, SkillRef};
use crate::store::Write;

const STEPS: &str = "  found: { skill: detect-intents }
  draft: { skill: draft-reply-email, with: { found: outputs.found } }
  send: { skill: email-send-as-rep, with: { draft: outputs.draft } }
  tasks: { skill: create-tasks, made_by: [found, tasks], with: { found: outputs.found } }
";

fn module(name: &str) -> SkillRef {
    SkillRef { name: name.into(), version: "2.0.0".into(), digest: format!("sha256:{name}") }
}

fn proposed(world: &mut World, step: &str, skill: &str, outcome: Outcome) -> Checkpoint {
    let mut run = world.run_of(step, 1, 0);
    run.skill = Some(module(skill));
    let report = CallReport::of(Ok(outcome), spend());
    let done = step_proposed(&world.situation(), &world.job(), &run, report).unwrap();
    world.commit(&done);
    done
}

fn makers(world: &World) -> Vec<String> {
    world.open().card.made_by.iter().map(|maker| maker.name.to_string()).collect()
}

fn asking() -> Outcome {
    Outcome { approvals: vec![review(vec![mail("mail")])], ..plain() }
}

#[test]
fn a_question_is_said_of_whose_work_it_brings_and_of_who_raised_its_job() {
    let mut world = World::new(STEPS);
    world.admission.raised_by = vec![module("analyse-pipeline")];
    let event = world.event(json!({}));
    let admitted = admit(&event, Ok(None), &world.admission, Some(&world.sequence), &world.ids, START, None).unwrap();
    world.memory.lock().unwrap().apply(&admitted.batch);
    world.admission.raised_by.clear();
    world.take();
    assert_eq!(world.job().raised_by, [module("analyse-pipeline")], "another host knows it too");
    proposed(&mut world, "found", "detect-intents", plain());
    proposed(&mut world, "draft", "draft-reply-email", plain());
    proposed(&mut world, "send", "email-send-as-rep", asking());
    assert_eq!(makers(&world), ["draft-reply-email", "analyse-pipeline"]);
    assert_eq!(world.open().card.asked_by, "email-send-as-rep 2.0.0");
    assert_eq!(world.open().module, Some(module("email-send-as-rep")), "the binding is of who asks");

    // Asked again after an undo, it is said of the same.
    let yes = settle(&world.situation(), &world.job(), &world.open().id, dana(approve())).unwrap();
    world.commit(&yes);
    let me = Person { id: "dana".into(), admin: false };
    let back = undo(&world.situation(), &world.job(), &world.effect("mail").key, &me).unwrap();
    world.commit(&back);
    assert_eq!(makers(&world), ["draft-reply-email", "analyse-pipeline"]);
}

#[test]
fn what_nothing_is_stated_of_is_its_own_and_a_step_that_gave_nothing_made_nothing() {
    let mut world = World::started(STEPS);
    proposed(&mut world, "found", "detect-intents", plain());
    proposed(&mut world, "tasks", "create-tasks", asking());
    assert_eq!(makers(&world), ["detect-intents", "create-tasks"]);

    let mut world = World::started("  a: { skill: x }\n");
    proposed(&mut world, "a", "x", asking());
    assert_eq!(makers(&world), ["x"]);

    // The draft was skipped, so what is sent is the sender's own.
    let steps = STEPS.replace("skill: draft-reply-email,", "skill: draft-reply-email, when: 'false',");
    let mut world = World::started(&steps);
    proposed(&mut world, "found", "detect-intents", plain());
    proposed(&mut world, "send", "email-send-as-rep", asking());
    assert_eq!(makers(&world), ["email-send-as-rep"]);
}

#[test]
fn what_a_step_leads_to_knows_who_raised_it() {
    let steps = "  found: { skill: classify }\n  file:\n    skill: file-email\n    made_by: [found]\n    \
                 with: { found: outputs.found }\n    accept: [meeting_ended]\n";
    let mut world = World::started(steps);
    world.catalog.insert(std::sync::Arc::new(world.sequence.clone()));
    proposed(&mut world, "found", "classify", plain());
    let follow_ups = vec![FollowUp {
        id: "f".into(),
        event_type: "meeting_ended".into(),
        payload: json!({"n": 1}),
        not_before: None,
    }];
    let done = proposed(&mut world, "file", "file-email", Outcome { follow_ups, ..plain() });
    let child = &done.job.steps[&"file".into()].children[0];
    let planned = done.batch.writes.iter().find_map(|write| match write {
        Write::Journal(entry) if entry.job == *child && entry.kind == "planned" => Some(entry.body.clone()),
        _ => None,
    });
    let planned: serde_json::Value = serde_json::from_str(&planned.unwrap()).unwrap();
    assert_eq!(planned.pointer("/raised_by"), Some(&json!([module("classify")])), "{planned}");
}

#[test]
fn what_is_accepted_is_not_irrelevant() {
    let mut world = World::started("  a: { skill: x }\n");
    proposed(&mut world, "a", "x", asking());
    let said =
        |reply: Reply| settle(&world.situation(), &world.job(), &world.open().id, Reply { irrelevant: true, ..reply });
    assert!(matches!(said(dana(approve())), Err(SettleError::NotOffered { .. })));
    let skipped = said(dana(crate::approval::Answer::Skip)).unwrap();
    let action = skipped.job.actions.values().next().unwrap();
    assert_eq!(action.status, ActionStatus::Skipped);
    assert!(action.resolution.as_ref().unwrap().irrelevant);
}
