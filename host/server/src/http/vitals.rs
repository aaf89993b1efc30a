//! What tells trouble early, for operators: figures of every org are not an org's to see.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::Http;
use super::auth::Operator;
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, internal, store_problem};
use crate::vitals::{MEDIA_TYPE, Status};

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/metrics",
            get(metrics),
            doc("metrics", "Figures for Prometheus; an operator's key only")
                .answers_as(200, "Metrics in the OpenMetrics text format", MEDIA_TYPE, "Metrics")
                .problems(&[401, 403, 429, 503]),
        ),
        Endpoint::get(
            "/v1/status",
            get(status),
            doc("status", "The same figures, with a hint at each that is out of range; an operator's key only")
                .answers(200, "How the host is", "Status")
                .problems(&[401, 403, 429, 503]),
        ),
    ]
}

async fn status(State(http): State<Http>, _: Operator) -> Result<Json<Status>, Problem> {
    http.app.status().await.map(Json).map_err(|error| store_problem(&error))
}

async fn metrics(State(http): State<Http>, _: Operator) -> Result<Response, Problem> {
    let status = http.app.status().await.map_err(|error| store_problem(&error))?;
    let text = status.metrics().map_err(|_| internal("metrics.encode"))?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}
