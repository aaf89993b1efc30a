//! A throw-away Postgres for the tests of this process; it ends with the process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::process::root;

/// A server; it ends with its input, so with this value or the process.
pub struct Server {
    url: String,
    programs: PathBuf,
    databases: AtomicU64,
    _running: (Child, ChildStdin),
}

impl Server {
    /// One with nothing in it.
    ///
    /// # Panics
    /// It does not start.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// One with settings of its own, each `name=value`.
    ///
    /// # Panics
    /// It does not start.
    pub fn with(settings: &[String]) -> Self {
        let mut child = Command::new(root().join("scripts/postgres.sh"))
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start Postgres: {error}"));
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            panic!("the script has neither input nor output")
        };
        let mut output = BufReader::new(output);
        let (mut url, mut programs) = (String::new(), String::new());
        let _ = output.read_line(&mut url);
        assert!(url.starts_with("postgres://"), "there is no Postgres to test with; run scripts/setup.sh test");
        let _ = writeln!(input, "bin").and_then(|()| output.read_line(&mut programs));
        Self {
            url: url.trim().to_owned(),
            programs: PathBuf::from(programs.trim()),
            databases: AtomicU64::new(0),
            _running: (child, input),
        }
    }

    /// A program that came with the server, as `pg_dump`.
    pub fn program(&self, name: &str) -> Command {
        Command::new(self.programs.join(name))
    }

    /// The URL of a fresh database.
    ///
    /// # Panics
    /// The server makes none.
    pub async fn database(&self) -> String {
        let name = format!("it{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut owner = PgConnection::connect(&self.url).await.unwrap_or_else(|error| panic!("{error}"));
        let sql = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        owner.execute(sql).await.unwrap_or_else(|error| panic!("{error}"));
        self.url.replace("/postgres?", &format!("/{name}?"))
    }
}

/// The URL of a fresh database on the server of this process.
///
/// # Panics
/// There is no server, or it makes none.
pub async fn database() -> String {
    server().database().await
}

/// The server of this process.
///
/// # Panics
/// It does not start.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// The same URL for another user of the server.
pub fn named(url: &str, user: &str) -> String {
    url.replace("skillhost_owner@", &format!("{user}@"))
}
