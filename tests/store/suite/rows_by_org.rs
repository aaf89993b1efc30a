//! Row-level security: what a transaction sees is what it names.

use skillhost_engine::purse::Period;
use skillhost_engine::store::{StoreError, Write};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use super::made::{
    Bench, FAR, NOW, action, audit, batch, budget, data, effect, event, job, journal, new_effect, new_job,
};

/// Tables whose rows belong to an org, by the catalogue, so that none can be forgotten.
const TABLES: &str = "SELECT c.relname::text, c.relrowsecurity AND c.relforcerowsecurity,
        pg_get_userbyid(c.relowner) = 'skillhost_app'
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'skillhost'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'org_id'
    ORDER BY 1";

async fn as_app(bench: &Bench) -> PgConnection {
    let mut connection = PgConnection::connect(&bench.place.address).await.unwrap();
    connection.execute("SET search_path = skillhost; SET ROLE skillhost_app").await.unwrap();
    connection
}

async fn count(connection: &mut PgConnection, table: &str) -> i64 {
    let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

async fn tables(connection: &mut PgConnection) -> Vec<(String, bool, bool)> {
    let rows = sqlx::query(TABLES).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_an_org_is_guarded_and_its_reader_owns_none() {
    let bench = Bench::open().await;
    let mut connection = as_app(&bench).await;
    let tables = tables(&mut connection).await;
    assert!(tables.len() > 25, "{tables:?}");
    for (table, forced, own) in tables {
        assert!(forced && !own, "{table}: row security is forced, and the role that reads owns no table");
    }
    let cannot = connection.execute("ALTER TABLE sequence_jobs DISABLE ROW LEVEL SECURITY").await;
    assert!(cannot.is_err(), "the role cannot take it off");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_org_a_query_sees_nothing_and_with_one_nothing_of_another() {
    let bench = Bench::open().await;
    // A row of each of two orgs in every table, written as the owner of the tables
    // writes when nothing guards them: through what the catalogue says they hold.
    let mut owner = PgConnection::connect(&bench.place.address).await.unwrap();
    owner.execute("SET search_path = skillhost").await.unwrap();
    let tables = tables(&mut owner).await;
    for (table, ..) in &tables {
        owner.execute(AssertSqlSafe(format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))).await.unwrap();
        owner.execute(AssertSqlSafe(format!("ALTER TABLE {table} DISABLE TRIGGER USER"))).await.unwrap();
    }
    owner
        .execute("INSERT INTO data_keys (id, org_id, subject) OVERRIDING SYSTEM VALUE VALUES (0, 'other', 's')")
        .await
        .unwrap();
    for (table, ..) in &tables {
        for org in ["acme", "globex"] {
            let columns = sqlx::query(
                "SELECT quote_ident(column_name), data_type, pg_get_constraintdef(k.oid) FROM information_schema.columns c
                 LEFT JOIN pg_constraint k ON k.conrelid = ('skillhost.' || $1)::regclass AND k.contype = 'c'
                    AND k.conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = k.conrelid AND attname = c.column_name)]
                 WHERE table_schema = 'skillhost' AND table_name = $1 AND is_nullable = 'NO' AND is_identity = 'NO'
                    AND column_default IS NULL",
            )
            .bind(table)
            .fetch_all(&mut owner)
            .await
            .unwrap();
            let (mut names, mut values) = (Vec::new(), Vec::new());
            for column in columns {
                let (name, kind): (String, String) = (column.get(0), column.get(1));
                let check: Option<String> = column.get(2);
                // The first word a check allows.
                let word = check.and_then(|check| check.split('\'').nth(1).map(str::to_owned));
                values.push(match (name.as_str(), kind.as_str(), word) {
                    ("org_id", ..) => format!("'{org}'"),
                    (_, "text", Some(word)) => format!("'{word}'"),
                    (_, "text", None) => format!("'{org}'"),
                    (_, "json", _) => "'{}'".to_owned(),
                    (_, "boolean", _) => "false".to_owned(),
                    _ => "0".to_owned(),
                });
                names.push(name);
            }
            let (names, values) = (names.join(", "), values.join(", "));
            let sql = format!("INSERT INTO {table} ({names}) VALUES ({values})");
            owner.execute(AssertSqlSafe(sql.clone())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }
    for (table, ..) in &tables {
        owner.execute(AssertSqlSafe(format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))).await.unwrap();
    }

    let mut app = as_app(&bench).await;
    for (table, ..) in &tables {
        assert_eq!(count(&mut owner, table).await, 0, "{table}: its owner is held to it as well");
        assert_eq!(count(&mut app, table).await, 0, "{table}: nobody named an org");
        let mut transaction = app.begin().await.unwrap();
        transaction.execute("SET LOCAL app.orgs = '{acme}'").await.unwrap();
        let sql = format!("SELECT org_id FROM {table}");
        let seen: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *transaction).await.unwrap();
        assert_eq!(seen, ["acme"], "{table}");
        let moved = format!("UPDATE {table} SET org_id = org_id WHERE org_id = 'globex'");
        assert_eq!(transaction.execute(AssertSqlSafe(moved)).await.unwrap().rows_affected(), 0, "{table}");
        transaction.commit().await.unwrap();
        assert_eq!(count(&mut app, table).await, 0, "{table}: the name ended with its transaction");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_as_one_org_finds_nothing_of_another() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    let row = job("job_1", "acme");
    store
        .commit(batch([
            Write::Event(event("ev_1", "acme")),
            new_job(&row),
            journal("job_1", 1),
            Write::NewAction(std::sync::Arc::new(action("apr_1", &row))),
            new_effect(&effect("eff_1", &row)),
            audit(&row, "made"),
            budget("org", Period::Day, Some(5)),
        ]))
        .await
        .unwrap();
    let globex = "globex".into();
    assert!(store.job(&globex, &row.id).await.unwrap().is_none());
    assert!(store.event(&globex, &"ev_1".into()).await.unwrap().is_none());
    assert!(store.action(&globex, &"apr_1".into()).await.unwrap().is_none());
    assert!(store.effect(&globex, &"eff_1".into()).await.unwrap().is_none());
    assert!(store.audit(&globex, None, 10).await.unwrap().is_empty());
    // What the host dispatches carries its org.
    let queue = store.runnable_jobs(NOW, "host", false, 10).await.unwrap();
    assert_eq!(queue.iter().map(|row| row.org.as_str()).collect::<Vec<_>>(), ["acme"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_claims_another_org_than_its_job_is_refused() {
    let bench = Bench::open().await;
    let row = job("job_1", "acme");
    bench.store.commit(batch([new_job(&row)])).await.unwrap();
    let mut stray = effect("eff_1", &row);
    stray.org = "globex".into();
    let error = bench.store.commit(batch([new_effect(&stray)])).await;
    assert!(matches!(error, Err(StoreError::Constraint { .. })), "{error:?}");
}
