//! Steps a second through `commit`, beside the floor of the same run.
//!
//! `cargo run -p skillhost-store --example commit_rate [-- <steps> [<URL of an empty Postgres database>]]`
//!
//! With a URL the store is Postgres; `scripts/postgres.sh` runs one. Its floor is the
//! same server's: `pgbench` with the same number of clients.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::store::{Advance, AuditRow, Batch, JournalEntry, Store, Write};
use skillhost_engine::time::Timestamp;
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
            let (rate, p50, p99) = commits(Arc::new(store), first, at_once, steps / at_once).await?;
            writeln!(out, "commit c={at_once:2} {rate:8.0} steps/s p50 {p50} us p99 {p99} us")?;
        }
        return Ok(());
    }
    for (at_once, steps) in [(1, steps / ALONE), (64, steps)] {
        let shape = FloorShape { steps, group: at_once, journal_bytes: JOURNAL_BYTES, payload_bytes: PAYLOAD_BYTES };
        let least = floor(&dir.path().join(format!("floor-{at_once}.db")), shape).await?;
        writeln!(
            out,
            "floor  c={at_once:2} {:8.0} steps/s p50 {} us p99 {} us",
            least.steps_per_s, least.p50_us, least.p99_us
        )?;
        let store = SqliteStore::open(dir.path().join(format!("store-{at_once}.db")), StoreOptions::default()).await?;
        let (rate, p50, p99) = commits(Arc::new(store), 0, at_once, steps / at_once).await?;
        writeln!(out, "commit c={at_once:2} {rate:8.0} steps/s p50 {p50} us p99 {p99} us")?;
    }
    Ok(())
}

async fn commits(
    store: Arc<dyn Store>,
    first: usize,
    at_once: usize,
    steps: usize,
) -> Result<(f64, u128, u128), Box<dyn std::error::Error>> {
    for task in first..first + at_once {
        store.commit(Batch { writes: vec![Write::NewJob(Box::new(job(task)))] }).await?;
    }
    let start = Instant::now();
    let tasks: Vec<_> = (first..first + at_once)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let row = job(task);
                let mut times = Vec::with_capacity(steps);
                for round in 0..steps {
                    let began = Instant::now();
                    store.commit(step(&row, round)).await?;
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

fn job(task: usize) -> JobRow {
    JobRow {
        id: format!("job_{task:026}").into(),
        org: "bench".into(),
        user: "bench".into(),
        status: JobStatus::InProgress,
        reason: None,
        version: 1,
        event: "evt".into(),
        event_type: "bench".to_owned(),
        event_source: "manual".to_owned(),
        trigger_payload: Value::Null,
        idempotency_key: format!("bench:{task}"),
        body_digest: String::new(),
        parent: None,
        depth: 1,
        sequence: "bench".to_owned(),
        sequence_digest: "sha256:bench".to_owned(),
        sequence_text: String::new(),
        priority: 0,
        concurrency: None,
        wake_at: None,
        lease: None,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn step(row: &JobRow, round: usize) -> Batch {
    let at = Timestamp(round as i64);
    let seq = round as u64 + 1;
    let body = json!({"v": 1, "event": "step_proposed", "output": "x".repeat(JOURNAL_BYTES)}).to_string();
    let effect = OutboxRow {
        key: format!("{}:{round}", row.id).into(),
        org: row.org.clone(),
        user: row.user.clone(),
        job: row.id.clone(),
        step: format!("step-{round}").into(),
        local_id: "e1".to_owned(),
        kind: "chat.post".to_owned(),
        payload: json!({"text": "x".repeat(PAYLOAD_BYTES)}),
        after: Vec::new(),
        module: None,
        rights: Vec::new(),
        digest: String::new(),
        approval: None,
        release: None,
        state: EffectState::Ready,
        revision: 1,
        attempt: 0,
        not_before: at,
        last_error: None,
        receipt: None,
        created_at: at,
        updated_at: at,
    };
    let (job, status, kind) = (row.id.clone(), JobStatus::InProgress, "step_proposed".to_owned());
    Batch {
        writes: vec![
            Write::Advance(Advance { job, expect: seq, status, reason: None, wake_at: None, lease: None, at }),
            Write::Journal(JournalEntry { job: row.id.clone(), seq, kind, body, at }),
            Write::NewEffect(std::sync::Arc::new(effect)),
            Write::Audit(AuditRow {
                org: row.org.clone(),
                job: Some(row.id.clone()),
                actor: "host".to_owned(),
                action: "step.proposed".to_owned(),
                subject: format!("step-{round}"),
                detail: json!({"attempt": 1}),
                at,
            }),
        ],
    }
}
