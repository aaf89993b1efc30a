//! Effects of a restored database, for operators.

use axum::Json;
use axum::extract::State;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use skillhost_engine::ids::EffectKey;

use super::Http;
use super::approvals::answer_problem;
use super::auth::Operator;
use super::body::{RawBody, parse_json};
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, invalid_field, store_problem};
use crate::held::HeldView;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/effects/held",
            get(held),
            doc("heldEffects", "Effects that wait for an operator after a restore; an operator's key only")
                .answers(200, "What is held", "Anything")
                .problems(&[401, 403, 429, 503]),
        ),
        Endpoint::post(
            "/v1/effects/release",
            post(release),
            doc("releaseHeldEffects", "Lets held effects leave; an operator's key only")
                .bodies(&[("application/json", "HeldRequest")])
                .answers(200, "How many", "Anything")
                .problems(&[400, 401, 403, 413, 422, 429, 503]),
        ),
        Endpoint::post(
            "/v1/effects/discard",
            post(discard),
            doc("discardHeldEffects", "Drops held effects for good; an operator's key only")
                .bodies(&[("application/json", "HeldRequest")])
                .answers(200, "How many", "Anything")
                .problems(&[400, 401, 403, 404, 409, 413, 422, 429, 503]),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldRequest {
    #[serde(default)]
    all: bool,
    #[serde(default)]
    keys: Vec<EffectKey>,
}

fn unclear(message: &str) -> Problem {
    invalid_field(message).hint("Name `keys`, from GET /v1/effects/held.")
}

async fn held(State(http): State<Http>, _: Operator) -> Result<Json<HeldView>, Problem> {
    http.app.held().await.map(Json).map_err(|error| store_problem(&error))
}

async fn release(State(http): State<Http>, operator: Operator, RawBody(body): RawBody) -> Result<Json<Value>, Problem> {
    let request: HeldRequest = parse_json(&body)?;
    if request.all != request.keys.is_empty() {
        return Err(unclear("Either `all` is true or `keys` are named, not both."));
    }
    let keys = (!request.all).then_some(request.keys.as_slice());
    let released = http.app.release_held(keys, &operator.by()).await.map_err(|error| store_problem(&error))?;
    Ok(Json(json!({ "released": released })))
}

async fn discard(State(http): State<Http>, operator: Operator, RawBody(body): RawBody) -> Result<Json<Value>, Problem> {
    let request: HeldRequest = parse_json(&body)?;
    if request.all || request.keys.is_empty() {
        return Err(unclear("Effects are discarded one by one, by their keys."));
    }
    http.app.discard_held(&request.keys, &operator.by()).await.map_err(answer_problem)?;
    Ok(Json(json!({ "discarded": request.keys.len() })))
}
