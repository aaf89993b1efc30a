//! How often a vendor is called: a generic cell rate, and a pause that the vendor asks
//! for.
//!
//! A [`Gate`] is what is remembered of one vendor, in one row that all hosts move by
//! compare-and-set. What may not go now gets a *turn*, an instant at which it is due
//! again; turns are as far apart as calls may be, so that few come back too early, and
//! whatever comes meanwhile goes behind them. A turn is no promise: whoever comes at it
//! asks again, and only the rate lets through. So
//!
//! * in any stretch of time at most `burst` calls leave, and one more for each gap;
//! * who came first goes first; of those that a pause holds up some may change places;
//! * nobody waits for longer than those before it take.
//!
//! Instants of the gate are microseconds: a gap is no whole number of milliseconds.

use serde::{Deserialize, Serialize};

use crate::retry::MAX_RETRY_AFTER_MS;
use crate::time::Timestamp;

/// Most calls a minute that may be set: one a millisecond, which is as fine as the
/// clock is.
pub const MAX_PER_MINUTE: u32 = 60_000;
/// Most calls at once after a rest: a minute of the fastest rate.
pub const MAX_BURST: u32 = MAX_PER_MINUTE;
/// Calls of one vendor that a host has under way where nothing is set: enough to hide a
/// slow server, few enough for its connection limits.
pub const DEFAULT_CONCURRENT: u32 = 8;
/// Most that may be set.
pub const MAX_CONCURRENT: u32 = 64;
/// How far ahead a turn is given: whoever waits longer asks again by then, which also
/// bounds what a clock that was wrong for a while leaves behind.
const MAX_AHEAD_US: i64 = 24 * 3600 * 1_000_000;
const MINUTE_US: i64 = 60_000_000;
/// As fine as the clock is.
const TICK_US: i64 = 1000;

/// How often a vendor may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    per_minute: u32,
    burst: u32,
}

impl Rate {
    /// `None` for what is out of range.
    pub fn new(per_minute: u32, burst: u32) -> Option<Self> {
        let fits = (1..=MAX_PER_MINUTE).contains(&per_minute) && (1..=MAX_BURST).contains(&burst);
        fits.then_some(Self { per_minute, burst })
    }

    /// Calls a minute.
    pub fn per_minute(self) -> u32 {
        self.per_minute
    }

    /// Between two calls, rounded up so that a minute never holds one more.
    fn gap_us(self) -> i64 {
        let per_minute = i64::from(self.per_minute.max(1));
        (MINUTE_US + per_minute - 1) / per_minute
    }
}

/// What is remembered of a vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// When all calls so far are paid for, one a gap.
    paid_until: i64,
    /// The last turn that was given to one that came.
    line: i64,
    /// The last turn that was given anew, to one whose own could not be kept.
    again: i64,
    /// The vendor takes nothing before this.
    shut_until: Timestamp,
}

/// Whether a call may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Now; it is counted.
    Now,
    /// Not before this.
    At(Timestamp),
}

impl Gate {
    /// Asks for a call at `now`. `has_turn` says that it waited for this instant, so
    /// that it goes before those that just came.
    pub fn ask(&mut self, rate: Option<Rate>, now: Timestamp, has_turn: bool) -> Turn {
        let now = micros(now);
        let (gap, burst) = rate.map_or((0, 1), |rate| (rate.gap_us(), i64::from(rate.burst)));
        // Where the clock went back, no more is owed than could be at this instant.
        let bounded = |at: i64| at.min(now.saturating_add(MAX_AHEAD_US));
        let paid_until = if rate.is_some() { self.paid_until.min(now.saturating_add(gap * burst)) } else { 0 };
        let open = paid_until.saturating_sub(gap * (burst - 1)).max(micros(self.shut_until));
        let (line, again) = (bounded(self.line), bounded(self.again));
        let behind = |last: i64| if last > 0 { last.saturating_add(gap) } else { last };
        let mine = if has_turn { open } else { open.max(behind(line)).max(behind(again)) };
        if mine <= now {
            if rate.is_some() {
                // A clock of milliseconds is late at every turn that is none; what would
                // follow from it each time is a turn missed by as much.
                self.paid_until = paid_until.max(now - TICK_US + 1).saturating_add(gap);
            }
            return Turn::Now;
        }
        let turn = bounded(if has_turn { open.max(behind(again)) } else { mine });
        if has_turn {
            self.again = turn;
        } else {
            self.line = turn;
        }
        Turn::At(Timestamp(turn.saturating_add(TICK_US - 1).div_euclid(TICK_US)))
    }

    /// When a call that just came could go, and nothing changes by asking.
    pub fn opens(&self, rate: Option<Rate>, now: Timestamp) -> Timestamp {
        match self.clone().ask(rate, now, false) {
            Turn::Now => now,
            Turn::At(at) => at,
        }
    }

    /// The vendor asked for a pause. Whether that changes anything.
    pub fn shut(&mut self, now: Timestamp, pause_ms: u64) -> bool {
        let pause = i64::try_from(pause_ms).unwrap_or(MAX_RETRY_AFTER_MS).clamp(0, MAX_RETRY_AFTER_MS);
        let until = now.plus_ms(pause);
        // A pause from a clock that was ahead does not outlast the longest one.
        let is_longer = until > self.shut_until || self.shut_until > now.plus_ms(MAX_RETRY_AFTER_MS);
        if is_longer {
            self.shut_until = until;
        }
        is_longer
    }

    /// Until when the vendor takes nothing, where that is still to come.
    pub fn shut_until(&self, now: Timestamp) -> Option<Timestamp> {
        (self.shut_until > now).then_some(self.shut_until)
    }
}

fn micros(at: Timestamp) -> i64 {
    at.0.saturating_mul(TICK_US)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const START: i64 = 1_780_000_000_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp(START + ms)
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_a_gap_apart() {
        let rate = Rate::new(60, 3);
        let mut gate = Gate::default();
        let turns: Vec<Turn> = (0..6).map(|_| gate.ask(rate, at(0), false)).collect();
        let later = |ms| Turn::At(at(ms));
        assert_eq!(turns, [Turn::Now, Turn::Now, Turn::Now, later(1000), later(2000), later(3000)]);
        // One that comes at another's turn goes behind the line, and the turn is kept.
        assert_eq!(gate.ask(rate, at(1000), false), later(4000));
        assert_eq!(gate.ask(rate, at(1000), true), Turn::Now);
        assert_eq!(gate.ask(rate, at(1000), true), later(2000));
        // After a rest the burst is there again, once.
        let turns: Vec<Turn> = (0..4).map(|_| gate.ask(rate, at(60_000), false)).collect();
        assert_eq!(turns, [Turn::Now, Turn::Now, Turn::Now, later(61_000)]);
    }

    #[test]
    fn a_pause_shuts_the_gate_for_all_with_a_rate_and_without() {
        for rate in [None, Rate::new(600, 10)] {
            let mut gate = Gate::default();
            assert_eq!(gate.ask(rate, at(0), false), Turn::Now);
            assert!(gate.shut(at(5), 30_000));
            assert!(!gate.shut(at(5), 20_000), "a shorter pause changes nothing");
            assert_eq!(gate.ask(rate, at(6), false), Turn::At(at(30_005)));
            assert_eq!(gate.shut_until(at(30_004)), Some(at(30_005)));
            assert_eq!(gate.shut_until(at(30_005)), None);
            assert_eq!(gate.ask(rate, at(30_005), true), Turn::Now);
        }
        let mut gate = Gate::default();
        gate.shut(at(0), u64::MAX);
        assert_eq!(gate.opens(None, at(1)), at(MAX_RETRY_AFTER_MS));
    }

    #[test]
    fn what_a_clock_that_was_ahead_left_behind_holds_nobody_for_long() {
        let rate = Rate::new(60, 1);
        let year = 365 * 24 * 3_600_000;
        let mut gate = Gate::default();
        for _ in 0..3 {
            gate.ask(rate, at(year), false);
        }
        assert_eq!(gate.ask(rate, at(0), true), Turn::At(at(1000)), "a turn that was given is kept");
        let Turn::At(turn) = gate.ask(rate, at(0), false) else { panic!("it goes behind the line") };
        assert!(turn <= at(24 * 3_600_000), "and waits for no year: {turn:?}");
        gate.shut(at(year), 1000);
        assert!(gate.shut(at(0), 1000));
        assert_eq!(gate.shut_until(at(0)), Some(at(1000)));
    }

    #[test]
    fn a_rate_that_cannot_be_kept_is_none() {
        assert!(Rate::new(0, 1).is_none() && Rate::new(1, 0).is_none());
        assert!(Rate::new(MAX_PER_MINUTE + 1, 1).is_none() && Rate::new(1, MAX_BURST + 1).is_none());
        assert_eq!(Rate::new(7, 1).unwrap().gap_us(), 8_571_429, "rounded up");
    }

    /// What an outbox does with a gate: whoever is due asks, in the order of its time.
    struct Simulated {
        left: Vec<(i64, usize)>,
        asked: usize,
    }

    fn simulate(rate: Option<Rate>, arrivals: &[i64], pauses: &[(i64, u64)]) -> Simulated {
        let mut gate = Gate::default();
        let mut waiting: BTreeSet<(i64, usize, bool)> =
            arrivals.iter().enumerate().map(|(n, ms)| (*ms, n, false)).collect();
        let mut pauses = pauses.to_vec();
        pauses.sort_unstable();
        let mut next_pause = pauses.into_iter().peekable();
        let mut done = Simulated { left: Vec::new(), asked: 0 };
        while let Some((ms, n, has_turn)) = waiting.pop_first() {
            while let Some((_, pause)) = next_pause.next_if(|(from, _)| *from <= ms) {
                gate.shut(at(ms), pause);
            }
            done.asked += 1;
            match gate.ask(rate, at(ms), has_turn) {
                Turn::Now => done.left.push((ms, n)),
                Turn::At(turn) => {
                    assert!(turn.0 - START > ms, "a turn is in the future");
                    waiting.insert((turn.0 - START, n, true));
                }
            }
        }
        done
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_holds_more_than_the_burst_and_one_a_gap(
            per_minute in 1..2_000_u32,
            burst in 1..20_u32,
            mut arrivals in prop::collection::vec(0..60_000_i64, 1..80),
            pauses in prop::collection::vec((0..60_000_i64, 0..20_000_u64), 0..4),
        ) {
            arrivals.sort_unstable();
            let rate = Rate::new(per_minute, burst).unwrap();
            let done = simulate(Some(rate), &arrivals, &pauses);
            prop_assert_eq!(done.left.len(), arrivals.len(), "everybody leaves");
            for (first, (from, _)) in done.left.iter().enumerate() {
                for (to, _) in &done.left[first..] {
                    let held = done.left.iter().filter(|(ms, _)| (from..=to).contains(&ms)).count();
                    let most = i64::from(burst) + (to - from + 1) * TICK_US / rate.gap_us();
                    prop_assert!(i64::try_from(held).unwrap() <= most, "{held} within {} ms", to - from);
                }
            }
        }

        #[test]
        fn who_came_first_goes_first_and_nobody_waits_for_ever(
            per_minute in 1..2_000_u32,
            burst in 1..20_u32,
            mut arrivals in prop::collection::vec(0..60_000_i64, 1..80),
            pauses in prop::collection::vec((0..60_000_i64, 0..20_000_u64), 0..3),
        ) {
            arrivals.sort_unstable();
            let rate = Rate::new(per_minute, burst).unwrap();
            let done = simulate(Some(rate), &arrivals, &pauses);
            let order: Vec<usize> = done.left.iter().map(|(_, n)| *n).collect();
            if pauses.is_empty() {
                prop_assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
            }
            // Once when it comes, once at its turn, once more for each pause.
            prop_assert!(done.asked <= arrivals.len() * (2 + pauses.len()), "{} for {}", done.asked, arrivals.len());
            // All there is, one a gap, after the last that came and every pause.
            let last = arrivals.last().unwrap() + pauses.iter().map(|(_, pause)| *pause as i64).sum::<i64>();
            let bound = last + 60_000 + (arrivals.len() as i64 + 1) * (rate.gap_us() / 1000 + 1);
            prop_assert!(done.left.last().unwrap().0 <= bound);
        }
    }
}
