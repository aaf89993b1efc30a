//! Many writers, a dropped store, a killed process.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use skillhost_engine::ids::OrgId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::store::{Batch, JobFilter, Store, StoreError};

use super::made::{Bench, NOW, advance, audit, batch, effect, job, journal, leased, new_effect, new_job};
use super::place::{Place, exact, open};

/// Where the killed process keeps its database.
const CRASH_PLACE: &str = "SKILLHOST_STORE_CRASH_PLACE";
/// Tasks that commit at once in the killed process.
const CRASH_TASKS: usize = 16;
/// Acknowledgements after which it is killed.
const CRASH_AFTER: usize = 400;

pub fn whole(id: &str) -> Batch {
    let row = job(id, "acme");
    batch([new_job(&row), journal(id, 1), new_effect(&effect(&format!("eff_{id}"), &row)), audit(&row, "made")])
}

/// Ids of all jobs; fails when one lacks a part of its batch.
pub async fn whole_jobs(store: &dyn Store) -> BTreeSet<String> {
    let org: OrgId = "acme".into();
    let mut ids = BTreeSet::new();
    let mut filter = JobFilter { limit: 200, ..JobFilter::default() };
    loop {
        let page = store.jobs(&org, &filter).await.unwrap();
        let Some(last) = page.last() else { return ids };
        filter.before = Some(last.id.clone());
        for row in page {
            let stored = store.job(&org, &row.id).await.unwrap().unwrap();
            let audit = store.audit(&org, Some(&row.id), 10).await.unwrap();
            assert_eq!((stored.journal.len(), stored.effects.len(), audit.len()), (1, 1, 1), "{}", row.id);
            ids.insert(row.id.to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_tasks_lose_nothing() {
    let bench = Bench::open().await;
    let tasks = (0..64).map(|task| {
        let store = Arc::clone(&bench.store);
        async move {
            let id = format!("job_{task:02}");
            store.commit(batch([new_job(&job(&id, "acme"))])).await.unwrap();
            for step in 1..=10 {
                let writes = [
                    leased(&id, step, "host", NOW.plus_ms(1000)),
                    journal(&id, step),
                    audit(&job(&id, "acme"), "step"),
                ];
                store.commit(batch(writes)).await.unwrap();
            }
            store.commit(batch([advance(&id, 11, JobStatus::Completed)])).await.unwrap();
        }
    });
    let tasks: Vec<_> = tasks.map(tokio::spawn).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let org: OrgId = "acme".into();
    for task in 0..64 {
        let stored = bench.store.job(&org, &format!("job_{task:02}").into()).await.unwrap().unwrap();
        assert_eq!((stored.row.version, stored.row.status, stored.row.lease), (12, JobStatus::Completed, None));
        assert_eq!(stored.journal.iter().map(|line| line.seq).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    }
    assert_eq!(bench.store.audit(&org, None, 1000).await.unwrap().len(), 640);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_dropped_keeps_what_it_acknowledged() {
    let place = Place::fresh().await;
    let store = place.open().await;
    for n in 0..10 {
        store.commit(whole(&format!("job_{n}"))).await.unwrap();
    }
    drop(store);
    let store = place.open().await;
    assert_eq!(whole_jobs(store.as_ref()).await.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_finishes_what_was_accepted_and_takes_no_more() {
    let place = Place::fresh().await;
    let store = place.open().await;
    let commits: Vec<_> = (0..200)
        .map(|n| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { (n, store.commit(whole(&format!("job_{n:03}"))).await) })
        })
        .collect();
    store.close().await;
    let mut kept = BTreeSet::new();
    for commit in commits {
        match commit.await.unwrap() {
            (n, Ok(())) => drop(kept.insert(format!("job_{n:03}"))),
            (_, Err(error)) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
        }
    }
    assert!(matches!(store.commit(whole("job_x")).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    let store = place.open().await;
    assert_eq!(whole_jobs(store.as_ref()).await, kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_keeps_every_batch_it_acknowledged() {
    let place = Place::fresh().await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &exact(module_path!(), "commits_until_killed"), "--ignored", "--nocapture"])
        .env(CRASH_PLACE, &place.address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = BTreeSet::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The pipe still holds what was written before the kill.
    for line in lines {
        let line = line.unwrap();
        if let Some(id) = line.strip_prefix("ack ") {
            acknowledged.insert(id.to_owned());
        }
        if acknowledged.len() == CRASH_AFTER {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status:?}");
    assert!(acknowledged.len() >= CRASH_AFTER);

    let store = place.open().await;
    let found = whole_jobs(store.as_ref()).await;
    assert!(found.is_superset(&acknowledged), "{:?}", acknowledged.difference(&found).next());
    // What was in flight may be there, whole; never more than was in flight.
    assert!(found.len() - acknowledged.len() <= CRASH_TASKS);
    store.commit(whole("job_later")).await.unwrap();
}

/// The process that is killed; runs only when the test above starts it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test that kills it"]
async fn commits_until_killed() {
    let Some(address) = std::env::var_os(CRASH_PLACE) else { return };
    let address = address.into_string().unwrap();
    let store = open(&address, None).await;
    let tasks: Vec<_> = (0..CRASH_TASKS)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for n in 0.. {
                    let id = format!("job_{task:02}_{n:06}");
                    store.commit(whole(&id)).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    out.write_all(format!("ack {id}\n").as_bytes()).unwrap();
                    out.flush().unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
