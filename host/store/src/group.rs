//! Batches that share a transaction, and how each gets its own answer.
//!
//! Invariants:
//! - Two batches of one transaction share no [`Claim`]; a later one waits for the
//!   next transaction and is judged against what is committed by then.
//! - A batch that is refused or breaks a constraint takes no other with it.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use skillhost_engine::store::StoreError;
use tokio::sync::oneshot;

use crate::encode::Encoded;
use crate::error::Fault;
use crate::lines::{Claim, Kind, Lines};
use crate::meter::Meter;
use crate::refusal::refusal;

/// Most batches in one transaction: half of the jobs that run at once by default.
/// While one half is written, the other computes what comes next; with all of them
/// in one transaction the database and the host would wait for each other in turn,
/// which costs a fifth of the steps. The flush is a twentieth of such a group.
pub(crate) const MAX_GROUP_BATCHES: usize = 32;
/// Most JSON in one transaction, bytes, unless a single batch is larger. Keeps
/// the write-ahead log and the wait of small batches short.
const MAX_GROUP_BYTES: usize = 4 * 1024 * 1024;
/// How often a transaction is tried again when it was refused and yet no guard
/// finds why: another process wrote in between.
const MAX_REFUSED_TRIES: usize = 3;

/// What a database says when a row was not where the batch expected it.
pub(crate) const MOVED: &str = "a row was moved";

/// A row of what the guards answer: what, two keys, what was found.
pub(crate) struct Refused(pub(crate) String, pub(crate) String, pub(crate) Option<String>, pub(crate) Option<String>);

/// A connection that writes batches, all or none of them.
#[async_trait::async_trait]
pub(crate) trait Transact: Send {
    /// Commits; returns after the flush.
    async fn commit(&mut self, entries: &[Entry]) -> Result<(), Fault>;
    /// Which of their lines do not fit what is committed.
    async fn refusals(&mut self, entries: &[Entry]) -> Result<Vec<Refused>, Fault>;
}

/// A batch on its way.
pub(crate) struct Entry {
    pub(crate) batch: Encoded,
    pub(crate) reply: oneshot::Sender<Result<(), StoreError>>,
}

/// Commits a group, splitting it where a part does not fit.
pub(crate) async fn settle(connection: &mut impl Transact, group: Vec<Entry>, meter: &Meter) {
    let mut parts = vec![(group, 0)];
    while let Some((mut entries, tries)) = parts.pop() {
        let begun = Instant::now();
        let committed = connection.commit(&entries).await;
        meter.transaction(begun.elapsed(), committed.as_ref().copied());
        let fault = match committed {
            Ok(()) => {
                answer_all(entries, || Ok(()));
                continue;
            }
            Err(fault @ (Fault::Constraint(_) | Fault::KeyGone)) => fault,
            Err(fault) => {
                tracing::warn!(%fault, batches = entries.len(), "a transaction failed");
                answer_all(entries, || Err(fault.clone().into()));
                continue;
            }
        };
        let refusals = match connection.refusals(&entries).await {
            Ok(refused) => by_claim(refused),
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

fn by_claim(refused: Vec<Refused>) -> HashMap<Claim, StoreError> {
    let mut refusals = HashMap::new();
    for Refused(what, key1, key2, found) in refused {
        if let Some((claim, error)) = refusal(&what, key1, key2, found) {
            refusals.entry(claim).or_insert(error);
        }
    }
    refusals
}

/// Batches that go into one transaction.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) entries: Vec<Entry>,
    claims: HashSet<Claim>,
    bytes: usize,
}

impl Group {
    pub(crate) fn has_room(&self) -> bool {
        self.entries.len() < MAX_GROUP_BATCHES && self.bytes < MAX_GROUP_BYTES
    }

    /// Takes the batch, or gives it back for a later transaction.
    pub(crate) fn offer(&mut self, entry: Entry) -> Option<Entry> {
        if !self.has_room() || entry.batch.claims.iter().any(|claim| self.claims.contains(claim)) {
            return Some(entry);
        }
        self.bytes += entry.batch.bytes;
        self.claims.extend(entry.batch.claims.iter().cloned());
        self.entries.push(entry);
        None
    }
}

pub(crate) fn batches(entries: &[Entry]) -> impl Iterator<Item = &Encoded> + Clone {
    entries.iter().map(|entry| &entry.batch)
}

/// The lines of all batches, by kind.
pub(crate) fn joined<'a>(batches: impl Iterator<Item = &'a Encoded> + Clone) -> Vec<Lines> {
    let mut all: Vec<Lines> = Kind::ALL
        .iter()
        .map(|kind| {
            let bytes = batches.clone().map(|batch| batch.lines[kind.index()].text.len() + 1).sum();
            Lines { text: String::with_capacity(bytes), count: 0 }
        })
        .collect();
    for batch in batches {
        for (into, lines) in all.iter_mut().zip(&batch.lines) {
            into.extend(lines);
        }
    }
    all
}

pub(crate) fn answer_all(entries: Vec<Entry>, answer: impl Fn() -> Result<(), StoreError>) {
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
