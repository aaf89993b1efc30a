//! What became of a question, as it is told where it was asked.

use serde_json::json;

use super::orders::sent;
use super::world::*;
use crate::aftermath::{Aftermath, EndState, undoable};
use crate::approval::{ActionStatus, Answer, DEFAULT_EXPIRY_MS, Edit, JOB_EXPIRY_MS, PendingAction};
use crate::checkpoint::*;
use crate::outbox::Delivery;
use crate::outcome::{ApprovalRequest, Ask, Choice, Effect, Outcome};

const HOUR_MS: i64 = 3_600_000;
const ONE: &str = "  a: { skill: x }\n";

impl World {
    fn answered(&mut self, answer: Answer) -> PendingAction {
        let id = self.open().id;
        let done = settle(&self.situation(), &self.job(), &id, dana(answer)).unwrap();
        self.commit(&done);
        done.job.actions[&id].as_ref().clone()
    }

    fn aftermath(&self, action: &PendingAction) -> Aftermath {
        let job = self.job();
        Aftermath::of(&job, &job.actions[&action.id], self.facts.now)
    }
}

#[test]
fn an_approval_can_be_undone_until_its_effect_leaves_and_tells_how_it_ended() {
    let mut world = World::started(ONE);
    world.propose("a", gated());
    let edit = Edit { effect: "mail".into(), pointer: "/body".into(), value: json!("Another") };
    let action = world.answered(Answer::Approve { edits: vec![edit], not_before: None });
    let told = world.aftermath(&action);
    assert_eq!((told.status, told.by.as_ref().map(|by| by.as_str())), (ActionStatus::Approved, Some("dana")));
    assert!(told.edited && told.can_undo && !told.can_ask_again);
    let leaves = EndState::Leaves(world.facts.now.plus_ms(UNDO_MS));
    assert_eq!(
        told.ends.iter().map(|end| (end.kind.as_str(), &end.state)).collect::<Vec<_>>(),
        [("email.send", &leaves)]
    );
    // That it is on its way makes no difference to whoever reads it.
    let row = world.effect("mail");
    world.later(UNDO_MS);
    assert!(!world.aftermath(&action).can_undo);
    let sending = effect_sending(&row, world.facts.now);
    world.memory.lock().unwrap().apply(&sending.batch);
    assert_eq!(world.aftermath(&action).ends[0].state, leaves);
    let row = sending.row;
    world.later(1_000);
    let done = effect_settled(&world.situation(), &world.job(), &row, sent(), None).unwrap();
    world.commit(&done);
    let told = world.aftermath(&action);
    assert_eq!(told.ends[0].state, EndState::Done(world.facts.now));
    assert_eq!(undoable(&world.job(), &action, world.facts.now), []);
}

#[test]
fn what_does_not_happen_says_why() {
    for taken_back in [true, false] {
        let mut world = World::started(ONE);
        world.propose("a", gated());
        let action = world.answered(approve());
        assert!(!world.aftermath(&action).edited);
        let row = world.effect("mail");
        let me = Person { id: "dana".into(), admin: false };
        let done = if taken_back {
            assert_eq!(undoable(&world.job(), &action, world.facts.now), std::slice::from_ref(&row.key));
            undo(&world.situation(), &world.job(), &row.key, &me).unwrap()
        } else {
            let refused = Delivery::Permanent { reason: "no such mailbox".to_owned() };
            effect_settled(&world.situation(), &world.job(), &row, refused, None).unwrap()
        };
        world.commit(&done);
        let told = world.aftermath(&action);
        let wanted = if taken_back { EndState::TakenBack } else { EndState::Failed("no such mailbox".to_owned()) };
        assert_eq!((told.ends[0].state.clone(), told.can_undo, told.asked_again), (wanted, false, taken_back));
    }
}

#[test]
fn an_expired_question_can_be_asked_again_once_by_its_person_or_an_admin_while_its_job_waits() {
    let person = |id: &str, admin| Person { id: id.into(), admin };
    for (who, may) in [(person("dana", false), true), (person("eve", true), true), (person("bob", false), false)] {
        let mut world = World::started(ONE);
        world.propose("a", gated());
        let action = world.open();
        assert!(!may_be_asked_again(&world.job(), &action), "it is open");
        world.later(DEFAULT_EXPIRY_MS);
        let expired = expire(&world.situation(), &world.job()).unwrap();
        world.commit(&expired);
        let told = world.aftermath(&action);
        assert!(told.status == ActionStatus::Expired && told.by.is_none() && told.can_ask_again);

        let again = ask_again(&world.situation(), &world.job(), &action.id, &who);
        if !may {
            assert!(matches!(again, Err(UndoError::NotYours { .. })), "{again:?}");
            continue;
        }
        world.commit(&again.unwrap());
        let audit = world
            .memory
            .lock()
            .unwrap()
            .audit
            .iter()
            .any(|row| row.action == "approval.asked_again" && row.actor == format!("user:{}", who.id));
        assert!(audit, "who asked again is on record");
        let told = world.aftermath(&action);
        assert!(told.asked_again && !told.can_ask_again);
        let job = world.job();
        assert_eq!(job.asked_again_as(&job.actions[&action.id]).map(|fresh| &fresh.id), Some(&world.open().id));
        let twice = ask_again(&world.situation(), &job, &action.id, &who).unwrap_err();
        assert!(matches!(twice, UndoError::NotExpired), "{twice}");
        if who.admin {
            // Whoever asks again does not answer.
            let theirs = Reply { by: who.clone(), ..dana(approve()) };
            let refused = settle(&world.situation(), &job, &world.open().id, theirs).unwrap_err();
            assert!(matches!(refused, SettleError::NotYours { .. }), "{refused}");
        }
    }
    let mut world = World::started(ONE);
    world.propose("a", gated());
    let action = world.open();
    world.later(JOB_EXPIRY_MS);
    let expired = expire(&world.situation(), &world.job()).unwrap();
    world.commit(&expired);
    world.take();
    let told = world.aftermath(&action);
    assert!(told.is_over && !told.can_ask_again, "its job is over");
}

/// Two times to meet, in an hour and in thirty, and a mail that lists both.
fn times() -> ApprovalRequest {
    let invite = |id: &str, hours: i64| Effect {
        id: id.into(),
        kind: "calendar.invite".into(),
        payload: json!({
            "organizer": "dana@acme.example", "title": "Rollout", "zone": "UTC", "uid": format!("rollout-{id}"),
            "starts": START.plus_ms(hours * HOUR_MS).rfc3339(), "ends": START.plus_ms((hours + 1) * HOUR_MS).rfc3339(),
            "attendees": [{"email": "mira@globex.example", "name": "Mira Holt"}],
        }),
        after: vec![],
    };
    let choices =
        [("soon", invite("soon", 1)), ("later", invite("later", 30)), ("mail", mail("both"))].map(|(id, effect)| {
            Choice { id: id.into(), label: id.into(), detail: None, recommended: false, effects: vec![effect] }
        });
    request("times", Ask::Choose { choices: choices.to_vec(), offer_more: true, offer_manual: false })
}

#[test]
fn a_time_that_has_passed_is_neither_chosen_nor_asked_about_again() {
    let mut world = World::started(ONE);
    world.propose("a", Outcome { approvals: vec![times()], ..plain() });
    let action = world.open();
    let chosen = |world: &World, action: &PendingAction, choice: &str| {
        settle(&world.situation(), &world.job(), &action.id, dana(Answer::Choose { choice: choice.into() }))
    };
    assert!(chosen(&world, &action, "soon").is_ok());
    world.later(HOUR_MS);
    let refused = chosen(&world, &action, "soon").unwrap_err();
    assert!(matches!(&refused, SettleError::NotOffered { message } if message.contains("passed")), "{refused}");
    assert!(chosen(&world, &action, "later").is_ok());

    world.later(DEFAULT_EXPIRY_MS - HOUR_MS);
    let expired = expire(&world.situation(), &world.job()).unwrap();
    world.commit(&expired);
    let me = Person { id: "dana".into(), admin: false };
    let again = ask_again(&world.situation(), &world.job(), &action.id, &me).unwrap();
    world.commit(&again);
    let fresh = world.open();
    let Ask::Choose { choices, .. } = &fresh.request.ask else { panic!("{fresh:?}") };
    let left: Vec<&str> = choices.iter().map(|choice| choice.id.as_str()).collect();
    assert_eq!((left, fresh.effects.len()), (vec!["later"], 1), "the mail lists a time that is over");
    assert!(chosen(&world, &fresh, "later").is_ok());

    world.later(DEFAULT_EXPIRY_MS);
    let expired = expire(&world.situation(), &world.job()).unwrap();
    world.commit(&expired);
    let over = ask_again(&world.situation(), &world.job(), &fresh.id, &me).unwrap_err();
    assert!(matches!(over, UndoError::Over), "{over}");
}
