//! What stands behind the context door of one job: the store's sources, read as
//! the job's org and user, each loaded once.
//!
//! Invariants: a query never names an org or a user; a body is loaded at most
//! once a job and shared by reference; tier 1 and 2 together stay under
//! [`MAX_CONTEXT_BYTES`], and what does not fit says so instead of vanishing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};
use skillhost_connectors::egress::fetch::Fetcher;
use skillhost_engine::canonical::{digest_json, sha256};
use skillhost_engine::context::{
    BY_ID, Doors, MAX_CONTEXT_BYTES, MAX_TRANSCRIPT_BYTES, ORG_WIDE, Query, ReadError, ReadErrorKind, Snapshot, TIER_1,
    TIER_2, scope,
};
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, Fetched};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::rights::RightSet;
use skillhost_engine::store::Store;
use skillhost_engine::time::{Clock, Timestamp};
use tokio::sync::{Mutex, OnceCell};

/// Different reads one job may make; more is a skill reading in a loop.
const MAX_JOB_READS: usize = 512;

type Loaded = Result<Snapshot, ReadError>;
/// Reads by source and parameters, each loaded once.
type Cells = BTreeMap<(String, String), Arc<OnceCell<Loaded>>>;

/// The doors of one job.
pub struct JobDoors {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    org: OrgId,
    user: UserId,
    /// Held only to find or add a cell, never across a load, so that different
    /// sources load at the same time.
    cells: Mutex<Cells>,
    shared_bytes: AtomicUsize,
    /// Absent: nothing is fetched.
    fetcher: Option<Arc<Fetcher>>,
}

impl JobDoors {
    /// Doors that read as this org and user.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, org: OrgId, user: UserId) -> Self {
        Self { store, clock, org, user, cells: Mutex::default(), shared_bytes: AtomicUsize::new(0), fetcher: None }
    }

    /// The same doors with one to the web.
    #[must_use]
    pub fn with_fetcher(mut self, fetcher: Arc<Fetcher>) -> Self {
        self.fetcher = Some(fetcher);
        self
    }

    /// Tier 1 as conditions see it: `{org: …, user: …, …}`, null for what is absent.
    pub async fn tier_1(&self) -> Value {
        let reads = TIER_1.map(|source| async move {
            let query = Query { source: source.to_owned(), params: json!({}), max_bytes: None, cursor: None };
            let value = match self.read(query).await {
                Ok(snapshot) => serde_json::from_str(&snapshot.body).unwrap_or(Value::Null),
                Err(_) => Value::Null,
            };
            (source.to_owned(), value)
        });
        Value::Object(futures::future::join_all(reads).await.into_iter().collect::<Map<_, _>>())
    }

    async fn load(&self, source: &str, params: &Value) -> Loaded {
        let refuse = |kind, message: String| ReadError { kind, message, retry_after_ms: None };
        // The store has no clock; the budget's day and month are counted from here.
        let with_now = json!({ "now": self.clock.now().0 });
        let params = if source == "budget" { &with_now } else { params };
        let (stem, org_wide) = scope(source);
        let found = if org_wide {
            self.store.org_source(&self.org, stem, params).await
        } else {
            self.store.source(&self.org, &self.user, stem, params).await
        };
        let found = found.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%source, %error, cause, "a source cannot be read");
            ReadError {
                kind: ReadErrorKind::Unavailable,
                message: format!("the source {source} cannot be read now"),
                retry_after_ms: error.is_transient().then_some(1000),
            }
        })?;
        let value = found.ok_or_else(|| refuse(ReadErrorKind::NotFound, format!("{source}: nothing there")))?;
        let body = value.to_string();
        let by_id = BY_ID.contains(&stem);
        let too_large = if by_id {
            body.len() > MAX_TRANSCRIPT_BYTES
        } else {
            self.shared_bytes.fetch_add(body.len(), Ordering::Relaxed) + body.len() > MAX_CONTEXT_BYTES
        };
        if too_large {
            return Err(refuse(
                ReadErrorKind::Limit,
                format!("{source}: the job's context is full at {} bytes", body.len()),
            ));
        }
        let digest = sha256(body.as_bytes());
        Ok(Snapshot { body: body.into(), digest: digest.into(), as_of: self.as_of(&value), next: None })
    }

    fn as_of(&self, value: &Value) -> Timestamp {
        value.get("updated_at").and_then(Value::as_i64).map_or_else(|| self.clock.now(), Timestamp)
    }
}

#[async_trait::async_trait]
impl Doors for JobDoors {
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError> {
        let refuse = |kind, message: String| Err(ReadError { kind, message, retry_after_ms: None });
        let (stem, org_wide) = scope(&query.source);
        let known = |sources: &[&str]| sources.contains(&stem);
        let known = if org_wide { known(&ORG_WIDE) } else { known(&TIER_1) || known(&TIER_2) || known(&BY_ID) };
        if !known {
            return refuse(ReadErrorKind::UnknownSource, format!("there is no source `{}`", query.source));
        }
        check_params(stem, &query.params)?;
        let key = (query.source.clone(), digest_json(&query.params));
        let cell = {
            let mut cells = self.cells.lock().await;
            if !cells.contains_key(&key) && cells.len() >= MAX_JOB_READS {
                return refuse(ReadErrorKind::Limit, format!("a job reads at most {MAX_JOB_READS} different things"));
            }
            Arc::clone(cells.entry(key).or_default())
        };
        let snapshot = cell.get_or_init(|| self.load(&query.source, &query.params)).await.clone()?;
        match query.max_bytes {
            Some(most) if snapshot.body.len() > usize::try_from(most).unwrap_or(usize::MAX) => refuse(
                ReadErrorKind::Limit,
                format!("{} has {} bytes, more than the {most} asked for", query.source, snapshot.body.len()),
            ),
            _ => Ok(snapshot),
        }
    }

    async fn fetch(&self, fetch: Fetch, rights: &RightSet) -> Result<Fetched, FetchError> {
        match &self.fetcher {
            Some(fetcher) => fetcher.fetch(fetch, rights).await,
            None => Err(FetchError { kind: FetchErrorKind::Denied, message: "this host fetches nothing".to_owned() }),
        }
    }
}

/// Parameters are a flat object of known ids; org and user are never among them.
fn check_params(source: &str, params: &Value) -> Result<(), ReadError> {
    let refuse = |message: String| Err(ReadError { kind: ReadErrorKind::InvalidParams, message, retry_after_ms: None });
    let allowed: &[&str] = match source {
        "contact" => &["contact_id", "email"],
        "company" => &["company_id", "contact_id", "deal_id"],
        "meetings" => &["contact_id", "deal_id", "company_id", "meeting_id"],
        "deal" | "emails" | "activities" | "tasks" | "notes" => &["contact_id", "deal_id"],
        "transcript" => &["id", "meeting_id"],
        "thread" => &["id"],
        _ => &[],
    };
    let fields = match params {
        Value::Null => return Ok(()),
        Value::Object(fields) => fields,
        _ => return refuse(format!("{source}: parameters are a JSON object")),
    };
    for (name, value) in fields {
        if !allowed.contains(&name.as_str()) {
            return refuse(format!("{source}: unknown parameter `{name}`; it takes {allowed:?}"));
        }
        if !(value.is_string() || value.is_null()) {
            return refuse(format!("{source}: parameter `{name}` is a string"));
        }
    }
    Ok(())
}
