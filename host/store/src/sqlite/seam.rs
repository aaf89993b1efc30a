//! The seam: [`Store`] for [`SqliteStore`], each method one line to its home.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use skillhost_engine::approval::PendingAction;
use skillhost_engine::archive::{ArchiveEnd, ArchivedCount};
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::calendar::{CalendarState, Occurrence};
use skillhost_engine::event::Event;
use skillhost_engine::hold::{EffectHold, HeldEffect};
use skillhost_engine::ids::{ApprovalId, EffectKey, EventId, JobId, OrgId, SkillName, UserId};
use skillhost_engine::job::JobRow;
use skillhost_engine::named::Named;
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::purse::{Disputed, Standing};
use skillhost_engine::registry::{ModuleRow, SkillChange};
use skillhost_engine::store::{
    ApiKey, AuditRow, Batch, ChatMessage, Connection, Erased, JobFilter, JobKey, PaidPlace, PastCall, Records, Store,
    StoreError, StoredJob, StoredPrincipal, User,
};
use skillhost_engine::time::{MicroUsd, Timestamp};
use skillhost_engine::vendor::Gate;
use skillhost_engine::vitals::{Figures, Gauges};

use crate::sqlite::open::SqliteStore;
use crate::sqlite::{archive, hold, queue};
use crate::{access, bodies, calendars, modules, purse, reads, records, sqlite, vendors};

#[async_trait::async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.write(batch).await
    }

    async fn job(&self, org: &OrgId, job: &JobId) -> Result<Option<StoredJob>, StoreError> {
        reads::job(&self.readers, &self.proofs, org, job).await
    }

    async fn job_with_principal(
        &self,
        org: &OrgId,
        key: JobKey<'_>,
    ) -> Result<Option<(StoredJob, StoredPrincipal)>, StoreError> {
        reads::job_with_principal(&self.readers, &self.proofs, org, key).await
    }

    async fn jobs(&self, org: &OrgId, filter: &JobFilter) -> Result<Vec<JobRow>, StoreError> {
        reads::jobs(&self.readers, org, filter).await
    }

    async fn job_with_key(&self, org: &OrgId, key: &str) -> Result<Option<JobRow>, StoreError> {
        reads::job_with_key(&self.readers, org, key).await
    }

    async fn children(&self, org: &OrgId, job: &JobId) -> Result<Vec<JobRow>, StoreError> {
        reads::children(&self.readers, org, job).await
    }

    async fn runnable_jobs(
        &self,
        now: Timestamp,
        owner: &str,
        reclaim: bool,
        limit: u32,
    ) -> Result<Vec<JobRow>, StoreError> {
        queue::runnable_jobs(&self.readers, now, owner, reclaim, limit).await
    }

    async fn next_due(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        queue::next_due(&self.readers, after).await
    }

    async fn action(&self, org: &OrgId, id: &ApprovalId) -> Result<Option<PendingAction>, StoreError> {
        reads::action(&self.readers, &self.proofs, org, id).await
    }

    async fn open_actions(&self, org: &OrgId, user: Option<&UserId>) -> Result<Vec<PendingAction>, StoreError> {
        reads::open_actions(&self.readers, &self.proofs, org, user).await
    }

    async fn expired_actions(&self, now: Timestamp, limit: u32) -> Result<Vec<PendingAction>, StoreError> {
        Ok(self.proofs.approvals(queue::expired_actions(&self.readers, now, limit).await?))
    }

    async fn due_effects(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        queue::due_effects(&self.readers, now, limit).await
    }

    async fn due_effects_but(&self, now: Timestamp, kinds: &[&str], limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        sqlite::vendors::due_effects_but(&self.readers, now, kinds, limit).await
    }

    async fn effects_in(&self, state: EffectState, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        queue::effects_in(&self.readers, state, limit).await
    }

    async fn failed_effects(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        reads::failed_effects(&self.readers, org, user, limit).await
    }

    async fn effect(&self, org: &OrgId, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError> {
        reads::effect(&self.readers, org, key).await
    }

    async fn event(&self, org: &OrgId, id: &EventId) -> Result<Option<Event>, StoreError> {
        reads::event(&self.readers, org, id).await
    }

    async fn audit(&self, org: &OrgId, job: Option<&JobId>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        reads::audit(&self.readers, org, job, limit).await
    }

    async fn feed(&self, org: &OrgId, user: &UserId, limit: u32) -> Result<Vec<ChatMessage>, StoreError> {
        reads::feed(&self.readers, org, user, limit).await
    }

    async fn body(&self, org: &OrgId, subject: &Subject, digest: &str, now: Timestamp) -> Result<Kept, StoreError> {
        bodies::body(&self.readers, self.vault.as_ref(), org, subject, digest, now).await
    }

    async fn open_jobs_about(&self, org: &OrgId, subject: &Subject) -> Result<Vec<JobId>, StoreError> {
        self.read_open_jobs(org, subject).await
    }

    async fn erase_person(
        &self,
        org: &OrgId,
        subject: &Subject,
        by: &str,
        at: Timestamp,
    ) -> Result<Option<Erased>, StoreError> {
        self.erase(org, subject, by, at).await
    }

    async fn last_calls(&self, skill: &SkillName, limit: u32) -> Result<Vec<PastCall>, StoreError> {
        queue::last_calls(&self.readers, skill, limit).await
    }

    async fn paid_answer(&self, place: &PaidPlace, now: Timestamp) -> Result<Option<Arc<str>>, StoreError> {
        bodies::paid(&self.readers, self.vault.as_ref(), place, now).await
    }

    async fn sweep_bodies(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.sweep(now).await
    }

    async fn modules(&self) -> Result<Vec<ModuleRow>, StoreError> {
        modules::all(&self.readers).await
    }

    async fn skill_standings(&self) -> Result<Vec<SkillChange>, StoreError> {
        modules::standings(&self.readers).await
    }

    async fn skill_history(&self, skill: &SkillName, limit: u32) -> Result<Vec<SkillChange>, StoreError> {
        modules::history(&self.readers, skill, limit).await
    }

    async fn org(&self, org: &OrgId) -> Result<Option<Value>, StoreError> {
        access::org(&self.readers, org).await
    }

    async fn user(&self, org: &OrgId, user: &UserId) -> Result<Option<User>, StoreError> {
        access::user(&self.readers, &self.proofs, org, user).await
    }

    async fn connection(&self, kind: &str, external_id: &str) -> Result<Option<Connection>, StoreError> {
        sqlite::access::connection(&self.readers, kind, external_id).await
    }

    async fn connection_of(&self, kind: &str, org: &OrgId, user: &UserId) -> Result<Option<Connection>, StoreError> {
        access::connection_of(&self.readers, kind, org, user).await
    }

    async fn connections_of_kind(
        &self,
        kind: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Connection)>, StoreError> {
        sqlite::calendars::connections_of_kind(&self.readers, kind, after, limit).await
    }

    async fn calendar(&self, org: &OrgId, id: &str) -> Result<Option<CalendarState>, StoreError> {
        calendars::state(&self.readers, org, id).await
    }

    async fn put_calendar(
        &self,
        calendar: &CalendarState,
        occurrences: Option<&[Occurrence]>,
    ) -> Result<(), StoreError> {
        self.write_calendar(calendar, occurrences).await
    }

    async fn api_key(&self, digest: &str) -> Result<Option<ApiKey>, StoreError> {
        Ok(sqlite::access::api_key(&self.readers, digest).await?.and_then(|stored| self.proofs.key(stored)))
    }

    async fn source(
        &self,
        org: &OrgId,
        user: &UserId,
        source: &str,
        params: &Value,
    ) -> Result<Option<Value>, StoreError> {
        bodies::source(&self.readers, self.vault.as_ref(), org, Some(user), source, params).await
    }

    async fn org_source(&self, org: &OrgId, source: &str, params: &Value) -> Result<Option<Value>, StoreError> {
        bodies::source(&self.readers, self.vault.as_ref(), org, None, source, params).await
    }

    async fn match_contact(&self, org: &OrgId, addresses: &[String]) -> Result<Option<Value>, StoreError> {
        access::match_contact(&self.readers, org, addresses).await
    }

    async fn contacts_named(&self, org: &OrgId, user: &UserId, named: &Named) -> Result<Vec<Value>, StoreError> {
        access::contacts_named(&self.readers, org, user, named).await
    }

    async fn is_suppressed(&self, org: &OrgId, address: &str) -> Result<bool, StoreError> {
        access::is_suppressed(&self.readers, org, address).await
    }

    async fn mails_sent(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        access::mails_sent(&self.readers, org, user, since, limit).await
    }

    async fn load_data(&self, data: &Value, keep_until: Timestamp) -> Result<BTreeMap<String, u64>, StoreError> {
        self.load(data, keep_until).await
    }

    async fn records(&self, org: &OrgId, table: &str, which: Records<'_>) -> Result<Vec<Value>, StoreError> {
        records::read(&self.readers, org, table, which).await
    }

    async fn remove_records(
        &self,
        org: &OrgId,
        table: &str,
        ids: &[String],
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.remove(org, table, ids, by, now).await
    }

    async fn put_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        self.write_api_key(key).await
    }

    async fn put_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        self.write_connection(connection).await
    }

    async fn put_token(&self, kind: &str, digest: &str, value: &Value, expires: Timestamp) -> Result<(), StoreError> {
        self.write_token(kind, digest, value, expires).await
    }

    async fn token(&self, kind: &str, digest: &str, now: Timestamp, take: bool) -> Result<Option<Value>, StoreError> {
        let stored = if take {
            self.take_token(kind, digest, now).await?
        } else {
            sqlite::access::token(&self.readers, kind, digest, now).await?
        };
        Ok(stored.and_then(|stored| self.proofs.token(kind, digest, stored)))
    }

    async fn standings(&self, org: &OrgId, now: Timestamp) -> Result<Vec<Standing>, StoreError> {
        purse::standings(&self.readers, org, now).await
    }

    async fn disputed(&self, org: &OrgId) -> Result<Vec<Disputed>, StoreError> {
        purse::disputed(&self.readers, org).await
    }

    async fn job_costs(&self, org: &OrgId, sequence: &str, jobs: u32) -> Result<Vec<MicroUsd>, StoreError> {
        purse::job_costs(&self.readers, org, sequence, jobs).await
    }

    async fn dispute_strays(&self, boot: &str, now: Timestamp) -> Result<u64, StoreError> {
        self.write_disputes(boot, now).await
    }

    async fn vendor_gate(&self, vendor: &str) -> Result<Option<(u64, Gate)>, StoreError> {
        vendors::gate(&self.readers, vendor).await
    }

    async fn move_vendor_gate(&self, vendor: &str, from: u64, gate: &Gate) -> Result<bool, StoreError> {
        self.write_vendor_gate(vendor, from, gate).await
    }

    async fn ended_before(&self, at: Timestamp, limit: u32) -> Result<Vec<(OrgId, JobId)>, StoreError> {
        archive::ended_before(&self.readers, at, limit).await
    }

    async fn take_archive_turn(&self, _: &str) -> Result<bool, StoreError> {
        // No other host is at work on the file.
        Ok(true)
    }

    async fn archive_bytes(&self, _: &str, month: &str) -> Result<Option<u64>, StoreError> {
        archive::archive_bytes(&self.readers, month).await
    }

    async fn remove_archived(&self, jobs: &[JobId], end: &ArchiveEnd) -> Result<u64, StoreError> {
        self.write_removal(jobs, end).await
    }

    async fn archived_counts(&self, org: &OrgId) -> Result<Vec<ArchivedCount>, StoreError> {
        archive::counts(&self.readers, org).await
    }

    async fn hold(&self) -> Result<Option<EffectHold>, StoreError> {
        hold::hold(&self.readers).await
    }

    async fn hold_effects(&self, hold: &EffectHold, by: &str) -> Result<(), StoreError> {
        self.write_hold(hold, by).await
    }

    async fn notice_restore(&self, _: &str, _: Timestamp) -> Result<Option<EffectHold>, StoreError> {
        // A copied file is what it was; `restore` says it.
        Ok(None)
    }

    async fn held_effects(&self, limit: u32) -> Result<Vec<HeldEffect>, StoreError> {
        hold::held(&self.readers, limit).await
    }

    async fn release_held(&self, keys: Option<&[EffectKey]>, by: &str, at: Timestamp) -> Result<u64, StoreError> {
        self.write_release(keys, by, at).await
    }

    fn gauges(&self) -> Gauges {
        self.read_gauges()
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        self.read_figures(now).await
    }

    async fn open_jobs(&self, at_most: u32) -> Result<u32, StoreError> {
        self.count_open(at_most).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.answer().await
    }

    async fn close(&self) {
        self.shut().await;
    }
}
