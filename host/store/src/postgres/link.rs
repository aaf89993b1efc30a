//! One connection that commits, and what it does when it is lost.
//!
//! Invariants:
//! - A group is one statement, so it is committed whole or not at all, whatever
//!   becomes of the host.
//! - Its answer is never a guess. Each transaction raises the number of the link's
//!   slot (`writers`); when the connection is lost on the way, the slot is given up
//!   over a new one, which waits for a transaction still under way, and its number
//!   tells whether that one was committed. A slot that was given up takes no more.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor, Row};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::error::Fault;
use crate::group::{Entry, Refused, Transact, batches, joined};
use crate::lines::Kind;
use crate::scope::Scope;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a transaction may take before its connection counts as lost: longer than
/// the server lets a statement run.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(40);
/// Between attempts to reach a database that is gone.
const RETRY_EVERY: Duration = Duration::from_millis(200);
/// How often an unknown outcome is asked for once the store is closing.
const MAX_CLOSING_TRIES: usize = 10;
/// How often a transaction is sent again that met another in a deadlock or was lost
/// before it was committed.
const MAX_TRIES: usize = 4;

/// The lists are short beside the tables, whatever the planner thinks of either, which is
/// little in a database that is new: an index for every row of a list, which costs next to
/// nothing, and no plan made twice.
const SESSION: &str = "SET ROLE skillhost_app; SET search_path = skillhost, pg_temp; SET jit = off;
    SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
    SET enable_mergejoin = off; SET enable_bitmapscan = off; SET enable_material = off;
    SET random_page_cost = 0.01; SET seq_page_cost = 0.01; SET statement_timeout = '30s';
    SET standard_conforming_strings = on; SET tcp_user_timeout = '20s'";

const OPEN_SLOT: &str = "INSERT INTO writers (slot, seq) VALUES (gen_random_uuid()::text, 0) RETURNING slot";
const GIVE_UP_SLOT: &str = "UPDATE writers SET given_up = true WHERE slot = $1 RETURNING seq";
/// Slots of connections that ended long ago. A host that has not reached the database
/// for so long would take a commit that happened for one that did not.
const SWEEP_SLOTS: &str = "DELETE FROM writers WHERE at < now() - interval '30 days'";
const COMMIT: &str = "SELECT commit_v1($1, $2, $3, $4, $5, $6, $7, $8, $9)";
/// The same where there are kinds that came later than it.
const COMMIT_MORE: &str = "SELECT commit_more_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const REFUSALS: &str = "SELECT what, key1, key2, seen FROM refusals_more_v1($1, $2, $3, $4, $5)";

struct Open {
    connection: PgConnection,
    slot: String,
    /// Of the last transaction that was committed.
    seq: i64,
}

/// What became of a statement that was sent.
enum Sent {
    Done,
    /// The server said no, so nothing was changed.
    Refused(Fault),
    /// Nobody knows.
    Lost,
}

pub(crate) struct Link {
    connect: Arc<PgConnectOptions>,
    /// This host's, once it is known.
    boot: Arc<OnceLock<String>>,
    closing: watch::Receiver<bool>,
    open: Option<Open>,
}

impl Link {
    pub(crate) fn new(
        connect: Arc<PgConnectOptions>,
        boot: Arc<OnceLock<String>>,
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self { connect, boot, closing, open: None }
    }

    pub(crate) async fn close(self) {
        let Some(mut open) = self.open else { return };
        let gone = sqlx::query("DELETE FROM writers WHERE slot = $1").bind(&open.slot).execute(&mut open.connection);
        if let Err(error) = gone.await {
            tracing::debug!(%error, "the slot of a writer stays until it is swept");
        }
        if let Err(error) = open.connection.close().await {
            tracing::debug!(%error, "closing a connection failed");
        }
    }

    async fn opened(&mut self) -> Result<&mut Open, Fault> {
        if self.open.is_none() {
            self.open = Some(connect(&self.connect).await?);
        }
        self.open.as_mut().ok_or_else(|| Fault::Unavailable("there is no connection".to_owned()))
    }

    /// Whether the transaction after `seq` of this slot was committed; it never will be
    /// once this has answered. Waits until the database is back.
    async fn was_committed(&mut self, slot: &str, seq: i64) -> Result<bool, Fault> {
        let mut tries_left = MAX_CLOSING_TRIES;
        loop {
            let asked = async {
                let open = self.opened().await?;
                let answer = sqlx::query(GIVE_UP_SLOT).bind(slot).fetch_optional(&mut open.connection);
                let row = timeout(COMMIT_TIMEOUT, answer).await.map_err(|_| too_slow())?;
                let row = row.map_err(|error| Fault::from(&error))?;
                row.map(|row| row.try_get::<i64, _>(0).map_err(|error| Fault::Corrupt(error.to_string()))).transpose()
            };
            match asked.await {
                // Its row goes with the database, when an older copy of it was restored,
                // and then what was committed under it went as well; or with the sweep,
                // which takes none that anybody asks for within `SWEEP_SLOTS`.
                Ok(found) => return Ok(found.is_some_and(|found| found > seq)),
                Err(fault) => {
                    self.open = None;
                    if *self.closing.borrow() {
                        tries_left -= 1;
                        if tries_left == 0 {
                            return Err(fault);
                        }
                    }
                    tokio::time::sleep(RETRY_EVERY).await;
                }
            }
        }
    }
}

fn too_slow() -> Fault {
    Fault::Unavailable("the database does not answer in time".to_owned())
}

async fn connect(options: &PgConnectOptions) -> Result<Open, Fault> {
    let opening = async {
        let mut connection = PgConnection::connect_with(options).await?;
        connection.execute(SESSION).await?;
        connection.execute(SWEEP_SLOTS).await?;
        let slot: String = sqlx::query_scalar(OPEN_SLOT).fetch_one(&mut connection).await?;
        Ok(Open { connection, slot, seq: 0 })
    };
    timeout(CONNECT_TIMEOUT, opening).await.map_err(|_| too_slow())?.map_err(|error: sqlx::Error| Fault::from(&error))
}

/// The lines of a transaction and whose they are, as the parameters of a function.
struct Lists {
    orgs: Vec<String>,
    jobs: Vec<String>,
    actions: Vec<String>,
    kinds: Vec<&'static str>,
    lists: Vec<String>,
    counts: Vec<i64>,
    /// How many of them the first version of the function knows; the others come after.
    known: i64,
}

impl Lists {
    fn of(entries: &[Entry]) -> Self {
        let mut scope = Scope::default();
        for entry in entries {
            if let Some(named) = &entry.batch.scope {
                scope.extend(named);
            }
        }
        let Scope { orgs, jobs, actions } = scope;
        let (mut kinds, mut lists, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        let mut known = 0;
        for (kind, lines) in Kind::ALL.into_iter().zip(joined(batches(entries))) {
            if lines.count > 0 {
                kinds.push(kind.word());
                known += i64::from(kind < Kind::Contact);
                counts.push(lines.count);
                lists.push(lines.into_list());
            }
        }
        let (orgs, jobs) = (orgs.into_iter().collect(), jobs.into_iter().collect());
        Self { orgs, jobs, actions: actions.into_iter().collect(), kinds, lists, counts, known }
    }
}

async fn send(open: &mut Open, boot: &str, lists: &Lists) -> Sent {
    let is_known = usize::try_from(lists.known).is_ok_and(|known| known == lists.kinds.len());
    let query = sqlx::query(if is_known { COMMIT } else { COMMIT_MORE })
        .bind(boot)
        .bind(&open.slot)
        .bind(open.seq + 1)
        .bind(&lists.orgs)
        .bind(&lists.jobs)
        .bind(&lists.actions)
        .bind(&lists.kinds)
        .bind(&lists.lists)
        .bind(&lists.counts);
    let query = if is_known { query } else { query.bind(lists.known) };
    match timeout(COMMIT_TIMEOUT, query.execute(&mut open.connection)).await {
        Ok(Ok(_)) => {
            open.seq += 1;
            Sent::Done
        }
        Ok(Err(error)) => match (error.as_database_error().is_some(), Fault::from(&error)) {
            // A server that ends the connection says so in an error as well.
            (
                true,
                fault @ (Fault::Constraint(_) | Fault::KeyGone | Fault::DiskFull | Fault::Busy | Fault::Corrupt(_)),
            ) => Sent::Refused(fault),
            _ => Sent::Lost,
        },
        Err(_) => Sent::Lost,
    }
}

#[async_trait::async_trait]
impl Transact for Link {
    async fn commit(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        let lists = Lists::of(entries);
        let boot = self.boot.get().cloned().unwrap_or_default();
        let mut tries = 0;
        loop {
            tries += 1;
            let open = self.opened().await?;
            let (slot, seq) = (open.slot.clone(), open.seq);
            match send(open, &boot, &lists).await {
                Sent::Done => return Ok(()),
                Sent::Refused(Fault::Busy) if tries < MAX_TRIES => {}
                Sent::Refused(fault) => return Err(fault),
                Sent::Lost => {
                    self.open = None;
                    tracing::warn!(batches = entries.len(), "a connection was lost in the middle of a commit");
                    let committed = self.was_committed(&slot, seq).await?;
                    tracing::info!(committed, "what became of the commit is known");
                    if committed {
                        return Ok(());
                    }
                    if tries >= MAX_TRIES {
                        return Err(Fault::Unavailable("the connection is lost at every attempt".to_owned()));
                    }
                }
            }
        }
    }

    async fn refusals(&mut self, entries: &[Entry]) -> Result<Vec<Refused>, Fault> {
        let lists = Lists::of(entries);
        let open = self.opened().await?;
        let query = sqlx::query(REFUSALS)
            .bind(&lists.orgs)
            .bind(&lists.jobs)
            .bind(&lists.actions)
            .bind(&lists.kinds)
            .bind(&lists.lists);
        let rows = timeout(COMMIT_TIMEOUT, query.fetch_all(&mut open.connection)).await;
        let rows = match rows {
            Ok(Ok(rows)) => rows,
            Ok(Err(error)) => {
                if error.as_database_error().is_none() {
                    self.open = None;
                }
                return Err(Fault::from(&error));
            }
            Err(_) => {
                self.open = None;
                return Err(too_slow());
            }
        };
        let read = |error: sqlx::Error| Fault::Corrupt(error.to_string());
        rows.iter()
            .map(|row| {
                let (what, key1) = (row.try_get(0).map_err(read)?, row.try_get(1).map_err(read)?);
                Ok(Refused(what, key1, row.try_get(2).map_err(read)?, row.try_get(3).map_err(read)?))
            })
            .collect()
    }
}
