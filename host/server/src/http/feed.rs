//! `GET /v1/feed`: what the host told the key's person.

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, store_problem};

/// Most messages: a few weeks of a busy rep.
const MAX_MESSAGES: u32 = 100;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/feed",
        get(feed),
        doc("getFeed", "Messages to the key's person, newest first")
            .answers(200, "Messages", "Feed")
            .problems(&[401, 429, 503]),
    )]
}

async fn feed(State(http): State<Http>, caller: Caller) -> Result<Json<Value>, Problem> {
    let messages = http
        .app
        .store
        .feed(&caller.user.org, &caller.user.id, MAX_MESSAGES)
        .await
        .map_err(|error| store_problem(&error))?;
    Ok(Json(json!({ "messages": messages })))
}
