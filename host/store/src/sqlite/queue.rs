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
/// asked for; the orgs are found by skipping along the index. The planner does not know
/// how few jobs are due: the index is named, and `CROSS JOIN` says that the due ones come
/// first, or it walks every job that ever was.
fn runnable() -> String {
    format!(
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
         SELECT {JOB} FROM turns t CROSS JOIN {JOB_TABLES} WHERE j.n = t.n
         ORDER BY t.priority DESC, t.turn, j.n LIMIT ?4"
    )
}

pub(crate) async fn runnable_jobs(
    pool: &SqlitePool,
    now: Timestamp,
    owner: &str,
    reclaim: bool,
    limit: u32,
) -> Result<Vec<JobRow>, StoreError> {
    let params = Params::new().int(now.0).text(owner).int(i64::from(reclaim)).int(rows_at_most(limit));
    rows::all(pool, "of the queue", runnable(), params).await
}

/// Parked jobs, open questions and held effects, each by an index of its own.
const NEXT_DUE: &str = "SELECT min(due) FROM (
    SELECT min(wake_at) AS due FROM sequence_jobs WHERE status = 'pending' AND wake_at > ?1
    UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'deferred' AND wake_at > ?1
    UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'awaiting_approval' AND wake_at > ?1
    UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'awaiting_budget' AND wake_at > ?1
    UNION ALL SELECT min(not_before) FROM outbox WHERE state = 'ready' AND not_before > ?1
    UNION ALL SELECT min(expires_at) FROM pending_actions WHERE status = 'pending' AND expires_at > ?1
    UNION ALL SELECT min(next_at) FROM schedules WHERE next_at > ?1)";

pub(crate) async fn next_due(pool: &SqlitePool, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let params = Params::new().int(after.0);
    let due = rows::number(pool, "of the timers", NEXT_DUE.to_owned(), params).await?;
    Ok(due.map(Timestamp))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sqlite::open::{SqliteStore, StoreOptions};

    /// What the dispatcher asks at every wake costs what is open, whatever has ended.
    #[tokio::test]
    async fn a_look_at_the_queue_walks_no_table() {
        let dir = tempfile::TempDir::new().unwrap();
        let store = SqliteStore::open(dir.path().join("skillhost.db"), StoreOptions::default()).await.unwrap();
        for sql in [runnable(), NEXT_DUE.to_owned()] {
            let lines = rows::plan(&store.readers, &sql, Params::new().int(1).text("boot").int(1).int(16)).await;
            assert!(lines.iter().any(|line| line.contains("sequence_jobs_open")), "{lines:#?}");
            let walks = ["SCAN j", "SCAN p", "SCAN s", "SCAN q", "SCAN o", "SCAN sequence_jobs", "SCAN outbox"];
            for line in &lines {
                assert!(!walks.contains(&line.split(" USING").next().unwrap()), "{line}\n{lines:#?}");
            }
        }
    }
}
