//! Jobs that move out: which, and their rows' end.

use skillhost_engine::archive::{ArchiveEnd, ArchivedCount};
use skillhost_engine::ids::{JobId, OrgId};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::SqlitePool;

use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};

/// Each state by the index of ended ones; the words stand in the text, so that it serves.
const ENDED: &str = "(j.status = 'completed' OR j.status = 'failed' OR j.status = 'skipped'
    OR j.status = 'cancelled' OR j.status = 'expired')";

/// Nothing of the job waits for anybody.
const SETTLED: &str =
    "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.job_id = j.id AND o.state IN ('ready', 'sending', 'unknown'))
    AND NOT EXISTS (SELECT 1 FROM pending_actions a WHERE a.job_id = j.id AND a.status = 'pending')";

pub(crate) async fn ended_before(
    pool: &SqlitePool,
    at: Timestamp,
    limit: u32,
) -> Result<Vec<(OrgId, JobId)>, StoreError> {
    let sql = format!(
        "SELECT json_array(j.org_id, j.id) FROM sequence_jobs j
         WHERE {ENDED} AND j.updated_at < ?1 AND {SETTLED} ORDER BY j.updated_at LIMIT ?2"
    );
    rows::all(pool, "of the jobs", sql, Params::new().int(at.0).int(i64::from(limit))).await
}

pub(crate) async fn archive_bytes(pool: &SqlitePool, month: &str) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT bytes FROM archive_files WHERE month = ?1".to_owned();
    let bytes = rows::number(pool, "of the archives", sql, Params::new().text(month)).await?;
    Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()))
}

pub(crate) async fn counts(pool: &SqlitePool, org: &OrgId) -> Result<Vec<ArchivedCount>, StoreError> {
    let sql = "SELECT json_object('day', day, 'event_type', event_type, 'status', status, 'jobs', jobs)
        FROM archived_counts WHERE org_id = ?1 ORDER BY day, event_type, status";
    rows::all(pool, "of the archives", sql.to_owned(), Params::new().text(org.as_str())).await
}

/// Made once on the writing connection: the jobs that move out.
pub(crate) const PREPARE: &str = "CREATE TEMP TABLE moving (id TEXT PRIMARY KEY, event TEXT);";

impl SqliteStore {
    /// Counts the jobs and deletes their rows, while the archive is as long as said. A
    /// job that was sent back meanwhile stays.
    ///
    /// The database is of one folder alone, so its name is not kept.
    pub(crate) async fn write_removal(&self, jobs: &[JobId], end: &ArchiveEnd) -> Result<u64, StoreError> {
        let gone = format!(
            "(SELECT j.id FROM jsonb_each(:list) e, json_each(e.value -> 0) g JOIN sequence_jobs j ON j.id = g.value
              WHERE {ENDED} AND {SETTLED})"
        );
        let children: String = [
            "outbox",
            "suggestion_marks",
            "button_marks",
            "pending_actions",
            "paid_answers",
            "job_journal",
            "job_payloads",
        ]
        .iter()
        .map(|table| format!("DELETE FROM {table} WHERE job_id IN (SELECT id FROM temp.moving);"))
        .collect();
        let sql = format!(
            "DELETE FROM temp.moving;
             INSERT INTO temp.moving SELECT j.id, j.event_id FROM sequence_jobs j WHERE j.id IN {gone};
             INSERT INTO archived_counts (org_id, day, event_type, status, jobs)
                SELECT j.org_id, strftime('%Y-%m-%d', j.updated_at / 1000, 'unixepoch'), j.event_type, j.status, count(*)
                FROM temp.moving m JOIN sequence_jobs j ON j.id = m.id GROUP BY 1, 2, 3, 4
                ON CONFLICT (org_id, day, event_type, status) DO UPDATE SET jobs = jobs + excluded.jobs;
             INSERT INTO archive_files SELECT value ->> 1, value ->> 2 FROM jsonb_each(:list)
                WHERE true ON CONFLICT (month) DO UPDATE SET bytes = excluded.bytes;
             {children}
             DELETE FROM sequence_jobs WHERE id IN (SELECT id FROM temp.moving);
             DELETE FROM events WHERE id IN (SELECT event FROM temp.moving);
             SELECT CAST(count(*) AS TEXT) FROM temp.moving;
             DELETE FROM temp.moving;"
        );
        let answer = self.write_line(&(jobs, &end.month, end.bytes), &sql).await?;
        Ok(answer.first().and_then(|count| count.parse().ok()).unwrap_or(0))
    }
}
