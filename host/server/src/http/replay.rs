//! A job's calls once more. It shows what the job itself shows, outcomes of its
//! calls, so whoever may see the job may ask: its own user, and an admin.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use skillhost_engine::ids::{JobId, StepName};
use skillhost_engine::replay::calls;

use super::Http;
use super::auth::Caller;
use super::body::{RawBody, parse_optional};
use super::endpoint::{Endpoint, doc};
use super::jobs::visible;
use super::problem::{Problem, internal, store_problem};
use crate::replay::{JobReplay, ReplayError, Replayer};

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::post(
        "/v1/jobs/{id}/replay",
        post(replay),
        doc("replayJob", "Runs the calls of a job again with what they were told; nothing is changed or sent")
            .bodies(&[("application/json", "ReplayRequest")])
            .answers(200, "Each call, and what differs", "JobReplay")
            .problems(&[400, 401, 404, 429, 503]),
    )]
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayRequest {
    #[serde(default)]
    step: Option<StepName>,
}

async fn replay(
    State(http): State<Http>,
    caller: Caller,
    Path(id): Path<JobId>,
    RawBody(body): RawBody,
) -> Result<Json<JobReplay>, Problem> {
    let request: ReplayRequest = parse_optional(&body)?;
    visible(&http, &caller, &id).await?;
    let app = &http.app;
    let stored = app.store.job(&caller.user.org, &id).await.map_err(ReplayError::from)?;
    if let (Some(modules), Some(stored)) = (&app.modules, stored) {
        for call in calls(&stored, request.step.as_ref()).map_err(ReplayError::from)? {
            // One that is revoked or gone stays absent, and the replay says so.
            let _absent = modules.at_hand(&call.skill).await;
        }
    }
    let replayer = Replayer { store: app.store.as_ref(), runner: app.skills.as_ref(), now: app.clock.now() };
    Ok(Json(replayer.job(&caller.user.org, &id, request.step.as_ref(), None).await?))
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        let detail = error.to_string();
        match error {
            ReplayError::NoSuchJob(_) => Self::new(StatusCode::NOT_FOUND, "no-such-job", "No such job", detail),
            ReplayError::NoCalls { .. } => {
                Self::new(StatusCode::NOT_FOUND, "no-recorded-call", "Nothing to run again", detail)
                    .hint("Steps that the host does itself, and calls of earlier versions, have no record.")
            }
            ReplayError::Store(error) => store_problem(&error),
            ReplayError::Journal(_) => internal("replay.journal"),
        }
    }
}
