//! One database, several hosts.

use std::sync::Arc;

use skillhost_engine::archive::ArchiveEnd;
use skillhost_engine::body::Subject;
use skillhost_engine::job::JobStatus;
use skillhost_engine::news::News;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::purse::{Period, Scope};
use skillhost_engine::store::{Batch, StoreError, Write};
use skillhost_store::{PostgresOptions, PostgresStore};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

use super::made::{
    Bench, FAR, NOW, advance, audit, batch, budget, data, effect, job, journal, leased, new_effect, new_job, reserve,
};
use super::modules::module;

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_job_was_taken_cannot_write_any_more() {
    let bench = Bench::open().await;
    let (stopped, other) = (bench.store.as_ref(), bench.place.open().await);
    stopped.commit(batch([new_job(&job("job_1", "acme"))])).await.unwrap();
    stopped.commit(batch([leased("job_1", 1, "stopped", NOW.plus_ms(1000))])).await.unwrap();
    assert!(other.runnable_jobs(NOW.plus_ms(999), "other", false, 10).await.unwrap().is_empty(), "it is leased");

    let taken = other.runnable_jobs(NOW.plus_ms(1000), "other", false, 10).await.unwrap();
    assert_eq!(taken.iter().map(|row| (row.id.as_str(), row.version)).collect::<Vec<_>>(), [("job_1", 2)]);
    other.commit(batch([leased("job_1", 2, "other", NOW.plus_ms(9000))])).await.unwrap();

    let late = batch([advance("job_1", 2, JobStatus::Completed), journal("job_1", 1)]);
    let error = stopped.commit(late).await;
    assert!(matches!(error, Err(StoreError::Conflict { .. })), "{error:?}");
    other.commit(batch([advance("job_1", 3, JobStatus::Completed), journal("job_1", 1)])).await.unwrap();
    let stored = stopped.job(&"acme".into(), &"job_1".into()).await.unwrap().unwrap();
    assert_eq!((stored.row.status, stored.journal.len()), (JobStatus::Completed, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_hosts_that_claim_the_same_jobs_each_is_claimed_once() {
    let bench = Bench::open().await;
    for n in 0..40 {
        bench.store.commit(batch([new_job(&job(&format!("job_{n:02}"), "acme"))])).await.unwrap();
    }
    let hosts = [bench.place.open().await, bench.place.open().await, bench.place.open().await];
    let claims = hosts.into_iter().enumerate().map(|(host, store)| {
        tokio::spawn(async move {
            let owner = format!("host_{host}");
            let mut won = Vec::new();
            loop {
                let rows = store.runnable_jobs(NOW, &owner, false, 7).await.unwrap();
                // Another host is just looking at the rest.
                if rows.is_empty() && store.jobs(&"acme".into(), &pending()).await.unwrap().is_empty() {
                    return won;
                }
                for row in rows {
                    let claim =
                        [leased(row.id.as_str(), row.version, &owner, NOW.plus_ms(1000)), audit(&row, "claimed")];
                    match store.commit(batch(claim)).await {
                        Ok(()) => won.push(row.id),
                        Err(error) => assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}"),
                    }
                }
            }
        })
    });
    let mut won = Vec::new();
    for host in claims.collect::<Vec<_>>() {
        won.extend(host.await.unwrap());
    }
    won.sort();
    won.dedup();
    assert_eq!(won.len(), 40);
    assert_eq!(bench.store.audit(&"acme".into(), None, 100).await.unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_knows_of_jobs_that_another_has_its_hands_on() {
    let bench = Bench::open().await;
    bench.store.commit(batch([new_job(&job("job_1", "acme"))])).await.unwrap();
    let mut another = PgConnection::connect(&bench.place.address).await.unwrap();
    another
        .execute("BEGIN; SET search_path = skillhost; SET LOCAL app.orgs = '{acme}'; SET ROLE skillhost_app")
        .await
        .unwrap();
    another.execute("SELECT 1 FROM sequence_jobs WHERE id = 'job_1' FOR UPDATE").await.unwrap();

    assert_eq!(bench.store.runnable_jobs(NOW, "me", true, 10).await.unwrap(), []);
    assert!(bench.store.is_any_runnable(NOW, "me").await.unwrap(), "it may still be left");
    another.execute("ROLLBACK").await.unwrap();
    assert_eq!(bench.store.runnable_jobs(NOW, "me", true, 10).await.unwrap().len(), 1);
    bench.store.commit(batch([leased("job_1", 1, "another", FAR)])).await.unwrap();
    bench.store.alive("another", 60_000).await.unwrap();
    assert!(!bench.store.is_any_runnable(NOW, "me").await.unwrap(), "another host has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_living_host_holds_is_its_own_and_what_a_gone_one_held_is_anybodys() {
    let bench = Bench::open().await;
    let (first, other) = (bench.store.as_ref(), bench.place.open().await);
    assert!(!first.alive("first", 600_000).await.unwrap());
    assert!(!other.alive("other", 600_000).await.unwrap());
    let row = job("job_1", "acme");
    let mut leaving = effect("eff_1", &row);
    let made = [new_job(&row), leased("job_1", 1, "first", NOW.plus_ms(1000)), new_effect(&leaving)];
    for write in made {
        first.commit(batch([write])).await.unwrap();
    }
    (leaving.state, leaving.revision) = (EffectState::Sending, 2);
    first.commit(batch([Write::Effect(Arc::new(leaving))])).await.unwrap();
    let mut money = reserve("r1", "acme", 5);
    if let Write::Reserve(reservation) = &mut money {
        reservation.owner = "first".to_owned();
    }
    first.commit(batch([money])).await.unwrap();

    let seen = async |expected: usize| {
        assert_eq!(other.runnable_jobs(NOW, "other", true, 10).await.unwrap().len(), expected);
        assert_eq!(other.effects_in(EffectState::Sending, 10).await.unwrap().len(), expected);
        assert_eq!(other.dispute_strays("other", NOW).await.unwrap(), expected as u64);
        assert_eq!(other.alive("other", 600_000).await.unwrap(), expected > 0);
    };
    seen(0).await;
    // It stops saying that it lives.
    first.alive("first", 0).await.unwrap();
    seen(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_a_gone_host_held_is_told_of_when_its_job_was_taken_already() {
    let bench = Bench::open().await;
    let (first, other) = (bench.store.as_ref(), bench.place.open().await);
    first.alive("first", 600_000).await.unwrap();
    let row = job("job_1", "acme");
    for write in [new_job(&row), leased("job_1", 1, "first", NOW.plus_ms(1000))] {
        first.commit(batch([write])).await.unwrap();
    }
    let mut money = reserve("r1", "acme", 5);
    if let Write::Reserve(reservation) = &mut money {
        reservation.owner = "first".to_owned();
    }
    first.commit(batch([money])).await.unwrap();
    first.alive("first", 0).await.unwrap();

    // A claim may see before the beat does that the host is gone.
    other.commit(batch([leased("job_1", 2, "other", NOW.plus_ms(1000))])).await.unwrap();
    assert!(other.alive("other", 600_000).await.unwrap(), "its money is nobody's");
    assert_eq!(other.dispute_strays("other", NOW).await.unwrap(), 1);
    assert!(!other.alive("other", 600_000).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_host_moves_jobs_out_until_it_is_gone_and_one_that_comes_back_is_refused() {
    let bench = Bench::open().await;
    let (first, other) = (bench.store.as_ref(), bench.place.open().await);
    first.alive("first", 600_000).await.unwrap();
    other.alive("other", 600_000).await.unwrap();
    for id in ["job_1", "job_2"] {
        first.commit(batch([new_job(&job(id, "acme"))])).await.unwrap();
        first.commit(batch([advance(id, 1, JobStatus::Cancelled)])).await.unwrap();
    }
    let end = |boot: &str, bytes| ArchiveEnd {
        boot: boot.to_owned(),
        folder: format!("folder of {boot}"),
        month: "2026-05".to_owned(),
        bytes,
    };
    assert!(first.take_archive_turn("first").await.unwrap());
    assert!(!other.take_archive_turn("other").await.unwrap(), "one at a time");
    assert!(first.take_archive_turn("first").await.unwrap(), "it keeps its turn");
    assert_eq!(first.remove_archived(&["job_1".into()], &end("first", 10)).await.unwrap(), 1);

    // It stops in the middle: what it wrote is behind what it ever said.
    first.alive("first", 0).await.unwrap();
    assert!(other.take_archive_turn("other").await.unwrap());
    assert_eq!(other.remove_archived(&["job_2".into()], &end("other", 7)).await.unwrap(), 1);
    first.alive("first", 600_000).await.unwrap();
    let late = first.remove_archived(&["job_2".into()], &end("first", 20)).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    for (folder, bytes) in [("folder of first", Some(10)), ("folder of other", Some(7)), ("folder of none", None)] {
        assert_eq!(first.archive_bytes(folder, "2026-05").await.unwrap(), bytes, "{folder}");
    }
    assert!(!first.take_archive_turn("first").await.unwrap(), "the other one has it and lives");
}

fn pending() -> skillhost_engine::store::JobFilter {
    let status = vec![JobStatus::Pending];
    skillhost_engine::store::JobFilter { status, limit: 200, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hosts_that_race_for_one_budget_spend_it_once() {
    let bench = Bench::open().await;
    bench.store.commit(batch([budget("org", Period::Day, Some(1_000))])).await.unwrap();
    let hosts = [bench.place.open().await, bench.place.open().await];
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let store = Arc::clone(&hosts[task % 2]);
            tokio::spawn(async move {
                let mut held = 0;
                for turn in 0..4 {
                    match store.commit(batch([reserve(&format!("r{task}-{turn}"), "acme", 33)])).await {
                        Ok(()) => held += 33,
                        Err(StoreError::OverBudget(_)) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
                held
            })
        })
        .collect();
    let mut held = 0;
    for task in tasks {
        held += task.await.unwrap();
    }
    let standings = bench.store.standings(&"acme".into(), NOW).await.unwrap();
    let day = standings.iter().find(|one| one.scope == Scope::Org && one.period == Period::Day).unwrap();
    assert_eq!((held, day.reserved.0), (990, 990));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_host_and_a_new_one_share_a_database_until_the_floor_is_raised() {
    let bench = Bench::open().await;
    // What a newer host does to it: more columns, more functions, its own migration.
    let mut newer = PgConnection::connect(&bench.place.address).await.unwrap();
    newer
        .execute(
            "SET search_path = skillhost;
             ALTER TABLE sequence_jobs ADD COLUMN colour bigint NOT NULL DEFAULT 0;
             CREATE FUNCTION commit_v2(lines json) RETURNS void LANGUAGE sql AS 'SELECT';
             INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                VALUES (9999, 'newer', true, '', 0)",
        )
        .await
        .unwrap();
    // The old one that runs goes on, and one that starts again does so too.
    let again = bench.place.open().await;
    for (store, id) in [(&bench.store, "job_1"), (&again, "job_2")] {
        store.commit(batch([new_job(&job(id, "acme"))])).await.unwrap();
        store.commit(batch([advance(id, 1, JobStatus::Completed), journal(id, 1)])).await.unwrap();
        assert!(store.job(&"acme".into(), &id.into()).await.unwrap().is_some());
    }
    newer.execute("UPDATE schema_floor SET oldest = 9999").await.unwrap();
    let refused = PostgresStore::open(&bench.place.address, PostgresOptions::default()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Corrupt { message, .. } if message.contains("too old")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_hears_what_another_tells_and_nothing_of_its_own() {
    let bench = Bench::open().await;
    let (one, other) = (bench.place.open().await, bench.place.open().await);
    one.alive("one", 60_000).await.unwrap();
    other.alive("other", 60_000).await.unwrap();
    assert_eq!(one.news().await.unwrap(), News::Missed, "what was told before it listened is not known");
    assert_eq!(other.news().await.unwrap(), News::Missed);

    one.tell(&News::Work).await.unwrap();
    other.tell(&News::Jobs(vec!["job_1".into()])).await.unwrap();
    assert_eq!(other.news().await.unwrap(), News::Work);
    assert_eq!(one.news().await.unwrap(), News::Jobs(vec!["job_1".into()]), "its own came first and is not heard");

    // Told by the commit itself, to its own host as well.
    one.commit(batch([Write::NewModule(Box::new(module("sha256:1", "drafts")))])).await.unwrap();
    assert_eq!((one.news().await.unwrap(), other.news().await.unwrap()), (News::Skills, News::Skills));

    // A closing store ends the wait instead of waiting for it.
    let waiting = tokio::spawn({
        let one = Arc::clone(&one);
        async move { one.news().await }
    });
    one.close().await;
    assert!(waiting.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_could_not_listen_is_told_that_something_was_missed() {
    let bench = Bench::open().await;
    let host = bench.place.open().await;
    assert_eq!(host.news().await.unwrap(), News::Missed);
    let waiting = tokio::spawn({
        let host = Arc::clone(&host);
        async move { host.news().await }
    });
    let mut owner = PgConnection::connect(&bench.place.address).await.unwrap();
    // Every listener; the connection that asks is none.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let mut cut_off = 0;
    while cut_off == 0 {
        cut_off = owner.execute(cut).await.unwrap().rows_affected();
    }
    // The connection that was cut, or the next one after an error: never silence.
    match waiting.await.unwrap() {
        Ok(news) => assert_eq!(news, News::Missed),
        Err(_) => assert_eq!(host.news().await.unwrap(), News::Missed),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_module_are_there_for_every_host() {
    let bench = Bench::open().await;
    let (one, other) = (bench.place.open().await, bench.place.open().await);
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_eq!(other.module_bytes("sha256:1").await.unwrap(), None);
    one.keep_module("sha256:1", &bytes).await.unwrap();
    one.keep_module("sha256:1", b"other bytes").await.unwrap();
    assert_eq!(other.module_bytes("sha256:1").await.unwrap(), Some(bytes), "what is there stays");
}

/// Of a database that is new the planner knows nothing; a commit finds its rows all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_costs_its_own_rows_and_not_those_of_its_org() {
    // Changes after which the server measures a table.
    const FEW: i64 = 51;
    const JOBS: i64 = 400;
    const MOVES: i64 = 100;
    let bench = Bench::open().await;
    let mut connection = PgConnection::connect(&bench.place.address).await.unwrap();
    // What is planned when there are few jobs serves when there are many.
    for n in 0..FEW {
        bench.store.commit(batch([new_job(&job(&format!("few_{n:02}"), "acme"))])).await.unwrap();
    }
    connection.execute("ANALYZE skillhost.sequence_jobs").await.unwrap();
    bench.store.commit(batch([leased("few_00", 1, "host", FAR)])).await.unwrap();
    for first in (0..JOBS).step_by(40) {
        let writes = (first..first + 40).map(|n| new_job(&job(&format!("job_{n:03}"), "acme"))).collect::<Vec<_>>();
        bench.store.commit(Batch { writes }).await.unwrap();
    }
    for n in 0..MOVES {
        bench.store.commit(batch([leased(&format!("job_{n:03}"), 1, "host", FAR)])).await.unwrap();
    }
    bench.store.close().await;
    let counted = "SELECT n_tup_upd, idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'sequence_jobs'";
    let (moved, looked_at) = loop {
        // Each connection tells what it did when it ends, which takes the server a moment.
        let row: (i64, i64) = sqlx::query_as(counted).fetch_one(&mut connection).await.unwrap();
        if row.0 > MOVES {
            break row;
        }
        connection.execute("SELECT pg_sleep(0.01)").await.unwrap();
    };
    assert_eq!(moved, MOVES + 1);
    assert!(looked_at < 10 * (JOBS + MOVES), "{looked_at} rows were looked at");
}

/// Waits until somebody waits for a lock that this connection holds, or the task has ended.
async fn until_it_waits<T>(connection: &mut PgConnection, task: &tokio::task::JoinHandle<T>) -> bool {
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE NOT l.granted AND a.datname = current_database())";
    while !task.is_finished() {
        if sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut *connection).await.unwrap() {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn strays_are_disputed_under_the_lock_that_money_is_moved_under() {
    let bench = Bench::open().await;
    for (id, org) in [("r1", "acme"), ("r2", "acme"), ("r3", "globex")] {
        bench.store.commit(batch([reserve(id, org, 5)])).await.unwrap();
    }
    let mut other = PgConnection::connect(&bench.place.address).await.unwrap();
    other.execute("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('acme', 0))").await.unwrap();
    let store = Arc::clone(&bench.store);
    let task = tokio::spawn(async move { store.dispute_strays("boot_2", NOW).await });
    assert!(until_it_waits(&mut other, &task).await, "an org's money is moved by one transaction at a time");
    other.execute("COMMIT").await.unwrap();
    assert_eq!(task.await.unwrap().unwrap(), 3);
    for (org, lines) in [("acme", 2), ("globex", 1)] {
        let audit = bench.store.audit(&org.into(), None, 10).await.unwrap();
        assert_eq!(audit.iter().filter(|line| line.action == "money.disputed").count(), lines, "{org}");
        assert_eq!(bench.store.disputed(&org.into()).await.unwrap().len(), lines);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_sent_back_while_its_person_is_erased_keeps_them() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let mut row = job("job_1", "acme");
    row.trigger_payload = serde_json::json!({"contact_id": "c1"});
    bench.store.commit(batch([new_job(&row)])).await.unwrap();
    bench.store.commit(batch([advance("job_1", 1, JobStatus::Failed)])).await.unwrap();
    let mut other = PgConnection::connect(&bench.place.address).await.unwrap();
    other
        .execute(
            "SET search_path = skillhost; SET ROLE skillhost_app; SET app.orgs = '{acme}'; BEGIN;
             UPDATE sequence_jobs SET status = 'pending', version = version + 1 WHERE id = 'job_1'",
        )
        .await
        .unwrap();
    let store = Arc::clone(&bench.store);
    let task =
        tokio::spawn(async move { store.erase_person(&"acme".into(), &Subject::contact("c1"), "user:u1", NOW).await });
    assert!(until_it_waits(&mut other, &task).await);
    other.execute("COMMIT").await.unwrap();
    let refused = task.await.unwrap().unwrap_err();
    assert!(refused.to_string().contains("job_1 of this person is still open"), "{refused}");
    let params = serde_json::json!({"contact_id": "c1"});
    let found = bench.store.source(&"acme".into(), &"u1".into(), "contact", &params).await.unwrap();
    assert_eq!(found.unwrap()["name"], "Mira");
}
