//! A module over the last calls of its skill: what would have been different,
//! before it takes traffic.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skillhost_engine::ids::JobId;
use skillhost_engine::replay::{RecordedCall, calls};
use skillhost_engine::skill::{SkillRef, SkillRunner};
use skillhost_engine::store::{PastCall, Store, StoredJob};
use skillhost_engine::time::Clock;

use super::{Pair, ReplayError, Replayed, Replayer, Verdict};

/// Calls that are shown whole; the counts say the rest.
const MAX_SHOWN: usize = 5;
/// Most calls of one trial: the store answers no longer list.
pub const MAX_LAST: u32 = 1000;

/// What a new module must pass before it may take traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequireTry {
    /// How many of the last calls.
    pub last: u32,
    /// How many of them may end differently; failures are never allowed.
    #[serde(default)]
    pub max_different: u32,
}

/// A trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The module.
    pub module: SkillRef,
    /// Calls found.
    pub calls: u32,
    /// With the same outcome.
    pub identical: u32,
    /// With another.
    pub different: u32,
    /// That failed where the recorded one did not.
    pub failed: u32,
    /// That could not be run: texts are gone, or the call ended on the machine.
    pub not_run: u32,
    /// Of the calls that were run, units.
    pub fuel: Pair<i64>,
    /// Of the calls that were run, micro-dollars.
    pub money: Pair<i64>,
    /// The first that are not identical.
    pub first: Vec<Replayed>,
}

/// Why a trial does not let a module through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TryRefused {
    /// It fails where its predecessor did not.
    #[error("{failed} of {run} calls fail with {module}")]
    Fails {
        /// How many.
        failed: u32,
        /// Of how many.
        run: u32,
        /// The module.
        module: String,
    },
    /// Its outcomes are others.
    #[error("{different} of {run} calls end differently with {module}; {allowed} may")]
    Differs {
        /// How many.
        different: u32,
        /// Of how many.
        run: u32,
        /// The module.
        module: String,
        /// By the policy.
        allowed: u32,
    },
    /// There are calls, and none of them can be run any more.
    #[error("none of the last {calls} calls can be run again; their texts are gone")]
    NothingRun {
        /// How many there are.
        calls: u32,
    },
}

impl RequireTry {
    /// Whether a trial is good enough. A skill that was never called passes:
    /// there is nothing it could do differently.
    ///
    /// # Errors
    /// See [`TryRefused`].
    pub fn check(&self, tried: &Tried) -> Result<(), TryRefused> {
        let run = tried.identical + tried.different + tried.failed;
        let module = tried.module.digest.clone();
        if tried.calls > 0 && run == 0 {
            return Err(TryRefused::NothingRun { calls: tried.calls });
        }
        if tried.failed > 0 {
            return Err(TryRefused::Fails { failed: tried.failed, run, module });
        }
        if tried.different > self.max_different {
            let allowed = self.max_different;
            return Err(TryRefused::Differs { different: tried.different, run, module, allowed });
        }
        Ok(())
    }
}

/// Why a module may not serve by the operator's policy.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// Its trial is not good enough.
    #[error(transparent)]
    Refused(#[from] TryRefused),
    /// The trial could not be made.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// The operator's policy at work: what an activation asks first.
pub struct HistoryGate {
    /// Where the calls are.
    pub store: Arc<dyn Store>,
    /// For retention.
    pub clock: Arc<dyn Clock>,
    /// What must hold.
    pub policy: RequireTry,
}

impl HistoryGate {
    /// Runs a module, loaded in `runner` and not active yet, over its history.
    ///
    /// # Errors
    /// See [`GateError`].
    pub async fn check(&self, runner: &dyn SkillRunner, module: &SkillRef) -> Result<Tried, GateError> {
        let replayer = Replayer { store: self.store.as_ref(), runner, now: self.clock.now() };
        let tried = over_history(&replayer, module, self.policy.last).await?;
        self.policy.check(&tried)?;
        Ok(tried)
    }
}

/// Runs the last calls of the module's skill again, on the module. It must be
/// loaded, not active.
///
/// # Errors
/// See [`ReplayError`].
pub async fn over_history(replayer: &Replayer<'_>, module: &SkillRef, last: u32) -> Result<Tried, ReplayError> {
    let past = replayer.store.last_calls(&module.name, last.min(MAX_LAST)).await?;
    let mut tried = Tried {
        module: module.clone(),
        calls: u32::try_from(past.len()).unwrap_or(u32::MAX),
        identical: 0,
        different: 0,
        failed: 0,
        not_run: 0,
        fuel: Pair { before: 0, after: Some(0) },
        money: Pair { before: 0, after: Some(0) },
        first: Vec::new(),
    };
    // Calls of one job are next to each other, so a handful of jobs is enough.
    let mut held: BTreeMap<JobId, (StoredJob, Vec<RecordedCall>)> = BTreeMap::new();
    for PastCall { org, job, seq } in past {
        if !held.contains_key(&job) {
            if held.len() >= MAX_SHOWN {
                held.clear();
            }
            let Some(stored) = replayer.store.job(&org, &job).await? else { continue };
            let recorded = calls(&stored, None)?;
            held.insert(job.clone(), (stored, recorded));
        }
        let Some((stored, recorded)) = held.get(&job) else { continue };
        let Some(call) = recorded.iter().find(|call| call.seq == seq) else { continue };
        let replayed = replayer.call(&stored.row, call, Some(module)).await?;
        match replayed.verdict {
            Verdict::Identical => tried.identical += 1,
            Verdict::Different => tried.different += 1,
            Verdict::Failed => tried.failed += 1,
            Verdict::Inexact | Verdict::Incomparable => tried.not_run += 1,
        }
        if let (Some(fuel), Some(money)) = (replayed.fuel.after, replayed.money.after) {
            add(&mut tried.fuel, replayed.fuel.before, fuel);
            add(&mut tried.money, replayed.money.before, money);
        }
        if replayed.verdict != Verdict::Identical && tried.first.len() < MAX_SHOWN {
            tried.first.push(replayed);
        }
    }
    Ok(tried)
}

fn add(sum: &mut Pair<i64>, before: i64, after: i64) {
    sum.before = sum.before.saturating_add(before);
    sum.after = sum.after.map(|sum| sum.saturating_add(after));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(identical: u32, different: u32, failed: u32, not_run: u32) -> Tried {
        Tried {
            module: SkillRef { name: "s".into(), version: "1.0.0".to_owned(), digest: "sha256:00".to_owned() },
            calls: identical + different + failed + not_run,
            identical,
            different,
            failed,
            not_run,
            fuel: Pair { before: 0, after: Some(0) },
            money: Pair { before: 0, after: Some(0) },
            first: Vec::new(),
        }
    }

    #[test]
    fn a_policy_lets_through_what_it_allows_and_no_failure() {
        let policy = RequireTry { last: 50, max_different: 2 };
        for good in [tried(0, 0, 0, 0), tried(50, 0, 0, 0), tried(3, 2, 0, 7)] {
            assert_eq!(policy.check(&good), Ok(()), "{good:?}");
        }
        assert!(matches!(policy.check(&tried(48, 3, 0, 0)), Err(TryRefused::Differs { different: 3, run: 51, .. })));
        assert!(matches!(policy.check(&tried(49, 0, 1, 0)), Err(TryRefused::Fails { failed: 1, .. })));
        assert!(matches!(policy.check(&tried(0, 0, 0, 9)), Err(TryRefused::NothingRun { calls: 9 })));
    }
}
