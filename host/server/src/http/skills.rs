//! `GET /v1/skills`: the active module of every skill.

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/skills",
        get(list),
        doc("listSkills", "Active skills by name").answers(200, "Skills", "SkillList").problems(&[401, 429, 503]),
    )]
}

async fn list(State(http): State<Http>, _: Caller) -> Json<Value> {
    Json(json!({ "skills": http.app.skill_list() }))
}
