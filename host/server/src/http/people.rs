//! Forgetting a person, by an admin of their org.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use skillhost_engine::body::Subject;

use super::Http;
use super::approvals::answer_problem;
use super::auth::Caller;
use super::body::{RawBody, parse_json};
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, internal, store_problem};
use crate::erase::{EraseError, ErasedView};

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::post(
        "/v1/people/erase",
        post(erase),
        doc("erasePerson", "Forgets a person: ends their open jobs, destroys their key, blanks every text of theirs")
            .bodies(&[("application/json", "EraseRequest")])
            .answers(200, "What was reached", "Erased")
            .problems(&[400, 401, 403, 404, 409, 422, 429, 503]),
    )]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EraseRequest {
    person: String,
}

async fn erase(State(http): State<Http>, caller: Caller, RawBody(body): RawBody) -> Result<Json<ErasedView>, Problem> {
    let request: EraseRequest = parse_json(&body)?;
    let Some(subject) = Subject::parse(&request.person) else {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-field",
            "Not a person",
            format!("`{}` names nobody.", request.person),
        )
        .hint("Write contact:<id> or user:<id>."));
    };
    Ok(Json(http.app.erase_person(&caller.user, &subject, &caller.via()).await?))
}

impl From<EraseError> for Problem {
    fn from(error: EraseError) -> Self {
        let detail = error.to_string();
        match error {
            EraseError::NoSuchPerson { .. } => {
                Self::new(StatusCode::NOT_FOUND, "no-such-person", "No such person", detail)
            }
            EraseError::NotAdmin => Self::new(StatusCode::FORBIDDEN, "not-admin", "Only an admin may", detail),
            EraseError::Job { source, .. } => answer_problem(source),
            EraseError::StillOpen { .. } => Self::new(StatusCode::CONFLICT, "still-open", "Jobs are open", detail)
                .hint("Stop what sends events of this person, and ask again."),
            EraseError::Mail(_) => internal("erase.mail"),
            EraseError::Store(error) => store_problem(&error),
        }
    }
}
