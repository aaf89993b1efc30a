//! What the clock raises for whom, and when next.

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, store_problem};
use crate::schedules::ScheduleView;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/schedules",
        get(list),
        doc("listSchedules", "The caller's schedules with their next runs; an admin's call lists those of the org")
            .answers(200, "Schedules", "ScheduleList")
            .problems(&[401, 429, 503]),
    )]
}

/// What [`list`] answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScheduleList {
    pub(crate) schedules: Vec<ScheduleView>,
}

async fn list(State(http): State<Http>, caller: Caller) -> Result<Json<ScheduleList>, Problem> {
    let only = (!caller.user.admin).then_some(&caller.user.id);
    let schedules = http.app.schedule_views(&caller.user.org, only).await.map_err(|error| store_problem(&error))?;
    Ok(Json(ScheduleList { schedules }))
}
