//! The loop that performs effects: woken by signals and by the next due time.
//!
//! Each vendor has a lane of its own, and what the host does in its own database has
//! one too: a vendor that is slow, or has more waiting than is read at a time, holds no
//! other up. What a lane has read and not begun is kept here; meanwhile the store is
//! asked for the others' effects only.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use futures::{FutureExt as _, future};
use skillhost_engine::ids::EffectKey;
use skillhost_engine::outbox::OutboxRow;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vendor::DEFAULT_CONCURRENT;
use skillhost_engine::{effect, store::StoreError};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::{PAGE, perform};
use crate::app::App;

/// Between two looks for what a lost signal left behind.
const SWEEP_MS: i64 = 300_000;
/// Until the next look at an effect that could not be looked at.
const RETRY_MS: i64 = 1000;

/// How an attempt left its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nobody was called.
    Uncalled,
    /// It stays due: what it stands on, or its gate, could not be asked.
    Stays,
    /// Its vendor was called, and answered or not.
    Called,
    /// Its vendor asked for a pause.
    Shut,
}

/// Effects that one vendor performs, or the host itself.
struct Lane {
    kinds: Vec<&'static str>,
    /// Most under way at once.
    most: usize,
    waiting: VecDeque<OutboxRow>,
    running: usize,
    /// After a pause one goes first, and the others when it was no pause again.
    is_careful: bool,
    /// Counts pauses, so that an answer to what was sent before one says nothing.
    pauses: u32,
}

impl Lane {
    fn new(kinds: Vec<&'static str>, most: usize) -> Self {
        Self { kinds, most, waiting: VecDeque::new(), running: 0, is_careful: false, pauses: 0 }
    }

    fn next(&mut self) -> Option<OutboxRow> {
        let most = if self.is_careful { 1 } else { self.most };
        if self.running >= most {
            return None;
        }
        let row = self.waiting.pop_front()?;
        self.running += 1;
        Some(row)
    }

    fn ended(&mut self, how: Ended, pauses: u32) {
        self.running = self.running.saturating_sub(1);
        match how {
            Ended::Shut => {
                self.is_careful = true;
                self.pauses = self.pauses.wrapping_add(1);
            }
            Ended::Called if pauses == self.pauses => self.is_careful = false,
            Ended::Called | Ended::Uncalled | Ended::Stays => {}
        }
    }
}

/// All lanes; the last one is the host's own.
struct Lanes {
    lanes: Vec<Lane>,
    /// What waits or is under way here, and may still be `ready`.
    known: BTreeSet<EffectKey>,
}

impl Lanes {
    fn new(app: &App) -> Self {
        let mut lanes: Vec<Lane> = app
            .performers
            .iter()
            .map(|performer| Lane::new(performer.kinds().to_vec(), app.vendors.concurrent(performer.vendor())))
            .collect();
        let own = effect::registry().iter().map(|kind| kind.name);
        let own = own.filter(|kind| !lanes.iter().any(|lane| lane.kinds.contains(kind))).collect();
        lanes.push(Lane::new(own, usize::try_from(DEFAULT_CONCURRENT).unwrap_or(usize::MAX)));
        Self { lanes, known: BTreeSet::new() }
    }

    /// Kinds of which enough was read.
    fn enough(&self) -> Vec<&'static str> {
        self.lanes.iter().filter(|lane| !lane.waiting.is_empty()).flat_map(|lane| lane.kinds.iter().copied()).collect()
    }

    /// Keeps what was not known; whether there was any.
    fn keep(&mut self, rows: Vec<OutboxRow>) -> bool {
        let own = self.lanes.len() - 1;
        let (mut first, mut later) = (Vec::new(), Vec::new());
        for row in rows {
            if self.known.insert(row.key.clone()) {
                // Whoever waited for this instant goes before those that just came.
                if row.has_turn() { first.push(row) } else { later.push(row) }
            }
        }
        let is_any = !first.is_empty() || !later.is_empty();
        for row in first.into_iter().chain(later) {
            let lane = self.lanes.iter().position(|lane| lane.kinds.contains(&row.kind.as_str())).unwrap_or(own);
            if let Some(lane) = self.lanes.get_mut(lane) {
                lane.waiting.push_back(row);
            }
        }
        is_any
    }
}

/// What is under way: a task each, because one that holds a connection of the store and
/// is not looked after while this loop waits for one would keep it for ever.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<Ended>,
    places: HashMap<tokio::task::Id, Place>,
}

/// Where an attempt belongs.
struct Place {
    lane: usize,
    pauses: u32,
    key: EffectKey,
}

impl UnderWay {
    fn begin(&mut self, app: &Arc<App>, row: OutboxRow, lane: usize, pauses: u32) {
        let span = tracing::info_span!("effect", key = %row.key, kind = %row.kind, job = %row.job);
        let key = row.key.clone();
        let app = Arc::clone(app);
        let task = self.tasks.spawn(async move { perform(&app, row).await }.instrument(span));
        self.places.insert(task.id(), Place { lane, pauses, key });
    }

    /// The next one that ends; never when there is none.
    async fn ended(&mut self) -> (Place, Ended) {
        loop {
            let (id, how) = match self.tasks.join_next_with_id().await {
                Some(Ok(ended)) => ended,
                // A task that panicked may have called.
                Some(Err(error)) => (error.id(), Ended::Called),
                None => future::pending().await,
            };
            if let Some(place) = self.places.remove(&id) {
                return (place, how);
            }
        }
    }
}

/// The loop. When the host stops, what is under way is brought to its end.
pub(crate) async fn dispatch(app: Arc<App>) {
    let mut lanes = Lanes::new(&app);
    let mut under_way = UnderWay::default();
    let (mut is_to_look, mut due) = (true, app.clock.now());
    while !app.wake.draining().is_cancelled() {
        if is_to_look {
            // Also what the next due time is asked from: what becomes due while this
            // round works would otherwise be between the two looks.
            let now = app.clock.now();
            match look(&app, &mut lanes, now).await {
                Ok((there_may_be_more, next)) => (is_to_look, due) = (there_may_be_more, next),
                Err(error) => {
                    tracing::warn!(%error, "cannot read the outbox now");
                    (is_to_look, due) = (false, now.plus_ms(RETRY_MS));
                }
            }
        }
        for (at, lane) in lanes.lanes.iter_mut().enumerate() {
            while let Some(row) = lane.next() {
                // What was passed over while it waited can be read again.
                is_to_look |= lane.waiting.is_empty();
                under_way.begin(&app, row, at, lane.pauses);
            }
        }
        let mut next = tokio::select! {
            biased;
            ended = under_way.ended() => Some(ended),
            () = future::ready(()), if is_to_look => None,
            () = app.wake.effects_woken() => { is_to_look = true; None }
            () = app.clock.sleep_until(due) => { is_to_look = true; None }
            () = app.wake.draining().cancelled() => None,
        };
        // What ended together is looked after together.
        while let Some((place, how)) = next {
            lanes.known.remove(&place.key);
            if how == Ended::Stays {
                due = due.min(app.clock.now().plus_ms(RETRY_MS));
            }
            if let Some(lane) = lanes.lanes.get_mut(place.lane) {
                lane.ended(how, place.pauses);
            }
            next = under_way.ended().now_or_never();
        }
    }
    while under_way.tasks.join_next().await.is_some() {}
}

/// Reads what is due; whether there may be more, and when to look again.
async fn look(app: &App, lanes: &mut Lanes, now: Timestamp) -> Result<(bool, Timestamp), StoreError> {
    let enough = lanes.enough();
    let rows = if enough.is_empty() {
        app.store.due_effects(now, PAGE).await?
    } else {
        app.store.due_effects_but(now, &enough, PAGE).await?
    };
    let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= PAGE);
    let is_any = lanes.keep(rows);
    let sweep = now.plus_ms(SWEEP_MS);
    let due = app.store.next_due(now).await?.map_or(sweep, |due| due.min(sweep));
    Ok((is_full && is_any, due))
}
