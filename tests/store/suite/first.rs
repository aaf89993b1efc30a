//! Hosts that start for the first time, all at once. Roles are the server's, the rest
//! is of each database.

use std::sync::{Arc, Barrier};

use skillhost_engine::store::Store as _;
use skillhost_store::{PostgresOptions, PostgresStore};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use tokio::runtime::Runtime;

use super::super::server::Server;
use super::made::{NOW, batch, job, new_job};

/// Databases of one server, and hosts on each.
const DATABASES: usize = 3;
const HOSTS: usize = 2;
/// How often they meet again: a race of a few milliseconds is met in some of them.
const ROUNDS: usize = 12;

async fn start(host: usize, url: &str, together: &Barrier) {
    together.wait();
    let store = PostgresStore::open(url, PostgresOptions::default()).await;
    let store = store.unwrap_or_else(|error| panic!("host {host}: {error:?}"));
    // What each of them writes, the functions across orgs see.
    let id = format!("job_{host}");
    store.commit(batch([new_job(&job(&id, "acme"))])).await.unwrap();
    assert!(store.open_jobs(10).await.unwrap() > 0, "host {host}");
    assert_eq!(store.notice_restore("host", NOW).await.unwrap(), None, "it is at home");
    store.close().await;
}

/// All of them at once, as processes of their own would run.
fn start_all(urls: &[String], round: usize) {
    let together = Arc::new(Barrier::new(urls.len() * HOSTS));
    let hosts: Vec<_> = (0..urls.len() * HOSTS)
        .map(|host| {
            let (url, together) = (urls[host % urls.len()].clone(), Arc::clone(&together));
            let host = round * urls.len() * HOSTS + host;
            std::thread::spawn(move || Runtime::new().unwrap().block_on(start(host, &url, &together)))
        })
        .collect();
    for host in hosts {
        assert!(host.join().is_ok(), "in round {round} a host did not start");
    }
}

#[tokio::test]
async fn first_hosts_that_start_at_the_same_instant_all_start() {
    let server = Server::start();
    let urls = server.empty(DATABASES).await;
    start_all(&urls, 0);
    let mut owner = PgConnection::connect(&server.url()).await.unwrap();
    for round in 1..=ROUNDS {
        // The short part alone, in which they meet over what is the server's.
        owner.execute("REVOKE skillhost_app FROM CURRENT_USER").await.unwrap();
        start_all(&urls, round);
        let member =
            "SELECT pg_has_role('skillhost_app', 'MEMBER') AND NOT pg_has_role('skillhost_dispatch', 'MEMBER')";
        let stands: bool = sqlx::query_scalar(member).fetch_one(&mut owner).await.unwrap();
        assert!(stands, "nobody is left with the eyes of `skillhost_dispatch`");
    }
}
