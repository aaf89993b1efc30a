//! How long the source `pipeline` takes over many deals and a long history.
//!
//! `cargo run -p skillhost-store --example pipeline_read [-- <deals> <activities> [<URL of an empty Postgres database>]]`

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use skillhost_engine::store::Store;
use skillhost_engine::time::Timestamp;
use skillhost_store::{PostgresOptions, PostgresStore, SqliteStore, StoreOptions};

/// Reads that are timed, after one that is not.
const READS: usize = 50;
const NOW: Timestamp = Timestamp(1_795_186_800_000);
const HOUR: i64 = 3_600_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let number = |place: usize, default: usize| std::env::args().nth(place).map_or(Ok(default), |text| text.parse());
    let (deals, activities) = (number(1, 500)?, number(2, 50_000)?);
    let dir = tempfile::TempDir::new_in(".")?;
    let store: Arc<dyn Store> = match std::env::args().nth(3) {
        Some(url) => Arc::new(PostgresStore::open(&url, PostgresOptions::default()).await?),
        None => Arc::new(SqliteStore::open(dir.path().join("pipeline.db"), StoreOptions::default()).await?),
    };
    store.load_data(&document(deals, activities), Timestamp(i64::MAX)).await?;
    let params = json!({"now": NOW.0});
    let mut times = Vec::with_capacity(READS);
    let mut shown = Value::Null;
    for _ in 0..=READS {
        let began = Instant::now();
        let found = store.source(&"acme".into(), &"ada".into(), "pipeline", &params).await?;
        times.push(began.elapsed().as_micros());
        shown = found.unwrap_or_default();
    }
    times.remove(0);
    times.sort_unstable();
    let count = shown["deals"].as_array().map_or(0, Vec::len);
    writeln!(
        std::io::stdout(),
        "{count} deals of {deals}, {activities} activities: p50 {} us, p99 {} us, {} bytes",
        times[READS / 2],
        times[READS * 99 / 100],
        shown.to_string().len()
    )?;
    store.close().await;
    Ok(())
}

/// Deals with two contacts each, and activities spread over them: most with a deal, each
/// tenth with a contact alone.
fn document(deals: usize, activities: usize) -> Value {
    let at = |ms: i64| NOW.plus_ms(-ms).rfc3339();
    let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let contacts: Vec<Value> = (0..deals * 2)
        .map(|n| json!({"id": format!("c{n}"), "org_id": "acme", "name": format!("C{n}"), "email": format!("c{n}@x.test")}))
        .collect();
    let rows: Vec<Value> = (0..deals)
        .map(|n| {
            json!({"id": format!("d{n}"), "org_id": "acme", "name": format!("Deal {n}"), "stage": "qualified",
                "amount_cents": n, "currency": "USD", "owner_id": "ada", "contact_ids": [format!("c{}", 2 * n),
                format!("c{}", 2 * n + 1)], "updated_at": at(HOUR * whole(n))})
        })
        .collect();
    let history: Vec<Value> = (0..activities)
        .map(|n| {
            let deal = n % deals.max(1);
            let deal_id = if n % 10 == 0 { Value::Null } else { json!(format!("d{deal}")) };
            json!({"id": format!("a{n}"), "org_id": "acme", "kind": "call", "subject": "Call", "body": "Words.",
                "at": at(HOUR * (1 + whole(n / 20))), "contact_id": format!("c{}", 2 * deal), "deal_id": deal_id})
        })
        .collect();
    let tasks: Vec<Value> = (0..deals * 3)
        .map(|n| {
            json!({"id": format!("k{n}"), "org_id": "acme", "title": "t", "deal_id": format!("d{}", n / 3),
                "due": "2026-11-01", "created_at": at(0)})
        })
        .collect();
    json!({
        "orgs": [{"id": "acme", "name": "Acme"}],
        "users": [{"id": "ada", "org_id": "acme", "name": "Ada", "email": "ada@acme.test"}],
        "contacts": contacts, "deals": rows, "activities": history, "tasks": tasks,
    })
}
