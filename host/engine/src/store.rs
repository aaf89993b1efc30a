//! The seam to a database: one atomic `commit(batch)` and reads.
//!
//! A trait per table would make an atomic checkpoint impossible, so there is
//! one. Whoever implements it groups concurrent batches into one transaction;
//! a batch that fails takes no other batch with it.
//!
//! Every read names the org; there is no read across tenants except the host's
//! own dispatch ([`Store::runnable_jobs`], [`Store::due_effects`]), which
//! returns rows that carry their org.

mod api_key;
mod error;
mod job;
mod people;
mod post;
mod records;
mod schedules;
mod shelf;
mod told;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::PendingAction;
use crate::archive::{ArchiveEnd, ArchivedCount};
use crate::artifact::Blob;
use crate::body::{Body, Kept, Subject};
pub use crate::body::{Erased, PaidAnswer, PaidPlace, PastCall};
use crate::calendar::{CalendarState, Occurrence};
pub use crate::crm::CrmWrite;
use crate::event::Event;
use crate::hold::{EffectHold, HeldEffect};
use crate::ids::{ApprovalId, EffectKey, EventId, JobId, OrgId, SkillName, UserId};
use crate::job::{JobRow, JobStatus};
use crate::named::Named;
use crate::news::News;
use crate::outbox::{EffectState, OutboxRow};
use crate::purse::{Budget, Disputed, Reservation, Settlement, Standing};
use crate::registry::{ModuleRow, Revocation, SkillChange};
use crate::report::Reports;
use crate::schedule::ScheduleRow;
use crate::time::{MicroUsd, Timestamp};
use crate::vendor::Gate;
use crate::vitals::{Figures, Gauges};

pub use api_key::{ApiKey, Scope};
pub use error::StoreError;
pub use job::{JobFilter, JobKey, StoredJob, StoredPrincipal};
pub use people::People;
pub use post::{FiledMail, Post, UnfiledMail};
pub use records::Records;
pub use schedules::{Schedules, UpcomingMeeting};
pub use shelf::{CoachingAnalysis, Shelf};
pub use told::{Brought, Due, Telling, Told, Untold};

/// Most writes in one batch: the largest outcome, its effects, approvals and
/// follow-ups, with room.
pub const MAX_BATCH_WRITES: usize = 512;

/// What one commit changes, all or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Applied in this order of kinds: guards first, then inserts, then changes.
    pub writes: Vec<Write>,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Inserts the raw event. Its id is fresh.
    Event(Event),
    /// Inserts a job. If a job that still holds `(org, idempotency_key)` exists,
    /// the whole batch fails with [`StoreError::Duplicate`]. A job holds its key
    /// while [`JobRow::holds_key`] is true.
    NewJob(Box<JobRow>),
    /// Moves a job from `expect` to `expect + 1`, or fails the batch with
    /// [`StoreError::Conflict`].
    Advance(Advance),
    /// Appends to the job's journal. `(job, seq)` is unique.
    Journal(JournalEntry),
    /// Inserts a pending action.
    NewAction(Arc<PendingAction>),
    /// Replaces a pending action whose `revision` is one less than the given
    /// one's, or fails the batch with [`StoreError::Conflict`].
    Action(Arc<PendingAction>),
    /// Inserts an effect. A row with the same key is a conflict.
    NewEffect(Arc<OutboxRow>),
    /// Replaces an outbox row whose `revision` is one less, or conflicts.
    Effect(Arc<OutboxRow>),
    /// Appends to the audit.
    Audit(AuditRow),
    /// A change of the host's own records, made for an effect.
    Crm(CrmWrite),
    /// Records where a card was posted, so that it can be updated.
    Posted {
        /// Which.
        action: ApprovalId,
        /// Vendor's channel id.
        channel: String,
        /// Vendor's message id.
        message_ts: String,
    },
    /// A line in the user's inbox feed (what Slack would show as a DM).
    Chat(ChatMessage),
    /// The same, of the host itself: it is brought to its person as well ([`Told`]).
    Notice(ChatMessage),
    /// Stores a transcript once; same id and digest is no change.
    Transcript(Transcript),
    /// Keeps texts by digest, encrypted; one that is there is not written again.
    Bodies(Arc<[Body]>),
    /// Keeps bytes by digest, encrypted, beside the texts and in the same way.
    Blobs(Arc<[Blob]>),
    /// Keeps an answer that was paid for as soon as it is there, for a further
    /// attempt of its step. The same place twice is no change.
    Paid(Arc<PaidAnswer>),
    /// Sets money aside, or fails the batch with [`StoreError::OverBudget`]. One
    /// an org in a batch.
    Reserve(Box<Reservation>),
    /// Ends a reservation that stands where it is said to, or conflicts. One an
    /// org in a batch.
    Settle(Settlement),
    /// Sets a limit, or takes it away.
    Budget(Budget),
    /// Sets when a schedule is due next, or makes it.
    Schedule(ScheduleRow),
    /// Takes a schedule away.
    Unschedule(ScheduleRow),
    /// Records an installed module. One that is there is a conflict.
    NewModule(Box<ModuleRow>),
    /// Revokes a module that is installed, or fails the batch with
    /// [`StoreError::Conflict`].
    RevokeModule(Revocation),
    /// Appends to a skill's history; `(skill, seq)` is unique, so that of two
    /// changes at once one fails with [`StoreError::Conflict`].
    SkillChange(SkillChange),
}

/// A compare-and-set on a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Advance {
    /// Which.
    pub job: JobId,
    /// Its version before.
    pub expect: u64,
    /// Its status after.
    pub status: JobStatus,
    /// Why, for parked and ended states.
    pub reason: Option<String>,
    /// When a parked job is due by itself.
    pub wake_at: Option<Timestamp>,
    /// The host that holds it while `in_progress`, and until when.
    pub lease: Option<Lease>,
    /// When this happens.
    pub at: Timestamp,
}

/// A hold on a job by one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// A boot id, unique per process start.
    pub owner: String,
    /// Void after this.
    pub until: Timestamp,
}

/// One line of a job's journal; `body` is a versioned [`crate::job::JobEvent`].
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// Which job.
    pub job: JobId,
    /// 1, 2, 3 … within the job.
    pub seq: u64,
    /// Name of the event, for queries.
    pub kind: String,
    /// JSON text.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// One line of the audit. Ids only, no content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Tenant.
    pub org: OrgId,
    /// The job it is about.
    pub job: Option<JobId>,
    /// `host`, `user:<id>`, `client:<name>`.
    pub actor: String,
    /// For instance `approval.approved`, `effect.sent`, `read.denied`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// Ids, digests and numbers.
    pub detail: Value,
    /// When.
    pub at: Timestamp,
}

/// A line of a user's feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Equal to the effect's key, or made by the host.
    pub id: String,
    /// Tenant.
    pub org: OrgId,
    /// Whose feed.
    pub user: UserId,
    /// Which job said it.
    pub job: Option<JobId>,
    /// Markdown.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A transcript, kept once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Unique within the org.
    pub id: String,
    /// Tenant.
    pub org: OrgId,
    /// Whose it is: nobody else's jobs read it.
    pub owner: UserId,
    /// The meeting it belongs to.
    pub meeting: Option<String>,
    /// `vtt`, `srt`, `text`, `meetingbaas`, `fathom`, `fireflies`.
    pub format: String,
    /// As received, decoded to UTF-8. Kept sealed.
    pub body: String,
    /// Under whose key the text is.
    pub subject: Subject,
    /// The text is gone after this.
    pub expires_at: Timestamp,
    /// When received.
    pub at: Timestamp,
}

/// A user as the host needs one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Tenant.
    pub org: OrgId,
    /// Who.
    pub id: UserId,
    /// Display name.
    pub name: String,
    /// Mailbox they send from.
    pub email: String,
    /// IANA zone.
    pub zone: String,
    /// May stop, never approve for others.
    pub admin: bool,
    /// Mail signature, plain text.
    pub signature: String,
    /// `{coaching: per_meeting|weekly|both, disabled_events: [..], …}`.
    pub preferences: Value,
    /// Who is told of a risk as well, a user of the same org.
    #[serde(default)]
    pub manager_id: Option<UserId>,
}

/// What a connection maps to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// `meetingbaas-bot`, `mailbox`, `slack-user`, `calendar`.
    pub kind: String,
    /// Bot id, address, `<team>/<user>`.
    pub external_id: String,
    /// Tenant.
    pub org: OrgId,
    /// Person.
    pub user: UserId,
    /// `{meeting, secret_digest, channel, …}` by kind; secrets as digests only.
    pub detail: Value,
}

/// A database behind the host.
#[async_trait::async_trait]
pub trait Store: People + Post + Shelf + Reports + Schedules + Told + Send + Sync + 'static {
    /// Makes all of the batch durable, or none of it. Returns after the flush.
    async fn commit(&self, batch: Batch) -> Result<(), StoreError>;

    /// A job with its journal, actions and effects.
    async fn job(&self, org: &OrgId, job: &JobId) -> Result<Option<StoredJob>, StoreError>;
    /// The same with its principal, all of one instant.
    async fn job_with_principal(
        &self,
        org: &OrgId,
        key: JobKey<'_>,
    ) -> Result<Option<(StoredJob, StoredPrincipal)>, StoreError>;
    /// Jobs by filter, newest first.
    async fn jobs(&self, org: &OrgId, filter: &JobFilter) -> Result<Vec<JobRow>, StoreError>;
    /// The job that holds an idempotency key, or held it last.
    async fn job_with_key(&self, org: &OrgId, key: &str) -> Result<Option<JobRow>, StoreError>;
    /// Children of a job.
    async fn children(&self, org: &OrgId, job: &JobId) -> Result<Vec<JobRow>, StoreError>;
    /// Jobs of any org that a driver may take now: `pending` with no wake time in
    /// the future, `deferred` whose time has come, `awaiting_approval`
    /// or `awaiting_budget` whose wake time has come, and `in_progress` whose lease has run out or whose owner is
    /// gone when `reclaim` says so: not `owner`, and not known to be alive.
    ///
    /// Higher priorities first; among equals the orgs take turns, and what an org
    /// has running counts as turns it took. A job that is queued, or that falls due
    /// for the first time, is not among them while another one of its org with the
    /// same `concurrency` has begun and has not ended; nor while an older one may be
    /// taken as well or is paused. Of two that are queued the one that was taken
    /// before comes first.
    async fn runnable_jobs(
        &self,
        now: Timestamp,
        owner: &str,
        reclaim: bool,
        limit: u32,
    ) -> Result<Vec<JobRow>, StoreError>;
    /// Whether there is one for `owner`, of jobs that others are just moving as well:
    /// [`Store::runnable_jobs`] leaves these out on a shared database.
    async fn is_any_runnable(&self, _now: Timestamp, _owner: &str) -> Result<bool, StoreError> {
        Ok(false)
    }
    /// The earliest instant at which a parked job or a held effect becomes due.
    async fn next_due(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// A pending action.
    async fn action(&self, org: &OrgId, id: &ApprovalId) -> Result<Option<PendingAction>, StoreError>;
    /// Open actions of a user, oldest first; all of the org's when `user` is `None`.
    async fn open_actions(&self, org: &OrgId, user: Option<&UserId>) -> Result<Vec<PendingAction>, StoreError>;
    /// Open actions of any org that expire at or before `now`.
    async fn expired_actions(&self, now: Timestamp, limit: u32) -> Result<Vec<PendingAction>, StoreError>;

    /// Effects of any org that may leave now: `ready` with `not_before <= now`.
    async fn due_effects(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;
    /// The same without those of these kinds, whose vendors have enough to do.
    async fn due_effects_but(&self, now: Timestamp, kinds: &[&str], limit: u32) -> Result<Vec<OutboxRow>, StoreError>;
    /// Effects of any org in this state, oldest first; those that are leaving only
    /// where the boot that sends them is gone.
    async fn effects_in(&self, state: EffectState, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;
    /// Effects of an org that were given up, or whose result nobody knows, of one
    /// user or all, newest first.
    async fn failed_effects(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError>;
    /// One effect.
    async fn effect(&self, org: &OrgId, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError>;

    /// An event.
    async fn event(&self, org: &OrgId, id: &EventId) -> Result<Option<Event>, StoreError>;
    /// The audit of a job, or of the org when `job` is `None`, newest last.
    async fn audit(&self, org: &OrgId, job: Option<&JobId>, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
    /// A user's feed, newest first.
    async fn feed(&self, org: &OrgId, user: &UserId, limit: u32) -> Result<Vec<ChatMessage>, StoreError>;

    /// A text by its digest, or what became of it by `now`.
    async fn body(&self, org: &OrgId, subject: &Subject, digest: &str, now: Timestamp) -> Result<Kept, StoreError>;
    /// Open jobs of a person, and open ones that their jobs raised.
    async fn open_jobs_about(&self, org: &OrgId, subject: &Subject) -> Result<Vec<JobId>, StoreError>;
    /// Forgets a person, all or nothing: destroys their key, blanks every text of
    /// their jobs and their own records, keeps ids, digests and numbers, and says
    /// so in the audit. `None` when the org has no such person; refused with
    /// [`StoreError::Constraint`] while a job of theirs is open.
    async fn erase_person(
        &self,
        org: &OrgId,
        subject: &Subject,
        by: &str,
        at: Timestamp,
    ) -> Result<Option<Erased>, StoreError>;
    /// The last calls of a skill in any org, newest first: the line of its job's
    /// journal, for the operator's trial of a new version.
    async fn last_calls(&self, skill: &SkillName, limit: u32) -> Result<Vec<PastCall>, StoreError>;
    /// An answer that an earlier attempt paid for and that can still be read.
    async fn paid_answer(&self, place: &PaidPlace, now: Timestamp) -> Result<Option<Arc<str>>, StoreError>;
    /// Removes texts of any org whose retention has passed; how many.
    async fn sweep_bodies(&self, now: Timestamp) -> Result<u64, StoreError>;
    /// Every installed module, revoked ones too, oldest first.
    async fn modules(&self) -> Result<Vec<ModuleRow>, StoreError>;
    /// The last change of every skill.
    async fn skill_standings(&self) -> Result<Vec<SkillChange>, StoreError>;
    /// The last changes of a skill, oldest first.
    async fn skill_history(&self, skill: &SkillName, limit: u32) -> Result<Vec<SkillChange>, StoreError>;

    /// Whether the org exists, and what it allows.
    async fn org(&self, org: &OrgId) -> Result<Option<Value>, StoreError>;
    /// A user of the org.
    async fn user(&self, org: &OrgId, user: &UserId) -> Result<Option<User>, StoreError>;
    /// What a vendor's id maps to.
    async fn connection(&self, kind: &str, external_id: &str) -> Result<Option<Connection>, StoreError>;
    /// The connection of this kind for a user, for posting to them.
    async fn connection_of(&self, kind: &str, org: &OrgId, user: &UserId) -> Result<Option<Connection>, StoreError>;
    /// Connections of a kind of every org, in the order in which they were made, after
    /// the one of this place; each with its place.
    async fn connections_of_kind(
        &self,
        kind: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Connection)>, StoreError>;
    /// A calendar's state.
    async fn calendar(&self, org: &OrgId, id: &str) -> Result<Option<CalendarState>, StoreError>;
    /// Sets a calendar's state and, where they are given, replaces all of its
    /// occurrences, all or nothing.
    async fn put_calendar(
        &self,
        calendar: &CalendarState,
        occurrences: Option<&[Occurrence]>,
    ) -> Result<(), StoreError>;
    /// The key with this digest.
    async fn api_key(&self, digest: &str) -> Result<Option<ApiKey>, StoreError>;

    /// Answers a context source as JSON, scoped to org and user and capped as in
    /// [`crate::context`]; `Ok(None)` when there is nothing. `params` was validated. With
    /// [`crate::context::page::AFTER`] among them, a list begins behind that record and has
    /// one more than a page, where there is one.
    async fn source(
        &self,
        org: &OrgId,
        user: &UserId,
        source: &str,
        params: &Value,
    ) -> Result<Option<Value>, StoreError>;
    /// The same as the whole org: no record is hidden for being another person's.
    /// For calls with `context:<source>@org` only.
    async fn org_source(&self, org: &OrgId, source: &str, params: &Value) -> Result<Option<Value>, StoreError>;
    /// The contact whose address is one of these, with company and open deal:
    /// `{contact_id, company_id?, deal_id?}`.
    async fn match_contact(&self, org: &OrgId, addresses: &[String]) -> Result<Option<Value>, StoreError>;
    /// Contacts that the user may see and that are named so, by a whole name, and where none
    /// is, by a first name: two at the most, each as [`Store::match_contact`] has it. More
    /// than one is nobody in particular.
    async fn contacts_named(&self, org: &OrgId, user: &UserId, named: &Named) -> Result<Vec<Value>, StoreError>;
    /// Whether the address is on the suppression list.
    async fn is_suppressed(&self, org: &OrgId, address: &str) -> Result<bool, StoreError>;
    /// When the user's last mails left since an instant, newest first; those that may have
    /// left count.
    async fn mails_sent(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError>;

    /// Loads or replaces a data set (`skillhost data load`), all or nothing:
    /// the document described in `docs/data.md`. Its transcripts are kept, sealed,
    /// until `keep_until`. Returns rows written by table.
    async fn load_data(
        &self,
        data: &Value,
        keep_until: Timestamp,
    ) -> Result<std::collections::BTreeMap<String, u64>, StoreError>;
    /// Rows of a table of that document as they are, without `org_id`: of `users`,
    /// `companies`, `contacts`, `deals`, `meetings`, `activities`, `tasks` or `notes`.
    async fn records(&self, org: &OrgId, table: &str, which: Records<'_>) -> Result<Vec<Value>, StoreError>;
    /// Removes records of a table of that document, all or none, with a line in the audit
    /// each: of `companies`, `contacts`, `deals`, `activities`, `tasks`, `notes`, `products`,
    /// `news_articles` or `templates`. What named them names nobody any more. One that is
    /// not there is a [`StoreError::Constraint`].
    async fn remove_records(
        &self,
        org: &OrgId,
        table: &str,
        ids: &[String],
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Adds an API key.
    async fn put_api_key(&self, key: &ApiKey) -> Result<(), StoreError>;
    /// Adds or replaces a connection.
    async fn put_connection(&self, connection: &Connection) -> Result<(), StoreError>;
    /// A one-time sign-in link or a session, by digest: `{org, user, expires_at, csrf}`.
    async fn put_token(&self, kind: &str, digest: &str, value: &Value, expires: Timestamp) -> Result<(), StoreError>;
    /// Reads a token that has not expired; `take` deletes it in the same step, so
    /// that a link works once. The delivery ids of signed hooks use the same table
    /// (`kind = "delivery"`).
    async fn token(&self, kind: &str, digest: &str, now: Timestamp, take: bool) -> Result<Option<Value>, StoreError>;

    /// Every limit of the org, and what was taken in the day and month of `now`
    /// by every scope that has a limit or took anything.
    async fn standings(&self, org: &OrgId, now: Timestamp) -> Result<Vec<Standing>, StoreError>;
    /// Reservations of the org that wait to be reconciled, oldest first.
    async fn disputed(&self, org: &OrgId) -> Result<Vec<Disputed>, StoreError>;
    /// What the last `jobs` completed jobs of a sequence cost, newest first.
    async fn job_costs(&self, org: &OrgId, sequence: &str, jobs: u32) -> Result<Vec<MicroUsd>, StoreError>;
    /// Disputes every reservation held by a boot that is gone, each with a line in the
    /// audit; how many there were. Run once, before anything is reserved.
    async fn dispute_strays(&self, boot: &str, now: Timestamp) -> Result<u64, StoreError>;

    /// What is remembered of a vendor, with its revision; `None` where it was never
    /// called with a limit.
    async fn vendor_gate(&self, vendor: &str) -> Result<Option<(u64, Gate)>, StoreError>;
    /// Remembers this in place of the revision `from`, which is 0 for none. Returns after
    /// the flush; `false` when another host was faster.
    async fn move_vendor_gate(&self, vendor: &str, from: u64, gate: &Gate) -> Result<bool, StoreError>;

    /// Whether other hosts may be at work on the same database.
    fn is_shared(&self) -> bool {
        false
    }
    /// Says that a boot lives for so long from now; whether another one is gone that
    /// left a job or an effect under way. On a database of one host's own every other
    /// boot is gone.
    async fn alive(&self, boot: &str, for_ms: i64) -> Result<bool, StoreError> {
        let _ = (boot, for_ms);
        Ok(false)
    }

    /// Waits for the next news of another host on the same database; a host that has
    /// its database to itself waits for ever. The first of a store may be
    /// [`News::Missed`].
    async fn news(&self) -> Result<News, StoreError> {
        std::future::pending().await
    }
    /// Tells the other hosts on the same database, if there are any.
    async fn tell(&self, news: &News) -> Result<(), StoreError> {
        let _ = news;
        Ok(())
    }
    /// Keeps the bytes of a module for the other hosts on the same database. Returns
    /// after the flush.
    async fn keep_module(&self, digest: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let _ = (digest, bytes);
        Ok(())
    }
    /// The bytes that a host kept under this digest. Whoever reads them holds them
    /// against it.
    async fn module_bytes(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let _ = digest;
        Ok(None)
    }

    /// Jobs of any org that ended before this and of which nothing waits for anybody,
    /// those that ended first first.
    async fn ended_before(&self, at: Timestamp, limit: u32) -> Result<Vec<(OrgId, JobId)>, StoreError>;
    /// Whether it is this boot's turn to move jobs out, and stays so: one boot does at a
    /// time, until it is gone.
    async fn take_archive_turn(&self, boot: &str) -> Result<bool, StoreError>;
    /// How much of a month's archive in this folder is there for good; `None` where the
    /// database knows of none.
    async fn archive_bytes(&self, folder: &str, month: &str) -> Result<Option<u64>, StoreError>;
    /// Counts these jobs, deletes their rows, events, journals, questions and effects,
    /// and says how long the month's archive is, all or nothing; how many there were.
    /// One that goes on by now stays. The audit and the money stay. A boot that lost its
    /// turn meanwhile is refused with [`StoreError::Conflict`].
    async fn remove_archived(&self, jobs: &[JobId], end: &ArchiveEnd) -> Result<u64, StoreError>;
    /// How many jobs of the org moved out, by day, type and state.
    async fn archived_counts(&self, org: &OrgId) -> Result<Vec<ArchivedCount>, StoreError>;

    /// Why no effect leaves by itself: the database was restored and nobody has said yet
    /// what may. While it stands, [`Store::due_effects`] answers released ones alone.
    async fn hold(&self) -> Result<Option<EffectHold>, StoreError>;
    /// Holds all effects, those too that are still to come.
    async fn hold_effects(&self, hold: &EffectHold, by: &str) -> Result<(), StoreError>;
    /// Holds all effects where the database shows that it is a copy of another one, or
    /// went back in time; the hold when this call set it. Asked by a boot before it says
    /// that it lives, and again while it does. A file shows nothing of it.
    async fn notice_restore(&self, boot: &str, now: Timestamp) -> Result<Option<EffectHold>, StoreError>;
    /// Effects of any org that are held, oldest first.
    async fn held_effects(&self, limit: u32) -> Result<Vec<HeldEffect>, StoreError>;
    /// Lets these effects leave, or ends the hold; how many were held, each with a line
    /// in the audit.
    async fn release_held(&self, keys: Option<&[EffectKey]>, by: &str, at: Timestamp) -> Result<u64, StoreError>;

    /// What the store knows of itself; asks no database. Nothing where it keeps none.
    fn gauges(&self) -> Gauges {
        Gauges::default()
    }
    /// What the tables say at `now`, by index.
    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError>;
    /// Open jobs of every org, counted up to `at_most`.
    async fn open_jobs(&self, at_most: u32) -> Result<u32, StoreError>;

    /// Whether the database answers and, where the last write failed, whether it takes
    /// writes again.
    async fn ping(&self) -> Result<(), StoreError>;
    /// Finishes what was accepted and closes.
    async fn close(&self);
}
