//! Fairness: a well-behaved skill alone, and beside three guests that spin flat out
//! on two cores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use skillhost_engine::skill::{CallError, SkillRef};
use skillhost_sandbox::{
    DEFAULT_ORG_CALLS, DEFAULT_SKILL_CALLS, Lanes, Registry, Sandbox, SandboxConfig, SandboxRunner, embed_manifest,
};

use super::modules::{call, quantile, question};

/// Guests that spin.
const SPINNERS: usize = 3;
/// Calls of the well-behaved skill in each leg.
const CALLS: usize = 1000;
/// Between two of them: one caller, far from saturating a core.
const EVERY: Duration = Duration::from_millis(5);
/// Calls before the first is measured.
const WARM_UP: usize = 100;

/// What was measured. Times are milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct LanesReport {
    /// One in a hundred calls is slower, with nothing beside it.
    pub p99_alone_ms: f64,
    /// The same beside the spinning guests.
    pub p99_beside_ms: f64,
    /// Half are faster.
    pub p50_alone_ms: f64,
    /// The same.
    pub p50_beside_ms: f64,
    /// What the tick is.
    pub tick: &'static str,
    /// What the tick should be.
    pub tick_nominal_ms: f64,
    /// What it was while the guests spun.
    pub tick_ms: f64,
    /// `(p99_beside_ms - p99_alone_ms) / tick_ms`.
    pub ticks_more: f64,
    /// Calls of each leg.
    pub calls: usize,
    /// Guests that spun, and calls of theirs that were ended by their fuel meanwhile.
    pub spinners: usize,
    /// See `spinners`.
    pub spins_ended: usize,
    /// Threads that ran all of it.
    pub workers: usize,
}

/// Measures on the runtime it is called on. `spinner` is a component whose input
/// `{"mode": "spin"}` never returns; a manifest is put on it where it has none.
///
/// # Errors
/// A component does not load, or a well-behaved call fails.
pub async fn run(echo: &[u8], spinner: &[u8], workers: usize) -> anyhow::Result<LanesReport> {
    let sandbox = Arc::new(Sandbox::new(SandboxConfig::default())?);
    let registry = Arc::new(Registry::new());
    let spinner = match sandbox.describe(spinner).await {
        Ok(said) if skillhost_sandbox::read_manifest(spinner).is_err() => {
            embed_manifest(spinner, &serde_json::from_value(said)?)?
        }
        _ => spinner.to_vec(),
    };
    let load = |bytes: &[u8]| -> anyhow::Result<SkillRef> {
        let module = sandbox.load(bytes)?;
        let skill = module.skill_ref.clone();
        registry.activate(module);
        Ok(skill)
    };
    let (echo, spin) = (load(echo)?, load(&spinner)?);
    let lanes = Lanes::new(DEFAULT_SKILL_CALLS, DEFAULT_ORG_CALLS);
    let runner = SandboxRunner::with_lanes(Arc::clone(&sandbox), registry, lanes);

    well_behaved(&runner, &echo, WARM_UP).await?;
    let mut alone = well_behaved(&runner, &echo, CALLS).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let spinning: Vec<_> = (0..SPINNERS)
        .map(|number| tokio::spawn(spin_on(runner.clone(), spin.clone(), number, Arc::clone(&stop))))
        .collect();
    well_behaved(&runner, &echo, WARM_UP).await?;
    let (ticks, began) = (sandbox.ticks(), Instant::now());
    let mut beside = well_behaved(&runner, &echo, CALLS).await?;
    let (ticks, took) = (sandbox.ticks() - ticks, began.elapsed());
    stop.store(true, Ordering::Relaxed);
    let mut spins_ended = 0;
    for spinner in spinning {
        spins_ended += spinner.await??;
    }
    let tick_ms = took.as_secs_f64() * 1e3 / (ticks.max(1)) as f64;
    let (p99_alone_ms, p99_beside_ms) = (quantile(&mut alone, 99), quantile(&mut beside, 99));
    Ok(LanesReport {
        p99_alone_ms,
        p99_beside_ms,
        p50_alone_ms: quantile(&mut alone, 50),
        p50_beside_ms: quantile(&mut beside, 50),
        tick: "the epoch: how often a guest that computes is made to give its thread back",
        tick_nominal_ms: sandbox.report().epoch_tick_ms as f64,
        tick_ms,
        ticks_more: (p99_beside_ms - p99_alone_ms) / tick_ms,
        calls: CALLS,
        spinners: SPINNERS,
        spins_ended,
        workers,
    })
}

async fn well_behaved(runner: &SandboxRunner, skill: &SkillRef, calls: usize) -> anyhow::Result<Vec<Duration>> {
    let (runner, skill) = (runner.clone(), skill.clone());
    // A task of its own, as a job is: the caller of a bench is no worker's.
    tokio::spawn(async move {
        let mut times = Vec::with_capacity(calls);
        for number in 0..calls {
            tokio::time::sleep(EVERY).await;
            let began = Instant::now();
            let report = call(&runner, &skill, &format!("job-{number}"), question()).await;
            times.push(began.elapsed());
            report.result?;
        }
        Ok(times)
    })
    .await?
}

/// Calls the spinning guest again whenever its fuel has ended it; how often it did.
async fn spin_on(
    runner: SandboxRunner,
    skill: SkillRef,
    number: usize,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<usize> {
    let mut ended = 0;
    while !stop.load(Ordering::Relaxed) {
        let report = call(&runner, &skill, &format!("spin-{number}-{ended}"), json!({ "mode": "spin" })).await;
        match report.result {
            Err(CallError::OutOfFuel { .. } | CallError::Timeout { .. }) => ended += 1,
            other => anyhow::bail!("the guest did not spin: {other:?}"),
        }
    }
    Ok(ended)
}
