//! Orders to jobs: cancel, pause, resume, retry, run anew, replace an output,
//! send an effect again, and many at once.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillhost_engine::checkpoint::{Decision, OrderError};
use skillhost_engine::ids::{EffectKey, JobId, StepName, UserId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::store::{JobFilter, Scope};

use super::Http;
use super::approvals::{ApprovalError, answer_problem};
use super::auth::Caller;
use super::body::{RawBody, parse_json, parse_optional};
use super::endpoint::{Endpoint, doc};
use super::jobs::visible;
use super::problem::{Problem, invalid_field, store_problem};
use crate::orders::{Bulk, MAX_BULK, Verb, Why};
use crate::view::{EffectRowView, JobView};

/// Effects in the list of those that failed.
const MAX_FAILED: u32 = 200;
/// A year, in milliseconds: older than any job that is kept.
const MAX_OLDER_MS: i64 = 366 * 24 * 3600 * 1000;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let problems = &[400, 401, 403, 404, 409, 422, 429, 503];
    let plain = |id: &str, summary: &str| {
        doc(id, summary)
            .bodies(&[("application/json", "OrderRequest")])
            .answers(200, "The job as it stands now", "JobView")
            .problems(problems)
    };
    vec![
        Endpoint::post(
            "/v1/jobs/{id}/cancel",
            told(Verb::Cancel),
            plain("cancelJob", "Ends a job; what has left already stays left"),
        ),
        Endpoint::post(
            "/v1/jobs/{id}/pause",
            told(Verb::Pause),
            plain("pauseJob", "Parks a job: nothing runs and nothing leaves until it is resumed"),
        ),
        Endpoint::post("/v1/jobs/{id}/resume", told(Verb::Resume), plain("resumeJob", "Takes a paused job up again")),
        Endpoint::post(
            "/v1/jobs/{id}/anew",
            told(Verb::Anew),
            doc("runJobAnew", "Takes the event of a job that ended once more, as another job")
                .bodies(&[("application/json", "OrderRequest")])
                .answers(200, "The new job", "JobView")
                .problems(problems),
        ),
        Endpoint::post(
            "/v1/jobs/{id}/retry",
            told(Verb::Retry),
            doc("retryJob", "Sends a job back: the failed step or a named one, and all that depend on it, run again")
                .bodies(&[("application/json", "RetryRequest")])
                .answers(200, "The job as it stands now", "JobView")
                .problems(problems),
        ),
        Endpoint::post(
            "/v1/jobs/{id}/steps/{step}/output",
            post(edit),
            doc("editOutput", "Replaces a step's output; steps that have not run use it")
                .bodies(&[("application/json", "OutputRequest")])
                .answers(200, "The job as it stands now", "JobView")
                .problems(problems),
        ),
        Endpoint::post(
            "/v1/jobs/bulk",
            post(bulk),
            doc("orderJobs", "Tells every job that a filter finds what to do, a page at a time")
                .bodies(&[("application/json", "BulkRequest")])
                .answers(200, "What became of each", "Bulk")
                .problems(&[400, 401, 422, 429, 503]),
        ),
        Endpoint::get(
            "/v1/effects/failed",
            get(failed),
            doc("listFailedEffects", "Effects that were given up, and those whose result nobody knows, newest first")
                .answers(200, "Effects with their jobs", "FailedEffects")
                .problems(&[401, 429, 503]),
        ),
        Endpoint::post(
            "/v1/effects/{key}/requeue",
            post(requeue),
            doc(
                "requeueEffect",
                "Sends an effect again that was given up; one whose result is unknown needs a decision. Needs the scope approvals:answer",
            )
            .bodies(&[("application/json", "RequeueRequest")])
            .answers(200, "The effect as it stands now", "EffectRow")
            .problems(problems),
        ),
    ]
}

/// What a refused order means to a person or client.
pub(super) fn order_problem(error: &OrderError) -> Problem {
    let (status, slug, title) = match error {
        OrderError::NotYours { .. } | OrderError::NotTheirs { .. } => {
            (StatusCode::FORBIDDEN, "not-yours", "Not yours to decide")
        }
        OrderError::WrongState { .. } => (StatusCode::CONFLICT, "wrong-state", "The job's state does not allow it"),
        OrderError::NoSuchStep { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "no-such-step", "No such step"),
        OrderError::NotRun { .. } => (StatusCode::CONFLICT, "not-run", "The step has no output"),
        OrderError::BadOutput { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid-output", "The output is not acceptable")
        }
        OrderError::ReasonTooLong => (StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", "A field is not acceptable"),
        OrderError::EffectLeaving { .. } => (StatusCode::CONFLICT, "effect-leaving", "An effect is on its way"),
        OrderError::NoSuchEffect { .. } => (StatusCode::NOT_FOUND, "not-found", "Not there"),
        OrderError::NotDead { .. } => (StatusCode::CONFLICT, "not-dead", "The effect is not one that was given up"),
        OrderError::Undecided { .. } => (StatusCode::CONFLICT, "undecided", "Somebody has to say what happened"),
        OrderError::Settle(_) | OrderError::Admit(_) | OrderError::Checkpoint(_) => {
            (StatusCode::CONFLICT, "too-late", "Too late")
        }
    };
    let mut problem = Problem::new(status, slug, title, error.to_string());
    if let Some(hint) = error.hint() {
        problem = problem.hint(hint);
    }
    match error {
        OrderError::WrongState { status, .. } => problem.with("job_status", status.as_str()),
        OrderError::EffectLeaving { key, .. } | OrderError::NotDead { key, .. } | OrderError::Undecided { key } => {
            problem.with("effect", key.as_str())
        }
        _ => problem,
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderRequest {
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryRequest {
    #[serde(default)]
    from: Option<StepName>,
    #[serde(default)]
    reason: Option<String>,
}

/// The door of one verb.
fn told(verb: Verb) -> MethodRouter<Http> {
    post(move |State(http): State<Http>, caller: Caller, Path(id): Path<JobId>, RawBody(body): RawBody| async move {
        let (from, reason) = if verb == Verb::Retry {
            let RetryRequest { from, reason } = parse_optional(&body)?;
            (from, reason)
        } else {
            let OrderRequest { reason } = parse_optional(&body)?;
            (None, reason)
        };
        visible(&http, &caller, &id).await?;
        let why = Why { via: caller.via(), reason };
        let job = http.app.order(&caller.user, &id, verb, from, why).await.map_err(ApprovalError::from)?;
        Ok::<_, Problem>(Json(job))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputRequest {
    output: Value,
    #[serde(default)]
    reason: Option<String>,
}

async fn edit(
    State(http): State<Http>,
    caller: Caller,
    Path((id, step)): Path<(JobId, StepName)>,
    RawBody(body): RawBody,
) -> Result<Json<JobView>, Problem> {
    let OutputRequest { output, reason } = parse_json(&body)?;
    visible(&http, &caller, &id).await?;
    let why = Why { via: caller.via(), reason };
    let job = http.app.edit_output(&caller.user, &id, &step, output, why).await.map_err(ApprovalError::from)?;
    Ok(Json(job))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BulkRequest {
    order: Verb,
    #[serde(default)]
    status: Vec<JobStatus>,
    #[serde(default)]
    event_type: Option<String>,
    #[serde(default)]
    sequence: Option<String>,
    #[serde(default)]
    user: Option<UserId>,
    #[serde(default)]
    older_than_ms: Option<i64>,
    #[serde(default)]
    before: Option<JobId>,
    #[serde(default = "whole_page")]
    limit: u32,
    #[serde(default)]
    reason: Option<String>,
    /// Nothing is done unless this says so.
    #[serde(default = "yes")]
    dry_run: bool,
}

fn whole_page() -> u32 {
    MAX_BULK
}

fn yes() -> bool {
    true
}

async fn bulk(State(http): State<Http>, caller: Caller, RawBody(body): RawBody) -> Result<Json<Bulk>, Problem> {
    let request: BulkRequest = parse_json(&body)?;
    let wrong = |field: &'static str, message: String| invalid_field(message).with("field", field);
    if !(1..=MAX_BULK).contains(&request.limit) {
        return Err(wrong("limit", format!("`limit` is 1 to {MAX_BULK}"))
            .hint("Go on with `before` set to the answer's `next_before`."));
    }
    if request.older_than_ms.is_some_and(|ms| !(0..=MAX_OLDER_MS).contains(&ms)) {
        return Err(wrong("older_than_ms", format!("`older_than_ms` is 0 to {MAX_OLDER_MS}")));
    }
    let narrow = !request.status.is_empty()
        || request.event_type.is_some()
        || request.sequence.is_some()
        || request.user.is_some()
        || request.older_than_ms.is_some();
    if !narrow {
        return Err(wrong("status", "a filter names a state, an event type, a sequence, a user or an age".to_owned())
            .hint("An order to every job of the org is not given by leaving something out."));
    }
    let filter = JobFilter {
        status: request.status,
        event_type: request.event_type,
        sequence: request.sequence,
        user: request.user,
        created_before: request.older_than_ms.map(|ms| http.app.clock.now().plus_ms(-ms)),
        before: request.before,
        limit: request.limit,
        ..JobFilter::default()
    };
    let why = Why { via: caller.via(), reason: request.reason };
    let done = http.app.bulk(&caller.user, request.order, filter, request.dry_run, why).await;
    Ok(Json(done.map_err(answer_problem)?))
}

/// What [`failed`] answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FailedEffects {
    pub(crate) effects: Vec<FailedEffect>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FailedEffect {
    pub(crate) job_id: JobId,
    pub(crate) effect: EffectRowView,
}

async fn failed(State(http): State<Http>, caller: Caller) -> Result<Json<FailedEffects>, Problem> {
    let user = (!caller.user.admin).then_some(&caller.user.id);
    let rows = http
        .app
        .store
        .failed_effects(&caller.user.org, user, MAX_FAILED)
        .await
        .map_err(|error| store_problem(&error))?;
    let effects = rows.iter().map(|row| FailedEffect { job_id: row.job.clone(), effect: row.into() }).collect();
    Ok(Json(FailedEffects { effects }))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequeueRequest {
    #[serde(default)]
    decision: Option<Decision>,
    #[serde(default)]
    reason: Option<String>,
}

async fn requeue(
    State(http): State<Http>,
    caller: Caller,
    Path(key): Path<EffectKey>,
    RawBody(body): RawBody,
) -> Result<Json<EffectRowView>, Problem> {
    // What is sent again leaves, as an approved effect does.
    caller.must_have(Scope::AnswerApprovals)?;
    let RequeueRequest { decision, reason } = parse_optional(&body)?;
    let why = Why { via: caller.via(), reason };
    Ok(Json(http.app.requeue_effect(&caller.user, &key, decision, why).await.map_err(ApprovalError::from)?))
}
