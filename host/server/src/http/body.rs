//! Request bodies: bounded, and with errors that say where.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use skillhost_engine::event::MAX_BODY_BYTES;
use skillhost_sandbox::MAX_COMPONENT_BYTES;

use super::problem::Problem;

/// How much of a body that is too large is still read, and thrown away: a client
/// that is cut off while it writes never sees the 413. Four times the limit
/// covers honest mistakes; beyond it the connection is closed.
const MAX_DRAIN_BYTES: usize = 4 * MAX_BODY_BYTES;

/// Why a body was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// Larger than the host takes.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The connection broke.
    #[error("the body did not arrive whole")]
    Broken,
    /// Not JSON.
    #[error("the body is not JSON: {message} at line {line} column {column}")]
    Syntax {
        /// What the parser expected.
        message: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of another shape.
    #[error("the body does not have the expected shape: {message}")]
    Shape {
        /// What is wrong, with the client's own words in it.
        message: String,
        /// From 1, 0 where unknown.
        line: usize,
        /// From 1, 0 where unknown.
        column: usize,
    },
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let detail = capital(&error.to_string());
        match error {
            BodyError::TooLarge { limit } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large", detail)
                    .with("limit_bytes", limit)
            }
            BodyError::Broken => Self::new(StatusCode::BAD_REQUEST, "body-broken", "The body is not whole", detail)
                .hint("Send the request again."),
            BodyError::Syntax { line, column, .. } => {
                Self::new(StatusCode::BAD_REQUEST, "invalid-json", "The body is not JSON", detail)
                    .with("line", line)
                    .with("column", column)
            }
            BodyError::Shape { line, column, .. } => {
                let problem = Self::new(
                    StatusCode::BAD_REQUEST,
                    "invalid-body",
                    "The body does not have the expected shape",
                    detail,
                )
                .hint("GET /openapi.json shows the expected shape.");
                if line == 0 { problem } else { problem.with("line", line).with("column", column) }
            }
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).chain(['.']).collect())
}

/// The bytes as they came, for signatures and parsers; at most [`MAX_BODY_BYTES`].
pub(crate) struct RawBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self(read(request.into_body(), MAX_BODY_BYTES, MAX_DRAIN_BYTES).await?))
    }
}

/// A module's bytes; at most what the sandbox would compile.
pub(crate) struct ModuleBody(pub(crate) Bytes);

impl ModuleBody {
    pub(crate) async fn read(body: Body) -> Result<Self, BodyError> {
        Ok(Self(read(body, MAX_COMPONENT_BYTES, MAX_DRAIN_BYTES).await?))
    }

    /// Reads what a client may not send and throws it away: one that is cut off while
    /// it writes never sees why.
    pub(crate) async fn discard(body: Body) {
        // Too large is what it is, whatever its size.
        let _ = read(body, 0, MAX_DRAIN_BYTES).await;
    }
}

async fn read(body: Body, limit: usize, drain: usize) -> Result<Bytes, BodyError> {
    let mut stream = body.into_data_stream();
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        seen = seen.saturating_add(chunk.len());
        if seen <= limit {
            kept.extend_from_slice(&chunk);
        } else if seen > drain {
            break;
        } else {
            kept = Vec::new();
        }
    }
    if seen > limit { Err(BodyError::TooLarge { limit }) } else { Ok(kept.into()) }
}

/// Parses JSON, saying where it is not.
pub(crate) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    serde_json::from_slice(bytes).map_err(json_error)
}

/// Parses JSON that may be left out.
pub(crate) fn parse_optional<T: Default + DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    if bytes.is_empty() { Ok(T::default()) } else { parse_json(bytes) }
}

/// Tells a document that is not JSON from one of another shape.
pub(crate) fn json_error(error: serde_json::Error) -> BodyError {
    let (line, column) = (error.line(), error.column());
    let full = error.to_string();
    // The position is a member of its own.
    let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
    match error.classify() {
        serde_json::error::Category::Data => BodyError::Shape { message, line, column },
        serde_json::error::Category::Syntax | serde_json::error::Category::Eof | serde_json::error::Category::Io => {
            BodyError::Syntax { message, line, column }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_body_at_the_limit_is_taken_and_one_byte_more_is_not() {
        assert_eq!(read(Body::from("12345678"), 8, 32).await.unwrap(), "12345678");
        assert!(matches!(read(Body::from("123456789"), 8, 32).await, Err(BodyError::TooLarge { limit: 8 })));
    }

    #[tokio::test]
    async fn an_endless_body_ends() {
        let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(b"xxxxxxxx")));
        assert!(matches!(read(Body::from_stream(endless), 8, 64).await, Err(BodyError::TooLarge { .. })));
    }

    #[test]
    fn an_error_says_where() {
        let Err(BodyError::Syntax { line, column, .. }) = parse_json::<serde_json::Value>(b"{\n  \"a\": }") else {
            panic!("not a syntax error");
        };
        assert_eq!((line, column), (2, 8));
        assert!(matches!(parse_json::<u8>(b"\"x\""), Err(BodyError::Shape { line: 1, .. })));
    }
}
