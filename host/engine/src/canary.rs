//! A new version tried on a share of the jobs: which jobs, and whether it does
//! worse than what it is to replace.
//!
//! A job's share is a function of its id and the skill's name, so that every host
//! and every retry decides alike, and a larger share keeps the jobs of a smaller
//! one. The verdict is a function of two tallies.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{JobId, SkillName};
use crate::outcome::Spend;
use crate::skill::{CallError, CallReport};

/// Calls of the canary before anything is decided: of fewer, one slow or failed
/// call is a large part.
pub const DEFAULT_MIN_SAMPLE: u64 = 20;
/// Failed calls a thousand that the canary may have beyond the stable one: with
/// the smallest sample, one.
pub const DEFAULT_MORE_ERRORS: u64 = 50;
/// p95 time, mean fuel and mean cost of the canary, in percent of the stable one's.
pub const DEFAULT_AT_MOST_PERCENT: u64 = 150;
/// Times below this never count as slow, microseconds: the noise of a loaded machine.
const TIME_FLOOR_US: i64 = 50_000;
/// Fuel below this never counts as much: a millisecond of compute.
const FUEL_FLOOR: i64 = 5_000_000;
/// Cost below this never counts as much, micro-dollars a call.
const COST_FLOOR: i64 = 100;
/// Times kept for the percentile; older ones make room.
const KEPT_TIMES: usize = 512;
/// Calls of a skill that a starting host looks at to go on with a canary: as many
/// as the percentile is taken of, of both versions.
pub const RECOUNTED: u32 = 1000;

/// Whether the canary serves this job.
pub fn takes(job: &JobId, skill: &SkillName, percent: u8) -> bool {
    let hash = Sha256::new().chain_update(skill.as_str()).chain_update([0]).chain_update(job.as_str()).finalize();
    let place = hash.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    place % 100 < u64::from(percent)
}

/// When a canary is rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Calls of it before anything is decided.
    pub min_sample: u64,
    /// Failed calls a thousand beyond the stable one's.
    pub more_errors: u64,
    /// p95 time in percent of the stable one's.
    pub time_percent: u64,
    /// Mean fuel, likewise.
    pub fuel_percent: u64,
    /// Mean cost, likewise.
    pub cost_percent: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            min_sample: DEFAULT_MIN_SAMPLE,
            more_errors: DEFAULT_MORE_ERRORS,
            time_percent: DEFAULT_AT_MOST_PERCENT,
            fuel_percent: DEFAULT_AT_MOST_PERCENT,
            cost_percent: DEFAULT_AT_MOST_PERCENT,
        }
    }
}

/// What is known of one module's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    runs: u64,
    errors: u64,
    fuel: i64,
    cost: i64,
    times_us: Vec<i64>,
    oldest: usize,
}

/// A tally in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Calls.
    pub runs: u64,
    /// Failed ones.
    pub errors: u64,
    /// p95 of the last ones, microseconds.
    pub p95_us: i64,
    /// Mean fuel a call.
    pub fuel: i64,
    /// Mean cost a call, micro-dollars.
    pub cost: i64,
}

/// Whether an end says something of the module; what the host, the job's data or
/// another's revocation brought about does not.
fn is_the_modules_own(error: &CallError) -> bool {
    match error {
        CallError::InvalidInput { .. }
        | CallError::InputExpression { .. }
        | CallError::Unavailable { .. }
        | CallError::JobOutOfFuel { .. }
        | CallError::Revoked { .. }
        | CallError::Host { .. } => false,
        CallError::Trap { .. }
        | CallError::Timeout { .. }
        | CallError::OutOfFuel { .. }
        | CallError::OutOfMemory { .. }
        | CallError::Failed { .. }
        | CallError::InvalidOutcome { .. }
        | CallError::OutcomeTooLarge { .. } => true,
    }
}

impl Tally {
    /// Counts a call; one that says nothing of the module is left out.
    pub fn add(&mut self, report: &CallReport) {
        self.add_ended(&report.spend, report.result.as_ref().err());
    }

    /// The same of a call that a journal tells of.
    pub fn add_ended(&mut self, spend: &Spend, error: Option<&CallError>) {
        match error {
            None => self.count(spend, false),
            Some(error) if is_the_modules_own(error) => self.count(spend, true),
            Some(_) => {}
        }
    }

    fn count(&mut self, spend: &Spend, failed: bool) {
        self.runs += 1;
        self.errors += u64::from(failed);
        self.fuel = self.fuel.saturating_add(spend.fuel);
        self.cost = self.cost.saturating_add(spend.money.0);
        if self.times_us.len() < KEPT_TIMES {
            self.times_us.push(spend.wall_us);
        } else if let Some(place) = self.times_us.get_mut(self.oldest) {
            *place = spend.wall_us;
            self.oldest = (self.oldest + 1) % KEPT_TIMES;
        }
    }

    /// In numbers.
    pub fn figures(&self) -> Figures {
        let mut times = self.times_us.clone();
        times.sort_unstable();
        let p95 = times.get((times.len() * 95 / 100).min(times.len().saturating_sub(1)));
        let runs = i64::try_from(self.runs).unwrap_or(i64::MAX).max(1);
        Figures {
            runs: self.runs,
            errors: self.errors,
            p95_us: p95.copied().unwrap_or_default(),
            fuel: self.fuel / runs,
            cost: self.cost / runs,
        }
    }
}

/// What is to be done with a canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Too few calls to say.
    Wait,
    /// It does as well.
    Healthy,
    /// It does worse.
    RollBack(Worse),
}

/// In what a canary does worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "worse", rename_all = "snake_case")]
pub enum Worse {
    /// It fails more often.
    #[error("{errors} of {runs} calls failed; the stable version fails {stable} of 1000")]
    Errors {
        /// Failed calls.
        errors: u64,
        /// Of so many.
        runs: u64,
        /// Of a thousand of the stable one.
        stable: u64,
    },
    /// It is slower.
    #[error("p95 is {canary} µs, the stable version's {stable} µs")]
    Time {
        /// Its own.
        canary: i64,
        /// The stable one's.
        stable: i64,
    },
    /// It burns more.
    #[error("a call burns {canary} fuel, one of the stable version {stable}")]
    Fuel {
        /// Its own.
        canary: i64,
        /// The stable one's.
        stable: i64,
    },
    /// It costs more.
    #[error("a call costs {canary} micro-dollars, one of the stable version {stable}")]
    Cost {
        /// Its own.
        canary: i64,
        /// The stable one's.
        stable: i64,
    },
}

fn is_more(canary: i64, stable: i64, percent: u64, floor: i64) -> bool {
    let allowed = i128::from(stable) * i128::from(percent) / 100;
    i128::from(canary) > allowed.max(i128::from(floor))
}

/// Decides. Errors need a sample of the canary alone; what is compared as a ratio
/// needs one of the stable version too.
pub fn judge(stable: &Figures, canary: &Figures, thresholds: &Thresholds) -> Verdict {
    let least = thresholds.min_sample.max(1);
    if canary.runs < least {
        return Verdict::Wait;
    }
    let of_stable = stable.errors.saturating_mul(1000).checked_div(stable.runs).unwrap_or(0);
    let of_canary = canary.errors.saturating_mul(1000) / canary.runs;
    if of_canary > of_stable.saturating_add(thresholds.more_errors) {
        return Verdict::RollBack(Worse::Errors { errors: canary.errors, runs: canary.runs, stable: of_stable });
    }
    if stable.runs < least {
        return Verdict::Wait;
    }
    if is_more(canary.p95_us, stable.p95_us, thresholds.time_percent, TIME_FLOOR_US) {
        return Verdict::RollBack(Worse::Time { canary: canary.p95_us, stable: stable.p95_us });
    }
    if is_more(canary.fuel, stable.fuel, thresholds.fuel_percent, FUEL_FLOOR) {
        return Verdict::RollBack(Worse::Fuel { canary: canary.fuel, stable: stable.fuel });
    }
    if is_more(canary.cost, stable.cost, thresholds.cost_percent, COST_FLOOR) {
        return Verdict::RollBack(Worse::Cost { canary: canary.cost, stable: stable.cost });
    }
    Verdict::Healthy
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::outcome::Outcome;

    const SKILL: &str = "echo";

    fn job(number: u32) -> JobId {
        JobId::new(format!("job_{number}"))
    }

    #[test]
    fn a_share_is_about_as_large_as_it_says() {
        let skill = SKILL.into();
        let taken = (0..10_000).filter(|number| takes(&job(*number), &skill, 10)).count();
        assert!((900..1100).contains(&taken), "{taken} of 10000");
        assert!(!(0..1000).any(|number| takes(&job(number), &skill, 0)));
        assert!((0..1000).all(|number| takes(&job(number), &skill, 100)));
        let other =
            (0..1000).filter(|number| takes(&job(*number), &skill, 50) != takes(&job(*number), &"x".into(), 50));
        assert!(other.count() > 300, "skills share no fate");
    }

    fn report(result: Result<Outcome, CallError>, wall_us: i64) -> CallReport {
        CallReport::of(result, Spend { fuel: 1000, wall_us, ..Spend::default() })
    }

    #[test]
    fn only_the_modules_own_failures_count() {
        let mut tally = Tally::default();
        tally.add(&report(Ok(Outcome::default()), 10));
        tally.add(&report(Err(CallError::OutOfFuel { limit: 1 }), 30));
        tally.add(&report(Err(CallError::Host { message: String::new() }), 90));
        tally.add(&report(Err(CallError::InvalidInput { pointer: String::new(), message: String::new() }), 90));
        let figures = tally.figures();
        assert_eq!((figures.runs, figures.errors, figures.p95_us, figures.fuel), (2, 1, 30, 1000));
    }

    #[test]
    fn the_percentile_is_of_the_last_calls() {
        let mut tally = Tally::default();
        for _ in 0..KEPT_TIMES {
            tally.add(&report(Ok(Outcome::default()), 1_000_000));
        }
        for _ in 0..KEPT_TIMES {
            tally.add(&report(Ok(Outcome::default()), 7));
        }
        assert_eq!(tally.figures().p95_us, 7);
        assert_eq!(tally.times_us.len(), KEPT_TIMES);
    }

    fn good(runs: u64) -> Figures {
        Figures { runs, errors: 0, p95_us: 100_000, fuel: 10_000_000, cost: 1000 }
    }

    #[test]
    fn each_threshold_rolls_back_just_above_it() {
        let thresholds = Thresholds::default();
        let judge = |canary: Figures| judge(&good(100), &canary, &thresholds);
        assert_eq!(judge(good(20)), Verdict::Healthy);
        assert_eq!(judge(Figures { errors: 1, ..good(20) }), Verdict::Healthy, "50 of 1000 are allowed");
        assert!(matches!(judge(Figures { errors: 2, ..good(20) }), Verdict::RollBack(Worse::Errors { .. })));
        assert_eq!(judge(Figures { p95_us: 150_000, ..good(20) }), Verdict::Healthy);
        assert!(matches!(judge(Figures { p95_us: 150_001, ..good(20) }), Verdict::RollBack(Worse::Time { .. })));
        assert!(matches!(judge(Figures { fuel: 15_000_001, ..good(20) }), Verdict::RollBack(Worse::Fuel { .. })));
        assert!(matches!(judge(Figures { cost: 1501, ..good(20) }), Verdict::RollBack(Worse::Cost { .. })));
    }

    fn figures() -> impl Strategy<Value = Figures> {
        (0_u64..200, 0_u64..200, 0_i64..1_000_000, 0_i64..100_000_000, 0_i64..10_000).prop_map(
            |(runs, errors, p95_us, fuel, cost)| Figures { runs, errors: errors.min(runs), p95_us, fuel, cost },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_larger_share_keeps_the_jobs_of_a_smaller(number in any::<u32>(), a in 0_u8..=100, b in 0_u8..=100) {
            let (less, more) = (a.min(b), a.max(b));
            prop_assert!(!takes(&job(number), &SKILL.into(), less) || takes(&job(number), &SKILL.into(), more));
        }

        #[test]
        fn nothing_is_decided_of_too_few(stable in figures(), canary in figures()) {
            let thresholds = Thresholds::default();
            let verdict = judge(&stable, &canary, &thresholds);
            if canary.runs < thresholds.min_sample {
                prop_assert_eq!(verdict, Verdict::Wait);
            }
        }

        #[test]
        fn what_does_as_well_stays(both in figures(), runs in 20_u64..500) {
            let both = Figures { runs: both.runs.max(20), ..both };
            let same = Figures { runs, errors: both.errors * runs / both.runs, ..both };
            prop_assert_eq!(judge(&both, &same, &Thresholds::default()), Verdict::Healthy);
        }

        #[test]
        fn doing_worse_never_heals(stable in figures(), canary in figures(), slower in 0_i64..1_000_000, burns in 0_i64..1_000_000_000) {
            let thresholds = Thresholds::default();
            if matches!(judge(&stable, &canary, &thresholds), Verdict::RollBack(_)) {
                let worse = Figures { p95_us: canary.p95_us + slower, fuel: canary.fuel + burns, errors: canary.runs, ..canary };
                prop_assert!(matches!(judge(&stable, &worse, &thresholds), Verdict::RollBack(_)));
            }
        }
    }
}
