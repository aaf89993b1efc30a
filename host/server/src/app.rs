//! The running host as its edges see it: HTTP, Slack, the inbox and the CLI
//! all go through [`App`], so a rule holds whichever door a person came by.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillhost_engine::backlog::Backlog;
use skillhost_engine::binding::Binder;
use skillhost_engine::ids::{EventId, JobId, OrgId, SkillName, UserId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::Performer;
use skillhost_engine::skill::SkillRunner;
use skillhost_engine::store::{Store, StoreError};
use skillhost_engine::time::{Clock, Ids, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::driver::LoadCounts;
use crate::driver::Running;
use crate::mailboxes::Mailboxes;
use crate::registry::Modules;
use crate::sequences::Sequences;
use crate::vendors::Vendors;
use crate::vitals::CallCounts;
use crate::wake::Wake;

/// The parts of a running host. Built once by [`crate::boot`], shared by `Arc`.
pub struct App {
    /// Settings, read once.
    pub config: Config,
    /// The database.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids and secrets.
    pub ids: Arc<dyn Ids>,
    /// Runs skills.
    pub skills: Arc<dyn SkillRunner>,
    /// Names of the skills that are there when the host starts.
    pub skill_names: Vec<SkillName>,
    /// The modules behind `skills`; `None` where these are none, as in benches.
    pub modules: Option<Arc<Modules>>,
    /// What runs for an event type.
    pub sequences: Sequences,
    /// Binds approvals to content with the host key.
    pub binder: Binder,
    /// Performs effects outside the database, by kind.
    pub performers: Vec<Arc<dyn Performer>>,
    /// How often each vendor is called.
    pub vendors: Arc<Vendors>,
    /// Fetches for skills with an `http:` right.
    pub fetcher: Arc<skillhost_connectors::egress::fetch::Fetcher>,
    /// The models behind the configured classes.
    pub models: skillhost_connectors::models::Models,
    /// Who answers each source of tier 3.
    pub providers: crate::providers::Providers,
    /// Reads calendars.
    pub calendars: skillhost_connectors::calendar::places::Places,
    /// Slack, where a token is configured.
    pub slack: Option<Arc<skillhost_connectors::slack::SlackClient>>,
    /// Wakes the dispatchers.
    pub wake: Wake,
    /// Unique per process start; owner of leases.
    pub boot_id: String,
    /// Switches for tests: where the process is killed.
    pub fail_points: crate::fail_point::FailPoints,
    /// One permit a running job; a parked job holds none.
    pub slots: Arc<Semaphore>,
    /// Held between a look at a sender's limits and the row that counts against them.
    pub mail_gate: tokio::sync::Mutex<()>,
    /// What is being brought to people in Slack.
    pub(crate) posts: crate::cards::Posts,
    /// What the tasks that read mailboxes share.
    pub mailboxes: Mailboxes,
    /// Marks on suggestions that were set already.
    pub marked: crate::reports::Marked,
    /// Users whose zone is unknown.
    pub unknown_zones: crate::zones::UnknownZones,
    /// Open jobs, as the door counts them.
    pub backlog: tokio::sync::Mutex<Backlog>,
    /// How calls ended.
    pub calls: CallCounts,
    /// How often sources were loaded.
    pub loads: Arc<LoadCounts>,
    /// Held while old jobs move out: the store gives the turn to a process, and two rounds
    /// of one process would write the same archive at once.
    pub archiving: tokio::sync::Mutex<()>,
    /// Jobs that a task of this process is driving now.
    pub running: Running,
    /// Owns every background task, so that a drain can wait for them.
    pub tasks: TaskTracker,
    /// Owns what ends after them: the task that says that this host lives.
    pub signs_of_life: TaskTracker,
}

impl App {
    /// Waits until then; whether the host began to drain before.
    pub(crate) async fn drains_before(&self, at: Timestamp) -> bool {
        tokio::select! {
            () = self.clock.sleep_until(at) => false,
            () = self.wake.draining().cancelled() => true,
        }
    }
}

/// An event as a door hands it in, before it is admitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incoming {
    /// For instance `meeting_ended`.
    pub event_type: String,
    /// `webhook:<vendor>`, `api:<client>`, `cron:…`.
    pub source: String,
    /// Tenant, from the connection or the key, never from the payload.
    pub org: OrgId,
    /// On whose behalf.
    pub user: UserId,
    /// What happened.
    pub payload: Value,
    /// The client's own; `None` derives `{type}:{the payload's own id}`.
    pub idempotency_key: Option<String>,
    /// Not run before this.
    pub not_before: Option<Timestamp>,
    /// A transcript that came with it; stored in the same commit.
    pub transcript: Option<skillhost_engine::store::Transcript>,
}

/// What became of it. Only made after the commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// The event; of the first delivery for a duplicate.
    pub event_id: Option<EventId>,
    /// Its job; the first one's for a duplicate.
    pub job_id: JobId,
    /// The job's status at that moment.
    pub status: JobStatus,
    /// Whether this was a duplicate.
    pub duplicate: bool,
    /// Why, for refused events.
    pub reason: Option<String>,
}

/// Why an event was not taken. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// No such org.
    #[error("there is no org `{0}`")]
    UnknownOrg(OrgId),
    /// No such user in that org.
    #[error("org `{org}` has no user `{user}`")]
    UnknownUser {
        /// Tenant.
        org: OrgId,
        /// Who.
        user: UserId,
    },
    /// A client used its own key for another body.
    #[error("the idempotency key is held by job {job} with another body")]
    KeyReused {
        /// The first job.
        job: JobId,
    },
    /// As many jobs are open as may be; nothing was accepted.
    #[error("{bound} jobs are open, and no more may be")]
    Full {
        /// How many may.
        bound: u32,
    },
    /// The payload cannot be worked with.
    #[error("the event's payload is not acceptable at {pointer}: {message}")]
    BadPayload {
        /// JSON Pointer.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A skill at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillLine {
    /// Its name.
    pub name: String,
    /// Semver.
    pub version: String,
    /// `sha256:<hex>`.
    pub digest: String,
    /// Rights its manifest asks.
    pub rights: Vec<String>,
}
