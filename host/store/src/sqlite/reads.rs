//! Reads of the durable half: jobs, questions, effects, events, audit, feed.

use skillhost_engine::approval::PendingAction;
use skillhost_engine::event::Event;
use skillhost_engine::ids::{ApprovalId, EffectKey, EventId, JobId, OrgId, SkillName, UserId};
use skillhost_engine::job::JobRow;
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::store::{AuditRow, ChatMessage, JobFilter, JournalEntry, PastCall, StoreError, StoredJob};
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::SqlitePool;

use crate::sqlite::hold::MAY_LEAVE;
use crate::sqlite::rows::{self, ACTION, AUDIT, CHAT, EFFECT, EVENT, JOB, JOB_TABLES, Params};

/// Most rows a list answers, whatever was asked for.
const MAX_ROWS: u32 = 1000;
/// Most jobs in a page.
const MAX_JOBS: u32 = 200;

fn rows_at_most(limit: u32) -> i64 {
    i64::from(limit.min(MAX_ROWS))
}

/// All of a job in one statement, so that its parts are of one instant.
pub(crate) async fn job(pool: &SqlitePool, org: &OrgId, job: &JobId) -> Result<Option<StoredJob>, StoreError> {
    let sql = format!(
        "SELECT 'job', 0, {JOB} FROM {JOB_TABLES} WHERE j.org_id = ?1 AND j.id = ?2
         UNION ALL SELECT 'journal', l.seq, json_array(l.seq, l.kind, l.body, l.at) FROM job_journal l
            WHERE l.job_id = ?2
         UNION ALL SELECT 'action', a.n, {ACTION} FROM pending_actions a WHERE a.job_id = ?2
         UNION ALL SELECT 'effect', o.n, {EFFECT} FROM outbox o WHERE o.job_id = ?2
         ORDER BY 2"
    );
    let what = format!("of job {job}");
    let params = Params::new().text(org.as_str()).text(job.as_str());
    let mut row = None;
    let (mut journal, mut actions, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    for part in rows::fetch(pool, &what, sql, params).await? {
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

pub(crate) async fn jobs(pool: &SqlitePool, org: &OrgId, filter: &JobFilter) -> Result<Vec<JobRow>, StoreError> {
    let words: Vec<&str> = filter.status.iter().map(|status| status.as_str()).collect();
    let sql = format!(
        "SELECT {JOB} FROM {JOB_TABLES} WHERE j.org_id = ?1
            AND (?2 = '[]' OR j.status IN (SELECT value FROM json_each(?2)))
            AND (?3 = '' OR j.event_type = ?3) AND (?4 = '' OR j.user_id = ?4) AND (?5 = '' OR j.id < ?5)
            AND (?7 = '' OR j.sequence = ?7) AND (?8 IS NULL OR j.concurrency = ?8) AND j.created_at < ?9
         ORDER BY j.id DESC LIMIT ?6"
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
    rows::all(pool, "of the jobs", sql, params).await
}

pub(crate) async fn children(pool: &SqlitePool, org: &OrgId, job: &JobId) -> Result<Vec<JobRow>, StoreError> {
    let sql = format!(
        "SELECT {JOB} FROM {JOB_TABLES} WHERE j.org_id = ?1 AND j.parent_job_id = ?2 ORDER BY j.n LIMIT {MAX_ROWS}"
    );
    rows::all(pool, "of the children", sql, Params::new().text(org.as_str()).text(job.as_str())).await
}

/// What keeps a job `q`, which is queued or falls due for the first time, from being
/// taken at `?1`: another open one with the same word that has begun and has not ended,
/// whatever their ages; of those that may be taken as well one that was taken before,
/// then the oldest; and an older one that is paused.
pub(crate) const BLOCKED: &str = "(q.concurrency IS NOT NULL AND EXISTS (SELECT 1 FROM sequence_jobs o
    WHERE o.org_id = q.org_id AND o.concurrency = q.concurrency
        AND o.status IN ('pending', 'in_progress', 'awaiting_approval', 'awaiting_budget', 'deferred', 'paused')
        AND CASE WHEN o.status = 'paused' THEN o.n < q.n
            WHEN o.status = 'pending' OR o.status = 'deferred' AND o.version = 1 AND o.wake_at <= ?1
                THEN (o.version = 1, o.n) < (q.version = 1, q.n)
            ELSE NOT (o.status = 'deferred' AND o.version = 1) END))";

/// Of what is pending only the head of each org's queue is looked at, as many as are
/// asked for; the orgs are found by skipping along the index.
pub(crate) async fn runnable_jobs(
    pool: &SqlitePool,
    now: Timestamp,
    owner: &str,
    reclaim: bool,
    limit: u32,
) -> Result<Vec<JobRow>, StoreError> {
    let sql = format!(
        "WITH RECURSIVE orgs (org) AS (
            SELECT min(org_id) FROM sequence_jobs WHERE status = 'pending'
            UNION ALL SELECT (SELECT min(q.org_id) FROM sequence_jobs q WHERE q.status = 'pending' AND q.org_id > orgs.org)
            FROM orgs WHERE orgs.org IS NOT NULL),
         running (org, jobs) AS (
            SELECT org_id, count(*) FROM sequence_jobs WHERE status = 'in_progress' AND lease_until > ?1
                AND NOT (?3 AND lease_owner <> ?2) GROUP BY org_id),
         due (n) AS (
            SELECT head.value FROM orgs, json_each((SELECT json_group_array(n) FROM (
                SELECT q.n FROM sequence_jobs q WHERE q.status = 'pending' AND q.org_id = orgs.org
                    AND (q.wake_at IS NULL OR q.wake_at <= ?1) AND NOT {BLOCKED}
                ORDER BY q.priority DESC, q.n LIMIT ?4))) head
            UNION ALL SELECT q.n FROM sequence_jobs q WHERE q.status = 'deferred' AND q.wake_at <= ?1
                AND NOT (q.version = 1 AND {BLOCKED})
            UNION ALL SELECT n FROM sequence_jobs WHERE status = 'awaiting_approval' AND wake_at <= ?1
            UNION ALL SELECT n FROM sequence_jobs WHERE status = 'awaiting_budget' AND wake_at <= ?1
            UNION ALL SELECT n FROM sequence_jobs WHERE status = 'in_progress'
                AND (lease_owner IS NULL OR lease_until <= ?1 OR (?3 AND lease_owner <> ?2))),
         turns (n, priority, turn) AS (
            SELECT q.n, q.priority, coalesce((SELECT r.jobs FROM running r WHERE r.org = q.org_id), 0)
                + row_number() OVER (PARTITION BY q.org_id ORDER BY q.priority DESC, q.n)
            FROM due JOIN sequence_jobs q ON q.n = due.n)
         SELECT {JOB} FROM turns t JOIN {JOB_TABLES} WHERE j.n = t.n
         ORDER BY t.priority DESC, t.turn, j.n LIMIT ?4"
    );
    let params = Params::new().int(now.0).text(owner).int(i64::from(reclaim)).int(rows_at_most(limit));
    rows::all(pool, "of the queue", sql, params).await
}

/// Parked jobs, open questions and held effects, each by an index of its own.
pub(crate) async fn next_due(pool: &SqlitePool, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT min(due) FROM (
        SELECT min(wake_at) AS due FROM sequence_jobs WHERE status = 'pending' AND wake_at > ?1
        UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'deferred' AND wake_at > ?1
        UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'awaiting_approval' AND wake_at > ?1
        UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'awaiting_budget' AND wake_at > ?1
        UNION ALL SELECT min(not_before) FROM outbox WHERE state = 'ready' AND not_before > ?1
        UNION ALL SELECT min(expires_at) FROM pending_actions WHERE status = 'pending' AND expires_at > ?1
        UNION ALL SELECT min(next_at) FROM schedules WHERE next_at > ?1)";
    let due = rows::number(pool, "of the timers", sql.to_owned(), Params::new().int(after.0)).await?;
    Ok(due.map(Timestamp))
}

pub(crate) async fn action(
    pool: &SqlitePool,
    org: &OrgId,
    id: &ApprovalId,
) -> Result<Option<PendingAction>, StoreError> {
    let sql = format!("SELECT {ACTION} FROM pending_actions a WHERE a.org_id = ?1 AND a.id = ?2");
    rows::one(pool, &format!("of approval {id}"), sql, Params::new().text(org.as_str()).text(id.as_str())).await
}

pub(crate) async fn open_actions(
    pool: &SqlitePool,
    org: &OrgId,
    user: Option<&UserId>,
) -> Result<Vec<PendingAction>, StoreError> {
    let sql = format!(
        "SELECT {ACTION} FROM pending_actions a WHERE a.org_id = ?1 AND a.status = 'pending'
            AND (?2 = '' OR a.user_id = ?2) ORDER BY a.n LIMIT {MAX_ROWS}"
    );
    let params = Params::new().text(org.as_str()).text(user.map(UserId::as_str).unwrap_or_default());
    rows::all(pool, "of the approvals", sql, params).await
}

pub(crate) async fn unposted_actions(pool: &SqlitePool, limit: u32) -> Result<Vec<PendingAction>, StoreError> {
    let sql = format!(
        "SELECT {ACTION} FROM pending_actions a WHERE a.status = 'pending' AND a.message_ts IS NULL
         ORDER BY a.n DESC LIMIT ?1"
    );
    rows::all(pool, "of the approvals", sql, Params::new().int(rows_at_most(limit))).await
}

pub(crate) async fn expired_actions(
    pool: &SqlitePool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<PendingAction>, StoreError> {
    let sql = format!(
        "SELECT {ACTION} FROM pending_actions a WHERE a.status = 'pending' AND a.expires_at <= ?1
         ORDER BY a.expires_at, a.n LIMIT ?2"
    );
    rows::all(pool, "of the approvals", sql, Params::new().int(now.0).int(rows_at_most(limit))).await
}

pub(crate) async fn due_effects(pool: &SqlitePool, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = format!(
        "SELECT {EFFECT} FROM outbox o WHERE o.state = 'ready' AND o.not_before <= ?1 AND {MAY_LEAVE}
         ORDER BY o.not_before, o.n LIMIT ?2"
    );
    rows::all(pool, "of the outbox", sql, Params::new().int(now.0).int(rows_at_most(limit))).await
}

pub(crate) async fn effects_in(
    pool: &SqlitePool,
    state: EffectState,
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    // The word stands in the text, so that the partial index on open states serves.
    let sql = format!("SELECT {EFFECT} FROM outbox o WHERE o.state = '{}' ORDER BY o.n LIMIT ?1", state.as_str());
    rows::all(pool, "of the outbox", sql, Params::new().int(rows_at_most(limit))).await
}

/// Each state by the index of open ones.
pub(crate) async fn failed_effects(
    pool: &SqlitePool,
    org: &OrgId,
    user: Option<&UserId>,
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = format!(
        "SELECT {EFFECT} FROM outbox o WHERE o.n IN (SELECT n FROM outbox WHERE state = 'dead'
            UNION ALL SELECT n FROM outbox WHERE state = 'unknown')
            AND o.org_id = ?1 AND (?2 = '' OR o.user_id = ?2) ORDER BY o.n DESC LIMIT ?3"
    );
    let params =
        Params::new().text(org.as_str()).text(user.map(UserId::as_str).unwrap_or_default()).int(rows_at_most(limit));
    rows::all(pool, "of the outbox", sql, params).await
}

pub(crate) async fn effect(pool: &SqlitePool, org: &OrgId, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError> {
    let sql = format!("SELECT {EFFECT} FROM outbox o WHERE o.org_id = ?1 AND o.\"key\" = ?2");
    rows::one(pool, &format!("of effect {key}"), sql, Params::new().text(org.as_str()).text(key.as_str())).await
}

pub(crate) async fn event(pool: &SqlitePool, org: &OrgId, id: &EventId) -> Result<Option<Event>, StoreError> {
    let sql = format!("SELECT {EVENT} FROM events e WHERE e.org_id = ?1 AND e.id = ?2");
    rows::one(pool, &format!("of event {id}"), sql, Params::new().text(org.as_str()).text(id.as_str())).await
}

/// The newest `limit` lines, in the order they were written.
pub(crate) async fn audit(
    pool: &SqlitePool,
    org: &OrgId,
    job: Option<&JobId>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let by_job = if job.is_some() { "AND u.job_id = ?2" } else { "" };
    let sql = format!("SELECT {AUDIT} FROM audit u WHERE u.org_id = ?1 {by_job} ORDER BY u.n DESC LIMIT ?3");
    let params =
        Params::new().text(org.as_str()).text(job.map(JobId::as_str).unwrap_or_default()).int(rows_at_most(limit));
    let mut lines: Vec<AuditRow> = rows::all(pool, "of the audit", sql, params).await?;
    lines.reverse();
    Ok(lines)
}

pub(crate) async fn feed(
    pool: &SqlitePool,
    org: &OrgId,
    user: &UserId,
    limit: u32,
) -> Result<Vec<ChatMessage>, StoreError> {
    let sql = format!(
        "SELECT {CHAT} FROM chat_messages m WHERE m.org_id = ?1 AND m.user_id = ?2
         ORDER BY m.at DESC, m.n DESC LIMIT ?3"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).int(rows_at_most(limit));
    rows::all(pool, "of the feed", sql, params).await
}

/// Walks the journal backwards, so that the newest calls cost the least.
pub(crate) async fn last_calls(pool: &SqlitePool, skill: &SkillName, limit: u32) -> Result<Vec<PastCall>, StoreError> {
    let sql = "SELECT json_object('org', j.org_id, 'job', l.job_id, 'seq', l.seq)
        FROM job_journal l JOIN sequence_jobs j ON j.id = l.job_id
        WHERE l.kind IN ('step_proposed', 'step_failed') AND l.body ->> '$.skill.name' = ?1
            AND l.body -> '$.call' IS NOT NULL
        ORDER BY l.n DESC LIMIT ?2";
    let params = Params::new().text(skill.as_str()).int(rows_at_most(limit));
    rows::all(pool, "of the journal", sql.to_owned(), params).await
}
