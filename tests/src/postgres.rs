//! A throw-away Postgres for the tests of this process; it ends with the process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::process::root;

struct Server {
    url: String,
    databases: AtomicU64,
    // Held until the process ends: the server ends with its input.
    _running: (Child, ChildStdin),
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let mut child = Command::new(root().join("scripts/postgres.sh"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start Postgres: {error}"));
        let mut url = String::new();
        if let Some(output) = child.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut url);
        }
        assert!(url.starts_with("postgres://"), "there is no Postgres to test with; run scripts/setup.sh test");
        let Some(input) = child.stdin.take() else { panic!("the script has no input") };
        Server { url: url.trim().to_owned(), databases: AtomicU64::new(0), _running: (child, input) }
    })
}

/// The URL of a fresh database.
///
/// # Panics
/// There is no server, or it makes none.
pub async fn database() -> String {
    let server = server();
    let name = format!("it{}", server.databases.fetch_add(1, Ordering::Relaxed));
    let mut owner = PgConnection::connect(&server.url).await.unwrap_or_else(|error| panic!("{error}"));
    let sql = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    owner.execute(sql).await.unwrap_or_else(|error| panic!("{error}"));
    server.url.replace("/postgres?", &format!("/{name}?"))
}
