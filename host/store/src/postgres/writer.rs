//! The one task that hands batches to the connections that commit.
//!
//! Invariants:
//! - No two transactions under way share a claim, so that two connections of this
//!   host never wait for one another's rows.
//! - Work that was taken from the queue is finished, also while closing.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::group::{Entry, Group, MAX_GROUP_BATCHES, settle};
use crate::inbox::MAX_GATHER_TURNS;
use crate::lines::Claim;
use crate::meter::Meter;
use crate::postgres::link::Link;

/// A connection that is free again, and what its transaction had claimed.
type Settled = (Link, Vec<Claim>);

pub(crate) struct Writer {
    queue: mpsc::Receiver<Entry>,
    waiting: VecDeque<Entry>,
    idle: Vec<Link>,
    /// Batches taken from the queue that wait here: what all links could take. The others
    /// stay in the queue, whose bound and gauge are true then.
    most_waiting: usize,
    busy: FuturesUnordered<BoxFuture<'static, Settled>>,
    held: HashSet<Claim>,
    meter: Arc<Meter>,
}

impl Writer {
    pub(crate) fn new(links: Vec<Link>, queue: mpsc::Receiver<Entry>, meter: Arc<Meter>) -> Self {
        let busy = FuturesUnordered::new();
        let most_waiting = MAX_GROUP_BATCHES * links.len();
        Self { queue, waiting: VecDeque::new(), idle: links, most_waiting, busy, held: HashSet::new(), meter }
    }

    /// Runs until every sender is gone and everything taken is done.
    pub(crate) async fn run(mut self) {
        let mut ended = false;
        loop {
            self.start();
            if ended && self.waiting.is_empty() && self.busy.is_empty() {
                break;
            }
            let has_room = self.waiting.len() < self.most_waiting;
            tokio::select! {
                Some((link, claims)) = self.busy.next(), if !self.busy.is_empty() => {
                    for claim in &claims {
                        self.held.remove(claim);
                    }
                    self.idle.push(link);
                    self.gather().await;
                }
                entry = self.queue.recv(), if !ended && has_room => match entry {
                    Some(entry) => {
                        self.waiting.push_back(entry);
                        self.gather().await;
                    }
                    None => ended = true,
                },
            }
        }
        for link in self.idle {
            link.close().await;
        }
    }

    /// Takes what waits in the queue, and what comes while others run.
    async fn gather(&mut self) {
        for turn in 0..=MAX_GATHER_TURNS {
            let before = self.waiting.len();
            while self.waiting.len() < MAX_GROUP_BATCHES {
                match self.queue.try_recv() {
                    Ok(entry) => self.waiting.push_back(entry),
                    Err(_) => break,
                }
            }
            if self.idle.is_empty() || (turn > 0 && self.waiting.len() == before) {
                break;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Hands groups to idle connections, as far as nothing they touch is under way.
    fn start(&mut self) {
        while let Some(mut link) = self.idle.pop() {
            let mut group = Group::default();
            let mut later = VecDeque::new();
            for entry in std::mem::take(&mut self.waiting) {
                if entry.batch.claims.iter().any(|claim| self.held.contains(claim)) {
                    later.push_back(entry);
                } else if let Some(entry) = group.offer(entry) {
                    later.push_back(entry);
                }
            }
            self.waiting = later;
            if group.entries.is_empty() {
                self.idle.push(link);
                break;
            }
            let claims: Vec<Claim> =
                group.entries.iter().flat_map(|entry| entry.batch.claims.iter().cloned()).collect();
            self.held.extend(claims.iter().cloned());
            let meter = Arc::clone(&self.meter);
            self.busy.push(Box::pin(async move {
                settle(&mut link, group.entries, &meter).await;
                (link, claims)
            }));
        }
    }
}
