//! Reads of the durable half: jobs, questions, effects, events, audit, feed.

use skillhost_engine::approval::PendingAction;
use skillhost_engine::event::Event;
use skillhost_engine::ids::{ApprovalId, EffectKey, EventId, JobId, OrgId, SkillName, UserId};
use skillhost_engine::job::JobRow;
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::store::{AuditRow, ChatMessage, JobFilter, JournalEntry, PastCall, StoreError, StoredJob};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::PgPool;

use crate::postgres::rows::{self, AUDIT, CHAT, EVENT, JOB, JOB_TABLES, Params};

/// Most rows a list answers, whatever was asked for.
const MAX_ROWS: u32 = 1000;
/// Most jobs in a page.
const MAX_JOBS: u32 = 200;

fn rows_at_most(limit: u32) -> i64 {
    i64::from(limit.min(MAX_ROWS))
}

/// All of a job in one statement, so that its parts are of one instant.
pub(crate) async fn job(pool: &PgPool, org: &OrgId, job: &JobId) -> Result<Option<StoredJob>, StoreError> {
    let sql = format!(
        "SELECT 'job', 0::bigint, {JOB} FROM {JOB_TABLES} WHERE j.org_id = $1 AND j.id = $2
         UNION ALL SELECT 'journal', l.seq, json_build_array(l.seq, l.kind, l.body, l.at)::text FROM job_journal l
            WHERE l.job_id = $2
         UNION ALL SELECT 'action', a.n, action_json(a) FROM pending_actions a WHERE a.job_id = $2
         UNION ALL SELECT 'effect', o.n, effect_json(o) FROM outbox o WHERE o.job_id = $2
         ORDER BY 2"
    );
    let what = format!("of job {job}");
    let params = Params::new().text(org.as_str()).text(job.as_str());
    let mut row = None;
    let (mut journal, mut actions, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    for part in rows::fetch(pool, org, &what, sql, params).await? {
        let json = rows::text(&what, &part, 2)?;
        match rows::text(&what, &part, 0)?.as_str() {
            "job" => row = Some(rows::decode::<JobRow>(&what, &json)?),
            "journal" => {
                let (seq, kind, body, at) = rows::decode(&what, &json)?;
                journal.push(JournalEntry { job: job.clone(), seq, kind, body, at });
            }
            "action" => actions.push(rows::decode::<PendingAction>(&what, &json)?),
            _ => effects.push(rows::decode::<OutboxRow>(&what, &json)?),
        }
    }
    // The parts are found by job alone; without the row they are another org's.
    Ok(row.map(|row| StoredJob { row, journal, actions, effects }))
}

pub(crate) async fn jobs(pool: &PgPool, org: &OrgId, filter: &JobFilter) -> Result<Vec<JobRow>, StoreError> {
    let words: Vec<&str> = filter.status.iter().map(|status| status.as_str()).collect();
    let sql = format!(
        "SELECT {JOB} FROM {JOB_TABLES} WHERE j.org_id = $1
            AND ($2 = '[]' OR j.status IN (SELECT json_array_elements_text($2::json)))
            AND ($3 = '' OR j.event_type = $3) AND ($4 = '' OR j.user_id = $4) AND ($5 = '' OR j.id < $5)
            AND ($7 = '' OR j.sequence = $7) AND ($8::text IS NULL OR j.concurrency = $8) AND j.created_at < $9
         ORDER BY j.id DESC LIMIT $6"
    );
    let params = Params::new()
        .text(org.as_str())
        .text(serde_json::json!(words).to_string())
        .text(filter.event_type.clone().unwrap_or_default())
        .text(filter.user.as_ref().map(UserId::as_str).unwrap_or_default())
        .text(filter.before.as_ref().map(JobId::as_str).unwrap_or_default())
        .int(i64::from(filter.limit.min(MAX_JOBS)))
        .text(filter.sequence.clone().unwrap_or_default())
        .maybe(filter.concurrency.as_deref())
        .int(filter.created_before.map_or(i64::MAX, |at| at.0));
    rows::all(pool, org, "of the jobs", sql, params).await
}

pub(crate) async fn children(pool: &PgPool, org: &OrgId, job: &JobId) -> Result<Vec<JobRow>, StoreError> {
    let sql = format!(
        "SELECT {JOB} FROM {JOB_TABLES} WHERE j.org_id = $1 AND j.parent_job_id = $2 ORDER BY j.n LIMIT {MAX_ROWS}"
    );
    rows::all(pool, org, "of the children", sql, Params::new().text(org.as_str()).text(job.as_str())).await
}

pub(crate) async fn runnable_jobs(
    pool: &PgPool,
    now: Timestamp,
    owner: &str,
    reclaim: bool,
    limit: u32,
) -> Result<Vec<JobRow>, StoreError> {
    let params = Params::new().int(now.0).text(owner).flag(reclaim).int(rows_at_most(limit));
    let rows = rows::across(pool, "of the queue", "SELECT runnable_jobs_v1($1, $2, $3, $4)", params).await?;
    rows::decode_all("of the queue", &rows)
}

pub(crate) async fn next_due(pool: &PgPool, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let rows = rows::across(pool, "of the timers", "SELECT next_due_v1($1)", Params::new().int(after.0)).await?;
    Ok(rows::first_number("of the timers", &rows)?.map(Timestamp))
}

pub(crate) async fn action(pool: &PgPool, org: &OrgId, id: &ApprovalId) -> Result<Option<PendingAction>, StoreError> {
    let sql = "SELECT action_json(a) FROM pending_actions a WHERE a.org_id = $1 AND a.id = $2".to_owned();
    rows::one(pool, org, &format!("of approval {id}"), sql, Params::new().text(org.as_str()).text(id.as_str())).await
}

pub(crate) async fn open_actions(
    pool: &PgPool,
    org: &OrgId,
    user: Option<&UserId>,
) -> Result<Vec<PendingAction>, StoreError> {
    let sql = format!(
        "SELECT action_json(a) FROM pending_actions a WHERE a.org_id = $1 AND a.status = 'pending'
            AND ($2 = '' OR a.user_id = $2) ORDER BY a.n LIMIT {MAX_ROWS}"
    );
    let params = Params::new().text(org.as_str()).text(user.map(UserId::as_str).unwrap_or_default());
    rows::all(pool, org, "of the approvals", sql, params).await
}

pub(crate) async fn unposted_actions(pool: &PgPool, limit: u32) -> Result<Vec<PendingAction>, StoreError> {
    let (what, params) = ("of the approvals", Params::new().int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT unposted_actions_v1($1)", params).await?)
}

pub(crate) async fn expired_actions(
    pool: &PgPool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<PendingAction>, StoreError> {
    let (what, params) = ("of the approvals", Params::new().int(now.0).int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT expired_actions_v1($1, $2)", params).await?)
}

pub(crate) async fn due_effects(pool: &PgPool, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    let (what, params) = ("of the outbox", Params::new().int(now.0).int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT due_effects_v1($1, $2)", params).await?)
}

pub(crate) async fn effects_in(pool: &PgPool, state: EffectState, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    let (what, params) = ("of the outbox", Params::new().text(state.as_str()).int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT effects_in_v1($1, $2)", params).await?)
}

/// Each state by the index of open ones.
pub(crate) async fn failed_effects(
    pool: &PgPool,
    org: &OrgId,
    user: Option<&UserId>,
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = "SELECT effect_json(o) FROM outbox o WHERE o.org_id = $1 AND (o.state = 'dead' OR o.state = 'unknown')
            AND ($2 = '' OR o.user_id = $2) ORDER BY o.n DESC LIMIT $3"
        .to_owned();
    let params =
        Params::new().text(org.as_str()).text(user.map(UserId::as_str).unwrap_or_default()).int(rows_at_most(limit));
    rows::all(pool, org, "of the outbox", sql, params).await
}

pub(crate) async fn effect(pool: &PgPool, org: &OrgId, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError> {
    let sql = "SELECT effect_json(o) FROM outbox o WHERE o.org_id = $1 AND o.\"key\" = $2".to_owned();
    rows::one(pool, org, &format!("of effect {key}"), sql, Params::new().text(org.as_str()).text(key.as_str())).await
}

pub(crate) async fn event(pool: &PgPool, org: &OrgId, id: &EventId) -> Result<Option<Event>, StoreError> {
    let sql = format!("SELECT {EVENT} FROM events e WHERE e.org_id = $1 AND e.id = $2");
    rows::one(pool, org, &format!("of event {id}"), sql, Params::new().text(org.as_str()).text(id.as_str())).await
}

/// The newest `limit` lines, in the order they were written.
pub(crate) async fn audit(
    pool: &PgPool,
    org: &OrgId,
    job: Option<&JobId>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let by_job = if job.is_some() { "AND u.job_id = $2" } else { "" };
    let sql = format!("SELECT {AUDIT} FROM audit u WHERE u.org_id = $1 {by_job} ORDER BY u.n DESC LIMIT $3");
    let params =
        Params::new().text(org.as_str()).text(job.map(JobId::as_str).unwrap_or_default()).int(rows_at_most(limit));
    let mut lines: Vec<AuditRow> = rows::all(pool, org, "of the audit", sql, params).await?;
    lines.reverse();
    Ok(lines)
}

pub(crate) async fn feed(
    pool: &PgPool,
    org: &OrgId,
    user: &UserId,
    limit: u32,
) -> Result<Vec<ChatMessage>, StoreError> {
    let sql = format!(
        "SELECT {CHAT} FROM chat_messages m WHERE m.org_id = $1 AND m.user_id = $2
         ORDER BY m.at DESC, m.n DESC LIMIT $3"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).int(rows_at_most(limit));
    rows::all(pool, org, "of the feed", sql, params).await
}

pub(crate) async fn last_calls(pool: &PgPool, skill: &SkillName, limit: u32) -> Result<Vec<PastCall>, StoreError> {
    let (what, params) = ("of the journal", Params::new().text(skill.as_str()).int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT last_calls_v1($1, $2)", params).await?)
}
