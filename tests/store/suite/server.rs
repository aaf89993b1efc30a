//! The Postgres server of this test process: started by the first test that needs it,
//! ended with the process, killed or not, because its input ends then.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use skillhost_store::{PostgresOptions, PostgresStore};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

/// The database that others are copies of.
const TEMPLATE: &str = "made";

/// A server and the script that runs it.
pub struct Server {
    url: String,
    script: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    child: Mutex<Child>,
    databases: AtomicU64,
    template: tokio::sync::Mutex<bool>,
}

impl Server {
    /// The one of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// One of its own, for a test that ends it.
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/postgres.sh");
        let mut child = Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut url = String::new();
        output.read_line(&mut url).unwrap();
        assert!(url.starts_with("postgres://"), "there is no Postgres to test with; run scripts/setup.sh test");
        Self {
            url: url.trim().to_owned(),
            script: Mutex::new(Some((input, output))),
            child: Mutex::new(child),
            databases: AtomicU64::new(0),
            template: tokio::sync::Mutex::new(false),
        }
    }

    /// Gives an order and waits until it is carried out.
    pub fn order(&self, order: &str) -> String {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let (input, output) = script.as_mut().unwrap();
        writeln!(input, "{order}").unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    /// The URL of a fresh database, brought to this version.
    pub async fn database(&self) -> String {
        let mut made = self.template.lock().await;
        let mut owner = PgConnection::connect(&self.url).await.unwrap();
        if !*made {
            owner.execute(AssertSqlSafe(format!("CREATE DATABASE {TEMPLATE}"))).await.unwrap();
            let store = PostgresStore::open(&self.named(TEMPLATE), PostgresOptions::default()).await.unwrap();
            skillhost_engine::store::Store::close(&store).await;
            *made = true;
        }
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.copy(&mut owner, TEMPLATE, &name).await;
        let url = self.named(&name);
        // It was made here, as far as the tests go.
        let mut copy = PgConnection::connect(&url).await.unwrap();
        copy.execute("UPDATE skillhost.home SET place = skillhost.here()").await.unwrap();
        url
    }

    /// The database in a URL of this server.
    pub fn name_of(url: &str) -> &str {
        url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap()
    }

    /// A copy of a database to which nobody is connected, byte by byte.
    pub async fn copied(&self, of: &str) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.copy(&mut PgConnection::connect(&self.url).await.unwrap(), Self::name_of(of), &name).await;
        self.named(&name)
    }

    async fn copy(&self, owner: &mut PgConnection, from: &str, to: &str) {
        owner.execute(AssertSqlSafe(format!("CREATE DATABASE {to} TEMPLATE {from}"))).await.unwrap();
    }

    /// Its database `postgres`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The URLs of databases with nothing in them.
    pub async fn empty(&self, count: usize) -> Vec<String> {
        let mut owner = PgConnection::connect(&self.url).await.unwrap();
        let mut urls = Vec::new();
        for _ in 0..count {
            let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
            owner.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
            urls.push(self.named(&name));
        }
        urls
    }

    fn named(&self, database: &str) -> String {
        self.url.replace("/postgres?", &format!("/{database}?"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The shared one never gets here; its script sees its input end.
        self.script.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let _ = self.child.get_mut().unwrap_or_else(PoisonError::into_inner).wait();
    }
}

/// Every row of every table of a database, as text, whatever guards it.
pub async fn everything(url: &str) -> String {
    let mut admin = PgConnection::connect(&url.replace("skillhost_owner@", "admin@")).await.unwrap();
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'skillhost' ORDER BY 1")
            .fetch_all(&mut admin)
            .await
            .unwrap();
    let mut text = String::new();
    for table in tables {
        let rows = AssertSqlSafe(format!("SELECT t::text FROM skillhost.{table} t"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut admin).await.unwrap();
        text.extend(rows);
    }
    text
}
