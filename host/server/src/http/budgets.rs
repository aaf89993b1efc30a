//! Budgets: what stands, a limit set or taken away, a disputed ask decided.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;
use skillhost_engine::purse::{Period, Scope};
use skillhost_engine::time::MicroUsd;

use super::Http;
use super::auth::Caller;
use super::body::{RawBody, parse_json};
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, store_problem};
use crate::budgets::{BudgetError, BudgetsView};

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/budgets",
            get(list),
            doc("listBudgets", "The org's limits, what was taken of them, and what is disputed")
                .answers(200, "Budgets", "BudgetList")
                .problems(&[401, 429, 503]),
        ),
        Endpoint::post(
            "/v1/budgets/set",
            post(set),
            doc("setBudget", "Sets or removes a limit, and resumes jobs that wait for money; admins only")
                .bodies(&[("application/json", "BudgetRequest")])
                .answers(200, "Budgets after it", "BudgetList")
                .problems(&[400, 401, 403, 413, 422, 429, 503]),
        ),
        Endpoint::post(
            "/v1/budgets/reconcile",
            post(reconcile),
            doc("reconcileMoney", "Decides what a disputed ask did cost; admins only")
                .bodies(&[("application/json", "ReconcileRequest")])
                .answers(200, "Budgets after it", "BudgetList")
                .problems(&[400, 401, 403, 404, 413, 422, 429, 503]),
        ),
    ]
}

impl From<BudgetError> for Problem {
    fn from(error: BudgetError) -> Self {
        let detail = error.to_string();
        match error {
            BudgetError::NotAdmin => {
                Self::new(StatusCode::FORBIDDEN, "not-admin", "Not this person's to decide", detail)
                    .hint("Ask an admin of the org.")
            }
            BudgetError::OutOfRange { field, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "out-of-range", "The amount is not acceptable", detail)
                    .hint("Amounts are whole micro-dollars: 1 000 000 is one dollar.")
                    .with("pointer", format!("/{field}"))
            }
            BudgetError::NotDisputed { .. } => Self::new(StatusCode::NOT_FOUND, "not-disputed", "Not there", detail)
                .hint("GET /v1/budgets lists what is disputed."),
            BudgetError::Store(error) => store_problem(&error),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetBody {
    scope: Scope,
    period: Period,
    limit_micro_usd: Option<MicroUsd>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReconcileBody {
    reservation: String,
    cost_micro_usd: MicroUsd,
}

async fn list(State(http): State<Http>, caller: Caller) -> Result<Json<BudgetsView>, Problem> {
    http.app.budgets(&caller.user.org).await.map(Json).map_err(|error| store_problem(&error))
}

async fn set(State(http): State<Http>, caller: Caller, RawBody(body): RawBody) -> Result<Json<BudgetsView>, Problem> {
    let body: SetBody = parse_json(&body)?;
    Ok(Json(http.app.set_budget(&caller.user, body.scope, body.period, body.limit_micro_usd).await?))
}

async fn reconcile(
    State(http): State<Http>,
    caller: Caller,
    RawBody(body): RawBody,
) -> Result<Json<BudgetsView>, Problem> {
    let body: ReconcileBody = parse_json(&body)?;
    Ok(Json(http.app.reconcile(&caller.user, &body.reservation, body.cost_micro_usd).await?))
}
