//! What the provenance of a job says, over jobs that really went that way.

use serde_json::json;

use super::world::*;
use crate::approval::{ActionStatus, Answer, Edit, ItemAnswer};
use crate::call_record::CallRecord;
use crate::canonical::digest_json;
use crate::checkpoint::*;
use crate::limits::{CEILING, CallLimits};
use crate::outbox::EffectState;
use crate::outcome::{Ask, Editable, Item, Outcome};
use crate::provenance::{self, Provenance};
use crate::skill::{CallReport, ReadRecord, WORLD};

const ONE: &str = "  a: { skill: x }\n";

fn of(world: &World) -> Provenance {
    provenance::of(world.memory.lock().unwrap().stored.as_ref().unwrap()).unwrap()
}

/// Proposes through a call with a record, as a host does.
fn called(world: &mut World, call: &str, outcome: Outcome) {
    let mut run = world.run_of("a", 1, 0);
    run.record = Some(Box::new(CallRecord {
        call: call.to_owned(),
        input: "sha256:in".to_owned(),
        zone: "UTC".to_owned(),
        extra: Vec::new(),
        limits: CallLimits::default().under(&CEILING),
        world: WORLD.to_owned(),
        engine: "native".to_owned(),
        outcome: "sha256:out".to_owned(),
    }));
    let read = ReadRecord { read_id: "r1".to_owned(), source: "deal".to_owned(), ..ReadRecord::default() };
    let report = CallReport { reads: vec![read], ..CallReport::of(Ok(outcome), spend()) };
    let done = step_proposed(&world.situation(), &world.job(), &run, report).unwrap();
    world.commit(&done);
}

#[test]
fn an_output_names_its_module_rights_reads_and_call() {
    let mut world = World::started(ONE);
    called(&mut world, "call_7", plain());
    let origin = of(&world);
    let row = world.job().row;
    assert_eq!((&origin.job, &origin.org, &origin.user, &origin.event), (&row.id, &row.org, &row.user, &row.event));
    assert_eq!((&origin.event_digest, &origin.sequence_digest), (&row.body_digest, &row.sequence_digest));
    assert_eq!((origin.effects.len(), origin.edits.len()), (0, 0));
    let [output] = origin.outputs.as_slice() else { panic!("one step, one output") };
    assert_eq!((output.step.as_str(), output.attempt, output.round), ("a", 1, 0));
    assert_eq!(output.output, digest_json(&plain().output));
    assert_eq!(output.module.as_ref().unwrap().digest, "sha256:00");
    assert_eq!(output.rights, rights().iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(output.reads[0].source, "deal");
    assert_eq!(output.call.as_ref().unwrap().call, "call_7");
    assert_eq!((output.spend, output.started_at, output.at), (spend(), START, START));
}

#[test]
fn an_effect_names_the_call_that_proposed_it_and_who_released_it() {
    let mut world = World::started(ONE);
    called(&mut world, "call_7", gated());
    world.later(1_000);
    let edit = Edit { effect: "mail".into(), pointer: "/body".into(), value: json!("Hello Sam") };
    let answer = Answer::Approve { edits: vec![edit], not_before: None };
    let question = world.open().id;
    let answered = settle(&world.situation(), &world.job(), &question, dana(answer)).unwrap();
    world.commit(&answered);

    let origin = of(&world);
    let by_kind = |kind: &str| origin.effects.iter().find(|effect| effect.kind == kind).unwrap();
    let mail = by_kind("email.send");
    // A mail is known by its question alone: it became an effect after the call.
    assert_eq!(mail.call.as_deref(), Some("call_7"));
    assert_eq!(mail.payload, digest_json(&world.effect("mail").payload));
    assert_ne!(mail.payload, digest_json(&super::world::mail("mail").payload), "what is done is what was edited");
    assert_eq!((mail.state, mail.receipt.is_none()), (EffectState::Ready, true));
    let approval = mail.approval.as_ref().unwrap();
    assert_eq!((&approval.id, approval.status), (&question, ActionStatus::Approved));
    assert_eq!(approval.by.as_ref().unwrap().as_str(), "dana");
    assert_eq!((approval.via.as_deref(), approval.at), (Some("api:test"), Some(START.plus_ms(1_000))));
    assert_eq!(approval.edits, ["/body"]);

    let log = by_kind("crm.log_activity");
    assert_eq!((log.call.as_deref(), log.approval.is_none()), (Some("call_7"), true));
    assert_eq!(log.rights, mail.rights);
}

#[test]
fn an_item_of_a_batch_has_its_own_edits_only() {
    let item = |id: &str| Item {
        id: format!("item-{id}"),
        label: id.into(),
        detail: None,
        preselected: true,
        effects: vec![task(id)],
        editable: vec![Editable {
            effect: id.into(),
            pointer: "/title".into(),
            label: "Title".into(),
            multiline: false,
        }],
    };
    let ask = Ask::Batch { items: vec![item("one"), item("two")] };
    let outcome = Outcome { approvals: vec![request("tasks", ask)], ..plain() };
    let mut world = World::started(ONE);
    called(&mut world, "call_7", outcome);
    let edit = Edit { effect: "two".into(), pointer: "/title".into(), value: json!("Do it") };
    let items = vec![
        ItemAnswer { item: "item-one".into(), approve: true, edits: vec![] },
        ItemAnswer { item: "item-two".into(), approve: true, edits: vec![edit] },
    ];
    let answered = settle(&world.situation(), &world.job(), &world.open().id, dana(Answer::Items { items })).unwrap();
    world.commit(&answered);
    let origin = of(&world);
    let edits: Vec<_> = origin.effects.iter().map(|effect| effect.approval.as_ref().unwrap().edits.clone()).collect();
    assert_eq!(edits.iter().map(Vec::len).sum::<usize>(), 1, "{edits:?}");
    assert!(edits.contains(&vec!["/title".to_owned()]));
}

#[test]
fn an_output_that_a_person_replaced_is_there_twice() {
    let mut world = World::started("  a: { skill: x }\n  b: { skill: x, needs: [a: settled], on_failure: stop }\n");
    called(&mut world, "call_7", gated());
    world.later(2_000);
    let job = world.job();
    let edited = edit_output(&world.situation(), &job, &"a".into(), json!({"v": 2}), &by("dana", false)).unwrap();
    world.commit(&edited);
    let origin = of(&world);
    assert_eq!(origin.outputs[0].output, digest_json(&gated().output), "what the module said stays");
    let [edit] = origin.edits.as_slice() else { panic!("one edit") };
    assert_eq!((edit.step.as_str(), edit.by.as_str(), edit.at), ("a", "dana", START.plus_ms(2_000)));
    assert_eq!(edit.before.as_deref(), Some(digest_json(&gated().output).as_str()));
    assert_eq!(edit.after, digest_json(&json!({"v": 2})));
}

#[test]
fn a_journal_that_cannot_be_read_is_an_error_and_not_a_gap() {
    let mut world = World::started(ONE);
    called(&mut world, "call_7", plain());
    let mut stored = world.memory.lock().unwrap().stored.clone().unwrap();
    let line = stored.journal.iter_mut().find(|entry| entry.kind == "step_proposed").unwrap();
    line.body = "{}".to_owned();
    assert!(provenance::of(&stored).is_err());
}
