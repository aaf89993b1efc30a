//! Opening and closing: settings of the connections, migrations, the writer task.
//!
//! Invariants:
//! - There is one writing connection a process, owned by the writer task.
//! - Reading connections cannot write (`query_only`).
//! - After [`SqliteStore::shut`] nothing is accepted and everything taken is done.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use skillhost_engine::store::{Batch, StoreError};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Executor};
use tokio::sync::oneshot;

use crate::encode::encode;
use crate::error::{Fault, closed, migration_error};
use crate::inbox::{Inbox, MAX_QUEUE};
use crate::known::KnownSequences;
use crate::meter::Meter;
use crate::proof::Proofs;
use crate::sqlite::migrations::migrate;
use crate::sqlite::statements::{PREPARE_WRITER, Script};
use crate::sqlite::writer::{Alone, Work, Writer};
use crate::vault::{self, Vault, VaultKey};

/// Prepared scripts the writer keeps: one for each combination of kinds that
/// occurs together; a dozen in practice.
const WRITER_STATEMENTS: usize = 256;
/// Page cache of the writer, KiB: the right edges of all indexes and a day's jobs.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// Pages of the write-ahead log before it is copied back, 16 MiB: each copy costs
/// two flushes of its own.
const CHECKPOINT_PAGES: i64 = 4000;
/// The log is cut to this after a copy, bytes.
const LOG_BYTES: i64 = 64 * 1024 * 1024;

/// How to open a database.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Reading connections. Each is a thread; two keep a slow report from
    /// holding up the drivers, more than the cores gain nothing.
    pub readers: u32,
    /// How long to wait for another process that holds the database.
    pub busy_timeout: Duration,
    /// Upper bound of the file in pages of 4 KiB; `None` for the disk's own.
    pub max_pages: Option<u32>,
    /// Batches that may wait to be written; beyond it a caller is told `Busy`.
    pub queue: usize,
    /// What texts are kept under; without it none can be kept.
    pub vault: Option<VaultKey>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { readers: 4, busy_timeout: Duration::from_secs(5), max_pages: None, queue: MAX_QUEUE, vault: None }
    }
}

/// The store over one SQLite file.
pub struct SqliteStore {
    pub(crate) readers: SqlitePool,
    pub(crate) inbox: Inbox<Work>,
    known_sequences: KnownSequences,
    pub(crate) meter: Arc<Meter>,
    pub(crate) vault: Option<Vault>,
    pub(crate) proofs: Proofs,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, creating it where it is missing, and migrates it.
    pub async fn open(path: impl AsRef<Path>, options: StoreOptions) -> Result<Self, StoreError> {
        let connect = connect_options(path.as_ref(), &options);
        let mut connection = open_writer(&connect, &options).await.map_err(|error| open_error(&error))?;
        migrate(&mut connection).await.map_err(|error| migration_error(error, open_error))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            // There is no server that could have gone, and a test is a trip to another thread.
            .test_before_acquire(false)
            .connect_with(connect.pragma("query_only", "on"))
            .await
            .map_err(|error| open_error(&error))?;
        let meter = Arc::new(Meter::default());
        let metered = Arc::clone(&meter);
        let inbox = Inbox::open(options.queue, |queue| Writer::new(connection, queue, metered).run());
        Ok(Self {
            readers,
            inbox,
            known_sequences: KnownSequences::default(),
            meter,
            proofs: Proofs::new(options.vault.as_ref().map(VaultKey::binder)),
            vault: options.vault.map(Vault::new),
        })
    }

    /// Puts a batch into the queue and waits for its flush.
    pub(crate) async fn write(&self, batch: Batch) -> Result<(), StoreError> {
        if batch.writes.is_empty() {
            return Ok(());
        }
        vault::kept(self.vault.as_ref(), || self.send_sealed(&batch)).await?;
        self.known_sequences.remember(&batch);
        self.meter.committed(&batch);
        Ok(())
    }

    async fn send_sealed(&self, batch: &Batch) -> Result<(), StoreError> {
        let sealed = vault::seal(self.vault.as_ref(), self, batch).await?;
        let encoded = encode(batch, &sealed, |digest| self.known_sequences.holds(digest))?;
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Work::Batch(encoded, reply))?;
        answer.await.map_err(|_| closed())??;
        if let Some(vault) = &self.vault {
            vault.remember(&sealed);
        }
        Ok(())
    }

    /// Runs a script that begins and commits by itself; answers its rows' first column.
    pub(crate) async fn script(&self, script: Script) -> Result<Result<Vec<String>, Fault>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Work::Alone(Alone::Script(script, reply)))?;
        answer.await.map_err(|_| closed())
    }

    /// Rewrites the file, so that nothing freed stays in it, and empties the log.
    pub(crate) async fn tidy(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Work::Alone(Alone::Tidy(reply)))?;
        Ok(answer.await.map_err(|_| closed())??)
    }

    /// Accepts nothing more, finishes what was accepted, closes all connections.
    pub(crate) async fn shut(&self) {
        self.inbox.end().await;
        self.readers.close().await;
    }
}

/// Settings all connections share.
fn connect_options(path: &Path, options: &StoreOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
}

/// The writing connection.
pub(crate) async fn open_writer(
    connect: &SqliteConnectOptions,
    options: &StoreOptions,
) -> Result<SqliteConnection, sqlx::Error> {
    let mut writing = connect
        .clone()
        .statement_cache_capacity(WRITER_STATEMENTS)
        .pragma("cache_size", (-WRITER_CACHE_KIB).to_string())
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .pragma("journal_size_limit", LOG_BYTES.to_string())
        .pragma("temp_store", "memory");
    if let Some(pages) = options.max_pages {
        writing = writing.pragma("max_page_count", pages.to_string());
    }
    let mut connection = SqliteConnection::connect_with(&writing).await?;
    connection.execute(PREPARE_WRITER).await?;
    connection.execute(crate::sqlite::erase::PREPARE).await?;
    connection.execute(crate::sqlite::archive::PREPARE).await?;
    Ok(connection)
}

/// A connection for measurements, with the writer's settings.
pub(crate) async fn open_raw(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = StoreOptions::default();
    open_writer(&connect_options(path, &options), &options).await
}

fn open_error(error: &sqlx::Error) -> StoreError {
    Fault::from(error).into()
}
