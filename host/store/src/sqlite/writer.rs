//! The one task that writes.
//!
//! Invariants:
//! - A batch is answered only after the flush of the transaction it was in.
//! - Two batches of one transaction share no [`Claim`]; a later one waits for the
//!   next transaction and is judged against what is committed by then.
//! - A batch that is refused or breaks a constraint takes no other with it.
//! - Work that was taken from the queue is finished, also while closing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use futures::TryStreamExt;
use skillhost_engine::store::StoreError;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Row};
use tokio::sync::{mpsc, oneshot};

use crate::encode::Encoded;
use crate::error::Fault;
use crate::group::{Entry, Group, MAX_GROUP_BATCHES, Refused, Transact, batches, joined, settle};
use crate::inbox::MAX_GATHER_TURNS;
use crate::meter::Meter;
use crate::sqlite::guards;
use crate::sqlite::rows::statement;
use crate::sqlite::statements::{Script, transaction};

/// What callers send.
pub(crate) enum Work {
    Batch(Encoded, oneshot::Sender<Result<(), StoreError>>),
    Alone(Alone),
}

/// Work that is no batch and is run by itself.
pub(crate) enum Alone {
    /// A transaction of its own; answers the first column of the rows it returns.
    Script(Script, ScriptReply),
    /// Rewrites the file without what was freed.
    Tidy(oneshot::Sender<Result<(), Fault>>),
}

/// Where the answers of a script go.
pub(crate) type ScriptReply = oneshot::Sender<Result<Vec<String>, Fault>>;

pub(crate) struct Writer {
    connection: SqliteConnection,
    meter: Arc<Meter>,
    queue: mpsc::Receiver<Work>,
    /// Batches taken from the queue that had to wait for the next transaction.
    waiting: VecDeque<Entry>,
    /// Read from the queue while gathering, to be run after the group.
    alone: Option<Alone>,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, queue: mpsc::Receiver<Work>, meter: Arc<Meter>) -> Self {
        Self { connection, meter, queue, waiting: VecDeque::new(), alone: None }
    }

    /// Runs until every sender is gone and everything taken is done.
    pub(crate) async fn run(mut self) {
        loop {
            let group = self.gather().await;
            let alone = self.alone.take();
            if group.is_empty() && alone.is_none() {
                break;
            }
            if !group.is_empty() {
                settle(&mut self.connection, group, &self.meter).await;
            }
            // A caller that went away does not undo what was committed.
            match alone {
                Some(Alone::Script(script, reply)) => drop(reply.send(self.script(script).await)),
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
            while group.has_room() && self.alone.is_none() && self.waiting.len() < MAX_GROUP_BATCHES {
                match self.queue.try_recv() {
                    Ok(work) => self.take(work, &mut group),
                    Err(_) => break,
                }
            }
            if group.entries.len() == before || !group.has_room() || self.alone.is_some() {
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
            Work::Alone(alone) => self.alone = Some(alone),
        }
    }

    async fn script(&mut self, script: Script) -> Result<Vec<String>, Fault> {
        let begun = Instant::now();
        let answer = transact(&mut self.connection, script).await;
        self.meter.transaction(begun.elapsed(), answer.as_ref().map(drop));
        answer
    }

    /// Pages that rows were deleted from keep their bytes until the file is
    /// rewritten; the log keeps them until it is cut.
    async fn tidy(&mut self) -> Result<(), Fault> {
        for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            sqlx::raw_sql(sql).execute(&mut self.connection).await.map_err(|error| Fault::from(&error))?;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Transact for SqliteConnection {
    async fn commit(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        transact(self, transaction(joined(batches(entries)))).await.map(drop)
    }

    async fn refusals(&mut self, entries: &[Entry]) -> Result<Vec<Refused>, Fault> {
        let Some(question) = guards::question(joined(batches(entries))) else { return Ok(Vec::new()) };
        let rows = execute(self, question).await.map_err(|error| Fault::from(&error))?;
        rows.iter().map(|row| Ok(Refused(column(row, 0)?, column(row, 1)?, column(row, 2)?, column(row, 3)?))).collect()
    }
}

/// Runs a script that begins and commits by itself; rolls back on any error.
async fn transact(connection: &mut SqliteConnection, script: Script) -> Result<Vec<String>, Fault> {
    let answer = match execute(connection, script).await {
        Ok(rows) => rows.iter().map(|row| column(row, 0)).collect(),
        Err(error) => Err(Fault::from(&error)),
    };
    if answer.is_err() {
        // Fails where SQLite has rolled back by itself, which is as good.
        let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
    }
    answer
}

fn column<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T, Fault>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(index).map_err(|error| Fault::Corrupt(error.to_string()))
}

/// Runs a script, all its statements in one trip, and returns the rows.
pub(crate) async fn execute(connection: &mut SqliteConnection, script: Script) -> Result<Vec<SqliteRow>, sqlx::Error> {
    statement(script.sql, script.params).fetch(connection).try_collect().await
}
