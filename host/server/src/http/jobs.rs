//! Jobs: list, read, and their audit.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skillhost_engine::ids::{JobId, UserId};
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::provenance::{self, Provenance};
use skillhost_engine::store::{JobFilter, StoreError};
use skillhost_engine::time::Timestamp;

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, internal, invalid_query, store_problem};
use crate::view::JobView;

/// Jobs in a list when the client names no limit.
const DEFAULT_LIMIT: u32 = 50;
/// Most jobs in a list; further ones are a `before` away.
const MAX_LIMIT: u32 = 200;
/// Most audit rows of a job: a job of 50 steps writes a few hundred.
const MAX_AUDIT: u32 = 2000;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/jobs",
            get(list),
            doc("listJobs", "Jobs the key may see, newest first")
                .query("status", "Only these states, separated by commas")
                .query("event_type", "Only this event type")
                .query("sequence", "Only jobs of this sequence")
                .query("before", "Only jobs older than this id")
                .query("limit", "1 to 200, by default 50")
                .answers(200, "Jobs, and where to read on", "JobList")
                .problems(&[400, 401, 429, 503]),
        ),
        Endpoint::get(
            "/v1/jobs/{id}",
            get(show),
            doc("getJob", "A job with its steps, approvals, effects and follow-ups")
                .answers(200, "The job", "JobView")
                .problems(&[401, 404, 429, 503]),
        ),
        Endpoint::get(
            "/v1/jobs/{id}/provenance",
            get(provenance),
            doc("getJobProvenance", "Where every output and effect of a job comes from")
                .answers(200, "The record", "Provenance")
                .problems(&[401, 404, 429, 503]),
        ),
        Endpoint::get(
            "/v1/jobs/{id}/audit",
            get(audit),
            doc("getJobAudit", "Who did what to the job, oldest first")
                .answers(200, "The audit", "AuditList")
                .problems(&[401, 404, 429, 503]),
        ),
    ]
}

/// A job in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSummary {
    /// Id.
    pub id: JobId,
    /// Whose.
    pub user_id: UserId,
    /// Where it stands.
    pub status: JobStatus,
    /// Why.
    pub reason: Option<String>,
    /// Sequence name.
    pub sequence: String,
    /// Event type.
    pub event_type: String,
    /// Where the event came from.
    pub event_source: String,
    /// The job that raised it.
    pub parent: Option<JobId>,
    /// 1 for a root.
    pub depth: u8,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

impl From<JobRow> for JobSummary {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user,
            status: row.status,
            reason: row.reason,
            sequence: row.sequence,
            event_type: row.event_type,
            event_source: row.event_source,
            parent: row.parent,
            depth: row.depth,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Why a request about jobs was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// Not there, or somebody else's.
    #[error("there is no job `{0}` that this key may see")]
    NotFound(JobId),
    /// A query parameter cannot be read.
    #[error("{0}")]
    Query(String),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        let detail = error.to_string();
        match error {
            JobError::NotFound(job) => {
                Self::new(StatusCode::NOT_FOUND, "no-such-job", "No such job", detail).with("job_id", job.as_str())
            }
            JobError::Query(_) => invalid_query(detail),
            JobError::Store(error) => store_problem(&error),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    status: Option<String>,
    event_type: Option<String>,
    sequence: Option<String>,
    before: Option<JobId>,
    limit: Option<u32>,
}

async fn list(
    State(http): State<Http>,
    caller: Caller,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|rejection| JobError::Query(rejection.body_text()))?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(JobError::Query(format!("`limit` is 1 to {MAX_LIMIT}")).into());
    }
    let filter = JobFilter {
        status: statuses(query.status.as_deref().unwrap_or_default())?,
        event_type: query.event_type,
        sequence: query.sequence,
        user: (!caller.user.admin).then(|| caller.user.id.clone()),
        before: query.before,
        limit,
        ..JobFilter::default()
    };
    let rows = http.app.store.jobs(&caller.user.org, &filter).await.map_err(JobError::from)?;
    let full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next = rows.last().filter(|_| full).map(|row| row.id.clone());
    let jobs: Vec<JobSummary> = rows.into_iter().map(JobSummary::from).collect();
    Ok(Json(json!({ "jobs": jobs, "next_before": next })))
}

fn statuses(text: &str) -> Result<Vec<JobStatus>, JobError> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| {
            JobStatus::parse(word).ok_or_else(|| {
                let known: Vec<_> = JobStatus::ALL.iter().map(|status| status.as_str()).collect();
                JobError::Query(format!("`{word}` is not a job status; these are: {}", known.join(", ")))
            })
        })
        .collect()
}

/// The job, if the caller may see it.
pub(super) async fn visible(http: &Http, caller: &Caller, id: &JobId) -> Result<JobView, JobError> {
    match http.app.job_view(&caller.user.org, id).await? {
        Some(job) if caller.may_see(&job.user_id) => Ok(job),
        Some(_) | None => Err(JobError::NotFound(id.clone())),
    }
}

async fn show(State(http): State<Http>, caller: Caller, Path(id): Path<JobId>) -> Result<Json<JobView>, Problem> {
    Ok(Json(visible(&http, &caller, &id).await?))
}

async fn provenance(
    State(http): State<Http>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<Json<Provenance>, Problem> {
    visible(&http, &caller, &id).await?;
    let stored = http.app.store.job(&caller.user.org, &id).await.map_err(JobError::from)?;
    let stored = stored.ok_or(JobError::NotFound(id))?;
    provenance::of(&stored).map(Json).map_err(|_| internal("jobs.provenance"))
}

async fn audit(State(http): State<Http>, caller: Caller, Path(id): Path<JobId>) -> Result<Json<Value>, Problem> {
    visible(&http, &caller, &id).await?;
    let rows = http.app.store.audit(&caller.user.org, Some(&id), MAX_AUDIT).await.map_err(JobError::from)?;
    Ok(Json(json!({ "audit": rows })))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn states_are_read_by_their_words() {
        assert_eq!(statuses("failed, awaiting_approval").unwrap(), [JobStatus::Failed, JobStatus::AwaitingApproval]);
        assert_eq!(statuses("").unwrap(), []);
        assert!(matches!(statuses("done"), Err(JobError::Query(text)) if text.contains("completed")));
    }
}
