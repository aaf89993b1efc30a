//! A closed loop of jobs, and what is said about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;

use crate::work::STEPS;

/// How long one leg lasts.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Span {
    /// Jobs that are run and not counted, in milliseconds
    #[arg(long, default_value_t = 1000)]
    pub warm_ms: u64,
    /// What is measured, in milliseconds
    #[arg(long, default_value_t = 3000)]
    pub measure_ms: u64,
}

/// One measurement, as a line of JSON.
#[derive(Debug, Serialize)]
#[serde(tag = "leg", rename_all = "lowercase")]
pub enum Line {
    /// Jobs in a closed loop: steps a second, and the times of whole jobs.
    Steps { who: String, concurrency: usize, jobs: usize, steps_per_s: f64, p50_ms: f64, p99_ms: f64 },
    /// From an approval to the end of its job.
    Gate { who: String, parked: usize, p50_ms: f64, p99_ms: f64 },
    /// What a process holds; with `concurrency`, that of the leg before or after which.
    Memory { who: String, part: String, when: When, concurrency: Option<usize>, mb: f64 },
    /// What a kill in mid-run left.
    Kill { who: String, seen: usize, completed: usize, stuck: usize, twice: usize, most: usize, seconds: Option<f64> },
    /// What was run, and on what.
    Setting { name: String, value: String },
}

/// When a process holds it.
#[derive(Clone, Copy, Debug, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum When {
    Idle,
    After,
}

impl Line {
    pub fn print(&self) -> anyhow::Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

/// Runs jobs until the time is up, `concurrency` at once; those that end within the
/// measured span count. `job` gets a number that is its own.
pub async fn closed_loop<F, Fut>(who: &'static str, concurrency: usize, span: Span, job: F) -> anyhow::Result<Line>
where
    F: Fn(usize) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let from = Instant::now() + Duration::from_millis(span.warm_ms);
    let until = from + Duration::from_millis(span.measure_ms);
    let mut lanes = JoinSet::new();
    for _ in 0..concurrency {
        let (job, next) = (job.clone(), Arc::clone(&next));
        lanes.spawn(async move {
            let mut times = Vec::new();
            loop {
                let started = Instant::now();
                if started >= until {
                    return anyhow::Ok(times);
                }
                job(next.fetch_add(1, Ordering::Relaxed)).await?;
                let ended = Instant::now();
                if ended >= from && ended < until {
                    times.push((ended - started).as_secs_f64() * 1e3);
                }
            }
        });
    }
    let mut times = Vec::new();
    while let Some(lane) = lanes.join_next().await {
        times.append(&mut lane??);
    }
    let seconds = Duration::from_millis(span.measure_ms).as_secs_f64();
    Ok(Line::Steps {
        who: who.to_owned(),
        concurrency,
        jobs: times.len(),
        steps_per_s: (times.len() * STEPS) as f64 / seconds,
        p50_ms: percentile(&mut times, 50),
        p99_ms: percentile(&mut times, 99),
    })
}

/// The same reading of a percentile as in `skillhost bench`.
pub fn percentile(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}
