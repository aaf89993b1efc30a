//! Random lives of a job: outcomes, answers, deliveries, orders, crashes and time in
//! any order. After every commit the world checks that the restored job is the one
//! in memory, that every key is used once, and that every row in the outbox
//! verifies, so that no protected effect is there without a release.

use proptest::prelude::*;

use super::world::*;
use crate::approval::{ActionStatus, Answer, ItemAnswer};
use crate::checkpoint::*;
use crate::fold::{Job, StepStatus};
use crate::job::JobStatus;
use crate::outbox::{Delivery, EffectState};
use crate::outcome::{Ask, Choice, Item, Outcome};
use crate::plan;
use crate::skill::{CallError, CallReport};

const STEPS: &str = "  a: { skill: x, on_failure: retry }
  b: { skill: x, needs: [a], on_failure: continue, retry: { attempts: 2 } }
  c: { skill: x, needs: [a: settled], when: outputs.a.ok }
  d: { skill: x, on_failure: continue }
  e: { skill: x, needs: [b, d: settled], when: outputs.b != null }
  f: { skill: x, needs: [d], for_each: { over: '[1, 2]', at_most: 2 }, on_failure: continue, fallback: y }
";
/// Far more than any life in these tests needs to come to its end.
const PATIENCE: usize = 400;

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

impl World {
    fn held(&self) -> bool {
        self.lease.is_some()
    }

    /// What a host would take: the store's promise of `runnable_jobs`.
    fn claimable(&self) -> bool {
        let row = self.job().row;
        let due = row.wake_at.is_none_or(|at| at <= self.facts.now);
        match row.status {
            JobStatus::Pending | JobStatus::InProgress => true,
            JobStatus::Deferred | JobStatus::AwaitingApproval => due && row.wake_at.is_some(),
            _ => false,
        }
    }

    /// Whoever answers does not hold the job.
    fn as_outsider(&mut self, decide: impl FnOnce(&Self) -> Option<Checkpoint>) -> bool {
        let (lease, running) = (self.lease.take(), std::mem::take(&mut self.running));
        let checkpoint = decide(self);
        if let Some(checkpoint) = &checkpoint {
            self.commit(checkpoint);
        }
        if self.job().row.status == JobStatus::InProgress {
            (self.lease, self.running) = (lease, running);
        }
        checkpoint.is_some()
    }

    fn run_step(&mut self, pick: u16, result: Result<Outcome, CallError>) {
        let next = plan::next(&self.job(), &self.sequence, &self.facts, &self.running);
        // Start one, or bring the start of another to its end.
        let Some(ready) = next.run.get(usize::from(pick) % next.run.len().max(1)).cloned() else {
            // An answer took away what it held the job for; a real holder has that
            // call under way, and decides anew when it ends.
            self.lease = None;
            return;
        };
        let run = self.run_of(ready.step.as_str(), ready.attempt, ready.round);
        let result = match ready.input {
            Ok(_) => result,
            Err(error) => Err(CallError::InvalidInput { pointer: "/when".into(), message: error.to_string() }),
        };
        let report = CallReport::of(result, spend());
        let checkpoint = step_proposed(&self.situation(), &self.job(), &run, report).unwrap();
        self.commit(&checkpoint);
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

    fn deliver(&mut self, pick: u16, crash: bool, delivery: Delivery) {
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
        {
            let mut memory = self.memory.lock().unwrap();
            let stored = memory.stored.as_mut().unwrap();
            let old = stored.effects.iter_mut().find(|other| other.key == row.key).unwrap();
            assert_eq!(old.revision + 1, attempt.row.revision);
            *old = attempt.row.clone();
        }
        let keyed = pick.is_multiple_of(2);
        self.as_outsider(|world| {
            let (s, job) = (world.situation(), world.job());
            Some(if crash {
                effect_found_after_crash(&s, &job, &attempt.row, keyed).unwrap()
            } else {
                effect_settled(&s, &job, &attempt.row, delivery, None).unwrap()
            })
        });
    }

    fn live(&mut self, pick: u16) {
        let detail = pick / 20;
        match pick % 20 {
            0..=4 if self.held() => self.run_step(detail, outcome(detail)),
            0..=4 if self.claimable() => self.take(),
            5..=7 => self.answer(detail),
            8 | 9 => self.deliver(detail, false, Delivery::Sent { receipt: serde_json::json!({}) }),
            10 => {
                let delivery = match detail % 3 {
                    0 => Delivery::Transient { reason: "busy".into(), retry_after_ms: None },
                    1 => Delivery::Permanent { reason: "no such address".into() },
                    _ => Delivery::Unknown { reason: "broke".into() },
                };
                self.deliver(detail, false, delivery);
            }
            11 => self.deliver(detail, true, Delivery::Permanent { reason: String::new() }),
            // The process dies: what it held is whatever the store has.
            12 => {
                self.lease = None;
                self.running.clear();
            }
            13 => self.later(i64::from(detail % 40) * 1_000),
            14 => self.later(i64::from(detail % 30) * 3_600_000),
            15 => self.put_back(detail),
            16 | 17 => self.order(detail),
            18 => self.send_back(detail),
            _ => self.requeue(detail),
        }
    }

    /// Commits what an order leads to; a refusal says why, and is no failure of the host.
    fn orders(&mut self, decide: impl FnOnce(&Self, &Job) -> Result<Checkpoint, OrderError>) -> bool {
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
        let cancels = pick.is_multiple_of(40);
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
        let expired: Vec<_> =
            job.actions.values().filter(|action| action.status == ActionStatus::Expired).cloned().collect();
        self.as_outsider(|world| {
            if let (Some(action), true) = (expired.first(), pick.is_multiple_of(2)) {
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

    /// Lets everything go well until the job is over.
    fn come_to_rest(&mut self) {
        for _ in 0..PATIENCE {
            let row = self.job().row;
            if row.status.is_ended() {
                return;
            }
            if row.status == JobStatus::Paused {
                self.orders(|world, job| resume(&world.situation(), job, &by("dana", false)));
            } else if self.held() {
                self.run_step(0, Ok(plain()));
            } else if self.claimable() {
                self.take();
            } else {
                self.answer(0);
                self.deliver(0, false, Delivery::Sent { receipt: serde_json::json!({}) });
                self.later(3_600_000);
            }
        }
        panic!("still {:?}: {:#?}", self.job().row.status, self.job());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_life_of_a_job_keeps_the_laws_and_ends(picks in prop::collection::vec(any::<u16>(), 0..80)) {
        let mut world = World::started(STEPS);
        for pick in picks {
            world.live(pick);
            // Restoring at any point decides the same.
            let (a, b) = (world.job(), world.job());
            let decide = |job| plan::next(job, &world.sequence, &world.facts, &world.running);
            prop_assert_eq!(decide(&a), decide(&b));
        }
        world.come_to_rest();
        let job = world.job();
        prop_assert!(job.row.status.is_ended());
        prop_assert!(job.open_actions().is_empty() || job.has_unknown());
        prop_assert!(job.row.reason.is_some() || job.row.status == JobStatus::Completed);
    }
}
