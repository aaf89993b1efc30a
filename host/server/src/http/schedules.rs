//! What the clock raises for whom, and when next.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::routing::get;
use serde::Deserialize;
use skillhost_engine::ids::UserId;

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, invalid_query, store_problem};
use crate::schedules::{SchedulePage, Whose};

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/schedules",
        get(list),
        doc("listSchedules", "The caller's schedules with their next runs; an admin's call lists those of the org")
            .query("after", "For an admin: only users after this one")
            .answers(200, "Schedules of up to 200 users, and where to read on", "ScheduleList")
            .problems(&[400, 401, 429, 503]),
    )]
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    after: Option<UserId>,
}

async fn list(
    State(http): State<Http>,
    caller: Caller,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<SchedulePage>, Problem> {
    let Query(query) = query.map_err(|rejection| invalid_query(rejection.body_text()))?;
    let whose = if caller.user.admin { Whose::After(query.after.as_ref()) } else { Whose::Only(&caller.user.id) };
    http.app.schedule_views(&caller.user.org, whose).await.map(Json).map_err(|error| store_problem(&error))
}
