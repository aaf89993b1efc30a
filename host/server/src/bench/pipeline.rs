//! What the scan of a pipeline asks, over many deals and a long history: which of them
//! nothing has happened on. Asked as a skill asks it, of a database that holds them.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};
use skillhost_engine::body::DAY_MS;
use skillhost_engine::context::{Doors as _, MAX_PIPELINE, Query};
use skillhost_engine::store::Store;
use skillhost_engine::time::Timestamp;

use super::jobs::{ORG, of_the_bench_alone, percentile};
use crate::boot::{self, Parts};
use crate::config::{Config, Database, Overrides};
use crate::driver::JobDoors;

/// Whose deals they are.
const REP: &str = "u";
/// Since when a deal without activity is stale.
const STALE_DAYS: i64 = 14;
/// One deal of so many is stale here.
const STALE_OF: usize = 4;
const HOUR_MS: i64 = 3_600_000;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Open deals of one rep.
    pub deals: usize,
    /// What happened with them, in all.
    pub activities: usize,
    /// Times that it is asked, after a first one.
    pub reads: usize,
    /// A Postgres database of the bench's own, to be asked beside SQLite.
    pub database: Option<String>,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was asked.
    pub deals: usize,
    /// What was asked.
    pub activities: usize,
    /// What was asked.
    pub reads: usize,
    /// Deals that the answer shows as stale.
    pub stale: usize,
    /// Bytes of the answer.
    pub bytes: usize,
    /// One read on SQLite, milliseconds.
    pub sqlite_p50_ms: f64,
    /// The same.
    pub sqlite_p95_ms: f64,
    /// The first one, with nothing in memory of the process.
    pub sqlite_first_ms: f64,
    /// The same on Postgres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postgres_p50_ms: Option<f64>,
    /// The same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postgres_p95_ms: Option<f64>,
    /// The same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postgres_first_ms: Option<f64>,
}

struct Measured {
    stale: usize,
    bytes: usize,
    first_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
}

/// Measures in a folder of its own, and on the database that is named.
///
/// # Errors
/// A database cannot be opened, holds something of somebody else's, or answers otherwise
/// than it was filled.
pub async fn run(folder: &Path, options: &Options) -> anyhow::Result<Report> {
    anyhow::ensure!(options.activities >= options.deals, "there is an activity at least for each deal");
    let sqlite = measure(folder, None, options).await?;
    let postgres = match &options.database {
        Some(url) => Some(measure(folder, Some(url.clone()), options).await?),
        None => None,
    };
    let of_postgres = |one: fn(&Measured) -> f64| postgres.as_ref().map(one);
    Ok(Report {
        deals: options.deals,
        activities: options.activities,
        reads: options.reads,
        stale: sqlite.stale,
        bytes: sqlite.bytes,
        sqlite_p50_ms: sqlite.p50_ms,
        sqlite_p95_ms: sqlite.p95_ms,
        sqlite_first_ms: sqlite.first_ms,
        postgres_p50_ms: of_postgres(|measured| measured.p50_ms),
        postgres_p95_ms: of_postgres(|measured| measured.p95_ms),
        postgres_first_ms: of_postgres(|measured| measured.first_ms),
    })
}

async fn open(folder: &Path, database: Option<String>, parts: &Parts) -> anyhow::Result<Arc<dyn Store>> {
    let is_own = database.is_none();
    let mut config =
        Config::load(None, Overrides { data_dir: Some(folder.join("pipeline")), database, ..Overrides::default() })?;
    // Nothing of the operator's settings: a bench writes to no database but its own.
    if is_own {
        config.database = Database::Folder;
    }
    config.host_key = Some(SecretString::from("b".repeat(64)));
    Ok(boot::open_store(&config, Arc::clone(&parts.ids)).await?)
}

async fn measure(folder: &Path, database: Option<String>, options: &Options) -> anyhow::Result<Measured> {
    let parts = Parts::default();
    let store = open(folder, database.clone(), &parts).await?;
    of_the_bench_alone(store.as_ref()).await?;
    let now = parts.clock.now();
    store.load_data(&document(options, now), Timestamp(i64::MAX)).await?;
    store.close().await;

    // Opened anew, so that the first read finds nothing that the filling left in memory.
    let store = open(folder, database, &parts).await?;
    let mut times = Vec::with_capacity(options.reads);
    let mut answer = Value::Null;
    let mut bytes = 0;
    for _ in 0..=options.reads {
        // What stands behind the door of a job that has read nothing yet.
        let doors = JobDoors::new(Arc::clone(&store), Arc::clone(&parts.clock), ORG.into(), REP.into());
        let query = Query { source: "pipeline".to_owned(), params: json!({}), max_bytes: None, cursor: None };
        let began = Instant::now();
        let snapshot =
            doors.read(query).await.map_err(|error| anyhow::anyhow!("the pipeline is not told: {error:?}"))?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        bytes = snapshot.body.len();
        answer = serde_json::from_str(&snapshot.body)?;
    }
    store.close().await;
    let stale = stale(&answer, now);
    let wanted = options.deals.div_ceil(STALE_OF).min(MAX_PIPELINE);
    anyhow::ensure!(stale == wanted, "{stale} deals are told to be stale and {wanted} are");
    let first_ms = times.remove(0);
    let (p50_ms, p95_ms) = (percentile(&mut times, 50), percentile(&mut times, 95));
    Ok(Measured { stale, bytes, first_ms, p50_ms, p95_ms })
}

/// Deals of the answer on which nothing has happened for so long.
fn stale(answer: &Value, now: Timestamp) -> usize {
    let limit = now.plus_ms(-STALE_DAYS * DAY_MS).rfc3339();
    let deals = answer["deals"].as_array().into_iter().flatten();
    deals.filter(|deal| deal["last_activity_at"].as_str().is_none_or(|at| at < limit.as_str())).count()
}

/// Deals with two contacts each, and a history spread over them: most of it with a deal,
/// each tenth with a contact alone. On one deal of [`STALE_OF`] nothing happened lately.
fn document(options: &Options, now: Timestamp) -> Value {
    let ago = |ms: i64| now.plus_ms(-ms).rfc3339();
    let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let contacts: Vec<Value> = (0..options.deals * 2)
        .map(
            |n| json!({"id": format!("c{n}"), "org_id": ORG, "name": format!("C{n}"), "email": format!("c{n}@x.test")}),
        )
        .collect();
    let deals: Vec<Value> = (0..options.deals)
        .map(|n| {
            json!({"id": format!("d{n}"), "org_id": ORG, "name": format!("Deal {n}"), "stage": "qualified",
                "amount_cents": n, "currency": "USD", "owner_id": REP,
                "contact_ids": [format!("c{}", 2 * n), format!("c{}", 2 * n + 1)], "updated_at": ago(HOUR_MS * whole(n))})
        })
        .collect();
    let history: Vec<Value> = (0..options.activities)
        .map(|n| {
            let deal = n % options.deals;
            let quiet = if deal.is_multiple_of(STALE_OF) { (STALE_DAYS + 1) * DAY_MS } else { 0 };
            // The newest of a deal is of its first turn, and at most a week old but for the stale.
            let turn = HOUR_MS * whole(n / options.deals) + 7 * DAY_MS * whole(deal) / whole(options.deals);
            let deal_id = if n % 10 == 1 { Value::Null } else { json!(format!("d{deal}")) };
            json!({"id": format!("a{n}"), "org_id": ORG, "kind": "call", "subject": "Call", "body": "Words.",
                "at": ago(HOUR_MS + turn + quiet), "contact_id": format!("c{}", 2 * deal), "deal_id": deal_id})
        })
        .collect();
    let tasks: Vec<Value> = (0..options.deals * 3)
        .map(|n| {
            json!({"id": format!("k{n}"), "org_id": ORG, "title": "t", "deal_id": format!("d{}", n / 3),
                "due": ago(0)[..10], "created_at": ago(0)})
        })
        .collect();
    json!({
        "orgs": [{"id": ORG, "name": "Bench"}],
        "users": [{"id": REP, "org_id": ORG, "name": "U", "email": "u@bench.example", "zone": "UTC"}],
        "contacts": contacts, "deals": deals, "activities": history, "tasks": tasks,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn what_is_measured_is_the_right_answer() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { deals: 21, activities: 400, reads: 3, database: None };
        let report = run(folder.path(), &options).await.unwrap();
        assert_eq!((report.stale, report.postgres_p50_ms), (6, None));
        assert!(report.sqlite_p50_ms > 0.0 && report.sqlite_p95_ms >= report.sqlite_p50_ms && report.bytes > 0);
    }
}
