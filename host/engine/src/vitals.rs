//! What tells trouble early: figures of the tables and of the store, and which of
//! them are out of range.
//!
//! Figures are read by index and never by walking what has ended, so that asking
//! for them costs the same on a host of a million finished jobs as on a new one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::{MicroUsd, Timestamp};

/// Upper bounds of the buckets of [`Latencies`], microseconds: a flush of a good disk
/// is among the first, one of a disk in trouble among the last.
pub const LATENCY_BOUNDS_US: [u64; 14] =
    [100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];
/// Texts past their retention are counted up to this: beyond it the number says
/// nothing more.
pub const MAX_TEXTS_COUNTED: u32 = 10_000;

/// How long something took, in buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latencies {
    /// How many fell into each bucket of [`LATENCY_BOUNDS_US`]; the last is for what
    /// took longer than all of them.
    pub buckets: [u64; LATENCY_BOUNDS_US.len() + 1],
    /// All of them together, microseconds.
    pub sum_us: u64,
}

impl Latencies {
    /// Counts one.
    pub fn note(&mut self, us: u64) {
        let bucket = LATENCY_BOUNDS_US.iter().position(|bound| us <= *bound).unwrap_or(LATENCY_BOUNDS_US.len());
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            *bucket += 1;
        }
        self.sum_us = self.sum_us.saturating_add(us);
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The time within which this share of them ended, `0.5` for half: the upper
    /// bound of the bucket it falls into. `None` when there were none.
    pub fn quantile_us(&self, share: f64) -> Option<u64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = ((count as f64) * share.clamp(0.0, 1.0)).ceil().max(1.0);
        let mut seen = 0;
        for (bucket, bound) in self.buckets.iter().zip(LATENCY_BOUNDS_US.iter().chain([&u64::MAX])) {
            seen += bucket;
            if seen as f64 >= rank {
                return Some(*bound);
            }
        }
        Some(u64::MAX)
    }
}

/// What a store knows of itself without asking its database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gauges {
    /// Batches that wait to be written.
    pub queue: u64,
    /// How many may.
    pub queue_bound: u64,
    /// How long transactions took, flush included, since the start.
    pub commits: Latencies,
    /// Jobs that ended since the start, by state.
    pub jobs_ended: BTreeMap<String, u64>,
    /// Effects that reached a final state since the start, by state.
    pub effects_ended: BTreeMap<String, u64>,
    /// Why the last transaction did not happen, while none has since; of a full disk,
    /// until there is room again.
    pub trouble: Option<String>,
}

/// What the tables say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Open jobs by state.
    pub jobs: BTreeMap<String, u64>,
    /// Effects that have not reached their end, or need a person, by state.
    pub effects: BTreeMap<String, u64>,
    /// Since when the oldest job waits that could run.
    pub runnable_since: Option<Timestamp>,
    /// Since when the oldest effect is due and has not left.
    pub due_since: Option<Timestamp>,
    /// When the oldest open question was asked.
    pub asked_since: Option<Timestamp>,
    /// How many questions are open.
    pub questions: u64,
    /// By how much the sums that budgets are held against differ from the
    /// reservations they are made of: those open, and those of today.
    pub purse_drift: MicroUsd,
    /// Texts whose retention has passed and that the sweep has not taken yet, up to
    /// [`MAX_TEXTS_COUNTED`].
    pub texts_due: u64,
}

/// A figure that is out of its range, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which, by its name in the status.
    pub figure: String,
    /// What it means and what to do.
    pub hint: String,
}

/// A runnable job that waits longer than this: a slot frees within the longest call.
pub const RUNNABLE_LATE_MS: i64 = 60_000;
/// A due effect that has not left for this long: an attempt ends well within it.
pub const DUE_LATE_MS: i64 = 120_000;
/// A question open for this long: half of its usual life is over.
pub const ASKED_LATE_MS: i64 = 12 * 3_600_000;
/// A disk that needs this for a flush is a disk in trouble.
pub const COMMIT_SLOW_US: u64 = 50_000;
/// Share of the store's queue that is used when it begins to be too slow.
const QUEUE_FULL_SHARE: u64 = 2;

/// Which figures are out of range at `now`.
pub fn findings(figures: &Figures, gauges: &Gauges, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut say = |figure: &str, hint: &str| {
        found.push(Finding { figure: figure.to_owned(), hint: hint.to_owned() });
    };
    let late = |since: Option<Timestamp>, ms: i64| since.is_some_and(|since| now.0.saturating_sub(since.0) > ms);
    if late(figures.runnable_since, RUNNABLE_LATE_MS) {
        say("runnable_since", "jobs wait for a slot: raise `jobs`, or look at which skill is slow (calls, lanes)");
    }
    if late(figures.due_since, DUE_LATE_MS) {
        say("due_since", "effects do not leave: look at the receiving server, and at the log for `effect`");
    }
    if late(figures.asked_since, ASKED_LATE_MS) {
        say("asked_since", "questions are left unanswered and will expire: `skillhost approvals list`");
    }
    if figures.purse_drift.0 != 0 {
        say("purse_drift", "sums of money differ from the reservations: somebody changed the database by hand");
    }
    if figures.texts_due >= u64::from(MAX_TEXTS_COUNTED) {
        say("texts_due", "texts outlive their retention: the sweep does not keep up, or its writes fail");
    }
    let count = |state: &str| figures.effects.get(state).copied().unwrap_or(0);
    if count("unknown") > 0 {
        say("effects", "of some effects nobody knows whether they happened: their owners are asked");
    } else if count("dead") > 0 {
        say("effects", "some effects were given up: `skillhost jobs failed` has the reasons");
    }
    if gauges.commits.quantile_us(0.99).is_some_and(|p99| p99 > COMMIT_SLOW_US) {
        say("commits", "one in a hundred transactions takes too long: the disk, or who shares it, is slow");
    }
    if gauges.queue.saturating_mul(QUEUE_FULL_SHARE) > gauges.queue_bound {
        say("queue", "more is written than the database takes; when the queue is full, events are answered 429");
    }
    if let Some(trouble) = &gauges.trouble {
        say("trouble", &format!("the last write failed ({trouble}); events are answered 503 until one succeeds"));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn quantiles_are_the_bounds_of_their_buckets() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.quantile_us(0.5), None);
        for _ in 0..98 {
            latencies.note(90);
        }
        latencies.note(2000);
        latencies.note(9_999_999);
        assert_eq!(latencies.count(), 100);
        assert_eq!(latencies.quantile_us(0.5), Some(100));
        assert_eq!(latencies.quantile_us(0.99), Some(2500));
        assert_eq!(latencies.quantile_us(1.0), Some(u64::MAX));
        assert_eq!(latencies.sum_us, 98 * 90 + 2000 + 9_999_999);
    }

    #[test]
    fn what_is_well_is_not_mentioned_and_what_is_not_is_named_with_a_hint() {
        let now = Timestamp(1_000_000_000);
        let bound = Gauges { queue_bound: 1024, ..Gauges::default() };
        assert_eq!(findings(&Figures::default(), &bound, now), vec![]);
        let busy = Figures {
            runnable_since: Some(now.plus_ms(-RUNNABLE_LATE_MS)),
            due_since: Some(now.plus_ms(-DUE_LATE_MS)),
            asked_since: Some(now.plus_ms(-ASKED_LATE_MS)),
            ..Figures::default()
        };
        assert_eq!(findings(&busy, &bound, now), vec![], "at the bound is within it");

        let mut commits = Latencies::default();
        commits.note(COMMIT_SLOW_US + 1);
        let late = Figures {
            runnable_since: Some(now.plus_ms(-RUNNABLE_LATE_MS - 1)),
            due_since: Some(now.plus_ms(-DUE_LATE_MS - 1)),
            asked_since: Some(now.plus_ms(-ASKED_LATE_MS - 1)),
            purse_drift: MicroUsd(-1),
            texts_due: u64::from(MAX_TEXTS_COUNTED),
            effects: [("unknown".to_owned(), 1)].into(),
            ..Figures::default()
        };
        let gauges = Gauges { queue: 513, queue_bound: 1024, commits, trouble: Some("full".to_owned()), ..bound };
        let found: Vec<String> = findings(&late, &gauges, now).into_iter().map(|finding| finding.figure).collect();
        let all = [
            "runnable_since",
            "due_since",
            "asked_since",
            "purse_drift",
            "texts_due",
            "effects",
            "commits",
            "queue",
            "trouble",
        ];
        assert_eq!(found, all);
    }
}
