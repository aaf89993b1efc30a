//! Steps a second through `commit`, beside the floor of the same run.
//!
//! `cargo run -p skillhost-store --example commit_rate [-- <steps> [<URL of an empty Postgres database>]]`
//!
//! With a URL the store is Postgres; `scripts/postgres.sh` runs one. Its floor is the
//! same server's: `pgbench` with the same number of clients.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use skillhost_engine::store::{Batch, Store, Write};
use skillhost_store::{FloorShape, PostgresOptions, PostgresStore, SqliteStore, StoreOptions, floor, probe_fsync};

/// Bytes of a step's journal line.
const JOURNAL_BYTES: usize = 1024;
/// Bytes of a step's effect.
const PAYLOAD_BYTES: usize = 64;
/// Steps at 64 at once, when none are given.
const STEPS: usize = 64_000;
/// Steps of the one-at-a-time leg, per step of the other.
const ALONE: usize = 32;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let steps = std::env::args().nth(1).map_or(Ok(STEPS), |text| text.parse())?;
    let dir = tempfile::TempDir::new_in(".")?;
    let mut out = std::io::stdout();
    writeln!(out, "fsync {} us", probe_fsync(dir.path())?)?;
    if let Some(url) = std::env::args().nth(2) {
        for (first, at_once, steps) in [(0, 1, steps / ALONE), (1, 64, steps)] {
            let store = PostgresStore::open(&url, PostgresOptions::default()).await?;
            let (rate, p50, p99) = commits(Arc::new(store), first, shape(steps, at_once)).await?;
            writeln!(out, "commit c={at_once:2} {rate:8.0} steps/s p50 {p50} us p99 {p99} us")?;
        }
        return Ok(());
    }
    for (at_once, steps) in [(1, steps / ALONE), (64, steps)] {
        let shape = shape(steps, at_once);
        let least = floor(&dir.path().join(format!("floor-{at_once}.db")), shape).await?;
        writeln!(
            out,
            "floor  c={at_once:2} {:8.0} steps/s p50 {} us p99 {} us",
            least.steps_per_s, least.p50_us, least.p99_us
        )?;
        let store = SqliteStore::open(dir.path().join(format!("store-{at_once}.db")), StoreOptions::default()).await?;
        let (rate, p50, p99) = commits(Arc::new(store), 0, shape).await?;
        writeln!(out, "commit c={at_once:2} {rate:8.0} steps/s p50 {p50} us p99 {p99} us")?;
    }
    Ok(())
}

fn shape(steps: usize, group: usize) -> FloorShape {
    FloorShape { steps, group, journal_bytes: JOURNAL_BYTES, payload_bytes: Some(PAYLOAD_BYTES) }
}

async fn commits(
    store: Arc<dyn Store>,
    first: usize,
    shape: FloorShape,
) -> Result<(f64, u128, u128), Box<dyn std::error::Error>> {
    let (at_once, steps) = (shape.group, shape.steps / shape.group);
    for task in first..first + at_once {
        store.commit(Batch { writes: vec![Write::NewJob(Box::new(FloorShape::job(task)))] }).await?;
    }
    let start = Instant::now();
    let tasks: Vec<_> = (first..first + at_once)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let row = FloorShape::job(task);
                let mut times = Vec::with_capacity(steps);
                for round in 0..steps {
                    let began = Instant::now();
                    store.commit(shape.step(&row, round)).await?;
                    times.push(began.elapsed().as_micros());
                }
                Ok::<_, skillhost_engine::store::StoreError>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_unstable();
    store.close().await;
    Ok((rate, times[times.len() / 2], times[times.len() * 99 / 100]))
}
