//! What a server looks at for a read that must not walk a table.

use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

use super::made::{Bench, FAR, NOW};

/// Deals, and what happened with each.
const DEALS: i64 = 40;
const ACTIVITIES: i64 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_looks_at_the_heads_of_its_indexes_and_walks_no_history() {
    let bench = Bench::open().await;
    let at = |n: i64| NOW.plus_ms(-n * 3_600_000).rfc3339();
    let deals: Vec<Value> = (0..DEALS)
        .map(|n| {
            json!({"id": format!("d{n}"), "org_id": "acme", "name": "n", "stage": "lead", "owner_id": "u1",
            "contact_ids": [format!("c{n}")], "updated_at": at(n)})
        })
        .collect();
    let contacts: Vec<Value> =
        (0..DEALS).map(|n| json!({"id": format!("c{n}"), "org_id": "acme", "name": "n"})).collect();
    let history: Vec<Value> = (0..DEALS * ACTIVITIES)
        .map(|n| {
            let (deal, contact) = (format!("d{}", n % DEALS), format!("c{}", n % DEALS));
            let deal = if n % 4 == 0 { Value::Null } else { json!(deal) };
            json!({"id": format!("a{n}"), "org_id": "acme", "kind": "call", "subject": "s", "at": at(n), "deal_id": deal,
                "contact_id": contact})
        })
        .collect();
    let document = json!({
        "orgs": [{"id": "acme", "name": "Acme"}],
        "users": [{"id": "u1", "org_id": "acme", "name": "Ada", "email": "ada@acme.test"}],
        "contacts": contacts, "deals": deals, "activities": history,
    });
    bench.store.load_data(&document, FAR).await.unwrap();
    let mut connection = PgConnection::connect(&bench.place.address).await.unwrap();
    connection.execute("ANALYZE skillhost.activities, skillhost.deals, skillhost.deal_contacts").await.unwrap();
    // What the load did is told by now or is told with it.
    bench.store.close().await;
    let store = bench.place.open().await;
    let looked =
        "SELECT coalesce(seq_tup_read, 0)::bigint, coalesce(idx_scan, 0)::bigint, coalesce(idx_tup_fetch, 0)::bigint
        FROM pg_stat_user_tables WHERE relname = 'activities'";
    let before: (i64, i64, i64) = sqlx::query_as(looked).fetch_one(&mut connection).await.unwrap();
    let found = store.source(&"acme".into(), &"u1".into(), "pipeline", &json!({"now": NOW.0})).await.unwrap().unwrap();
    assert_eq!(found["deals"].as_array().unwrap().len(), usize::try_from(DEALS).unwrap());
    assert!(found["deals"].as_array().unwrap().iter().all(|deal| deal["last_activity_kind"] == "call"));
    store.close().await;
    let after: (i64, i64, i64) = loop {
        // Each connection tells what it did when it ends, which takes the server a moment.
        let row: (i64, i64, i64) = sqlx::query_as(looked).fetch_one(&mut connection).await.unwrap();
        if row.1 >= before.1 + 2 * DEALS {
            break row;
        }
        connection.execute("SELECT pg_sleep(0.01)").await.unwrap();
    };
    assert_eq!(after.0, before.0, "no row of the history was walked over");
    let fetched = after.2 - before.2;
    assert!(fetched < 10 * DEALS, "{fetched} rows were looked at for {DEALS} deals");
}
