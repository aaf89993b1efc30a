//! What stands behind the context door of one run of a job: its sources, read as the job's
//! org and user, each loaded once a run; tiers 1 and 2 before they are asked for
//! ([`super::run`]), and anew after an effect of the job changed them.
//!
//! Invariants: a query never names an org or a user; a body is loaded at most once, until
//! it is old, and shared by reference; what a tier may hold is bounded, and what does not
//! fit is on a later page, is cut and says so, or is refused; a source that fails costs the
//! step that asked, and the next one that asks tries again; tier 3 is asked by a step
//! alone, whose money it is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use futures::StreamExt as _;
use serde_json::{Map, Value, json};
use skillhost_connectors::egress::fetch::Fetcher;
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::ahead::{AHEAD_AT_ONCE, tier_1_query};
use skillhost_engine::context::page::{AFTER, Page, fitted};
use skillhost_engine::context::{
    self, Doors, MAX_JOB_CONTEXT_BYTES, MAX_JOB_DAY_BYTES, Query, ReadError, ReadErrorKind, SOURCES, Snapshot, Source,
    Tier, scope,
};
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, Fetched};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::provider::Lookup;
use skillhost_engine::rights::RightSet;
use skillhost_engine::store::{Store, StoreError};
use skillhost_engine::time::{Clock, MicroUsd, Timestamp};
use tokio::sync::{Mutex, OnceCell};

/// Different reads one job may make; more is a skill reading in a loop.
const MAX_JOB_READS: usize = 512;

/// An answer, or the place where it will be.
#[derive(Default)]
struct Cell {
    answer: OnceCell<Option<Snapshot>>,
    /// Bytes that it counts against what the job may hold.
    held: AtomicUsize,
}

/// Reads by source and question, each loaded once.
type Cells = BTreeMap<(String, String), Arc<Cell>>;

/// Who answers everything but tier 3.
#[async_trait::async_trait]
trait Answering: Send + Sync + 'static {
    /// A source, as a user or as the whole org.
    async fn answer(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        stem: &str,
        params: &Value,
    ) -> Result<Option<Value>, StoreError>;
}

/// The database.
struct Stored(Arc<dyn Store>);

#[async_trait::async_trait]
impl Answering for Stored {
    async fn answer(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        stem: &str,
        params: &Value,
    ) -> Result<Option<Value>, StoreError> {
        match user {
            Some(user) => self.0.source(org, user, stem, params).await,
            None => self.0.org_source(org, stem, params).await,
        }
    }
}

/// The doors of one run of a job.
pub struct JobDoors {
    sources: Arc<dyn Answering>,
    clock: Arc<dyn Clock>,
    org: OrgId,
    user: UserId,
    /// Held only to find or add a cell, never across a load, so that different
    /// sources load at the same time.
    cells: Mutex<Cells>,
    /// Bytes of tier 1 and 2 that are kept.
    shared: AtomicUsize,
    /// Bytes of days and of tier 3.
    days: AtomicUsize,
    /// Absent: nothing is fetched.
    fetcher: Option<Arc<Fetcher>>,
    loads: Arc<LoadCounts>,
}

/// A source answered, and what this call paid for it.
pub(super) struct Loaded {
    /// In the source's shape; `None` where there is nothing.
    pub(super) value: Option<Value>,
    pub(super) cost: MicroUsd,
}

/// How often each source was loaded, tier 3 left out, since the process began.
#[derive(Debug, Default)]
pub struct LoadCounts(StdMutex<BTreeMap<&'static str, u64>>);

impl LoadCounts {
    fn note(&self, source: &'static str) {
        // Numbers are whole whatever panics.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(source).or_default() += 1;
    }

    /// By source.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(source, count)| ((*source).to_owned(), *count)).collect()
    }
}

fn refuse(kind: ReadErrorKind, message: String) -> ReadError {
    ReadError::new(kind, message)
}

impl JobDoors {
    /// Doors that read as this org and user.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, org: OrgId, user: UserId) -> Self {
        Self::over(Arc::new(Stored(store)), clock, org, user)
    }

    fn over(sources: Arc<dyn Answering>, clock: Arc<dyn Clock>, org: OrgId, user: UserId) -> Self {
        Self {
            sources,
            clock,
            org,
            user,
            cells: Mutex::default(),
            shared: AtomicUsize::new(0),
            days: AtomicUsize::new(0),
            fetcher: None,
            loads: Arc::default(),
        }
    }

    /// The same doors with one to the web.
    #[must_use]
    pub fn with_fetcher(mut self, fetcher: Arc<Fetcher>) -> Self {
        self.fetcher = Some(fetcher);
        self
    }

    /// The same doors, whose loads count there.
    #[must_use]
    pub(crate) fn counted(mut self, loads: Arc<LoadCounts>) -> Self {
        self.loads = loads;
        self
    }

    /// Tier 1 as conditions see it: `{org: …, user: …, …}`, null for what is absent. What
    /// can never be read is left out, with a line in the log.
    ///
    /// # Errors
    /// A source cannot be read now. That is not the same as nothing being there: a
    /// condition that took it for that would skip what somebody wants.
    pub async fn tier_1(&self) -> Result<Value, ReadError> {
        let reads = SOURCES.iter().filter(|source| source.tier == Tier::Org).map(|source| async move {
            match self.read(tier_1_query(source.name)).await {
                Ok(snapshot) => {
                    let value = serde_json::from_str(&snapshot.body).unwrap_or(Value::Null);
                    Ok(Some((source.name.to_owned(), value)))
                }
                Err(error) if error.kind == ReadErrorKind::NotFound => Ok(Some((source.name.to_owned(), Value::Null))),
                Err(error) if error.retry_after_ms.is_some() => Err(error),
                Err(error) => {
                    tracing::warn!(source = source.name, kind = error.kind.as_str(), "no condition can see the source");
                    Ok(None)
                }
            }
        });
        let read = futures::future::try_join_all(reads).await?;
        Ok(Value::Object(read.into_iter().flatten().collect::<Map<_, _>>()))
    }

    /// Loads what will probably be asked, a few at the same time. A read that fails is
    /// made again by whoever asks.
    pub(super) async fn load_ahead(&self, reads: Vec<Query>) {
        let load = |query| async move {
            let _ = self.read(query).await;
        };
        futures::stream::iter(reads).for_each_concurrent(AHEAD_AT_ONCE, load).await;
    }

    /// Whoever asks for one of these from now on reads it anew; of `None` for any.
    pub(super) async fn forget(&self, sources: Option<&[&str]>) {
        let mut cells = self.cells.lock().await;
        cells.retain(|(name, _), cell| {
            let (stem, _) = scope(name);
            let Some(source) = context::find(stem) else { return true };
            // What was paid for stays the job's.
            if source.tier == Tier::Outside || sources.is_some_and(|sources| !sources.contains(&stem)) {
                return true;
            }
            self.let_go(source.tier, cell);
            false
        });
    }

    /// Gives back what an answer counts. One that is under way counts nothing yet; whoever
    /// loads it lets go of it when it finds its cell gone.
    fn let_go(&self, tier: Tier, cell: &Cell) {
        if let Some((held, _)) = self.held(tier) {
            held.fetch_sub(cell.held.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Answers one read; `outside` asks the provider of a tier 3 source.
    pub(super) async fn read_with<F>(
        &self,
        query: Query,
        outside: impl FnOnce(Lookup) -> F,
    ) -> Result<Snapshot, ReadError>
    where
        F: Future<Output = Result<Loaded, ReadError>>,
    {
        let Some(source) = context::find(&query.source) else {
            return Err(refuse(ReadErrorKind::UnknownSource, format!("there is no source `{}`", query.source)));
        };
        let query = Query { params: source.check(&query.params)?, ..query };
        let place = source.place(query.cursor.as_deref())?;
        let key = (query.source.clone(), query.digest());
        let cell = {
            let mut cells = self.cells.lock().await;
            if !cells.contains_key(&key) && cells.len() >= MAX_JOB_READS {
                let message = format!("a job reads at most {MAX_JOB_READS} different things");
                return Err(refuse(ReadErrorKind::Limit, message));
            }
            Arc::clone(cells.entry(key.clone()).or_default())
        };
        let (mut paid, mut is_kept, mut is_loaded) = (MicroUsd(0), true, false);
        let load = async {
            let params = query.params.clone();
            let loaded = if source.tier == Tier::Outside {
                outside(self.lookup(source, params)).await?
            } else {
                Loaded { value: self.load(source, &query.source, params, place).await?, cost: MicroUsd(0) }
            };
            paid = loaded.cost;
            let Some(value) = loaded.value else { return Ok(None) };
            let snapshot = self.snapshot(source, value).map_err(|error| ReadError { cost: paid, ..error })?;
            let bytes = snapshot.body.len();
            is_kept = self.keeps(source, bytes).map_err(|error| ReadError { cost: paid, ..error })?;
            if is_kept {
                cell.held.store(bytes, Ordering::Relaxed);
            }
            is_loaded = true;
            Ok(Some(snapshot))
        };
        let found = cell.answer.get_or_try_init(|| load).await?.clone();
        if is_loaded {
            let mut cells = self.cells.lock().await;
            let is_there = cells.get(&key).is_some_and(|there| Arc::ptr_eq(there, &cell));
            match (is_there, is_kept) {
                (true, false) => drop(cells.remove(&key)),
                // It was forgotten meanwhile.
                (false, _) => self.let_go(source.tier, &cell),
                (true, true) => {}
            }
        }
        let Some(mut snapshot) = found else {
            let error = refuse(ReadErrorKind::NotFound, format!("{}: nothing there", query.source));
            return Err(ReadError { cost: paid, ..error });
        };
        snapshot.cost = paid;
        match query.max_bytes.map(|most| usize::try_from(most).unwrap_or(usize::MAX)) {
            Some(most) if snapshot.body.len() > most => Self::narrowed(source, &snapshot, most).ok_or_else(|| {
                let (name, bytes) = (&query.source, snapshot.body.len());
                let message = format!("{name} has {bytes} bytes, more than the {most} asked for");
                ReadError { cost: paid, ..refuse(ReadErrorKind::Limit, message) }
            }),
            _ => Ok(snapshot),
        }
    }

    fn lookup(&self, source: &'static Source, params: Value) -> Lookup {
        let (org, user) = (self.org.clone(), self.user.clone());
        Lookup { org, user, source: source.name, params, now: self.clock.now() }
    }

    async fn load(
        &self,
        source: &Source,
        name: &str,
        mut params: Value,
        place: Option<Vec<String>>,
    ) -> Result<Option<Value>, ReadError> {
        // The store has no clock.
        if source.takes_now {
            params["now"] = json!(self.clock.now().0);
        }
        if source.paging.is_some() {
            params[AFTER] = json!(place);
        }
        self.loads.note(source.name);
        let (stem, is_org_wide) = scope(name);
        let user = (!is_org_wide).then_some(&self.user);
        self.sources.answer(&self.org, user, stem, &params).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(source = name, %error, cause, "a source cannot be read");
            let message = format!("the source {name} cannot be read now");
            let retry_after_ms = error.is_transient().then_some(1000);
            ReadError { retry_after_ms, ..refuse(ReadErrorKind::Unavailable, message) }
        })
    }

    /// The answer as every step of the job shares it, where it is not too large.
    fn snapshot(&self, source: &Source, value: Value) -> Result<Snapshot, ReadError> {
        let as_of = self.as_of(&value);
        let most = source.most_bytes();
        let page = match (source.paging, value) {
            (Some(paging), Value::Array(list)) => paging.page(list, false, most),
            (_, value) => {
                // A record somebody filled with a book is still a record.
                let value = if source.tier == Tier::Contact { fitted(value, &["id"], most) } else { value };
                Some(Page { body: value.to_string(), next: None })
            }
        };
        let page = page.filter(|page| page.body.len() <= most);
        let page = page.ok_or_else(|| {
            refuse(ReadErrorKind::Limit, format!("{}: the answer is larger than {most} bytes", source.name))
        })?;
        Ok(shared(page, as_of))
    }

    /// What the reads of a tier may hold, and hold; nothing for a tier without a bound.
    fn held(&self, tier: Tier) -> Option<(&AtomicUsize, usize)> {
        match tier {
            Tier::Org | Tier::Contact => Some((&self.shared, MAX_JOB_CONTEXT_BYTES)),
            Tier::Day | Tier::Outside => Some((&self.days, MAX_JOB_DAY_BYTES)),
            Tier::ById => None,
        }
    }

    /// Whether an answer stays for later reads. One of a day or of tier 3 that has no room
    /// is refused: they are large, and the next one would be as well.
    fn keeps(&self, source: &Source, bytes: usize) -> Result<bool, ReadError> {
        let Some((held, most)) = self.held(source.tier) else { return Ok(true) };
        let sum = |held: usize| Some(held + bytes).filter(|sum| *sum <= most);
        let has_room = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok();
        if has_room || matches!(source.tier, Tier::Org | Tier::Contact) {
            return Ok(has_room);
        }
        let message = format!("{}: the job's context is full at {bytes} bytes", source.name);
        Err(refuse(ReadErrorKind::Limit, message))
    }

    /// The beginning of a page, for whoever wants fewer bytes of it.
    fn narrowed(source: &Source, whole: &Snapshot, most: usize) -> Option<Snapshot> {
        let list: Vec<Value> = serde_json::from_str(&whole.body).ok()?;
        let page = source.paging?.page(list, whole.next.is_some(), most)?;
        Some(Snapshot { cost: whole.cost, ..shared(page, whole.as_of) })
    }

    fn as_of(&self, value: &Value) -> Timestamp {
        let said = value.get("as_of").and_then(Value::as_str).and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let at = said.map(|at| Timestamp(at.as_millisecond()));
        at.or_else(|| value.get("updated_at").and_then(Value::as_i64).map(Timestamp))
            .unwrap_or_else(|| self.clock.now())
    }
}

fn shared(page: Page, as_of: Timestamp) -> Snapshot {
    let digest = sha256(page.body.as_bytes()).into();
    Snapshot { body: page.body.into(), digest, as_of, next: page.next, cost: MicroUsd(0) }
}

#[async_trait::async_trait]
impl Doors for JobDoors {
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError> {
        let nobody = |lookup: Lookup| async move {
            Err(refuse(ReadErrorKind::Unavailable, format!("{} is asked by a step alone", lookup.source)))
        };
        self.read_with(query, nobody).await
    }

    async fn fetch(&self, fetch: Fetch, rights: &RightSet) -> Result<Fetched, FetchError> {
        match &self.fetcher {
            Some(fetcher) => fetcher.fetch(fetch, rights).await,
            None => Err(FetchError { kind: FetchErrorKind::Denied, message: "this host fetches nothing".to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests;
