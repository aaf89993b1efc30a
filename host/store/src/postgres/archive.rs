//! Jobs that move out: which, whose turn it is, and their rows' end.

use skillhost_engine::archive::{ArchiveEnd, ArchivedCount};
use skillhost_engine::ids::{JobId, OrgId};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;
use sqlx::Row as _;

use crate::error::{Fault, read_error, refused};
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};

const ARCHIVES: &str = "of the archives";

impl PostgresStore {
    pub(crate) async fn read_ended(&self, at: Timestamp, limit: u32) -> Result<Vec<(OrgId, JobId)>, StoreError> {
        let (what, params) = ("of the jobs", Params::new().int(at.0).int(i64::from(limit)));
        rows::decode_all(what, &rows::across(&self.pool, what, "SELECT ended_before_v1($1, $2)", params).await?)
    }

    pub(crate) async fn write_archive_turn(&self, boot: &str) -> Result<bool, StoreError> {
        let sql = "SELECT take_archive_turn_v1($1)";
        let taken = rows::across(&self.pool, ARCHIVES, sql, Params::new().text(boot)).await?;
        let taken = taken.first().map(|row| row.try_get(0)).transpose();
        Ok(taken.map_err(|error| read_error(ARCHIVES, &error))?.unwrap_or(false))
    }

    pub(crate) async fn read_archive_bytes(&self, folder: &str, month: &str) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT bytes FROM archive_files WHERE folder = $1 AND month = $2";
        let found = rows::across(&self.pool, ARCHIVES, sql, Params::new().text(folder).text(month)).await?;
        Ok(rows::first_number(ARCHIVES, &found)?.and_then(|bytes| u64::try_from(bytes).ok()))
    }

    pub(crate) async fn write_removal(&self, jobs: &[JobId], end: &ArchiveEnd) -> Result<u64, StoreError> {
        let ids = serde_json::to_string(jobs).map_err(|error| refused(error.to_string()))?;
        let bytes = i64::try_from(end.bytes).map_err(|error| refused(error.to_string()))?;
        let params = Params::new().text(ids).text(&end.boot).text(&end.folder).text(&end.month).int(bytes);
        // Names no org: the function names those of the jobs.
        let mut transaction = self.write_as([]).await?;
        let sql = "SELECT remove_archived_v1($1::json, $2, $3, $4, $5)";
        let answer = rows::run(&mut transaction, sql.to_owned(), params).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        let removed = rows::first_number(ARCHIVES, &answer)?;
        let removed = removed.ok_or_else(|| StoreError::Conflict { what: "the turn to archive".to_owned() })?;
        Ok(u64::try_from(removed).unwrap_or(0))
    }

    pub(crate) async fn read_archived_counts(&self, org: &OrgId) -> Result<Vec<ArchivedCount>, StoreError> {
        let sql = "SELECT json_build_object('day', day, 'event_type', event_type, 'status', status, 'jobs', jobs)::text
            FROM archived_counts WHERE org_id = $1 ORDER BY day, event_type, status";
        rows::all(&self.pool, org, ARCHIVES, sql.to_owned(), Params::new().text(org.as_str())).await
    }
}
