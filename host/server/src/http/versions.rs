//! Versions of skills: install, try, activate, roll back, canary, revoke. For
//! operators only, because a module serves every org.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use skillhost_engine::ids::SkillName;
use skillhost_engine::registry::Unnamed;

use super::Http;
use super::auth::Operator;
use super::body::{ModuleBody, RawBody, parse_json, parse_optional};
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, internal, store_problem};
use crate::registry::{How, Installed, Modules, RegistryError, Served, SkillHistory, Tried};

/// Media type of a module.
const WASM: &str = "application/wasm";
const JSON: &str = "application/json";

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/v1/skills",
            post(install),
            doc("installSkill", "Verifies, compiles, describes and tries a module, keeps it, and lets it serve")
                .query("activate", "`false` keeps it without letting it serve")
                .query("accept_rights", "`true` lets it serve though it asks for more than what it replaces")
                .bodies(&[(WASM, "Module")])
                .answers(200, "What became of it", "InstalledModule")
                .problems(&[400, 401, 403, 409, 413, 422, 429, 503]),
        ),
        Endpoint::post(
            "/v1/skills/try",
            post(try_module),
            doc("trySkill", "The same without keeping it")
                .bodies(&[(WASM, "Module")])
                .answers(200, "What was found", "TriedModule")
                .problems(&[401, 403, 413, 422, 429, 503]),
        ),
        Endpoint::get(
            "/v1/skills/{name}",
            get(history),
            doc("getSkill", "Installed versions of a skill, and what served when")
                .answers(200, "Its history", "SkillHistory")
                .problems(&[401, 403, 404, 429, 503]),
        ),
        Endpoint::post(
            "/v1/skills/{name}/activate",
            post(activate),
            doc("activateSkill", "Lets an installed version serve")
                .bodies(&[(JSON, "ActivateRequest")])
                .answers(200, "What serves now", "ServedModule")
                .problems(&[400, 401, 403, 404, 409, 422, 429, 503]),
        ),
        Endpoint::post(
            "/v1/skills/{name}/rollback",
            post(rollback),
            doc("rollbackSkill", "Goes back to the version that served before")
                .answers(200, "What serves now", "ServedModule")
                .problems(&[401, 403, 404, 409, 422, 429, 503]),
        ),
        Endpoint::post(
            "/v1/skills/{name}/canary",
            post(canary),
            doc("canarySkill", "Gives a share of the jobs to an installed version, or ends that")
                .bodies(&[(JSON, "CanaryRequest")])
                .answers(200, "What serves, and what changed", "ServedModule")
                .problems(&[400, 401, 403, 404, 409, 422, 429, 503]),
        ),
        Endpoint::post(
            "/v1/modules/{digest}/revoke",
            post(revoke),
            doc("revokeModule", "Takes a module out for good; what it proposed and has not left is void")
                .bodies(&[(JSON, "RevokeRequest")])
                .answers(200, "What serves now", "ServedModule")
                .problems(&[400, 401, 403, 404, 409, 429, 503]),
        ),
    ]
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        let (detail, hint) = (error.to_string(), error.hint());
        let problem = |status, slug, title| Self::new(status, slug, title, detail.clone()).hint(hint);
        match error {
            RegistryError::Module(_) => {
                problem(StatusCode::UNPROCESSABLE_ENTITY, "bad-module", "No module this host runs")
            }
            RegistryError::Trial { trial, .. } => {
                problem(StatusCode::UNPROCESSABLE_ENTITY, "trial-failed", "The module failed a trial")
                    .with("trial", trial)
            }
            RegistryError::Unnamed(Unnamed::Several { .. }) => {
                problem(StatusCode::CONFLICT, "ambiguous-module", "That names several modules")
            }
            RegistryError::Unnamed(_) | RegistryError::NoSkill { .. } | RegistryError::NoModule { .. } => {
                problem(StatusCode::NOT_FOUND, "no-such-module", "No such module")
            }
            RegistryError::Revoked { digest } => {
                problem(StatusCode::CONFLICT, "module-revoked", "The module is revoked").with("digest", digest)
            }
            RegistryError::AsksForMore { digest, difference, .. } => {
                problem(StatusCode::CONFLICT, "asks-for-more", "The module asks for more")
                    .with("digest", digest)
                    .with("added", difference.added)
                    .with("removed", difference.removed)
            }
            RegistryError::NothingBefore { .. } => {
                problem(StatusCode::CONFLICT, "nothing-before", "There is nothing to go back to")
            }
            RegistryError::NoCanary { .. } => problem(StatusCode::UNPROCESSABLE_ENTITY, "no-canary", "No such canary"),
            RegistryError::File(_) => {
                tracing::error!(code = "modules.file", %detail, "a module's file cannot be used");
                problem(StatusCode::UNPROCESSABLE_ENTITY, "module-file", "The module's file cannot be used")
            }
            RegistryError::Store(error) => store_problem(&error),
            RegistryError::NoModules => problem(StatusCode::NOT_FOUND, "no-modules", "This host has no modules"),
            RegistryError::Stopped => internal("modules.stopped"),
        }
    }
}

/// A module, and the operator who sends it. Nobody else's is kept in memory.
struct Upload {
    operator: Operator,
    bytes: Bytes,
}

impl FromRequest<Http> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, http: &Http) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        match Operator::from_request_parts(&mut parts, http).await {
            Ok(operator) => Ok(Self { operator, bytes: ModuleBody::read(body).await?.0 }),
            Err(problem) => {
                ModuleBody::discard(body).await;
                Err(problem)
            }
        }
    }
}

/// Runs a change to its end, whatever becomes of the client that asked for it.
async fn carry_out<T, F>(http: &Http, work: impl FnOnce(Arc<Modules>) -> F) -> Result<Json<T>, Problem>
where
    T: Serialize + Send + 'static,
    F: Future<Output = Result<T, RegistryError>> + Send + 'static,
{
    let Some(modules) = http.app.modules.clone() else { return Err(RegistryError::NoModules.into()) };
    let done = http.app.tasks.spawn(work(modules)).await.map_err(|_| RegistryError::Stopped)?;
    Ok(Json(done?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstallQuery {
    #[serde(default = "yes")]
    activate: bool,
    #[serde(default)]
    accept_rights: bool,
}

fn yes() -> bool {
    true
}

async fn install(
    State(http): State<Http>,
    query: Result<Query<InstallQuery>, QueryRejection>,
    upload: Upload,
) -> Result<Json<Installed>, Problem> {
    let Query(query) = query.map_err(|rejection| {
        let title = "A query parameter cannot be read";
        Problem::new(StatusCode::BAD_REQUEST, "invalid-query", title, rejection.body_text())
    })?;
    let how = How { activate: query.activate, accept_rights: query.accept_rights };
    let (by, bytes) = (upload.operator.by(), upload.bytes);
    carry_out(&http, |modules| async move { modules.install(bytes.to_vec(), &by, how).await }).await
}

async fn try_module(State(http): State<Http>, upload: Upload) -> Result<Json<Tried>, Problem> {
    carry_out(&http, |modules| async move { modules.try_module(upload.bytes.to_vec()).await }).await
}

async fn history(
    State(http): State<Http>,
    _: Operator,
    Path(name): Path<SkillName>,
) -> Result<Json<SkillHistory>, Problem> {
    carry_out(&http, |modules| async move { modules.history(&name).await }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActivateRequest {
    version: String,
    #[serde(default)]
    accept_rights: bool,
}

async fn activate(
    State(http): State<Http>,
    operator: Operator,
    Path(name): Path<SkillName>,
    RawBody(body): RawBody,
) -> Result<Json<Served>, Problem> {
    let ActivateRequest { version, accept_rights } = parse_json(&body)?;
    let by = operator.by();
    carry_out(&http, |modules| async move { modules.activate(&name, &version, accept_rights, &by).await }).await
}

async fn rollback(
    State(http): State<Http>,
    operator: Operator,
    Path(name): Path<SkillName>,
) -> Result<Json<Served>, Problem> {
    let by = operator.by();
    carry_out(&http, |modules| async move { modules.rollback(&name, &by).await }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CanaryRequest {
    percent: u8,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    accept_rights: bool,
}

async fn canary(
    State(http): State<Http>,
    operator: Operator,
    Path(name): Path<SkillName>,
    RawBody(body): RawBody,
) -> Result<Json<Served>, Problem> {
    let CanaryRequest { percent, version, accept_rights } = parse_json(&body)?;
    let by = operator.by();
    carry_out(&http, |modules| async move {
        match percent {
            0 => modules.end_canary(&name, &by).await,
            _ => modules.canary(&name, version.as_deref(), percent, accept_rights, &by).await,
        }
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeRequest {
    #[serde(default)]
    reason: String,
}

async fn revoke(
    State(http): State<Http>,
    operator: Operator,
    Path(digest): Path<String>,
    RawBody(body): RawBody,
) -> Result<Json<Served>, Problem> {
    let RevokeRequest { reason } = parse_optional(&body)?;
    let by = operator.by();
    carry_out(&http, |modules| async move { modules.revoke(&digest, &reason, &by).await }).await
}
