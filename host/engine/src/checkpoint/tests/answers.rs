//! What answers may and may not do.

use serde_json::json;

use super::world::*;
use crate::approval::{ActionStatus, Answer, Edit, ItemAnswer};
use crate::checkpoint::*;
use crate::job::JobStatus;
use crate::outbox::{Delivery, EffectState};
use crate::outcome::{Ask, Choice, Editable, Item, Outcome};

const ONE: &str = "  a: { skill: x }\n";

fn asked(request: crate::outcome::ApprovalRequest) -> World {
    let mut world = World::started(ONE);
    world.propose("a", Outcome { approvals: vec![request], ..plain() });
    world
}

fn answer(world: &World, reply: Reply) -> Result<Checkpoint, SettleError> {
    settle(&world.situation(), &world.job(), &world.open().id, reply)
}

fn edit(effect: &str, pointer: &str, value: serde_json::Value) -> Answer {
    Answer::Approve { edits: vec![Edit { effect: effect.into(), pointer: pointer.into(), value }], not_before: None }
}

fn batch() -> Ask {
    let items = ["one", "two"]
        .map(|id| Item {
            id: id.into(),
            label: id.into(),
            detail: None,
            preselected: true,
            effects: vec![task(&format!("t-{id}"))],
            editable: vec![Editable {
                effect: format!("t-{id}"),
                pointer: "/title".into(),
                label: "Title".into(),
                multiline: false,
            }],
        })
        .to_vec();
    Ask::Batch { items }
}

fn choose() -> Ask {
    let choices = ["x", "y"]
        .map(|id| Choice {
            id: id.into(),
            label: id.into(),
            detail: None,
            recommended: id == "x",
            effects: vec![mail(&format!("m-{id}"))],
        })
        .to_vec();
    Ask::Choose { choices, offer_more: true, offer_manual: false }
}

#[test]
fn only_the_person_asked_approves_and_an_admin_may_only_stop() {
    let world = asked(review(vec![mail("m")]));
    for (id, admin, what, ok) in [
        ("eve", false, approve(), false),
        ("eve", true, approve(), false),
        ("eve", true, edit("m", "/body", json!("x")), false),
        ("eve", true, Answer::Skip, false),
        ("eve", false, Answer::Cancel, false),
        ("eve", true, Answer::Cancel, true),
        ("dana", false, approve(), true),
    ] {
        let reply = Reply { by: Person { id: id.into(), admin }, ..dana(what) };
        let result = answer(&world, reply);
        assert_eq!(result.is_ok(), ok, "{id} {admin}");
        if let Err(error) = result {
            assert!(matches!(error, SettleError::NotYours { .. }), "{error}");
        }
    }
}

#[test]
fn the_second_answer_learns_the_first() {
    let mut world = asked(review(vec![mail("m")]));
    let id = world.open().id;
    let first = answer(&world, dana(approve())).unwrap();
    world.commit(&first);
    let second = settle(&world.situation(), &world.job(), &id, dana(Answer::Skip)).unwrap_err();
    let SettleError::AlreadySettled { status, resolution, .. } = second else { panic!("{second}") };
    assert_eq!(status, ActionStatus::Approved);
    assert_eq!(resolution.unwrap().answer, Some(approve()));
    let nowhere = settle(&world.situation(), &world.job(), &"nope".into(), dana(approve())).unwrap_err();
    assert!(matches!(nowhere, SettleError::NotFound { .. }));
}

#[test]
fn an_edit_is_checked_and_bound_anew() {
    let mut world = asked(review(vec![mail("m")]));
    let before = world.open().effects[0].digest.clone();
    for (what, pointer) in [
        (edit("m", "/to/0", json!("eve@evil.test")), "/to/0"),
        (edit("m", "/body", json!(7)), "/body"),
        (edit("m", "/body", json!("")), "/body"),
        (edit("ghost", "/body", json!("x")), "/body"),
    ] {
        let error = answer(&world, dana(what)).unwrap_err();
        assert!(matches!(error, SettleError::InvalidEdit { pointer: ref at, .. } if at == pointer), "{error}");
    }
    let done = answer(&world, dana(edit("m", "/body", json!("Hello Sam")))).unwrap();
    world.commit(&done);
    let row = world.effect("m");
    assert_eq!(row.payload["body"], "Hello Sam");
    assert_ne!(row.digest, before);
    assert_eq!(row.release.unwrap().by.as_str(), "dana");
}

#[test]
fn send_later_is_offered_and_bounded() {
    let world = asked(review(vec![mail("m")]));
    let at = |ms| Answer::Approve { edits: vec![], not_before: Some(START.plus_ms(ms)) };
    assert!(matches!(answer(&world, dana(at(-1))), Err(SettleError::NotOffered { .. })));
    assert!(matches!(answer(&world, dana(at(MAX_DEFER_MS + 1))), Err(SettleError::NotOffered { .. })));
    let later = answer(&world, dana(at(3_600_000))).unwrap();
    assert_eq!(later.job.effects.values().next().unwrap().not_before, START.plus_ms(3_600_000));
}

#[test]
fn a_batch_is_answered_item_by_item() {
    let item = |id: &str, approve, edits| ItemAnswer { item: id.into(), approve, edits };
    let world = asked(request("r", batch()));
    let retitle = vec![Edit { effect: "t-one".into(), pointer: "/title".into(), value: json!("Better") }];
    let one = answer(&world, dana(Answer::Items { items: vec![item("one", true, retitle.clone())] })).unwrap();
    let titles: Vec<_> = one.job.effects.values().map(|row| row.payload["title"].clone()).collect();
    assert_eq!(titles, [json!("Better")]);
    assert_eq!(answer(&world, dana(approve())).unwrap().job.effects.len(), 2, "all means all");
    let none = answer(&world, dana(Answer::Items { items: vec![item("one", false, vec![])] })).unwrap();
    assert_eq!(none.job.row.status, JobStatus::Completed);
    assert!(none.job.actions.values().all(|action| action.status == ActionStatus::Skipped));
    for bad in [
        vec![item("nine", true, vec![])],
        vec![item("one", true, vec![]), item("one", false, vec![])],
        vec![item("two", true, retitle)],
    ] {
        assert!(answer(&world, dana(Answer::Items { items: bad })).is_err());
    }
    assert!(matches!(answer(&world, dana(Answer::More)), Err(SettleError::NotOffered { .. })));
}

#[test]
fn a_choice_releases_its_own_effects_and_more_asks_for_a_new_round() {
    let mut world = asked(request("r", choose()));
    let unknown = answer(&world, dana(Answer::Choose { choice: "z".into() })).unwrap_err();
    assert!(matches!(unknown, SettleError::UnknownPart { what: "choice", .. }), "{unknown}");
    assert!(matches!(answer(&world, dana(approve())), Err(SettleError::NotOffered { .. })));
    assert!(matches!(answer(&world, dana(Answer::Manual)), Err(SettleError::NotOffered { .. })));
    let chosen = answer(&world, dana(Answer::Choose { choice: "y".into() })).unwrap();
    let ids: Vec<_> = chosen.job.effects.values().map(|row| row.local_id.as_str()).collect();
    assert_eq!(ids, ["m-y"]);

    let more = answer(&world, dana(Answer::More)).unwrap();
    world.commit(&more);
    world.take();
    let next = crate::plan::next(&world.job(), &world.sequence, &world.facts, &world.running);
    assert_eq!((next.run[0].round, next.run[0].attempt), (1, 2));
    let run = world.run_of("a", 2, 1);
    let outcome = Outcome { approvals: vec![request("r", choose())], ..plain() };
    let report = crate::skill::CallReport::of(Ok(outcome), spend());
    let again = step_proposed(&world.situation(), &world.job(), &run, report).unwrap();
    world.commit(&again);
    assert_eq!(world.open().round, 1);
    assert_eq!(again.job.row.status, JobStatus::AwaitingApproval);
}

#[test]
fn a_changed_question_is_void() {
    let world = asked(review(vec![mail("m")]));
    let tamper = |change: &dyn Fn(&mut crate::approval::PendingAction)| {
        let mut job = world.job();
        change(std::sync::Arc::make_mut(job.actions.values_mut().next().unwrap()));
        settle(&world.situation(), &job, &world.open().id, dana(approve())).unwrap_err()
    };
    let errors = [
        tamper(&|action| action.effects[0].effect.payload["to"] = json!(["eve@evil.test"])),
        tamper(&|action| action.rights.push("effect:x".into())),
        tamper(&|action| action.module = None),
        tamper(&|action| action.round = 5),
        tamper(&|action| action.effects[0].digest = "hmac-sha256:00".into()),
        tamper(&|action| action.effects.clear()),
        tamper(&|action| match &mut action.request.ask {
            Ask::Review { effects, .. } => effects[0].payload["body"] = json!("something else"),
            _ => unreachable!("a review"),
        }),
    ];
    for error in errors {
        assert!(matches!(error, SettleError::Void { .. }), "{error}");
    }
}

#[test]
fn undo_puts_the_mail_back_and_moves_what_hangs_on_it() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    let body = edit("mail", "/body", json!("Hello"));
    let answered = answer(&world, dana(body)).unwrap();
    world.commit(&answered);
    let key = world.effect("mail").key;
    let me = Person { id: "dana".into(), admin: false };
    let other = Person { id: "eve".into(), admin: true };
    assert!(matches!(undo(&world.situation(), &world.job(), &key, &other), Err(UndoError::NotYours { .. })));
    let back = undo(&world.situation(), &world.job(), &key, &me).unwrap();
    world.commit(&back);
    assert_eq!(back.job.effects[&key].state, EffectState::Cancelled);
    let question = world.open();
    assert_eq!(question.effects[0].effect.payload["body"], "Hello", "the edit is kept");
    assert_ne!(question.effects[0].key, key);
    assert_eq!(world.effect("log").after, [question.effects[0].key.clone()], "the log waits for the new mail");
    let again = answer(&world, dana(approve())).unwrap();
    world.commit(&again);
    assert_eq!(world.effect("mail").key, question.effects[0].key);
    world.later(UNDO_MS);
    let late = undo(&world.situation(), &world.job(), &world.effect("mail").key, &me).unwrap_err();
    assert!(matches!(late, UndoError::TooLate { .. }), "{late}");
    assert!(matches!(
        undo(&world.situation(), &world.job(), &world.effect("log").key, &me),
        Err(UndoError::NotUndoable)
    ));
}

#[test]
fn a_step_may_go_by_how_another_one_was_answered() {
    let steps = "  a: { skill: x }\n  b: { skill: x, needs: [{ a: settled }], when: \"has(answers.a) && answers.a == 'skipped'\" }\n";
    for (what, runs) in [(Answer::Skip, true), (approve(), false)] {
        let mut world = World::started(steps);
        let asked = world.propose("a", Outcome { approvals: vec![review(vec![log("l", &[])])], ..plain() });
        assert!(asked.next.run.is_empty(), "it waits for the answer");
        let mut done = answer(&world, dana(what)).unwrap();
        world.commit(&done);
        if !runs {
            let row = world.effect("l");
            let sent = Delivery::Sent { receipt: json!({}) };
            done = effect_settled(&world.situation(), &world.job(), &row, sent, None).unwrap();
            world.commit(&done);
        }
        let names: Vec<&str> = done.next.run.iter().map(|run| run.step.as_str()).collect();
        assert_eq!(names, if runs { vec!["b"] } else { vec![] });
    }
}

#[test]
fn nothing_of_a_changed_approval_is_released() {
    use crate::approval::PendingAction;
    type Change = fn(&mut PendingAction);
    let changes: [Change; 8] = [
        |asked| asked.request.title = "Your manager asked for this".to_owned(),
        |asked| asked.request.summary = "Nothing leaves.".to_owned(),
        |asked| asked.effects[0].digest = format!("hmac-sha256:{}", "0".repeat(64)),
        |asked| asked.module = None,
        |asked| asked.rights = vec!["effect:*".to_owned()],
        |asked| asked.card.raised_by = Some("nobody".to_owned()),
        |asked| asked.nonce = "another".to_owned(),
        |asked| asked.card.seal = String::new(),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let world = asked(review(vec![mail("m")]));
        let mut job = world.job();
        let open = world.open();
        let changed = std::sync::Arc::make_mut(job.actions.get_mut(&open.id).unwrap());
        change(changed);
        assert!(!world.binder.is_sealed(changed), "{at}");
        let settled = settle(&world.situation(), &job, &open.id, dana(approve()));
        assert!(matches!(settled, Err(SettleError::Unsealed { .. } | SettleError::Void { .. })), "{at}: {settled:?}");
    }
}

#[test]
fn a_stored_card_is_rendered_from_what_is_bound() {
    let world = asked(review(vec![mail("m")]));
    let open = world.open();
    assert!(world.binder.is_sealed(&open));
    let mut stored = serde_json::to_value(&open).unwrap();
    let same: crate::approval::PendingAction = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(same, open);
    stored["card"]["heading"] = serde_json::json!("Nothing leaves");
    stored["card"]["parts"] = serde_json::json!([]);
    stored["card"]["comment"] = serde_json::json!("Trust me.");
    let read: crate::approval::PendingAction = serde_json::from_value(stored).unwrap();
    assert_eq!(read, open, "of the stored card nothing is believed");
}
