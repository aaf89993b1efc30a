//! Hosts under load are killed at random moments; every event ends in an explained
//! state, nothing happens twice, money adds up, and the journal is the state.
//!
//! A minute each by default; `make soak MINUTES=60` for longer. `SKILLHOST_SOAK_SEED`
//! repeats the choices of a run.

use std::time::Duration;

use skillhost_tests::place::Database;
use skillhost_tests::soak::{Settings, seed, soak};

/// Kills and events without which a run proved little.
const KILLS: u64 = 8;
const EVENTS: usize = 20;

fn asked(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok())
}

fn say(line: &str) {
    println!("{line}");
}

async fn survives(database: Database, hosts: usize, at_once: usize) {
    let minutes = asked("SKILLHOST_SOAK_MINUTES").and_then(|text| text.parse::<u64>().ok());
    let seed = seed(asked("SKILLHOST_SOAK_SEED").as_deref());
    println!("{}: SKILLHOST_SOAK_SEED={seed}", database.name());
    let lasts = Duration::from_secs(60 * minutes.unwrap_or(1));
    let settings =
        Settings { database, hosts, lasts, kills: KILLS, at_once, seed, tells: minutes.map(|_| say as fn(&str)) };
    let summary = Box::pin(soak(settings)).await;
    println!("{}", summary.words);
    assert!(summary.wrong.is_empty(), "{}\n{}", summary.words, summary.wrong.join("\n"));
    assert!(summary.kills >= KILLS && summary.events >= EVENTS, "{}", summary.words);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "make test-full STAGE=soak"]
async fn random_kills_under_load_on_sqlite() {
    survives(Database::Sqlite, 1, 16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "make test-full STAGE=soak"]
async fn random_kills_under_load_of_two_hosts_on_postgres() {
    survives(Database::Postgres, 2, 24).await;
}
