//! The file of SQLite: full, no database, and what a flush of it costs.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use skillhost_engine::store::{Store, StoreError};
use skillhost_store::{SqliteStore, StoreOptions, probe_fsync};
use sqlx::Connection as _;
use tempfile::TempDir;

use super::durability::{whole, whole_jobs};

async fn open(dir: &Path, options: StoreOptions) -> SqliteStore {
    SqliteStore::open(dir.join("skillhost.db"), options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_passes() {
    let dir = TempDir::new().unwrap();
    let small = StoreOptions { max_pages: Some(320), ..StoreOptions::default() };
    let store = open(dir.path(), small).await;
    let mut kept = BTreeSet::new();
    let error = loop {
        let id = format!("job_{:04}", kept.len());
        match store.commit(whole(&id)).await {
            Ok(()) => kept.insert(id),
            Err(error) => break error,
        };
        assert!(kept.len() < 2000, "the file never filled");
    };
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    assert!(error.is_transient());
    assert!(matches!(store.ping().await, Err(StoreError::DiskFull)), "it answers, and takes nothing");
    assert!(store.gauges().trouble.is_some());
    assert_eq!(whole_jobs(&store).await, kept);
    store.close().await;

    let store = open(dir.path(), StoreOptions::default()).await;
    store.commit(whole("job_later")).await.unwrap();
    assert_eq!(store.gauges().trouble, None);
    store.ping().await.unwrap();
    kept.insert("job_later".to_owned());
    assert_eq!(whole_jobs(&store).await, kept);
}

/// What a second process on the file does to this one: it holds the lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_busy_and_loses_nothing_it_took() {
    let dir = TempDir::new().unwrap();
    let store = Arc::new(open(dir.path(), StoreOptions { queue: 2, ..StoreOptions::default() }).await);
    let mut other = sqlx::SqliteConnection::connect(dir.path().join("skillhost.db").to_str().unwrap()).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut taken = BTreeSet::new();
    let mut commits = tokio::task::JoinSet::new();
    // The writer holds at most a group; whatever it takes besides fits into the queue.
    for n in 0.. {
        let id = format!("job_{n:04}");
        let mut commit = Box::pin({
            let (store, id) = (Arc::clone(&store), id.clone());
            async move { store.commit(whole(&id)).await }
        });
        match futures::poll!(commit.as_mut()) {
            std::task::Poll::Ready(Err(StoreError::Busy)) => {
                // The writer may have taken its group since; then there is room once more.
                let gauges = store.gauges();
                assert_eq!(gauges.queue_bound, 2);
                if gauges.queue == 2 {
                    break;
                }
            }
            std::task::Poll::Ready(other) => panic!("{other:?}"),
            std::task::Poll::Pending => {
                taken.insert(id);
                commits.spawn(commit);
            }
        }
    }
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    while let Some(done) = commits.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(whole_jobs(store.as_ref()).await, taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_said() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("skillhost.db");
    std::fs::write(&path, "not a database, but long enough to look at ".repeat(100)).unwrap();
    let error = SqliteStore::open(&path, StoreOptions::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    let error = SqliteStore::open(dir.path().join("no/such/folder.db"), StoreOptions::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_of_another_build_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("skillhost.db");
    drop(SqliteStore::open(&path, StoreOptions::default()).await.unwrap());
    let mut other = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    for made in [
        "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1",
        "UPDATE _sqlx_migrations SET version = 9000 WHERE version = 1",
    ] {
        sqlx::raw_sql(made).execute(&mut other).await.unwrap();
        let schema = "SELECT group_concat(sql || version) FROM sqlite_schema, _sqlx_migrations";
        let before: String = sqlx::query_scalar(schema).fetch_one(&mut other).await.unwrap();
        let error = SqliteStore::open(&path, StoreOptions::default()).await.unwrap_err();
        assert!(matches!(error, StoreError::OtherBuild), "{error:?}");
        let after: String = sqlx::query_scalar(schema).fetch_one(&mut other).await.unwrap();
        assert_eq!(before, after);
    }
}

#[test]
fn the_probe_measures_and_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    assert!(probe_fsync(dir.path()).unwrap() > 0);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    assert!(probe_fsync(&dir.path().join("none")).is_err());
}
