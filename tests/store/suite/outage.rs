//! A server that goes away in the middle of everything and comes back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use skillhost_engine::job::JobStatus;
use skillhost_engine::store::{Store, StoreError};
use skillhost_store::{PostgresOptions, PostgresStore};

use super::super::server::Server;
use super::durability::{whole, whole_jobs};
use super::made::{advance, batch, job, journal, new_job};

/// Tasks that commit while the server is killed.
const TASKS: usize = 16;
/// How often it is killed.
const OUTAGES: usize = 3;
/// Commits between two outages.
const BETWEEN: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_answered_is_true_however_often_the_server_dies() {
    let server = Arc::new(Server::start());
    let store = Arc::new(PostgresStore::open(&server.database().await, PostgresOptions::default()).await.unwrap());
    let done = Arc::new(AtomicBool::new(false));
    let (told, mut heard) = tokio::sync::mpsc::channel(1024);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (store, done, told) = (Arc::clone(&store), Arc::clone(&done), told.clone());
            tokio::spawn(async move {
                let (mut kept, mut refused) = (BTreeSet::new(), BTreeSet::new());
                for n in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = format!("job_{task:02}_{n:06}");
                    match store.commit(whole(&id)).await {
                        Ok(()) => {
                            kept.insert(id);
                            told.send(()).await.unwrap();
                        }
                        Err(error) => {
                            assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
                            refused.insert(id);
                            tokio::task::yield_now().await;
                        }
                    }
                }
                (kept, refused)
            })
        })
        .collect();
    drop(told);
    for _ in 0..OUTAGES {
        for _ in 0..BETWEEN {
            heard.recv().await.unwrap();
        }
        let server = Arc::clone(&server);
        let killed = tokio::task::spawn_blocking(move || (server.order("kill"), server.order("start")));
        assert_eq!(killed.await.unwrap(), ("killed".to_owned(), "started".to_owned()));
    }
    for _ in 0..BETWEEN {
        heard.recv().await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    let drain = tokio::spawn(async move { while heard.recv().await.is_some() {} });
    let (mut kept, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for task in tasks {
        let (one, none) = task.await.unwrap();
        kept.extend(one);
        refused.extend(none);
    }
    drain.await.unwrap();
    let found = whole_jobs(store.as_ref()).await;
    assert_eq!(found, kept, "what was kept is there, whole; what was refused is not");
    assert!(found.is_disjoint(&refused));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_said_and_found_again() {
    let server = Server::start();
    let store = PostgresStore::open(&server.database().await, PostgresOptions::default()).await.unwrap();
    store.commit(batch([new_job(&job("job_1", "acme"))])).await.unwrap();
    server.order("kill");
    for error in [
        store.ping().await.unwrap_err(),
        store.jobs(&"acme".into(), &Default::default()).await.unwrap_err(),
        store.api_key("sha256:k").await.unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Unavailable(_)) && error.is_transient(), "{error:?}");
    }
    server.order("start");
    // Its outcome is not known before the server is back, and then it is.
    store.commit(batch([advance("job_1", 1, JobStatus::InProgress), journal("job_1", 1)])).await.unwrap();
    store.ping().await.unwrap();
    let stored = store.job(&"acme".into(), &"job_1".into()).await.unwrap().unwrap();
    assert_eq!((stored.row.version, stored.journal.len()), (2, 1), "once");
    store.close().await;
}
