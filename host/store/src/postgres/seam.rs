//! The seam: [`Store`] for [`PostgresStore`], each method one line to its home.

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
use skillhost_engine::news::News;
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

use crate::postgres::open::PostgresStore;
use crate::postgres::{queue, vitals};
use crate::{access, bodies, calendars, modules, postgres, purse, reads, records, vendors};

#[async_trait::async_trait]
impl Store for PostgresStore {
    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.write(batch).await
    }

    async fn job(&self, org: &OrgId, job: &JobId) -> Result<Option<StoredJob>, StoreError> {
        reads::job(&self.pool, &self.proofs, org, job).await
    }

    async fn job_with_principal(
        &self,
        org: &OrgId,
        key: JobKey<'_>,
    ) -> Result<Option<(StoredJob, StoredPrincipal)>, StoreError> {
        reads::job_with_principal(&self.pool, &self.proofs, org, key).await
    }

    async fn jobs(&self, org: &OrgId, filter: &JobFilter) -> Result<Vec<JobRow>, StoreError> {
        reads::jobs(&self.pool, org, filter).await
    }

    async fn job_with_key(&self, org: &OrgId, key: &str) -> Result<Option<JobRow>, StoreError> {
        reads::job_with_key(&self.pool, org, key).await
    }

    async fn children(&self, org: &OrgId, job: &JobId) -> Result<Vec<JobRow>, StoreError> {
        reads::children(&self.pool, org, job).await
    }

    async fn runnable_jobs(
        &self,
        now: Timestamp,
        owner: &str,
        reclaim: bool,
        limit: u32,
    ) -> Result<Vec<JobRow>, StoreError> {
        queue::runnable_jobs(&self.pool, now, owner, reclaim, limit).await
    }

    async fn is_any_runnable(&self, now: Timestamp, owner: &str) -> Result<bool, StoreError> {
        queue::is_any_runnable(&self.pool, now, owner).await
    }

    async fn next_due(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        queue::next_due(&self.pool, after).await
    }

    async fn action(&self, org: &OrgId, id: &ApprovalId) -> Result<Option<PendingAction>, StoreError> {
        reads::action(&self.pool, &self.proofs, org, id).await
    }

    async fn open_actions(&self, org: &OrgId, user: Option<&UserId>) -> Result<Vec<PendingAction>, StoreError> {
        reads::open_actions(&self.pool, &self.proofs, org, user).await
    }

    async fn expired_actions(&self, now: Timestamp, limit: u32) -> Result<Vec<PendingAction>, StoreError> {
        Ok(self.proofs.approvals(queue::expired_actions(&self.pool, now, limit).await?))
    }

    async fn due_effects(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        queue::due_effects(&self.pool, now, limit).await
    }

    async fn due_effects_but(&self, now: Timestamp, kinds: &[&str], limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        postgres::vendors::due_effects_but(&self.pool, now, kinds, limit).await
    }

    async fn effects_in(&self, state: EffectState, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        queue::effects_in(&self.pool, state, limit).await
    }

    async fn failed_effects(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        reads::failed_effects(&self.pool, org, user, limit).await
    }

    async fn effect(&self, org: &OrgId, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError> {
        reads::effect(&self.pool, org, key).await
    }

    async fn event(&self, org: &OrgId, id: &EventId) -> Result<Option<Event>, StoreError> {
        reads::event(&self.pool, org, id).await
    }

    async fn audit(&self, org: &OrgId, job: Option<&JobId>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        reads::audit(&self.pool, org, job, limit).await
    }

    async fn feed(&self, org: &OrgId, user: &UserId, limit: u32) -> Result<Vec<ChatMessage>, StoreError> {
        reads::feed(&self.pool, org, user, limit).await
    }

    async fn body(&self, org: &OrgId, subject: &Subject, digest: &str, now: Timestamp) -> Result<Kept, StoreError> {
        bodies::body(&self.pool, self.vault.as_ref(), org, subject, digest, now).await
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
        queue::last_calls(&self.pool, skill, limit).await
    }

    async fn paid_answer(&self, place: &PaidPlace, now: Timestamp) -> Result<Option<Arc<str>>, StoreError> {
        bodies::paid(&self.pool, self.vault.as_ref(), place, now).await
    }

    async fn sweep_bodies(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.sweep(now).await
    }

    async fn modules(&self) -> Result<Vec<ModuleRow>, StoreError> {
        modules::all(&self.pool).await
    }

    async fn skill_standings(&self) -> Result<Vec<SkillChange>, StoreError> {
        modules::standings(&self.pool).await
    }

    async fn skill_history(&self, skill: &SkillName, limit: u32) -> Result<Vec<SkillChange>, StoreError> {
        modules::history(&self.pool, skill, limit).await
    }

    async fn org(&self, org: &OrgId) -> Result<Option<Value>, StoreError> {
        access::org(&self.pool, org).await
    }

    async fn user(&self, org: &OrgId, user: &UserId) -> Result<Option<User>, StoreError> {
        access::user(&self.pool, &self.proofs, org, user).await
    }

    async fn connection(&self, kind: &str, external_id: &str) -> Result<Option<Connection>, StoreError> {
        postgres::access::connection(&self.pool, kind, external_id).await
    }

    async fn connection_of(&self, kind: &str, org: &OrgId, user: &UserId) -> Result<Option<Connection>, StoreError> {
        access::connection_of(&self.pool, kind, org, user).await
    }

    async fn connections_of_kind(
        &self,
        kind: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Connection)>, StoreError> {
        postgres::calendars::connections_of_kind(&self.pool, kind, after, limit).await
    }

    async fn calendar(&self, org: &OrgId, id: &str) -> Result<Option<CalendarState>, StoreError> {
        calendars::state(&self.pool, org, id).await
    }

    async fn put_calendar(
        &self,
        calendar: &CalendarState,
        occurrences: Option<&[Occurrence]>,
    ) -> Result<(), StoreError> {
        self.write_calendar(calendar, occurrences).await
    }

    async fn api_key(&self, digest: &str) -> Result<Option<ApiKey>, StoreError> {
        Ok(postgres::access::api_key(&self.pool, digest).await?.and_then(|stored| self.proofs.key(stored)))
    }

    async fn source(
        &self,
        org: &OrgId,
        user: &UserId,
        source: &str,
        params: &Value,
    ) -> Result<Option<Value>, StoreError> {
        bodies::source(&self.pool, self.vault.as_ref(), org, Some(user), source, params).await
    }

    async fn org_source(&self, org: &OrgId, source: &str, params: &Value) -> Result<Option<Value>, StoreError> {
        bodies::source(&self.pool, self.vault.as_ref(), org, None, source, params).await
    }

    async fn match_contact(&self, org: &OrgId, addresses: &[String]) -> Result<Option<Value>, StoreError> {
        access::match_contact(&self.pool, org, addresses).await
    }

    async fn contacts_named(&self, org: &OrgId, user: &UserId, named: &Named) -> Result<Vec<Value>, StoreError> {
        access::contacts_named(&self.pool, org, user, named).await
    }

    async fn is_suppressed(&self, org: &OrgId, address: &str) -> Result<bool, StoreError> {
        access::is_suppressed(&self.pool, org, address).await
    }

    async fn mails_sent(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        access::mails_sent(&self.pool, org, user, since, limit).await
    }

    async fn load_data(&self, data: &Value, keep_until: Timestamp) -> Result<BTreeMap<String, u64>, StoreError> {
        self.load(data, keep_until).await
    }

    async fn records(&self, org: &OrgId, table: &str, which: Records<'_>) -> Result<Vec<Value>, StoreError> {
        records::read(&self.pool, org, table, which).await
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
            postgres::access::token(&self.pool, kind, digest, now).await?
        };
        Ok(stored.and_then(|stored| self.proofs.token(kind, digest, stored)))
    }

    async fn standings(&self, org: &OrgId, now: Timestamp) -> Result<Vec<Standing>, StoreError> {
        purse::standings(&self.pool, org, now).await
    }

    async fn disputed(&self, org: &OrgId) -> Result<Vec<Disputed>, StoreError> {
        purse::disputed(&self.pool, org).await
    }

    async fn job_costs(&self, org: &OrgId, sequence: &str, jobs: u32) -> Result<Vec<MicroUsd>, StoreError> {
        purse::job_costs(&self.pool, org, sequence, jobs).await
    }

    async fn dispute_strays(&self, boot: &str, now: Timestamp) -> Result<u64, StoreError> {
        self.write_disputes(boot, now).await
    }

    async fn vendor_gate(&self, vendor: &str) -> Result<Option<(u64, Gate)>, StoreError> {
        vendors::gate(&self.pool, vendor).await
    }

    async fn move_vendor_gate(&self, vendor: &str, from: u64, gate: &Gate) -> Result<bool, StoreError> {
        self.write_vendor_gate(vendor, from, gate).await
    }

    async fn ended_before(&self, at: Timestamp, limit: u32) -> Result<Vec<(OrgId, JobId)>, StoreError> {
        self.read_ended(at, limit).await
    }

    async fn take_archive_turn(&self, boot: &str) -> Result<bool, StoreError> {
        self.write_archive_turn(boot).await
    }

    async fn archive_bytes(&self, folder: &str, month: &str) -> Result<Option<u64>, StoreError> {
        self.read_archive_bytes(folder, month).await
    }

    async fn remove_archived(&self, jobs: &[JobId], end: &ArchiveEnd) -> Result<u64, StoreError> {
        self.write_removal(jobs, end).await
    }

    async fn archived_counts(&self, org: &OrgId) -> Result<Vec<ArchivedCount>, StoreError> {
        self.read_archived_counts(org).await
    }

    async fn hold(&self) -> Result<Option<EffectHold>, StoreError> {
        self.read_hold().await
    }

    async fn hold_effects(&self, hold: &EffectHold, by: &str) -> Result<(), StoreError> {
        self.write_hold(hold, by).await
    }

    async fn notice_restore(&self, boot: &str, now: Timestamp) -> Result<Option<EffectHold>, StoreError> {
        self.notice(boot, now).await
    }

    async fn held_effects(&self, limit: u32) -> Result<Vec<HeldEffect>, StoreError> {
        self.read_held(limit).await
    }

    async fn release_held(&self, keys: Option<&[EffectKey]>, by: &str, at: Timestamp) -> Result<u64, StoreError> {
        self.write_release(keys, by, at).await
    }

    fn gauges(&self) -> Gauges {
        self.read_gauges()
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        vitals::figures(&self.pool, now).await
    }

    async fn open_jobs(&self, at_most: u32) -> Result<u32, StoreError> {
        vitals::open_jobs(&self.pool, at_most).await
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn alive(&self, boot: &str, for_ms: i64) -> Result<bool, StoreError> {
        self.say_alive(boot, for_ms).await
    }

    async fn news(&self) -> Result<News, StoreError> {
        self.hear().await
    }

    async fn tell(&self, news: &News) -> Result<(), StoreError> {
        self.say(news).await
    }

    async fn keep_module(&self, digest: &str, bytes: &[u8]) -> Result<(), StoreError> {
        postgres::modules::keep(&self.pool, digest, bytes).await
    }

    async fn module_bytes(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        postgres::modules::bytes(&self.pool, digest).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.answer().await
    }

    async fn close(&self) {
        self.shut().await;
    }
}
