//! The one task that writes.
//!
//! Invariants:
//! - A batch is answered only after the flush of the transaction it was in.
//! - Two batches of one transaction share no [`Claim`]; a later one waits for the
//!   next transaction and is judged against what is committed by then.
//! - A batch that is refused or breaks a constraint takes no other with it.
//! - Work that was taken from the queue is finished, also while closing.

use std::collections::{HashMap, HashSet, VecDeque};

use futures::TryStreamExt;
use skillhost_engine::store::StoreError;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Row};
use tokio::sync::{mpsc, oneshot};

use crate::encode::Encoded;
use crate::error::Fault;
use crate::guards;
use crate::lines::{Claim, Kind, Lines};
use crate::statements::{MOVED, Param, Script, transaction};

/// Batches that may wait. Beyond it a caller is told `Busy`: at the measured
/// rate this is about a tenth of a second of work.
pub(crate) const MAX_QUEUE: usize = 1024;
/// Most batches in one transaction: half of the jobs that run at once by default.
/// While one half is written, the other computes what comes next; with all of them
/// in one transaction the database and the host would wait for each other in turn,
/// which costs a fifth of the steps. The flush is a twentieth of such a group.
const MAX_GROUP_BATCHES: usize = 32;
/// Most JSON in one transaction, bytes, unless a single batch is larger. Keeps
/// the write-ahead log and the wait of small batches short.
const MAX_GROUP_BYTES: usize = 4 * 1024 * 1024;
/// How often the writer lets others run before it starts a transaction, while
/// each turn still brings a batch: callers woken together come back together.
const MAX_GATHER_TURNS: usize = 2;
/// How often a transaction is tried again when it was refused and yet no guard
/// finds why: another process wrote in between.
const MAX_REFUSED_TRIES: usize = 3;

/// What callers send.
pub(crate) enum Work {
    Batch(Encoded, oneshot::Sender<Result<(), StoreError>>),
    /// A transaction of its own; answers the first column of the rows it returns.
    Script(Script, ScriptReply),
    /// Rewrites the file without what was freed.
    Tidy(oneshot::Sender<Result<(), Fault>>),
}

/// Where the answers of a script go.
pub(crate) type ScriptReply = oneshot::Sender<Result<Vec<String>, Fault>>;

/// A batch on its way.
struct Entry {
    batch: Encoded,
    reply: oneshot::Sender<Result<(), StoreError>>,
}

pub(crate) struct Writer {
    connection: SqliteConnection,
    queue: mpsc::Receiver<Work>,
    /// Batches taken from the queue that had to wait for the next transaction.
    waiting: VecDeque<Entry>,
    /// Read from the queue while gathering, to be run after the group.
    script: Option<Alone>,
}

/// Work that is no batch and is run by itself.
enum Alone {
    Script(Script, ScriptReply),
    Tidy(oneshot::Sender<Result<(), Fault>>),
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, queue: mpsc::Receiver<Work>) -> Self {
        Self { connection, queue, waiting: VecDeque::new(), script: None }
    }

    /// Runs until every sender is gone and everything taken is done.
    pub(crate) async fn run(mut self) {
        loop {
            let group = self.gather().await;
            let script = self.script.take();
            if group.is_empty() && script.is_none() {
                break;
            }
            if !group.is_empty() {
                self.settle(group).await;
            }
            // A caller that went away does not undo what was committed.
            match script {
                Some(Alone::Script(script, reply)) => drop(reply.send(self.transact(script).await)),
                Some(Alone::Tidy(reply)) => drop(reply.send(self.tidy().await)),
                None => {}
            }
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "closing the database failed");
        }
    }

    /// Takes what waits, up to the bounds of a group; empty when the queue ended.
    async fn gather(&mut self) -> Vec<Entry> {
        let mut group = Group::default();
        let mut later = VecDeque::new();
        for entry in std::mem::take(&mut self.waiting) {
            if let Some(entry) = group.offer(entry) {
                later.push_back(entry);
            }
        }
        self.waiting = later;
        if group.entries.is_empty() {
            match self.queue.recv().await {
                Some(work) => self.take(work, &mut group),
                None => return group.entries,
            }
        }
        for _ in 0..MAX_GATHER_TURNS {
            let before = group.entries.len();
            while group.has_room() && self.script.is_none() && self.waiting.len() < MAX_GROUP_BATCHES {
                match self.queue.try_recv() {
                    Ok(work) => self.take(work, &mut group),
                    Err(_) => break,
                }
            }
            if group.entries.len() == before || !group.has_room() || self.script.is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        group.entries
    }

    fn take(&mut self, work: Work, group: &mut Group) {
        match work {
            Work::Batch(batch, reply) => {
                if let Some(entry) = group.offer(Entry { batch, reply }) {
                    self.waiting.push_back(entry);
                }
            }
            Work::Script(script, reply) => self.script = Some(Alone::Script(script, reply)),
            Work::Tidy(reply) => self.script = Some(Alone::Tidy(reply)),
        }
    }

    /// Pages that rows were deleted from keep their bytes until the file is
    /// rewritten; the log keeps them until it is cut.
    async fn tidy(&mut self) -> Result<(), Fault> {
        for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            sqlx::raw_sql(sql).execute(&mut self.connection).await.map_err(|error| Fault::from(&error))?;
        }
        Ok(())
    }

    /// Commits a group, splitting it where a part does not fit.
    async fn settle(&mut self, group: Vec<Entry>) {
        let mut parts = vec![(group, 0)];
        while let Some((mut entries, tries)) = parts.pop() {
            let script = transaction(joined(&entries));
            let fault = match self.transact(script).await {
                Ok(_) => {
                    answer_all(entries, || Ok(()));
                    continue;
                }
                Err(fault @ Fault::Constraint(_)) => fault,
                Err(fault) => {
                    tracing::warn!(%fault, batches = entries.len(), "a transaction failed");
                    answer_all(entries, || Err(fault.clone().into()));
                    continue;
                }
            };
            let refusals = match self.refusals(&entries).await {
                Ok(refusals) => refusals,
                Err(fault) => {
                    answer_all(entries, || Err(fault.clone().into()));
                    continue;
                }
            };
            if !refusals.is_empty() {
                entries = without_refused(entries, refusals);
                if !entries.is_empty() {
                    parts.push((entries, 0));
                }
            } else if entries.len() > 1 {
                let second = entries.split_off(entries.len() / 2);
                parts.push((second, 0));
                parts.push((entries, 0));
            } else if !is_moved(&fault) {
                answer_all(entries, || Err(fault.clone().into()));
            } else if tries < MAX_REFUSED_TRIES {
                parts.push((entries, tries + 1));
            } else {
                answer_all(entries, || Err(StoreError::Conflict { what: "a row".to_owned() }));
            }
        }
    }

    /// Asks the guards which batches do not fit what is committed.
    async fn refusals(&mut self, entries: &[Entry]) -> Result<HashMap<Claim, StoreError>, Fault> {
        let Some(question) = guards::question(joined(entries)) else { return Ok(HashMap::new()) };
        let rows = execute(&mut self.connection, question).await.map_err(|error| Fault::from(&error))?;
        let mut refusals = HashMap::new();
        for row in rows {
            let what: String = column(&row, 0)?;
            let refused = guards::refusal(&what, column(&row, 1)?, column(&row, 2)?, column(&row, 3)?);
            if let Some((claim, error)) = refused {
                refusals.entry(claim).or_insert(error);
            }
        }
        Ok(refusals)
    }

    /// Runs a script that begins and commits by itself; rolls back on any error.
    async fn transact(&mut self, script: Script) -> Result<Vec<String>, Fault> {
        let answer = match execute(&mut self.connection, script).await {
            Ok(rows) => rows.iter().map(|row| column(row, 0)).collect(),
            Err(error) => Err(Fault::from(&error)),
        };
        if answer.is_err() {
            // Fails where SQLite has rolled back by itself, which is as good.
            let _ = sqlx::raw_sql("ROLLBACK").execute(&mut self.connection).await;
        }
        answer
    }
}

/// Batches that go into one transaction.
#[derive(Default)]
struct Group {
    entries: Vec<Entry>,
    claims: HashSet<Claim>,
    bytes: usize,
}

impl Group {
    fn has_room(&self) -> bool {
        self.entries.len() < MAX_GROUP_BATCHES && self.bytes < MAX_GROUP_BYTES
    }

    /// Takes the batch, or gives it back for a later transaction.
    fn offer(&mut self, entry: Entry) -> Option<Entry> {
        if !self.has_room() || entry.batch.claims.iter().any(|claim| self.claims.contains(claim)) {
            return Some(entry);
        }
        self.bytes += entry.batch.bytes;
        self.claims.extend(entry.batch.claims.iter().cloned());
        self.entries.push(entry);
        None
    }
}

/// The lines of all batches, by kind.
fn joined(entries: &[Entry]) -> Vec<Lines> {
    let mut all: Vec<Lines> = Kind::ALL
        .iter()
        .map(|kind| {
            let bytes = entries.iter().map(|entry| entry.batch.lines[kind.index()].text.len() + 1).sum();
            Lines { text: String::with_capacity(bytes), count: 0 }
        })
        .collect();
    for entry in entries {
        for (into, lines) in all.iter_mut().zip(&entry.batch.lines) {
            into.extend(lines);
        }
    }
    all
}

fn answer_all(entries: Vec<Entry>, answer: impl Fn() -> Result<(), StoreError>) {
    for entry in entries {
        // A caller that went away does not undo what was committed.
        let _ = entry.reply.send(answer());
    }
}

/// Answers the refused batches and returns the others.
fn without_refused(entries: Vec<Entry>, mut refusals: HashMap<Claim, StoreError>) -> Vec<Entry> {
    let mut rest = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry.batch.claims.iter().find_map(|claim| refusals.remove(claim)) {
            Some(error) => {
                let _ = entry.reply.send(Err(error));
            }
            None => rest.push(entry),
        }
    }
    rest
}

fn is_moved(fault: &Fault) -> bool {
    matches!(fault, Fault::Constraint(message) if message.contains(MOVED))
}

fn column<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T, Fault>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(index).map_err(|error| Fault::Corrupt(error.to_string()))
}

/// Runs a script, all its statements in one trip, and returns the rows.
pub(crate) async fn execute(connection: &mut SqliteConnection, script: Script) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(script.sql));
    for param in script.params {
        query = match param {
            Param::Text(text) => query.bind(text),
            Param::Int(number) => query.bind(number),
            Param::Null => query.bind(None::<String>),
        };
    }
    query.fetch(connection).try_collect().await
}
