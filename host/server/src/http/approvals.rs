//! Approvals: what waits for the caller, the answer to it, and the undo.
//!
//! An answer goes to [`App::answer`](crate::app::App::answer) whichever door it
//! came by; this file only reads it and names what went wrong.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillhost_engine::approval::Answer;
use skillhost_engine::ids::{ApprovalId, EffectKey};
use skillhost_engine::report::Mark;
use skillhost_engine::store::Scope;

use super::Http;
use super::auth::Caller;
use super::body::{BodyError, RawBody, json_error, parse_json};
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, store_problem};
use crate::answer::{AnswerError, Reply};
use crate::view::ApprovalView;

/// The door by which a suggestion was seen.
const API: &str = "api";

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/approvals",
            get(list),
            doc("listApprovals", "What waits for the key's person, oldest first")
                .answers(200, "Open approvals", "ApprovalList")
                .problems(&[401, 429, 503]),
        ),
        Endpoint::get(
            "/v1/approvals/{id}",
            get(show),
            doc("getApproval", "An approval with everything an answer would release")
                .answers(200, "The approval", "ApprovalView")
                .problems(&[401, 404, 429, 503]),
        ),
        Endpoint::post(
            "/v1/approvals/{id}/answer",
            post(answer),
            doc(
                "answerApproval",
                "Approves, edits, chooses, skips or cancels, as the key's person; needs the scope approvals:answer",
            )
            .bodies(&[("application/json", "AnswerRequest")])
            .answers(200, "Settled; `already` when it was so with the same answer", "Answered")
            .problems(&[400, 401, 403, 404, 409, 410, 413, 422, 429, 503]),
        ),
        Endpoint::post(
            "/v1/approvals/{id}/again",
            post(again),
            doc("askAgain", "Asks an approval again that expired, while its job still waits")
                .answers(200, "The new approval; `already` when it was asked again before", "Answered")
                .problems(&[401, 403, 404, 409, 429, 503]),
        ),
        Endpoint::post(
            "/v1/effects/{key}/undo",
            post(undo),
            doc("undoEffect", "Takes an approved effect back onto a card while it has not left")
                .answers(200, "The new card", "ApprovalView")
                .problems(&[401, 403, 404, 409, 429, 503]),
        ),
    ]
}

/// Why a decision was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApprovalError {
    /// The body cannot be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The host did not take it.
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::Body(error) => error.into(),
            ApprovalError::Answer(error) => answer_problem(error),
        }
    }
}

/// What a refused decision means to a person or client.
pub(crate) fn answer_problem(error: AnswerError) -> Problem {
    match error {
        AnswerError::NotFound => {
            Problem::new(StatusCode::NOT_FOUND, "not-found", "Not there", "It does not exist, or not in this org.")
        }
        AnswerError::NotYours => Problem::new(
            StatusCode::FORBIDDEN,
            "not-yours",
            "Not yours to decide",
            "Only the person whose mailbox, calendar or deal it is may decide this.",
        )
        .hint("An admin may stop a job, and never approve for somebody else."),
        AnswerError::Expired => Problem::new(
            StatusCode::GONE,
            "expired",
            "The question has expired",
            "Nobody answered in time, so nothing was sent or changed.",
        )
        .hint("`skillhost approvals again` asks it again while its job waits; after that, retry the job."),
        AnswerError::AlreadySettled { approval } => {
            let problem = Problem::new(
                StatusCode::CONFLICT,
                "already-settled",
                "It was answered before",
                format!("The first answer stands: {}.", approval.status.as_str()),
            )
            .with("approval_id", approval.id.as_str())
            .with("job_id", approval.job_id.as_str());
            match serde_json::to_value(&*approval) {
                Ok(view) => problem.with("approval", view),
                Err(_) => problem,
            }
        }
        AnswerError::InvalidAnswer { pointer, message } => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-answer", "The answer is not acceptable", message)
                .hint("Nothing was released. Correct the place and answer again.")
                .with("pointer", pointer)
        }
        AnswerError::Void { reason } => Problem::new(StatusCode::CONFLICT, "void", "The question is void", reason)
            .hint("Nothing was released. Retry the job for a fresh proposal."),
        AnswerError::InvalidOutput { pointer, message } => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-output",
            "The output is not acceptable",
            format!("It does not match the skill's schema at `{pointer}`: {message}"),
        )
        .hint("Nothing was changed. `skillhost skills show` tells the schema.")
        .with("pointer", pointer),
        AnswerError::Order(error) => super::orders::order_problem(&error),
        AnswerError::TooLate { reason } => Problem::new(StatusCode::CONFLICT, "too-late", "Too late", reason),
        AnswerError::BadNonce => Problem::new(
            StatusCode::CONFLICT,
            "stale-form",
            "This is not the question you were shown",
            "The question was asked anew since this page was loaded.",
        )
        .hint("Look at it again before you answer."),
        AnswerError::Store(error) => store_problem(&error),
    }
}

async fn list(State(http): State<Http>, caller: Caller) -> Result<Json<Value>, Problem> {
    let open = http
        .app
        .store
        .open_actions(&caller.user.org, Some(&caller.user.id))
        .await
        .map_err(|error| store_problem(&error))?;
    let approvals: Vec<ApprovalView> = open.iter().map(ApprovalView::from).collect();
    Ok(Json(json!({ "approvals": approvals })))
}

async fn show(
    State(http): State<Http>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
) -> Result<Json<ApprovalView>, Problem> {
    let action = http.app.store.action(&caller.user.org, &id).await.map_err(|error| store_problem(&error))?;
    match action {
        Some(action) if caller.may_see(&action.user) => {
            http.app.mark([&action], &caller.user.id, Mark::Viewed, API);
            Ok(Json(ApprovalView::from(&action)))
        }
        Some(_) | None => Err(ApprovalError::from(AnswerError::NotFound).into()),
    }
}

/// What goes along with an answer.
#[derive(Default, Deserialize)]
struct Along {
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    irrelevant: bool,
    #[serde(default)]
    nonce: Option<String>,
}

/// Splits the body into the answer proper, which refuses unknown members, and
/// what goes along with it.
fn read(body: &[u8]) -> Result<(Answer, Along), BodyError> {
    let mut body: Map<String, Value> = parse_json(body)?;
    let mut along = Map::new();
    for name in ["note", "irrelevant", "nonce"] {
        if let Some(value) = body.remove(name) {
            along.insert(name.to_owned(), value);
        }
    }
    let along = serde_json::from_value(Value::Object(along)).map_err(json_error)?;
    let answer = serde_json::from_value(Value::Object(body)).map_err(json_error)?;
    Ok((answer, along))
}

async fn answer(
    State(http): State<Http>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
    RawBody(body): RawBody,
) -> Result<Json<Value>, Problem> {
    caller.must_have(Scope::AnswerApprovals)?;
    let (answer, along) = read(&body)?;
    let reply = Reply { via: caller.via(), note: along.note, irrelevant: along.irrelevant };
    let answered =
        http.app.answer(&caller.user, &id, along.nonce.as_deref(), answer, reply).await.map_err(ApprovalError::from)?;
    Ok(Json(json!({ "approval": answered.approval, "already": answered.already })))
}

async fn again(State(http): State<Http>, caller: Caller, Path(id): Path<ApprovalId>) -> Result<Json<Value>, Problem> {
    let asked = http.app.ask_again(&caller.user, &id, &caller.via()).await.map_err(ApprovalError::from)?;
    Ok(Json(json!({ "approval": asked.approval, "already": asked.already })))
}

async fn undo(
    State(http): State<Http>,
    caller: Caller,
    Path(key): Path<EffectKey>,
) -> Result<Json<ApprovalView>, Problem> {
    let card = http.app.undo(&caller.user, &key, &caller.via()).await.map_err(ApprovalError::from)?;
    Ok(Json(card))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_answer_is_read_strictly_and_its_company_beside_it() {
        let (answer, along) = read(br#"{"answer":"approve","note":"good","nonce":"n"}"#).unwrap();
        assert_eq!(answer, Answer::Approve { edits: vec![], not_before: None });
        assert_eq!((along.note.as_deref(), along.nonce.as_deref(), along.irrelevant), (Some("good"), Some("n"), false));
        for wrong in [
            r#"{"answer":"approve","payload":{}}"#,
            r#"{"answer":"yes"}"#,
            r#"{"answer":"choose"}"#,
            r#"{"note":"x"}"#,
            r#"{"answer":"skip","irrelevant":"very"}"#,
            r#"[]"#,
        ] {
            assert!(matches!(read(wrong.as_bytes()), Err(BodyError::Shape { .. })), "{wrong}");
        }
    }
}
