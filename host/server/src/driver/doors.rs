//! What stands behind the context door of one job: its sources, read as the job's org
//! and user, each loaded once and when it is first asked for.
//!
//! Invariants: a query never names an org or a user; a body is loaded at most once a job
//! and shared by reference; what a tier may hold is bounded, and what does not fit says
//! so instead of vanishing; a source that fails costs the step that asked, and the next
//! one that asks tries again; tier 3 is asked by a step alone, whose money it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};
use skillhost_connectors::egress::fetch::Fetcher;
use skillhost_engine::canonical::{digest_json, sha256};
use skillhost_engine::context::{
    self, Doors, MAX_CONTEXT_BYTES, MAX_JOB_DAY_BYTES, Query, ReadError, ReadErrorKind, SOURCES, Snapshot, Source,
    Tier, scope,
};
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, Fetched};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::provider::Lookup;
use skillhost_engine::rights::RightSet;
use skillhost_engine::store::Store;
use skillhost_engine::time::{Clock, MicroUsd, Timestamp};
use tokio::sync::{Mutex, OnceCell};

/// Different reads one job may make; more is a skill reading in a loop.
const MAX_JOB_READS: usize = 512;

/// Reads by source and parameters, each loaded once.
type Cells = BTreeMap<(String, String), Arc<OnceCell<Option<Snapshot>>>>;

/// The doors of one job.
pub struct JobDoors {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    org: OrgId,
    user: UserId,
    /// Held only to find or add a cell, never across a load, so that different
    /// sources load at the same time.
    cells: Mutex<Cells>,
    /// Bytes of tier 1 and 2.
    shared: AtomicUsize,
    /// Bytes of days and of tier 3.
    days: AtomicUsize,
    /// Absent: nothing is fetched.
    fetcher: Option<Arc<Fetcher>>,
}

/// A source answered, and what this call paid for it.
pub(super) struct Loaded {
    /// In the source's shape; `None` where there is nothing.
    pub(super) value: Option<Value>,
    pub(super) cost: MicroUsd,
}

fn refuse(kind: ReadErrorKind, message: String) -> ReadError {
    ReadError::new(kind, message)
}

impl JobDoors {
    /// Doors that read as this org and user.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, org: OrgId, user: UserId) -> Self {
        Self {
            store,
            clock,
            org,
            user,
            cells: Mutex::default(),
            shared: AtomicUsize::new(0),
            days: AtomicUsize::new(0),
            fetcher: None,
        }
    }

    /// The same doors with one to the web.
    #[must_use]
    pub fn with_fetcher(mut self, fetcher: Arc<Fetcher>) -> Self {
        self.fetcher = Some(fetcher);
        self
    }

    /// Tier 1 as conditions see it: `{org: …, user: …, …}`, null for what is absent.
    pub async fn tier_1(&self) -> Value {
        let reads = SOURCES.iter().filter(|source| source.tier == Tier::Org).map(|source| async move {
            let query = Query { source: source.name.to_owned(), params: json!({}), max_bytes: None, cursor: None };
            let value = match self.read(query).await {
                Ok(snapshot) => serde_json::from_str(&snapshot.body).unwrap_or(Value::Null),
                Err(_) => Value::Null,
            };
            (source.name.to_owned(), value)
        });
        Value::Object(futures::future::join_all(reads).await.into_iter().collect::<Map<_, _>>())
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
        let params = source.check(&query.params)?;
        let key = (query.source.clone(), digest_json(&params));
        let cell = {
            let mut cells = self.cells.lock().await;
            if !cells.contains_key(&key) && cells.len() >= MAX_JOB_READS {
                let message = format!("a job reads at most {MAX_JOB_READS} different things");
                return Err(refuse(ReadErrorKind::Limit, message));
            }
            Arc::clone(cells.entry(key).or_default())
        };
        let mut paid = MicroUsd(0);
        let load = async {
            let loaded = if source.tier == Tier::Outside {
                outside(self.lookup(source, params)).await?
            } else {
                Loaded { value: self.load(source, &query.source, params).await?, cost: MicroUsd(0) }
            };
            paid = loaded.cost;
            let snapshot = loaded.value.map(|value| self.snapshot(source, &value)).transpose();
            snapshot.map_err(|error| ReadError { cost: paid, ..error })
        };
        let found = cell.get_or_try_init(|| load).await?.clone();
        let Some(mut snapshot) = found else {
            let error = refuse(ReadErrorKind::NotFound, format!("{}: nothing there", query.source));
            return Err(ReadError { cost: paid, ..error });
        };
        snapshot.cost = paid;
        match query.max_bytes {
            Some(most) if snapshot.body.len() > usize::try_from(most).unwrap_or(usize::MAX) => {
                let (name, bytes) = (&query.source, snapshot.body.len());
                let message = format!("{name} has {bytes} bytes, more than the {most} asked for");
                Err(ReadError { cost: paid, ..refuse(ReadErrorKind::Limit, message) })
            }
            _ => Ok(snapshot),
        }
    }

    fn lookup(&self, source: &'static Source, params: Value) -> Lookup {
        let (org, user) = (self.org.clone(), self.user.clone());
        Lookup { org, user, source: source.name, params, now: self.clock.now() }
    }

    async fn load(&self, source: &Source, name: &str, mut params: Value) -> Result<Option<Value>, ReadError> {
        // The store has no clock.
        if source.takes_now {
            params["now"] = json!(self.clock.now().0);
        }
        let found = match scope(name) {
            (stem, true) => self.store.org_source(&self.org, stem, &params).await,
            (stem, false) => self.store.source(&self.org, &self.user, stem, &params).await,
        };
        found.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(source = name, %error, cause, "a source cannot be read");
            let message = format!("the source {name} cannot be read now");
            let retry_after_ms = error.is_transient().then_some(1000);
            ReadError { retry_after_ms, ..refuse(ReadErrorKind::Unavailable, message) }
        })
    }

    /// The answer as every step of the job shares it, where there is room for it.
    fn snapshot(&self, source: &Source, value: &Value) -> Result<Snapshot, ReadError> {
        let body = value.to_string();
        let bytes = body.len();
        let held = match source.tier {
            Tier::Org | Tier::Contact => Some((&self.shared, MAX_CONTEXT_BYTES)),
            Tier::Day | Tier::Outside => Some((&self.days, MAX_JOB_DAY_BYTES)),
            Tier::ById => None,
        };
        let fits = bytes <= source.tier.most_bytes()
            && held.is_none_or(|(held, most)| {
                let sum = |held: usize| Some(held + bytes).filter(|sum| *sum <= most);
                held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok()
            });
        if !fits {
            let message = format!("{}: the job's context is full at {bytes} bytes", source.name);
            return Err(refuse(ReadErrorKind::Limit, message));
        }
        let digest = sha256(body.as_bytes());
        let as_of = self.as_of(value);
        Ok(Snapshot { body: body.into(), digest: digest.into(), as_of, next: None, cost: MicroUsd(0) })
    }

    fn as_of(&self, value: &Value) -> Timestamp {
        let said = value.get("as_of").and_then(Value::as_str).and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let at = said.map(|at| Timestamp(at.as_millisecond()));
        at.or_else(|| value.get("updated_at").and_then(Value::as_i64).map(Timestamp))
            .unwrap_or_else(|| self.clock.now())
    }
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
