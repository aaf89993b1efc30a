//! Files that skills made: listed and read by the people of their job, and by whoever has
//! a link.
//!
//! A file is a stranger's bytes. Its type is one of a list or plain bytes, never what a
//! browser guesses; it stands in a page of its own origin-less sandbox; and what is not
//! text or a picture is saved rather than shown.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};
use skillhost_engine::ids::JobId;

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, store_problem};
use crate::artifacts::{ArtifactError, ArtifactList, FoundFile};

/// No script, no form, no address but what the file itself holds, and no origin.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/jobs/{id}/artifacts",
            get(list),
            doc("listArtifacts", "Files that a job made, with all their versions, and links to them")
                .answers(200, "Files and links", "ArtifactList")
                .problems(&[401, 404, 429, 503]),
        ),
        Endpoint::get(
            "/v1/jobs/{id}/artifacts/{digest}",
            get(read),
            doc("getArtifact", "A file, by its digest")
                .answers_as(200, "The bytes, of the file's own type", "application/octet-stream", "Anything")
                .problems(&[401, 404, 410, 429, 503]),
        ),
        Endpoint::post(
            "/v1/shares/{id}/revoke",
            post(revoke),
            doc("revokeShare", "Ends a link to a file: its owner's, or as an admin anybody's")
                .answers(200, "Whether it worked until now", "ShareRevoked")
                .problems(&[401, 403, 404, 429, 503]),
        ),
        Endpoint::get(
            "/share/{token}",
            get(shared),
            doc("openShare", "The file behind a link, for whoever has it")
                .open()
                .answers_as(200, "The bytes, of the file's own type", "application/octet-stream", "Anything")
                .problems(&[404, 410, 429, 503]),
        ),
    ]
}

/// What a file that is not handed out means to a client.
pub(crate) fn artifact_problem(error: ArtifactError) -> Problem {
    let detail = error.to_string();
    match error {
        ArtifactError::NotFound => Problem::new(StatusCode::NOT_FOUND, "no-such-file", "No such file", detail),
        ArtifactError::Gone(_) => Problem::new(StatusCode::GONE, "file-gone", "No longer there", detail),
        ArtifactError::NotYours => Problem::new(StatusCode::FORBIDDEN, "not-yours", "Not yours to decide", detail),
        ArtifactError::Store(error) => store_problem(&error),
    }
}

async fn list(State(http): State<Http>, caller: Caller, Path(id): Path<JobId>) -> Result<Json<ArtifactList>, Problem> {
    http.app.artifacts(&caller.user, &id).await.map(Json).map_err(artifact_problem)
}

async fn read(
    State(http): State<Http>,
    caller: Caller,
    Path((id, digest)): Path<(JobId, String)>,
) -> Result<Response, Problem> {
    let mut found = http.app.artifact(&caller.user, &id, &digest).await.map_err(artifact_problem)?;
    // A program saves it.
    found.serving.inline = false;
    Ok(file_response(found))
}

async fn revoke(State(http): State<Http>, caller: Caller, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let revoked = http.app.revoke_share(&caller.user, &id).await.map_err(artifact_problem)?;
    Ok(Json(json!({ "revoked": revoked })))
}

/// Whoever opens a link is a person with a browser and no account here: a refusal is a
/// sentence.
async fn shared(State(http): State<Http>, Path(token): Path<String>) -> Response {
    match http.app.shared(&token).await {
        Ok(found) => file_response(found),
        Err(ArtifactError::Store(error)) => store_problem(&error).into_response(),
        Err(ArtifactError::Gone(why)) => sentence(StatusCode::GONE, why),
        Err(ArtifactError::NotFound | ArtifactError::NotYours) => {
            sentence(StatusCode::NOT_FOUND, "there is nothing behind this link")
        }
    }
}

fn sentence(status: StatusCode, why: &str) -> Response {
    let mut words = why.chars();
    let text = words.next().map(|first| format!("{}{}.\n", first.to_uppercase(), words.as_str())).unwrap_or_default();
    let mut response = (status, text).into_response();
    keep_apart(response.headers_mut());
    response
}

/// A file as an answer.
pub(crate) fn file_response(found: FoundFile) -> Response {
    let FoundFile { name, serving, bytes } = found;
    let mut response = Response::new(Body::from(Bytes::from_owner(bytes)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(serving.content_type));
    if let Ok(value) = HeaderValue::from_str(&disposition(&name, serving.inline)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    keep_apart(headers);
    response
}

fn keep_apart(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
}

/// RFC 6266: a name that every reader takes, and the very name for those that can.
fn disposition(name: &str, inline: bool) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect();
    let exact: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    // Of forms only these two are written otherwise than in a header.
    let exact = exact.replace('+', "%20").replace('*', "%2A");
    let how = if inline { "inline" } else { "attachment" };
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_no_header_and_is_kept_as_it_is() {
        assert_eq!(disposition("offer.pdf", false), "attachment; filename=\"offer.pdf\"; filename*=UTF-8''offer.pdf");
        assert_eq!(
            disposition("Angebot für a\"b\r\nX: y.pdf", true),
            "inline; filename=\"Angebot f_r a_b__X_ y.pdf\"; filename*=UTF-8''Angebot%20f%C3%BCr%20a%22b%0D%0AX%3A%20y.pdf"
        );
        assert!(HeaderValue::from_str(&disposition("*+%.pdf", true)).is_ok());
    }
}
