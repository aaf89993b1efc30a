//! What bounds the work of one server: its queue, its patience, its disk.

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use skillhost_engine::body::Subject;
use skillhost_engine::store::{Store, StoreError};
use skillhost_store::{PostgresOptions, PostgresStore};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::made::{Bench, FAR, NOW, batch, data, job, new_job};
use super::place::Place;

async fn owner(place: &Place) -> PgConnection {
    let mut connection = PgConnection::connect(&place.address).await.unwrap();
    connection.execute("SET search_path = skillhost").await.unwrap();
    connection
}

/// A trigger that says no to every row of a table, with this message and code.
fn says_no(table: &str, message: &str, code: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'it is %', {message} USING ERRCODE = '{code}'; END $$;
         GRANT EXECUTE ON FUNCTION no TO PUBLIC;
         CREATE TRIGGER no BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION no()"
    ))
}

/// Batches of a transaction, as `group` has it.
const GROUP: u64 = 32;

#[tokio::test]
async fn while_every_link_is_busy_no_more_is_taken_than_the_queue_holds() {
    let place = Place::fresh().await;
    let options = PostgresOptions { writers: 1, ..PostgresOptions::default() };
    let store = PostgresStore::open(&place.address, options).await.unwrap();
    let mut other = owner(&place).await;
    other.execute("BEGIN; LOCK TABLE sequence_jobs IN EXCLUSIVE MODE").await.unwrap();
    let bound = store.gauges().queue_bound;
    let mut taken = FuturesUnordered::new();
    let mut busy = 0;
    for n in 0..4 * bound {
        let id = format!("job_{n:05}");
        let mut commit = Box::pin(store.commit(batch([new_job(&job(&id, "acme"))])));
        match (&mut commit).now_or_never() {
            None => taken.push(commit),
            Some(Err(StoreError::Busy)) => busy += 1,
            Some(other) => panic!("{other:?}"),
        }
        // The writer takes what it takes.
        tokio::task::yield_now().await;
    }
    let held = taken.len() as u64;
    assert!(busy > 0 && held <= bound + 2 * GROUP, "{held} are held where {bound} may wait");
    assert_eq!(store.gauges().queue, bound, "and the gauge says so");
    other.execute("COMMIT").await.unwrap();
    while let Some(done) = taken.next().await {
        done.unwrap();
    }
    drop(taken);
    assert_eq!(store.open_jobs(u32::MAX).await.unwrap() as u64, held);
    store.close().await;
}

#[tokio::test]
async fn after_a_write_that_failed_a_ping_says_whether_writes_succeed_again() {
    let bench = Bench::open().await;
    bench.store.commit(batch([new_job(&job("job_1", "acme"))])).await.unwrap();
    bench.store.ping().await.unwrap();
    let mut owner = owner(&bench.place).await;
    for table in ["sequences", "writers"] {
        owner.execute(says_no(table, "'full'", "53100")).await.unwrap_or_else(|error| panic!("{error}"));
    }
    let mut next = job("job_2", "acme");
    next.sequence_digest = "sha256:other".to_owned();
    let refused = bench.store.commit(batch([new_job(&next)])).await;
    assert!(matches!(refused, Err(StoreError::DiskFull)), "{refused:?}");
    let said = bench.store.ping().await;
    assert!(matches!(said, Err(StoreError::DiskFull)), "reads work, writes do not: {said:?}");
    assert!(bench.store.gauges().trouble.is_some());
    owner.execute("DROP TRIGGER no ON sequences; DROP TRIGGER no ON writers").await.unwrap();
    bench.store.ping().await.unwrap();
    assert_eq!(bench.store.gauges().trouble, None);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM sequences").fetch_one(&mut owner).await.unwrap();
    assert_eq!(left, 1, "the probe leaves nothing");
}

#[tokio::test]
async fn a_load_and_an_erasure_may_take_longer_than_a_read() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let mut owner = owner(&bench.place).await;
    for table in ["contacts", "orgs"] {
        owner.execute(says_no(table, "current_setting('statement_timeout')", "23000")).await.unwrap();
    }
    for error in [
        bench.store.load_data(&data(), FAR).await.unwrap_err(),
        bench.store.erase_person(&"acme".into(), &Subject::contact("c1"), "user:u1", NOW).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("it is 30min"), "{error}");
    }
}

#[tokio::test]
async fn texts_are_swept_a_page_at_a_time() {
    let bench = Bench::open().await;
    let mut owner = owner(&bench.place).await;
    owner
        .execute(
            "SET ROLE skillhost_app; SET app.orgs = '{acme}';
             INSERT INTO data_keys (org_id, subject, wrapped) VALUES ('acme', 'contact:c1', '');
             INSERT INTO bodies (org_id, subject, digest, key_id, expires_at, sealed)
             SELECT 'acme', 'contact:c1', 'sha256:' || n, k.id, n, '' FROM data_keys k, generate_series(1, 10007) n",
        )
        .await
        .unwrap();
    let page = "SELECT sweep_bodies_v1(10000, 3)";
    let swept: i64 = sqlx::query_scalar(page).fetch_one(&mut owner).await.unwrap();
    assert_eq!(swept, 3);
    assert_eq!(bench.store.sweep_bodies(skillhost_engine::time::Timestamp(10_005)).await.unwrap(), 10_002);
    assert_eq!(bench.store.sweep_bodies(skillhost_engine::time::Timestamp(10_005)).await.unwrap(), 0);
    assert_eq!(bench.store.sweep_bodies(FAR).await.unwrap(), 2);
}

#[tokio::test]
async fn the_slot_of_a_commit_is_kept_for_as_long_as_anybody_may_ask_for_it() {
    let bench = Bench::open().await;
    let mut owner = owner(&bench.place).await;
    owner
        .execute(
            "INSERT INTO writers (slot, seq, at) VALUES ('asked', 1, now() - interval '29 days'),
                ('old', 1, now() - interval '31 days')",
        )
        .await
        .unwrap();
    bench.store.commit(batch([new_job(&job("job_1", "acme"))])).await.unwrap();
    let left = sqlx::query_scalar("SELECT slot FROM writers WHERE slot IN ('asked', 'old')");
    let left: Vec<String> = left.fetch_all(&mut owner).await.unwrap();
    assert_eq!(left, ["asked"]);
}
