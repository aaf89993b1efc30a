//! A database that was copied, loaded anew or brought back shows it by itself.

use skillhost_engine::hold::EffectHold;
use skillhost_engine::registry::HOST_ORG;
use skillhost_engine::store::Store;
use skillhost_store::{PostgresOptions, PostgresStore};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::super::server::Server;
use super::made::{Bench, NOW, audit, batch, effect, job, new_effect, new_job};
use super::place;

/// When the copy is found out.
fn later() -> skillhost_engine::time::Timestamp {
    NOW.plus_ms(60_000)
}

async fn due(store: &dyn Store) -> usize {
    store.due_effects(NOW, 10).await.unwrap().len()
}

/// A database with an effect that waits.
async fn waiting() -> Bench {
    let bench = Bench::open().await;
    let row = job("job_1", "acme");
    bench.store.commit(batch([new_job(&row), new_effect(&effect("eff_1", &row)), audit(&row, "made")])).await.unwrap();
    bench
}

async fn held_lines(store: &dyn Store) -> usize {
    let lines = store.audit(&HOST_ORG.into(), None, 10).await.unwrap();
    lines.iter().filter(|line| line.action == "effects.held").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_copy_nothing_leaves_until_a_person_says_so_and_the_original_goes_on() {
    let Bench { store: original, place } = waiting().await;
    assert_eq!(original.notice_restore("boot_1", NOW).await.unwrap(), None);
    assert_eq!(due(original.as_ref()).await, 1);
    original.close().await;
    let url = Server::shared().copied(&place.address).await;

    // Whatever host asks, and before any has looked.
    let (copy, other) = (place::open(&url, None).await, place::open(&url, None).await);
    assert_eq!((due(copy.as_ref()).await, copy.hold().await.unwrap()), (0, None));
    // Both at once: one of them holds it.
    let (one, two) = tokio::join!(copy.notice_restore("boot_2", later()), other.notice_restore("boot_3", later()));
    let noticed: Vec<_> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
    assert_eq!(noticed, [copy.hold().await.unwrap().unwrap()]);
    assert_eq!(noticed[0].since, later());
    assert!(noticed[0].taken_at >= NOW && noticed[0].taken_at <= later(), "the last that it knows of: {noticed:?}");
    assert_eq!((due(copy.as_ref()).await, held_lines(copy.as_ref()).await), (0, 1));
    assert_eq!(copy.held_effects(10).await.unwrap().len(), 1);
    copy.close().await;
    let copy = place::open(&url, None).await;
    assert_eq!(copy.notice_restore("boot_4", later()).await.unwrap(), None, "once");
    assert_eq!(due(copy.as_ref()).await, 0, "the hold outlives its hosts");
    assert_eq!(copy.release_held(None, "client:op", later()).await.unwrap(), 1);
    assert_eq!((due(copy.as_ref()).await, copy.hold().await.unwrap()), (1, None));
    assert_eq!(copy.notice_restore("boot_5", later()).await.unwrap(), None, "it is at home by now");

    let original = place::open(&place.address, None).await;
    assert_eq!(original.notice_restore("boot_6", later()).await.unwrap(), None);
    assert_eq!((due(original.as_ref()).await, held_lines(original.as_ref()).await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_released_before_a_copy_does_not_leave_from_it() {
    let Bench { store, place } = waiting().await;
    let hold = EffectHold { taken_at: NOW, since: NOW };
    store.hold_effects(&hold, "cli").await.unwrap();
    store.release_held(Some(&["eff_1".into()]), "client:op", NOW).await.unwrap();
    assert_eq!(due(store.as_ref()).await, 1);
    store.close().await;
    let copy = place::open(&Server::shared().copied(&place.address).await, None).await;
    assert_eq!(due(copy.as_ref()).await, 0);
    assert!(copy.notice_restore("boot_2", later()).await.unwrap().is_some());
    assert_eq!((due(copy.as_ref()).await, copy.held_effects(10).await.unwrap().len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_that_is_loaded_over_the_same_database_shows_too() {
    // As `pg_restore --clean` leaves it, as data that is loaded beside what is there
    // does, and as one that left the table out.
    for loaded in [
        "CREATE TEMP TABLE kept AS SELECT * FROM home; DELETE FROM home; ALTER TABLE home RENAME TO was;
         CREATE TABLE home (LIKE was); INSERT INTO home SELECT * FROM kept; DROP TABLE was;
         GRANT SELECT, INSERT, UPDATE, DELETE ON home TO skillhost_dispatch",
        "INSERT INTO home VALUES ('1/2/3', '00000001')",
        "DELETE FROM home",
    ] {
        let bench = waiting().await;
        let mut owner = PgConnection::connect(&bench.place.address).await.unwrap();
        owner.execute("SET search_path = skillhost").await.unwrap();
        owner.execute(AssertSqlSafe(loaded)).await.unwrap();
        let store = bench.store.as_ref();
        assert_eq!(due(store).await, 0, "{loaded}");
        // A host that runs sees it as well.
        store.alive("boot_1", 600_000).await.unwrap();
        assert!(store.notice_restore("boot_1", later()).await.unwrap().is_some(), "{loaded}");
        assert_eq!(store.release_held(None, "client:op", later()).await.unwrap(), 1);
        assert_eq!((due(store).await, store.notice_restore("boot_1", later()).await.unwrap()), (1, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_brought_back_is_told_from_one_that_failed_over() {
    let bench = waiting().await;
    let mut owner = PgConnection::connect(&bench.place.address).await.unwrap();
    let (store, other_line) = (bench.store.as_ref(), "UPDATE skillhost.home SET timeline = '000000FF'");
    // A host that lives through it goes on.
    owner.execute(other_line).await.unwrap();
    store.alive("boot_1", 600_000).await.unwrap();
    assert_eq!(store.notice_restore("boot_1", later()).await.unwrap(), None);
    assert_eq!((due(store).await, store.notice_restore("boot_2", later()).await.unwrap()), (1, None));
    // One that starts on it holds.
    owner.execute(other_line).await.unwrap();
    assert!(store.notice_restore("boot_2", later()).await.unwrap().is_some());
    assert_eq!((due(store).await, store.notice_restore("boot_3", later()).await.unwrap()), (0, None));
    // A server that does not tell is never taken for another one.
    store.release_held(None, "client:op", later()).await.unwrap();
    owner.execute("UPDATE skillhost.home SET timeline = ''").await.unwrap();
    assert_eq!((store.notice_restore("boot_4", later()).await.unwrap(), due(store).await), (None, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_that_a_restore_gave_to_another_are_given_back_and_no_host_can_lift_a_hold() {
    let bench = waiting().await;
    let mut owner = PgConnection::connect(&bench.place.address).await.unwrap();
    owner.execute("SET search_path = skillhost").await.unwrap();
    // What `pg_restore --no-owner` leaves: all of it is whoever restored it.
    owner
        .execute(
            "DO $$ DECLARE f text; BEGIN
                GRANT skillhost_dispatch TO CURRENT_USER;
                FOR f IN SELECT oid::regprocedure::text FROM pg_proc
                    WHERE pronamespace = 'skillhost'::regnamespace AND prosecdef LOOP
                    EXECUTE format('ALTER FUNCTION %s OWNER TO CURRENT_USER', f);
                END LOOP;
                REVOKE skillhost_dispatch FROM CURRENT_USER;
             END $$",
        )
        .await
        .unwrap();
    assert_eq!(due(bench.store.as_ref()).await, 0, "they see with the eyes of their owner: nothing");
    let again = PostgresStore::open(&bench.place.address, PostgresOptions::default()).await.unwrap();
    assert_eq!(due(&again).await, 1);
    let left: bool =
        sqlx::query_scalar("SELECT pg_has_role('skillhost_dispatch', 'MEMBER')").fetch_one(&mut owner).await.unwrap();
    assert!(!left);

    owner.execute("SET ROLE skillhost_app").await.unwrap();
    for table in ["home", "effect_hold", "effects_released"] {
        let refused = owner.execute(AssertSqlSafe(format!("DELETE FROM {table}"))).await;
        assert!(refused.is_err(), "{table}");
    }
}
