//! Swapping under load: callers at a steady rate, and in their midst one activation
//! after the other, each through the whole way an operator's goes: the kept file
//! read and held against its digest, the commit, the swap.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use skillhost_engine::ids::{JobId, SkillName};
use skillhost_sandbox::Lanes;

use super::modules::{call, quantile, question, registry, renamed};
use crate::registry::{How, Modules};

/// Callers at once.
const CALLERS: u32 = 16;
/// Calls a second, all callers together.
const CALLS_PER_S: u32 = 1000;
/// Activations in a row.
const SWAPS: u32 = 200;
/// Between two activations: the whole row takes three seconds.
const BETWEEN: Duration = Duration::from_millis(15);
/// How long calls are measured before the first activation.
const BEFORE: Duration = Duration::from_secs(3);
/// How long callers run before anything is measured.
const WARM_UP: Duration = Duration::from_secs(1);
/// A call that takes longer was blocked: a hundred times what one takes.
const BLOCKED: Duration = Duration::from_millis(100);

/// What was measured. Times are milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct SwapReport {
    /// Activations, all committed.
    pub swaps: u32,
    /// Calls measured before.
    pub calls_before: usize,
    /// Calls measured while modules were swapped.
    pub calls_during: usize,
    /// Calls that did not return an outcome, in both.
    pub failed: usize,
    /// Calls that took longer than `blocked_ms`, during.
    pub blocked: usize,
    /// The same, before.
    pub blocked_before: usize,
    /// What counts as blocked.
    pub blocked_ms: f64,
    /// One in a hundred is slower.
    pub p99_before_ms: f64,
    /// The same.
    pub p99_during_ms: f64,
    /// During over before.
    pub ratio_p99: f64,
    /// Half are faster.
    pub p50_before_ms: f64,
    /// The same.
    pub p50_during_ms: f64,
    /// Of one activation.
    pub swap_p50_ms: f64,
    /// The slowest activation.
    pub swap_max_ms: f64,
    /// What was called.
    pub calls_per_s: u32,
    /// By whom.
    pub callers: u32,
}

struct Sample {
    started: Instant,
    took: Duration,
    failed: bool,
}

/// Measures in a folder of its own, with two versions of `component`.
///
/// # Errors
/// The host cannot be built there, or an activation fails.
pub async fn run(folder: &Path, component: &[u8]) -> anyhow::Result<SwapReport> {
    let (modules, store) = registry(folder, Lanes::open()).await?;
    let how = How { activate: true, accept_rights: false };
    let first = modules.install(component.to_vec(), "bench", how).await?.tried.skill;
    // Its description cannot say another version, so it is kept as the folder's start would.
    let other = renamed(component, None, "99.0.0")?;
    let second = modules.adopt(other, "bench").await?;

    let started = Instant::now();
    let swapping = started + WARM_UP + BEFORE;
    let end = swapping + BETWEEN * SWAPS;
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| tokio::spawn(one_caller(Arc::clone(&modules), first.name.clone(), caller, started, end)))
        .collect();
    tokio::time::sleep_until(swapping.into()).await;
    let mut swaps = Vec::new();
    for turn in 0..SWAPS {
        tokio::time::sleep_until((swapping + BETWEEN * turn).into()).await;
        let next = if turn % 2 == 0 { &second } else { &first };
        let began = Instant::now();
        modules.activate(&next.name, &next.digest, true, "bench").await?;
        swaps.push(began.elapsed());
    }
    let swapped = Instant::now();
    let (mut before, mut during, mut failed) = (Vec::new(), Vec::new(), 0);
    for caller in callers {
        for sample in caller.await? {
            failed += usize::from(sample.failed);
            if sample.started >= swapping && sample.started <= swapped {
                during.push(sample.took);
            } else if sample.started >= started + WARM_UP && sample.started < swapping {
                before.push(sample.took);
            }
        }
    }
    store.close().await;
    let slow = |times: &[Duration]| times.iter().filter(|took| **took > BLOCKED).count();
    let (p99_before_ms, p99_during_ms) = (quantile(&mut before, 99), quantile(&mut during, 99));
    Ok(SwapReport {
        swaps: SWAPS,
        calls_before: before.len(),
        calls_during: during.len(),
        failed,
        blocked: slow(&during),
        blocked_before: slow(&before),
        blocked_ms: BLOCKED.as_secs_f64() * 1e3,
        p99_before_ms,
        p99_during_ms,
        ratio_p99: if p99_before_ms > 0.0 { p99_during_ms / p99_before_ms } else { 0.0 },
        p50_before_ms: quantile(&mut before, 50),
        p50_during_ms: quantile(&mut during, 50),
        swap_p50_ms: quantile(&mut swaps, 50),
        swap_max_ms: quantile(&mut swaps, 100),
        calls_per_s: CALLS_PER_S,
        callers: CALLERS,
    })
}

/// Calls at its share of the rate until the end, each when it is due.
async fn one_caller(
    modules: Arc<Modules>,
    skill: SkillName,
    caller: u32,
    started: Instant,
    end: Instant,
) -> Vec<Sample> {
    let every = Duration::from_secs(1) * CALLERS / CALLS_PER_S;
    let mut due = started + every * caller / CALLERS;
    let mut samples = Vec::new();
    while due < end {
        tokio::time::sleep_until(due.into()).await;
        let began = Instant::now();
        let id = format!("job-{caller}-{}", samples.len());
        let failed = match modules.resolve(&JobId::from(id.as_str()), &skill) {
            Some(skill) => call(modules.runner(), &skill, &id, question()).await.result.is_err(),
            None => true,
        };
        samples.push(Sample { started: began, took: began.elapsed(), failed });
        due += every;
    }
    samples
}
