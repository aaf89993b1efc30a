//! The floor: what the database alone does with the same bytes.
//!
//! The very transactions of the store (its encoding, its set-based statements, its
//! settings, its flush), sent one after the other over one connection, grouped
//! beforehand: no queue, no guard that fails, no engine. `bench jobs` shows it
//! beside the engine's own figure of the same run.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use skillhost_engine::ids::JobId;
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::store::{Advance, AuditRow, Batch, JournalEntry, StoreError, Write};
use skillhost_engine::time::Timestamp;
use sqlx::Connection;

use crate::encode::encode;
use crate::error::Fault;
use crate::group::joined;
use crate::sqlite::migrations::migrate;
use crate::sqlite::open::open_raw;
use crate::sqlite::statements::transaction;
use crate::sqlite::writer::execute;

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloorShape {
    /// Steps in all.
    pub steps: usize,
    /// Steps in one transaction: 1 for one job alone, 64 for 64 at once.
    pub group: usize,
    /// Bytes of a step's journal line.
    pub journal_bytes: usize,
    /// Bytes of the payload of a step's effect, if it has one.
    pub payload_bytes: Option<usize>,
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloorReport {
    /// Steps a second.
    pub steps_per_s: f64,
    /// Median of one transaction, microseconds.
    pub p50_us: u64,
    /// 99th percentile, microseconds.
    pub p99_us: u64,
}

/// Writes `shape.steps` steps (compare-and-set, journal, audit, effect if any) into a fresh
/// database at `path`, flushed at every transaction.
pub async fn floor(path: &Path, shape: FloorShape) -> Result<FloorReport, StoreError> {
    let failed = |error: sqlx::Error| StoreError::from(Fault::from(&error));
    let mut connection = open_raw(path).await.map_err(failed)?;
    migrate(&mut connection).await.map_err(|error| StoreError::from(Fault::Unavailable(error.to_string())))?;
    let group = shape.group.max(1);
    let jobs: Vec<JobRow> = (0..group).map(FloorShape::job).collect();
    let made = Batch { writes: jobs.iter().cloned().map(|row| Write::NewJob(Box::new(row))).collect() };
    for part in made.writes.chunks(skillhost_engine::store::MAX_BATCH_WRITES) {
        let part = Batch { writes: part.to_vec() };
        execute(&mut connection, transaction(encode(&part, &[], |_| false)?.lines)).await.map_err(failed)?;
    }

    let rounds = shape.steps.div_ceil(group);
    let mut times = Vec::with_capacity(rounds);
    let start = Instant::now();
    for round in 0..rounds {
        let batches =
            jobs.iter().map(|row| encode(&shape.step(row, round), &[], |_| true)).collect::<Result<Vec<_>, _>>()?;
        let began = Instant::now();
        execute(&mut connection, transaction(joined(batches.iter()))).await.map_err(failed)?;
        times.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    let seconds = start.elapsed().as_secs_f64();
    connection.close().await.map_err(failed)?;
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).or(times.last()).copied().unwrap_or(0);
    Ok(FloorReport { steps_per_s: (rounds * group) as f64 / seconds.max(f64::EPSILON), p50_us: at(50), p99_us: at(99) })
}

impl FloorShape {
    /// A job to take steps of.
    pub fn job(index: usize) -> JobRow {
        JobRow {
            id: JobId::new(format!("job_floor{index:021}")),
            org: "floor".into(),
            user: "floor".into(),
            status: JobStatus::InProgress,
            reason: None,
            version: 1,
            event: "evt_floor".into(),
            event_type: "bench".to_owned(),
            event_source: "manual".to_owned(),
            trigger_payload: Value::Null,
            idempotency_key: format!("bench:{index}"),
            body_digest: String::new(),
            parent: None,
            depth: 1,
            sequence: "bench".to_owned(),
            sequence_digest: "sha256:floor".to_owned(),
            sequence_text: String::new(),
            priority: 0,
            concurrency: None,
            wake_at: None,
            lease: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    /// The writes of one step.
    pub fn step(&self, row: &JobRow, round: usize) -> Batch {
        let at = Timestamp(round as i64);
        let seq = round as u64 + 1;
        let body = json!({"v": 1, "event": "step_proposed", "output": "x".repeat(self.journal_bytes)});
        let mut batch = Batch {
            writes: vec![
                Write::Advance(Advance {
                    job: row.id.clone(),
                    expect: seq,
                    status: JobStatus::InProgress,
                    reason: None,
                    wake_at: None,
                    lease: None,
                    at,
                }),
                Write::Journal(JournalEntry {
                    job: row.id.clone(),
                    seq,
                    kind: "step_proposed".to_owned(),
                    body: body.to_string(),
                    at,
                }),
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
        };
        let effect = self.payload_bytes.map(|bytes| Self::effect(row, round, at, bytes));
        batch.writes.extend(effect.map(|effect| Write::NewEffect(std::sync::Arc::new(effect))));
        batch
    }

    fn effect(row: &JobRow, round: usize, at: Timestamp, payload_bytes: usize) -> OutboxRow {
        OutboxRow {
            key: format!("{}:{round}", row.id).into(),
            org: row.org.clone(),
            user: row.user.clone(),
            job: row.id.clone(),
            step: format!("step-{round}").into(),
            local_id: "e1".to_owned(),
            kind: "chat.post".to_owned(),
            payload: json!({"text": "x".repeat(payload_bytes)}),
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
        }
    }
}
