//! Probes: whether the process is up, and whether it can take work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use skillhost_engine::store::StoreError;

use super::Http;
use super::endpoint::{Endpoint, doc};

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/healthz", get(alive), doc("alive", "The process is up").open().answers(200, "It is", "Health")),
        Endpoint::get(
            "/readyz",
            get(ready),
            doc("ready", "The host can take events").open().answers(200, "It can", "Health").answers(
                503,
                "It cannot; `checks` says why",
                "Health",
            ),
        ),
    ]
}

async fn alive() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

async fn ready(State(http): State<Http>) -> Response {
    let answered = http.app.store.ping().await;
    let store = answered.is_ok();
    let trouble = match &answered {
        Err(StoreError::DiskFull) => "the disk that holds the database is full",
        Err(StoreError::Busy) => "the database is busy",
        _ => "the database does not answer",
    };
    let skills = !http.app.skill_list().is_empty();
    let taking = !http.app.wake.draining().is_cancelled();
    let ok = store && skills && taking;
    let word = |ok: bool, otherwise: &'static str| if ok { "ok" } else { otherwise };
    let body = json!({
        "status": word(ok, "unready"),
        "checks": {
            "store": word(store, trouble),
            "skills": word(skills, "no skill is loaded"),
            "draining": word(taking, "the host is shutting down"),
        },
    });
    (if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(body)).into_response()
}
