//! What is asked across orgs: what to do next, and what was done last.

use skillhost_engine::approval::PendingAction;
use skillhost_engine::ids::SkillName;
use skillhost_engine::job::JobRow;
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::store::{PastCall, StoreError};
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::SqlitePool;

use crate::columns::{ACTION, EFFECT, JOB, JOB_TABLES};
use crate::reads::rows_at_most;
use crate::sqlite::hold::MAY_LEAVE;
use crate::sqlite::rows::{self, Params};

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
/// asked for; the orgs are found by skipping along the index. It is named, because the
/// planner may find the least org along the index of all jobs, which walks every one
/// that has ended where none is pending.
pub(crate) async fn runnable_jobs(
    pool: &SqlitePool,
    now: Timestamp,
    owner: &str,
    reclaim: bool,
    limit: u32,
) -> Result<Vec<JobRow>, StoreError> {
    let sql = format!(
        "WITH RECURSIVE orgs (org) AS (
            SELECT min(org_id) FROM sequence_jobs INDEXED BY sequence_jobs_queue WHERE status = 'pending'
            UNION ALL SELECT (SELECT min(q.org_id) FROM sequence_jobs q INDEXED BY sequence_jobs_queue
                WHERE q.status = 'pending' AND q.org_id > orgs.org)
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
