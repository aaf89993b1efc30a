//! The one shape of an error: `application/problem+json` (RFC 9457).
//!
//! `detail` says what is wrong with *this* request, `hint` what to do about it,
//! and further members name ids. What went wrong inside is logged, by code and
//! id, and never sent.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use skillhost_engine::store::StoreError;

/// Seconds after which a client may try again when the store is busy.
const RETRY_BUSY_S: u32 = 1;
/// Seconds after which a client may try again when the database or disk is gone:
/// longer than a restart.
const RETRY_UNAVAILABLE_S: u32 = 10;

/// An error as a client sees it.
#[derive(Debug)]
pub(crate) struct Problem {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// Last part of `type`, stable.
    slug: &'static str,
    /// The kind of problem, the same for all of its `type`.
    pub(crate) title: &'static str,
    /// This occurrence.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) hint: Option<String>,
    members: Map<String, Value>,
    retry_after_s: Option<u32>,
}

impl Problem {
    /// A problem of a kind. `slug` and `title` belong together.
    pub(crate) fn new(status: StatusCode, slug: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, slug, title, detail: detail.into(), hint: None, members: Map::new(), retry_after_s: None }
    }

    /// Says what to do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds an extension member, for instance an id.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The body.
    pub(crate) fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("type".to_owned(), format!("urn:skillhost:problem:{}", self.slug).into());
        body.insert("title".to_owned(), self.title.into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("detail".to_owned(), self.detail.clone().into());
        if let Some(hint) = &self.hint {
            body.insert("hint".to_owned(), hint.clone().into());
        }
        for (name, value) in &self.members {
            body.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Value::Object(body)
    }

    /// Headers that go with it in any representation.
    pub(crate) fn decorate(&self, response: &mut Response) {
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.to_json())).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.decorate(&mut response);
        response
    }
}

/// A field that is of the right shape and yet not acceptable.
pub(crate) fn invalid_field(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", "A field is not acceptable", detail)
}

/// A query parameter that cannot be read.
pub(crate) fn invalid_query(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid-query", "A query parameter cannot be read", detail)
}

/// A failure of the host itself: the client learns no more than that.
pub(crate) fn internal(code: &'static str) -> Problem {
    tracing::error!(code, "a request failed inside the host");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The host failed",
        "Something went wrong inside the host.",
    )
    .hint("Give the operator the x-request-id of this answer.")
}

/// What a failed commit or read means to a client.
pub(crate) fn store_problem(error: &StoreError) -> Problem {
    match error {
        StoreError::Busy => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "busy",
            "The host is busy",
            "More is being written than the database takes. Nothing of this request was stored.",
        )
        .hint("Send the same request again after the time in Retry-After.")
        .retry_after(RETRY_BUSY_S),
        StoreError::Unavailable(_) => {
            tracing::error!(code = "store.unavailable", "the database does not answer");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "store-unavailable",
                "The database does not answer",
                "Nothing can be stored at the moment.",
            )
            .hint("Send the same request again after the time in Retry-After.")
            .retry_after(RETRY_UNAVAILABLE_S)
        }
        StoreError::DiskFull => {
            tracing::error!(code = "store.disk-full", "the disk that holds the database is full");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "disk-full",
                "The host's disk is full",
                "Nothing of this request was stored.",
            )
            .hint("Send the same request again once the operator has made room.")
            .retry_after(RETRY_UNAVAILABLE_S)
        }
        StoreError::Conflict { .. } => Problem::new(
            StatusCode::CONFLICT,
            "conflict",
            "Somebody else was first",
            "What this request changes was changed at the same moment.",
        )
        .hint("Look at it again, then repeat the request if it still makes sense."),
        StoreError::Duplicate { job, .. } => Problem::new(
            StatusCode::CONFLICT,
            "duplicate",
            "The key is taken",
            format!("The idempotency key is held by job {job}."),
        )
        .with("job_id", job.as_str()),
        StoreError::Precondition { message } => {
            Problem::new(StatusCode::CONFLICT, "precondition", "The record has changed", message.clone())
        }
        StoreError::OverBudget(shortage) => {
            Problem::new(StatusCode::CONFLICT, "over-budget", "A budget is exhausted", shortage.to_string())
                .hint("Raise the budget, or wait for its next day or month.")
        }
        StoreError::Constraint { .. } => internal("store.constraint"),
        StoreError::Corrupt { what, .. } => {
            tracing::error!(code = "store.corrupt", row = %what, "a row is not readable");
            internal("store.corrupt")
        }
        // Said at start, before anything is served.
        StoreError::OtherBuild => internal("store.other-build"),
    }
}

/// Answers a path nobody serves.
pub(crate) async fn no_such_route() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no-such-route", "No such address", "Nothing is served at this path.")
        .hint("GET /openapi.json lists what is.")
}

/// Answers a method a path does not have.
pub(crate) async fn no_such_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "no-such-method",
        "Not this method",
        "The path is served, but not with this method.",
    )
    .hint("GET /openapi.json lists each path's methods.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn members_do_not_hide_the_standard_ones() {
        let body = Problem::new(StatusCode::NOT_FOUND, "x", "X", "d").with("status", 1).with("job_id", "j").to_json();
        assert_eq!(body["status"], 404);
        assert_eq!(body["job_id"], "j");
        assert_eq!(body["type"], "urn:skillhost:problem:x");
    }

    #[test]
    fn a_broken_store_tells_no_detail_and_says_when_to_come_back() {
        let secret = "UNIQUE constraint failed: jobs.secret_column";
        let problem = store_problem(&StoreError::Constraint { message: secret.to_owned() });
        assert_eq!(problem.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!problem.to_json().to_string().contains("secret_column"));
        for (error, status) in
            [(StoreError::Busy, 429), (StoreError::DiskFull, 503), (StoreError::Unavailable("gone".into()), 503)]
        {
            let response = store_problem(&error).into_response();
            assert_eq!(response.status().as_u16(), status);
            assert!(response.headers().contains_key(header::RETRY_AFTER), "{error}");
        }
    }
}
