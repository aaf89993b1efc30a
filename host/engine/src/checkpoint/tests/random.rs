//! Random lives of a job: outcomes, answers, deliveries, orders, crashes, want of
//! money and time in any order, with calls and sends under way between them. After
//! every commit the world checks that the restored job is the one in memory, that
//! every key is used once, and that every row in the outbox verifies, so that no
//! protected effect is there without a release.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::world::*;
use crate::approval::{ActionStatus, Answer, ItemAnswer};
use crate::checkpoint::*;
use crate::event::Event;
use crate::fold::{Job, StepStatus};
use crate::job::JobStatus;
use crate::outbox::{Delivery, EffectState};
use crate::outcome::{Ask, Choice, Item, Outcome};
use crate::plan;
use crate::purse::{Period, Scope, Shortage};
use crate::skill::{CallError, CallReport};
use crate::time::{MicroUsd, Timestamp};

const STEPS: &str = "  a: { skill: x, on_failure: retry }
  b: { skill: x, needs: [a], on_failure: continue, retry: { attempts: 2 } }
  c: { skill: x, needs: [a: settled], when: outputs.a.ok }
  d: { skill: x, on_failure: continue }
  e: { skill: x, needs: [b, d: settled], when: outputs.b != null }
  f: { skill: x, needs: [d], for_each: { over: '[1, 2]', at_most: 2 }, on_failure: continue, fallback: y }
";
/// Far more than any life in these tests needs to come to its end.
const PATIENCE: usize = 400;
const HOUR_MS: i64 = 3_600_000;
/// Picks of an answer that approves the first question, and of one that skips it.
const YES: u16 = 42;
const NO: u16 = 0;

fn outcome(pick: u16) -> Result<Outcome, CallError> {
    let batch = || Ask::Batch {
        items: ["one", "two"]
            .map(|id| Item {
                id: id.into(),
                label: id.into(),
                detail: None,
                preselected: false,
                effects: vec![task(&format!("t-{id}"))],
                editable: vec![],
            })
            .to_vec(),
    };
    let choose = || Ask::Choose {
        choices: ["x", "y"]
            .map(|id| Choice {
                id: id.into(),
                label: id.into(),
                detail: None,
                recommended: false,
                effects: vec![mail(&format!("m-{id}")), log(&format!("l-{id}"), &[&format!("m-{id}")])],
            })
            .to_vec(),
        offer_more: true,
        offer_manual: true,
    };
    match pick % 10 {
        0 | 1 => Ok(plain()),
        2 => Ok(gated()),
        3 => Ok(Outcome { approvals: vec![request("r", batch())], ..plain() }),
        4 => Ok(Outcome { approvals: vec![request("r", choose())], ..plain() }),
        5 => Ok(Outcome { effects: vec![mail("m"), log("l", &["m"]), log("k", &["l"])], ..plain() }),
        6 => Ok(Outcome { effects: vec![log("l", &["nobody"])], ..plain() }),
        7 => Err(CallError::Timeout { limit_ms: 1 }),
        8 => Err(CallError::Trap { message: "boom".into() }),
        _ => Ok(Outcome { approvals: vec![review(vec![mail("m1"), mail("m2")]), request("q", batch())], ..plain() }),
    }
}

/// A job in a world, with what its host has under way.
struct Life {
    world: World,
    /// Calls, with how they end.
    calls: Vec<(StepRun, Result<Outcome, CallError>)>,
    /// Not run before this, unless somebody says so.
    put_off: Option<Timestamp>,
    /// The host that held it is gone and known to be.
    crashed: bool,
}

impl std::ops::Deref for Life {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl std::ops::DerefMut for Life {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Life {
    /// Of a job that runs at once, or of one whose event names a time.
    fn begun(put_off_hours: u16) -> Self {
        if put_off_hours == 0 {
            return Self { world: World::started(STEPS), calls: Vec::new(), put_off: None, crashed: false };
        }
        let world = World::new(STEPS);
        let at = world.facts.now.plus_ms(i64::from(put_off_hours) * HOUR_MS);
        let event = Event { not_before: Some(at), ..world.event(serde_json::json!({})) };
        let admitted =
            admit(&event, Ok(None), &world.admission, Some(&world.sequence), &world.ids, START, None).unwrap();
        world.memory.lock().unwrap().apply(&admitted.batch);
        Self { world, calls: Vec::new(), put_off: Some(at), crashed: false }
    }

    fn held(&self) -> bool {
        self.lease.is_some()
    }

    /// What a host would take: the store's promise of `runnable_jobs`.
    fn claimable(&self) -> bool {
        let row = self.job().row;
        let due = row.wake_at.is_none_or(|at| at <= self.facts.now);
        match row.status {
            JobStatus::Pending => due,
            JobStatus::InProgress => self.crashed || row.lease.is_none_or(|lease| lease.until <= self.facts.now),
            JobStatus::Deferred | JobStatus::AwaitingApproval | JobStatus::AwaitingBudget => {
                due && row.wake_at.is_some()
            }
            _ => false,
        }
    }

    fn claim(&mut self) {
        self.crashed = false;
        self.take();
    }

    /// The process is gone, or does nothing more for the job.
    fn let_go(&mut self) {
        self.lease = None;
        self.running.clear();
        self.calls.clear();
    }

    /// Whoever answers does not hold the job. What its holder has under way goes on
    /// while it is still in progress.
    fn as_outsider(&mut self, decide: impl FnOnce(&World) -> Option<Checkpoint>) -> bool {
        let (lease, running) = (self.lease.take(), std::mem::take(&mut self.running));
        let checkpoint = decide(&self.world);
        if let Some(checkpoint) = &checkpoint {
            self.commit(checkpoint);
        }
        if self.job().row.status == JobStatus::InProgress {
            (self.lease, self.running) = (lease, running);
        } else {
            self.calls.clear();
        }
        checkpoint.is_some()
    }

    /// Starts a call, if one can start.
    fn start(&mut self, pick: u16, result: Result<Outcome, CallError>) {
        let next = plan::next(&self.job(), &self.sequence, &self.facts, &self.running);
        let Some(ready) = next.run.get(usize::from(pick) % next.run.len().max(1)).cloned() else {
            if self.calls.is_empty() {
                // A host is in progress without a call only when it crashed, or could not
                // write: its lease runs out.
                let until = self.job().row.lease.unwrap().until;
                self.facts.now = self.facts.now.max(until);
                self.let_go();
            }
            return;
        };
        if ready.attempt == 1 {
            assert!(self.put_off.is_none_or(|at| at <= self.facts.now), "it ran before its time");
        }
        let run = self.run_of(ready.step.as_str(), ready.attempt, ready.round);
        let result = match ready.input {
            Ok(_) => result,
            Err(error) => Err(CallError::InvalidInput { pointer: "/when".into(), message: error.to_string() }),
        };
        self.running.insert(ready.step);
        self.calls.push((run, result));
    }

    /// Records the end of a call.
    fn finish(&mut self, pick: u16, short: bool) {
        if self.calls.is_empty() {
            return;
        }
        let at = usize::from(pick) % self.calls.len();
        let (run, result) = self.calls.remove(at);
        self.running.remove(&run.step);
        let report = CallReport::of(result, spend());
        let s = self.situation();
        let checkpoint = if short { step_short } else { step_proposed }(&s, &self.job(), &run, report).unwrap();
        self.commit(&checkpoint);
        if !self.held() {
            self.let_go();
        }
    }

    fn run_step(&mut self, pick: u16, result: Result<Outcome, CallError>) {
        self.start(pick, result);
        self.finish(pick, false);
    }

    /// No budget covers what could run, and nothing runs.
    fn wait_for_money(&mut self) {
        let can_run = !plan::next(&self.job(), &self.sequence, &self.facts, &self.running).run.is_empty();
        if !self.held() || !self.calls.is_empty() || !can_run {
            return;
        }
        let shortage = Shortage {
            scope: Scope::Org,
            period: Period::Day,
            key: Period::Day.key(self.facts.now),
            limit: MicroUsd(100),
            available: MicroUsd(3),
            wanted: MicroUsd(10),
        };
        let parked = await_budget(&self.situation(), &self.job(), &shortage).unwrap();
        self.commit(&parked);
        self.let_go();
    }

    fn answer(&mut self, pick: u16) {
        let job = self.job();
        let open = job.open_actions();
        let Some(action) = open.get(usize::from(pick) % open.len().max(1)).copied().cloned() else { return };
        let answer = match (pick / 7) % 9 {
            0 => Answer::Skip,
            1 => Answer::More,
            2 => Answer::Manual,
            3 => Answer::Items { items: vec![ItemAnswer { item: "one".into(), approve: true, edits: vec![] }] },
            4 => Answer::Choose { choice: "y".into() },
            5 if pick.is_multiple_of(5) => Answer::Cancel,
            _ => approve(),
        };
        self.as_outsider(|world| match settle(&world.situation(), &job, &action.id, dana(answer)) {
            Ok(checkpoint) => Some(checkpoint),
            Err(SettleError::NotOffered { .. } | SettleError::UnknownPart { .. } | SettleError::Expired { .. }) => None,
            Err(other) => panic!("{other}"),
        });
    }

    /// An attempt begins.
    fn send(&mut self, pick: u16) {
        let job = self.job();
        let due: Vec<_> = job
            .effects
            .values()
            .filter(|row| row.state == EffectState::Ready && row.not_before <= self.facts.now)
            .collect();
        let Some(row) = due.get(usize::from(pick) % due.len().max(1)).copied().cloned() else { return };
        assert_ne!(job.row.status, JobStatus::Paused, "nothing of a paused job leaves");
        assert_ne!(job.row.status, JobStatus::Cancelled, "nothing of a cancelled job leaves");
        let what = (row.step.clone(), row.local_id.clone(), row.kind.clone());
        assert!(!self.barred.contains(&what), "what left before its step was sent back left again: {what:?}");
        for after in &row.after {
            assert_eq!(job.effects[after].state, EffectState::Sent, "order is kept");
        }
        let attempt = effect_sending(&row, self.facts.now);
        self.memory.lock().unwrap().apply(&attempt.batch);
    }

    /// An attempt ends, or is found after a crash.
    fn end_send(&mut self, pick: u16, crash: bool, delivery: Delivery) {
        let job = self.job();
        let leaving: Vec<_> = job.effects.values().filter(|row| row.state == EffectState::Sending).collect();
        let Some(row) = leaving.get(usize::from(pick) % leaving.len().max(1)).copied().cloned() else { return };
        let keyed = pick.is_multiple_of(2);
        self.as_outsider(|world| {
            let (s, job) = (world.situation(), world.job());
            Some(if crash {
                effect_found_after_crash(&s, &job, &row, keyed).unwrap()
            } else {
                effect_settled(&s, &job, &row, delivery, None).unwrap()
            })
        });
        self.nothing_left_twice();
    }

    fn deliver(&mut self, pick: u16, crash: bool, delivery: Delivery) {
        self.send(pick);
        self.end_send(pick, crash, delivery);
    }

    /// An effect is one with the same step, local id and kind, whatever its round.
    fn nothing_left_twice(&self) {
        let mut left: BTreeMap<_, u32> = BTreeMap::new();
        for row in self.job().effects.values().filter(|row| row.state == EffectState::Sent) {
            *left.entry((row.step.clone(), row.local_id.clone(), row.kind.clone())).or_default() += 1;
        }
        assert!(left.values().all(|times| *times == 1), "left twice: {left:?}");
    }

    fn live(&mut self, pick: u16) {
        let detail = pick / 24;
        match pick % 24 {
            0..=3 if self.held() => self.start(detail, outcome(detail)),
            0..=5 if self.held() => self.finish(detail, detail.is_multiple_of(9)),
            0..=5 if self.claimable() => self.claim(),
            6..=8 => self.answer(detail),
            9 => self.deliver(detail, false, Delivery::Sent { receipt: serde_json::json!({}) }),
            10 => self.send(detail),
            11 => self.end_send(detail, false, Delivery::Sent { receipt: serde_json::json!({}) }),
            12 => {
                let delivery = match detail % 4 {
                    0 => Delivery::Transient { reason: "busy".into(), retry_after_ms: None },
                    1 => Delivery::Permanent { reason: "no such address".into() },
                    2 => Delivery::Deferred { reason: "a limit".into(), until: self.facts.now.plus_ms(60_000) },
                    _ => Delivery::Unknown { reason: "broke".into() },
                };
                self.end_send(detail, false, delivery);
            }
            13 => self.end_send(detail, true, Delivery::Permanent { reason: String::new() }),
            // The process dies: what it held is whatever the store has.
            14 => {
                self.let_go();
                self.crashed = true;
            }
            15 => self.later(i64::from(detail % 40) * 1_000),
            16 => self.later(i64::from(detail % 30) * HOUR_MS),
            17 => self.put_back(detail),
            18 | 19 => self.order(detail),
            20 => self.send_back(detail),
            21 => self.requeue(detail),
            22 if self.job().row.status == JobStatus::AwaitingBudget => {
                self.as_outsider(|world| budget_raised(&world.situation(), &world.job()).ok());
            }
            _ => self.wait_for_money(),
        }
    }

    /// Commits what an order leads to; a refusal says why, and is no failure of the host.
    fn orders(&mut self, decide: impl FnOnce(&World, &Job) -> Result<Checkpoint, OrderError>) -> bool {
        let job = self.job();
        self.as_outsider(|world| match decide(world, &job) {
            Ok(checkpoint) => Some(checkpoint),
            Err(OrderError::Checkpoint(error)) => panic!("{error}"),
            Err(OrderError::Settle(error)) if !matches!(*error, SettleError::Expired { .. }) => panic!("{error}"),
            Err(_) => None,
        })
    }

    fn order(&mut self, pick: u16) {
        let steps = self.job().order;
        let step = steps[usize::from(pick / 8) % steps.len()].clone();
        let order = by("eve", true);
        let cancels = pick.is_multiple_of(16);
        let output = serde_json::json!({"ok": pick.is_multiple_of(3), "by": "hand"});
        self.orders(|world, job| {
            let s = world.situation();
            match (job.row.status, pick % 4) {
                _ if cancels => cancel(&s, job, &order),
                (JobStatus::Paused, 0 | 1) => resume(&s, job, &order),
                (_, 0 | 1) => pause(&s, job, &order),
                _ => edit_output(&s, job, &step, output, &order),
            }
        });
    }

    fn send_back(&mut self, pick: u16) {
        let order = self.job().order;
        let step = order[usize::from(pick) % order.len()].clone();
        if self.orders(|world, job| retry_from(&world.situation(), job, &step, &by("dana", false))) {
            self.put_off = None;
            let job = self.job();
            let again = |row: &&std::sync::Arc<crate::outbox::OutboxRow>| {
                job.steps[&row.step].status == StepStatus::Waiting && row.state == EffectState::Sent
            };
            let left = job.effects.values().filter(again);
            self.barred.extend(left.map(|row| (row.step.clone(), row.local_id.clone(), row.kind.clone())));
        }
    }

    fn requeue(&mut self, pick: u16) {
        let decision = [None, Some(Decision::Sent), Some(Decision::SendAgain)][usize::from(pick % 3)];
        let job = self.job();
        let over = |state| matches!(state, EffectState::Dead | EffectState::Unknown);
        let rows: Vec<_> = job.effects.values().filter(|row| over(row.state)).collect();
        let Some(key) = rows.get(usize::from(pick) % rows.len().max(1)).map(|row| row.key.clone()) else { return };
        self.orders(|world, job| requeue_effect(&world.situation(), job, &key, decision, &by("dana", false)));
    }

    fn put_back(&mut self, pick: u16) {
        let job = self.job();
        let me = Person { id: "dana".into(), admin: false };
        let keys: Vec<_> = job.effects.keys().cloned().collect();
        let closed = [ActionStatus::Expired, ActionStatus::Withdrawn];
        let expired: Vec<_> = job.actions.values().filter(|action| closed.contains(&action.status)).cloned().collect();
        self.as_outsider(|world| {
            let action = expired.get(usize::from(pick / 2) % expired.len().max(1));
            if let (Some(action), true) = (action, pick.is_multiple_of(2)) {
                return ask_again(&world.situation(), &job, &action.id, &me).ok();
            }
            let key = keys.get(usize::from(pick) % keys.len().max(1))?;
            match undo(&world.situation(), &job, key, &me) {
                Ok(checkpoint) => Some(checkpoint),
                Err(UndoError::Checkpoint(error)) => panic!("{error}"),
                Err(_) => None,
            }
        });
    }

    /// Lets everything go well until the job is over, and what it released too; or all
    /// but the receivers, who take nothing.
    fn come_to_rest(&mut self, arrives: bool) {
        for _ in 0..PATIENCE {
            let job = self.job();
            let on_its_way = |row: &crate::outbox::OutboxRow| row.state != EffectState::Unknown;
            if job.row.status.is_ended() && !job.effects_on_their_way().any(on_its_way) {
                return;
            }
            if job.row.status == JobStatus::Paused {
                self.orders(|world, job| resume(&world.situation(), job, &by("dana", false)));
            } else if self.held() {
                self.run_step(0, Ok(gated()));
            } else if self.claimable() {
                self.claim();
            } else {
                let open = job.open_actions().len();
                self.answer(YES);
                if self.job().open_actions().len() == open {
                    self.answer(NO);
                }
                let taken = Delivery::Sent { receipt: serde_json::json!({}) };
                let refused = Delivery::Permanent { reason: "no such address".into() };
                self.deliver(0, false, if arrives { taken } else { refused });
                self.later(HOUR_MS);
            }
        }
        panic!("still {:?}: {:#?}", self.job().row.status, self.job());
    }

    /// What was given up goes back into the outbox where it may, and leaves.
    fn send_all_that_was_given_up(&mut self) {
        let dead: Vec<_> = self.job().effects.values().filter(|row| row.state == EffectState::Dead).cloned().collect();
        for row in dead {
            self.orders(|world, job| requeue_effect(&world.situation(), job, &row.key, None, &by("dana", false)));
        }
        self.come_to_rest(true);
    }

    /// Every effect whose result is unknown can be settled, however the job ended.
    fn tell_what_became(&mut self) {
        while let Some(row) = self.job().effects.values().find(|row| row.state == EffectState::Unknown).cloned() {
            let sent = Some(Decision::Sent);
            assert!(
                self.orders(|world, job| {
                    requeue_effect(&world.situation(), job, &row.key, sent, &by("dana", false))
                })
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_life_of_a_job_keeps_the_laws_and_ends(
        put_off_hours in prop::sample::select(&[0_u16, 0, 1, 30][..]),
        picks in prop::collection::vec(any::<u16>(), 0..100),
        (step, first) in any::<(u16, bool)>(),
    ) {
        let mut life = Life::begun(put_off_hours);
        for pick in picks {
            life.live(pick);
            // Restoring at any point decides the same.
            let (a, b) = (life.job(), life.job());
            let decide = |job| plan::next(job, &life.sequence, &life.facts, &life.running);
            prop_assert_eq!(decide(&a), decide(&b));
            let of_none = |row: &std::sync::Arc<crate::outbox::OutboxRow>| row.state != EffectState::Ready;
            prop_assert!(a.row.status != JobStatus::Cancelled || a.effects.values().all(of_none));
        }
        life.come_to_rest(first);
        let job = life.job();
        prop_assert!(job.open_actions().is_empty() || job.has_unknown());
        prop_assert!(job.row.reason.is_some() || job.row.status == JobStatus::Completed);
        life.tell_what_became();
        life.come_to_rest(true);
        let job = life.job();
        prop_assert!(job.row.status.is_ended() && job.open_actions().is_empty() && !job.has_unknown());
        // Sent back and done once more, nothing of it leaves a second time, in
        // whichever order what was given up goes back.
        if first {
            life.send_all_that_was_given_up();
        }
        life.send_back(step);
        life.come_to_rest(true);
        life.send_all_that_was_given_up();
        life.tell_what_became();
        life.nothing_left_twice();
    }
}
