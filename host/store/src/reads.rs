//! Reads of the durable half within an org: jobs, questions, effects, events, audit, feed.

use serde::Deserialize;
use serde_json::Value;
use skillhost_engine::approval::PendingAction;
use skillhost_engine::event::Event;
use skillhost_engine::ids::{ApprovalId, EffectKey, EventId, JobId, OrgId, UserId};
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::OutboxRow;
use skillhost_engine::store::{
    AuditRow, ChatMessage, JobFilter, JobKey, JournalEntry, StoreError, StoredJob, StoredPrincipal,
};
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::columns::{self, ACTION, AUDIT, CHAT, EFFECT, EVENT, JOB, JOB_TABLES};
use crate::dialect::Dialect;
use crate::proof::{Proofs, StoredUser};

/// Most rows a list answers, whatever was asked for.
const MAX_ROWS: u32 = 1000;
/// Most jobs in a page.
const MAX_JOBS: u32 = 200;

pub(crate) fn rows_at_most(limit: u32) -> i64 {
    i64::from(limit.min(MAX_ROWS))
}

/// A row of what a job consists of, or of whom it runs for.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Job(Box<JobRow>),
    Journal(u64, String, String, Timestamp),
    Action(Box<PendingAction>),
    Effect(Box<OutboxRow>),
    Settings(Value),
    User(Box<StoredUser>),
}

/// Which job it is, `$2` being what it is found by in the org `$1`.
fn id_of(key: JobKey<'_>) -> &'static str {
    match key {
        JobKey::Job(_) => "$2",
        JobKey::Approval(_) => "(SELECT q.job_id FROM pending_actions q WHERE q.org_id = $1 AND q.id = $2)",
    }
}

fn parts_of_job(id: &str) -> String {
    format!(
        "SELECT 0 AS n, json_object('job', {JOB}) AS part FROM {JOB_TABLES} WHERE j.org_id = $1 AND j.id = {id}
         UNION ALL SELECT l.seq, json_object('journal', json_array(l.seq, l.kind, l.body, l.at)) FROM job_journal l
            WHERE l.job_id = {id}
         UNION ALL SELECT a.n, json_object('action', {ACTION}) FROM pending_actions a WHERE a.job_id = {id}
         UNION ALL SELECT o.n, json_object('effect', {EFFECT}) FROM outbox o WHERE o.job_id = {id}"
    )
}

fn parts_of_principal(dialect: Dialect, id: &str) -> String {
    let user = columns::user(dialect);
    format!(
        "SELECT 0, json_object('settings', json(o.settings)) FROM orgs o WHERE o.id = $1
         UNION ALL SELECT 0, json_object('user', {user}) FROM users u WHERE u.org_id = $1
            AND u.id = (SELECT k.user_id FROM sequence_jobs k WHERE k.org_id = $1 AND k.id = {id})"
    )
}

/// All parts in one statement, so that they are of one instant.
async fn gather(
    db: &impl Ask,
    proofs: &Proofs,
    org: &OrgId,
    key: JobKey<'_>,
    parts: String,
) -> Result<Option<(StoredJob, StoredPrincipal)>, StoreError> {
    let (what, by) = match key {
        JobKey::Job(job) => (format!("of job {job}"), job.as_str()),
        JobKey::Approval(approval) => (format!("of the job of approval {approval}"), approval.as_str()),
    };
    let sql = format!("SELECT part FROM ({parts}) parts ORDER BY n");
    let mut row = None;
    let mut lines = Vec::new();
    let (mut actions, mut effects) = (Vec::new(), Vec::new());
    let mut principal = StoredPrincipal { settings: None, user: None };
    for part in ask::all(db, Some(org), &what, sql, Params::new().text(org.as_str()).text(by)).await? {
        match part {
            Part::Job(found) => row = Some(*found),
            Part::Journal(seq, kind, body, at) => lines.push((seq, kind, body, at)),
            Part::Action(mut found) => {
                proofs.approval(&mut found);
                actions.push(*found);
            }
            Part::Effect(found) => effects.push(*found),
            Part::Settings(found) => principal.settings = Some(found),
            Part::User(found) => principal.user = Some(proofs.user(*found)),
        }
    }
    // The parts are found by job alone; without the row they are another org's.
    let Some(row) = row else { return Ok(None) };
    let entry = |(seq, kind, body, at)| JournalEntry { job: row.id.clone(), seq, kind, body, at };
    let journal = lines.into_iter().map(entry).collect();
    Ok(Some((StoredJob { row, journal, actions, effects }, principal)))
}

pub(crate) async fn job(
    db: &impl Ask,
    proofs: &Proofs,
    org: &OrgId,
    job: &JobId,
) -> Result<Option<StoredJob>, StoreError> {
    let key = JobKey::Job(job);
    Ok(gather(db, proofs, org, key, parts_of_job(id_of(key))).await?.map(|(stored, _)| stored))
}

pub(crate) async fn job_with_principal<D: Ask>(
    db: &D,
    proofs: &Proofs,
    org: &OrgId,
    key: JobKey<'_>,
) -> Result<Option<(StoredJob, StoredPrincipal)>, StoreError> {
    let id = id_of(key);
    let parts = format!("{} UNION ALL {}", parts_of_job(id), parts_of_principal(D::DIALECT, id));
    gather(db, proofs, org, key, parts).await
}

pub(crate) async fn jobs(db: &impl Ask, org: &OrgId, filter: &JobFilter) -> Result<Vec<JobRow>, StoreError> {
    let (sql, params) = jobs_like(org, filter);
    ask::all(db, Some(org), "of the jobs", sql, params).await
}

/// Every state but the one of nearly all jobs has an index, so that the few of a state are
/// found among any number of completed ones. The org stands where they are found, and there
/// alone: beside it the planner would walk all jobs of the org.
fn jobs_like(org: &OrgId, filter: &JobFilter) -> (String, Params) {
    let words = || filter.status.iter().map(|status| status.as_str());
    let of_org = if filter.status.is_empty() {
        "j.org_id = $1".to_owned()
    } else if filter.status.contains(&JobStatus::Completed) {
        let words: Vec<String> = words().map(|word| format!("'{word}'")).collect();
        format!("j.org_id = $1 AND j.status IN ({})", words.join(", "))
    } else {
        let of_state = |word| format!("SELECT k.n FROM sequence_jobs k WHERE k.org_id = $1 AND k.status = '{word}'");
        let each: Vec<String> = words().map(of_state).collect();
        format!("j.n IN ({})", each.join(" UNION ALL "))
    };
    let of_user = if filter.user.is_some() { "AND j.user_id = $3" } else { "AND $3 = ''" };
    let sql = format!(
        "SELECT {JOB} FROM {JOB_TABLES} WHERE {of_org} {of_user}
            AND ($2 = '' OR j.event_type = $2) AND ($4 = '' OR j.id < $4)
            AND ($6 = '' OR j.sequence = $6) AND ($7 IS NULL OR j.concurrency = $7) AND j.created_at < $8
         ORDER BY j.id DESC LIMIT $5"
    );
    let params = Params::new()
        .text(org.as_str())
        .text(filter.event_type.clone().unwrap_or_default())
        .text(filter.user.as_ref().map(UserId::as_str).unwrap_or_default())
        .text(filter.before.as_ref().map(JobId::as_str).unwrap_or_default())
        .int(i64::from(filter.limit.min(MAX_JOBS)))
        .text(filter.sequence.clone().unwrap_or_default())
        .maybe(filter.concurrency.as_deref())
        .int(filter.created_before.map_or(i64::MAX, |at| at.0));
    (sql, params)
}

pub(crate) async fn job_with_key(db: &impl Ask, org: &OrgId, key: &str) -> Result<Option<JobRow>, StoreError> {
    let sql =
        format!("SELECT {JOB} FROM {JOB_TABLES} WHERE j.org_id = $1 AND j.idempotency_key = $2 AND j.key_held = 1");
    ask::one(db, Some(org), "of the jobs", sql, Params::new().text(org.as_str()).text(key)).await
}

pub(crate) async fn children(db: &impl Ask, org: &OrgId, job: &JobId) -> Result<Vec<JobRow>, StoreError> {
    let sql = format!(
        "SELECT {JOB} FROM {JOB_TABLES} WHERE j.org_id = $1 AND j.parent_job_id = $2 ORDER BY j.n LIMIT {MAX_ROWS}"
    );
    ask::all(db, Some(org), "of the children", sql, Params::new().text(org.as_str()).text(job.as_str())).await
}

pub(crate) async fn action(
    db: &impl Ask,
    proofs: &Proofs,
    org: &OrgId,
    id: &ApprovalId,
) -> Result<Option<PendingAction>, StoreError> {
    let sql = format!("SELECT {ACTION} FROM pending_actions a WHERE a.org_id = $1 AND a.id = $2");
    let params = Params::new().text(org.as_str()).text(id.as_str());
    let mut found: Option<PendingAction> = ask::one(db, Some(org), &format!("of approval {id}"), sql, params).await?;
    found.iter_mut().for_each(|approval| proofs.approval(approval));
    Ok(found)
}

pub(crate) async fn open_actions(
    db: &impl Ask,
    proofs: &Proofs,
    org: &OrgId,
    user: Option<&UserId>,
) -> Result<Vec<PendingAction>, StoreError> {
    let sql = format!(
        "SELECT {ACTION} FROM pending_actions a WHERE a.org_id = $1 AND a.status = 'pending'
            AND ($2 = '' OR a.user_id = $2) ORDER BY a.n LIMIT {MAX_ROWS}"
    );
    let params = Params::new().text(org.as_str()).text(user.map(UserId::as_str).unwrap_or_default());
    Ok(proofs.approvals(ask::all(db, Some(org), "of the approvals", sql, params).await?))
}

/// Each state by the index of open ones.
pub(crate) async fn failed_effects(
    db: &impl Ask,
    org: &OrgId,
    user: Option<&UserId>,
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = format!(
        "SELECT {EFFECT} FROM outbox o WHERE o.n IN (SELECT n FROM outbox WHERE state = 'dead'
            UNION ALL SELECT n FROM outbox WHERE state = 'unknown')
            AND o.org_id = $1 AND ($2 = '' OR o.user_id = $2) ORDER BY o.n DESC LIMIT $3"
    );
    let params =
        Params::new().text(org.as_str()).text(user.map(UserId::as_str).unwrap_or_default()).int(rows_at_most(limit));
    ask::all(db, Some(org), "of the outbox", sql, params).await
}

pub(crate) async fn effect(db: &impl Ask, org: &OrgId, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError> {
    let sql = format!("SELECT {EFFECT} FROM outbox o WHERE o.org_id = $1 AND o.\"key\" = $2");
    ask::one(db, Some(org), &format!("of effect {key}"), sql, Params::new().text(org.as_str()).text(key.as_str())).await
}

pub(crate) async fn event(db: &impl Ask, org: &OrgId, id: &EventId) -> Result<Option<Event>, StoreError> {
    let sql = format!("SELECT {EVENT} FROM events e WHERE e.org_id = $1 AND e.id = $2");
    ask::one(db, Some(org), &format!("of event {id}"), sql, Params::new().text(org.as_str()).text(id.as_str())).await
}

/// The newest `limit` lines, in the order they were written.
pub(crate) async fn audit(
    db: &impl Ask,
    org: &OrgId,
    job: Option<&JobId>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let by_job = if job.is_some() { "AND u.job_id = $2" } else { "" };
    let sql = format!("SELECT {AUDIT} FROM audit u WHERE u.org_id = $1 {by_job} ORDER BY u.n DESC LIMIT $3");
    let params =
        Params::new().text(org.as_str()).text(job.map(JobId::as_str).unwrap_or_default()).int(rows_at_most(limit));
    let mut lines: Vec<AuditRow> = ask::all(db, Some(org), "of the audit", sql, params).await?;
    lines.reverse();
    Ok(lines)
}

pub(crate) async fn feed(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    limit: u32,
) -> Result<Vec<ChatMessage>, StoreError> {
    let sql = format!(
        "SELECT {CHAT} FROM chat_messages m WHERE m.org_id = $1 AND m.user_id = $2
         ORDER BY m.at DESC, m.n DESC LIMIT $3"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).int(rows_at_most(limit));
    ask::all(db, Some(org), "of the feed", sql, params).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sqlite::{SqliteStore, StoreOptions, rows};

    #[tokio::test]
    async fn the_few_of_a_state_or_a_person_are_found_by_an_index() {
        let dir = tempfile::TempDir::new().unwrap();
        let store = SqliteStore::open(dir.path().join("skillhost.db"), StoreOptions::default()).await.unwrap();
        let few = [JobStatus::Paused, JobStatus::AwaitingApproval, JobStatus::Failed, JobStatus::Cancelled];
        let of_states = JobFilter { status: few.to_vec(), limit: 1, ..JobFilter::default() };
        let of_user = JobFilter { user: Some(UserId::new("mia")), limit: 1, ..JobFilter::default() };
        for (filter, indexes) in [
            (of_states, &["sequence_jobs_paused", "sequence_jobs_open", "sequence_jobs_amiss"][..]),
            (of_user, &["sequence_jobs_of_user"][..]),
        ] {
            let (sql, params) = jobs_like(&OrgId::new("acme"), &filter);
            let plan = rows::plan(&store.readers, &sql, params).await.join("\n");
            for index in indexes {
                assert!(plan.contains(index), "{index}\n{plan}");
            }
            assert!(!plan.contains("SCAN j") && !plan.contains("sequence_jobs_by_org"), "{plan}");
        }
    }
}
