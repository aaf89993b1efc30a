//! Opening and closing: migrations, the pool of readers, the writers.
//!
//! Invariants:
//! - Every connection becomes `skillhost_app` before it is used, which owns no table.
//! - After [`PostgresStore::shut`] nothing is accepted and everything taken is done.

use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use skillhost_engine::store::{Batch, StoreError};
use skillhost_engine::vitals::Gauges;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPool, PgPoolOptions, Postgres};
use sqlx::{Connection, Executor, Row, Transaction};
use tokio::sync::{oneshot, watch};

use crate::encode::{MAX_BATCH_BYTES, encode};
use crate::error::{Fault, closed, refused};
use crate::group::Entry;
use crate::inbox::{Inbox, MAX_QUEUE};
use crate::known::KnownSequences;
use crate::meter::{Meter, PROBE_BYTES};
use crate::postgres::link::Link;
use crate::postgres::migrations::migrate;
use crate::postgres::writer::Writer;
use crate::postgres::{rows, tls};
use crate::proof::Proofs;
use crate::scope::Scope;
use crate::vault::{self, Vault, VaultKey};

/// How long a read waits for a connection before the database counts as gone.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that rested for so long is tested before it is used; one that was used a
/// moment ago is there, and a test is a trip to the server.
const TESTED_AFTER: Duration = Duration::from_secs(1);
/// Prepared statements a reading connection keeps: every read there is.
const READER_STATEMENTS: usize = 256;
/// Rows that nobody sees, of random bytes: what the server could make smaller would take
/// less room than it is to find. In base64 sixteen bytes are more than twenty.
const PROBE: &str = "INSERT INTO sequences (digest, text)
    SELECT gen_random_uuid()::text, encode(string_agg(uuid_send(gen_random_uuid()), ''), 'base64')
    FROM generate_series(1, $1 / 16) n GROUP BY n % 32";
/// Text that one parameter may hold; the server's own bound is a gigabyte.
const _: () = assert!(MAX_BATCH_BYTES < 1 << 30);

/// What a connection is told when it has been made. The server gives up a client
/// that is gone within half a minute, with its locks.
const READER_SESSION: &str = "SET ROLE skillhost_app; SET search_path = skillhost, pg_temp; SET jit = off;
    SET standard_conforming_strings = on; SET statement_timeout = '30s';
    SET idle_in_transaction_session_timeout = '30s'; SET tcp_user_timeout = '20s'";

/// How long one statement of a load or an erasure may take: a document of the largest
/// size on a slow disk. Reads and commits have bounds of their own and need far less.
const WRITE_TIMEOUT: &str = "30min";

/// How to open a database.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Reading connections.
    pub readers: u32,
    /// Connections that commit at once: while one waits for its flush the next is
    /// sent. More than a few only make groups smaller.
    pub writers: u32,
    /// What texts are kept under; without it none can be kept.
    pub vault: Option<VaultKey>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { readers: 8, writers: 3, vault: None }
    }
}

/// The store over one Postgres database.
pub struct PostgresStore {
    pub(crate) pool: PgPool,
    inbox: Inbox<Entry>,
    closing: watch::Sender<bool>,
    /// The boot that this store serves, once it has said that it lives.
    pub(crate) boot: Arc<OnceLock<String>>,
    /// Held by the one who listens, while it waits.
    pub(crate) ears: tokio::sync::Mutex<Option<PgListener>>,
    known_sequences: KnownSequences,
    meter: Arc<Meter>,
    pub(crate) vault: Option<Vault>,
    pub(crate) proofs: Proofs,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Opens the database and migrates it. The user of the URL must be allowed to make
    /// the schema `skillhost` and the roles, or find them made.
    pub async fn open(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        // The message of a URL that does not parse may quote it, password and all.
        let connect = PgConnectOptions::from_str(url)
            .map_err(|_| refused("the URL of the database cannot be read".to_owned()))?
            .application_name("skillhost");
        let failed = |error: sqlx::Error| StoreError::from(Fault::from(&error));
        let mut owner =
            PgConnection::connect_with(&connect).await.map_err(|error| tls::of_connecting(&error, &connect))?;
        tls::tell(&mut owner, &connect).await?;
        migrate(&mut owner).await?;
        owner.close().await.map_err(failed)?;

        let pool = PgPoolOptions::new()
            // One of them listens.
            .max_connections(options.readers.max(1) + 1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for < TESTED_AFTER {
                        return Ok(true);
                    }
                    connection.ping().await.map(|()| true)
                })
            })
            .after_connect(|connection, _| Box::pin(async move { connection.execute(READER_SESSION).await.map(drop) }))
            .connect_with(connect.clone().statement_cache_capacity(READER_STATEMENTS))
            .await
            .map_err(failed)?;
        let (closing, closed) = watch::channel(false);
        let connect = Arc::new(connect);
        let boot = Arc::new(OnceLock::new());
        let links = (0..options.writers.max(1))
            .map(|_| Link::new(Arc::clone(&connect), Arc::clone(&boot), closed.clone()))
            .collect();
        let meter = Arc::new(Meter::default());
        let metered = Arc::clone(&meter);
        let inbox = Inbox::open(MAX_QUEUE, |queue| Writer::new(links, queue, metered).run());
        Ok(Self {
            pool,
            inbox,
            closing,
            boot,
            ears: tokio::sync::Mutex::default(),
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
        let mut encoded = encode(batch, &sealed, |digest| self.known_sequences.holds(digest))?;
        encoded.scope = Some(Scope::of(batch));
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Entry { batch: encoded, reply })?;
        answer.await.map_err(|_| closed())??;
        if let Some(vault) = &self.vault {
            vault.remember(&sealed);
        }
        Ok(())
    }

    /// A transaction that writes rows of these orgs beside the queue, for the rare
    /// writes that are no batch.
    pub(crate) async fn write_as<'a>(
        &self,
        orgs: impl IntoIterator<Item = &'a str>,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        rows::begin(&self.pool, "READ WRITE", orgs).await.map_err(|error| Fault::from(&error).into())
    }

    /// The same for one whose statements are as large as what they are given.
    pub(crate) async fn write_much<'a>(
        &self,
        orgs: impl IntoIterator<Item = &'a str>,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mode = format!("READ WRITE; SET LOCAL statement_timeout = '{WRITE_TIMEOUT}'");
        rows::begin(&self.pool, &mode, orgs).await.map_err(|error| Fault::from(&error).into())
    }

    /// Whether the database answers, and after a write that failed whether it takes as
    /// much as a batch needs.
    pub(crate) async fn answer(&self) -> Result<(), StoreError> {
        let row = sqlx::query("SELECT pg_is_in_recovery()").fetch_one(&self.pool).await;
        match row.and_then(|row| row.try_get::<bool, _>(0)) {
            Ok(false) => {}
            Ok(true) => return Err(Fault::Unavailable("the database is a standby".to_owned()).into()),
            Err(error) => return Err(Fault::from(&error).into()),
        }
        if self.meter.trouble().is_none() {
            return Ok(());
        }
        let begun = Instant::now();
        let probed = self.probe().await.map_err(|error| Fault::from(&error));
        self.meter.transaction(begun.elapsed(), probed.as_ref().copied());
        probed?;
        self.meter.found_room();
        Ok(())
    }

    /// Writes rows and takes them back.
    async fn probe(&self) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin_with("BEGIN READ WRITE").await?;
        sqlx::query(PROBE).bind(i64::from(PROBE_BYTES)).execute(&mut *transaction).await?;
        transaction.rollback().await
    }

    pub(crate) fn read_gauges(&self) -> Gauges {
        let (waiting, bound) = self.inbox.queued();
        self.meter.gauges(waiting, bound)
    }

    /// Says that this boot lives; whether another one died with something under way.
    pub(crate) async fn say_alive(&self, boot: &str, for_ms: i64) -> Result<bool, StoreError> {
        self.boot.get_or_init(|| boot.to_owned());
        let row = sqlx::query("SELECT alive_v1($1, $2)").bind(boot).bind(for_ms).fetch_one(&self.pool).await;
        row.and_then(|row| row.try_get(0)).map_err(|error| Fault::from(&error).into())
    }

    /// Accepts nothing more, finishes what was accepted, closes all connections.
    pub(crate) async fn shut(&self) {
        self.closing.send_replace(true);
        self.inbox.end().await;
        if let Ok(mut ears) = self.ears.try_lock() {
            ears.take();
        }
        // What it leaves, nobody has to wait for.
        if let Some(boot) = self.boot.get()
            && let Err(error) = self.say_alive(boot, 0).await
        {
            tracing::debug!(%error, "the others learn by themselves that this host is gone");
        }
        self.pool.close().await;
    }
}
