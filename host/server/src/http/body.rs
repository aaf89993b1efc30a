//! Request bodies: bounded, and with errors that say where.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use skillhost_engine::event::MAX_BODY_BYTES;
use skillhost_sandbox::MAX_COMPONENT_BYTES;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;

/// How much of a body that is too large is still read, and thrown away: a client
/// that is cut off while it writes never sees the 413. Four times the limit
/// covers honest mistakes; beyond it the connection is closed.
const MAX_DRAIN_BYTES: usize = 4 * MAX_BODY_BYTES;

/// How long a body may take: eight megabytes at three megabits a second. Shorter than a
/// handler's bound, so that a slow client is told that it was slow.
const BODY_DEADLINE: Duration = Duration::from_secs(20);
/// The same for a module, whose route has a longer bound.
const MODULE_DEADLINE: Duration = Duration::from_secs(90);
/// Bytes of bodies that may be held, all together, before it is known who sent them: four of
/// the largest. Whoever sends more waits for its vendor's next attempt.
pub(crate) const UNPROVEN_BYTES: usize = 4 * MAX_BODY_BYTES;
/// Largest delivery of Slack, whose largest form has a hundred blocks.
pub(crate) const MAX_SLACK_BYTES: usize = 1024 * 1024;

/// Why a body was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// Larger than the host takes.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// It did not arrive in time.
    #[error("the body did not arrive within {} s", .seconds)]
    Slow {
        /// The bound.
        seconds: u64,
    },
    /// Too many unproven deliveries are being read.
    #[error("too many deliveries are being read whose sender is not known yet")]
    Busy,
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
            BodyError::Slow { .. } => {
                Self::new(StatusCode::REQUEST_TIMEOUT, "body-slow", "The body did not arrive in time", detail)
                    .hint("Send the request again.")
            }
            BodyError::Busy => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The host is busy", detail).retry_after(5)
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
        Ok(Self(in_time(BODY_DEADLINE, read(request.into_body(), MAX_BODY_BYTES, MAX_DRAIN_BYTES)).await?))
    }
}

/// The bytes of a vendor's delivery, which its signature covers, so that nobody knows who
/// sent it before it is whole. What all of these hold together is bounded, and is given back
/// when this is dropped.
pub(crate) struct UnprovenBody {
    /// As they came.
    pub(crate) bytes: Bytes,
    /// What they hold of the bound.
    _held: Vec<OwnedSemaphorePermit>,
}

impl UnprovenBody {
    /// Reads one of at most `limit` bytes.
    pub(crate) async fn read(body: Body, limit: usize, unproven: &Arc<Semaphore>) -> Result<Self, BodyError> {
        in_time(BODY_DEADLINE, Self::held(body, limit, unproven)).await
    }

    async fn held(body: Body, limit: usize, unproven: &Arc<Semaphore>) -> Result<Self, BodyError> {
        let mut stream = body.into_data_stream();
        let (mut bytes, mut held) = (Vec::new(), Vec::new());
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| BodyError::Broken)?;
            if bytes.len() + chunk.len() > limit {
                return Err(BodyError::TooLarge { limit });
            }
            let more = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            held.push(Arc::clone(unproven).try_acquire_many_owned(more).map_err(|_| BodyError::Busy)?);
            bytes.extend_from_slice(&chunk);
        }
        Ok(Self { bytes: bytes.into(), _held: held })
    }
}

async fn in_time<T>(bound: Duration, reads: impl Future<Output = Result<T, BodyError>>) -> Result<T, BodyError> {
    tokio::time::timeout(bound, reads).await.unwrap_or(Err(BodyError::Slow { seconds: bound.as_secs() }))
}

/// A module's bytes; at most what the sandbox would compile.
pub(crate) struct ModuleBody(pub(crate) Bytes);

impl ModuleBody {
    pub(crate) async fn read(body: Body) -> Result<Self, BodyError> {
        Ok(Self(in_time(MODULE_DEADLINE, read(body, MAX_COMPONENT_BYTES, MAX_DRAIN_BYTES)).await?))
    }

    /// Reads what a client may not send and throws it away: one that is cut off while
    /// it writes never sees why.
    pub(crate) async fn discard(body: Body) {
        // Too large is what it is, whatever its size.
        let _ = in_time(BODY_DEADLINE, read(body, 0, MAX_DRAIN_BYTES)).await;
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

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let stays = || Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let whole = in_time(Duration::ZERO, read(stays(), 8, 8)).await;
        assert!(matches!(whole, Err(BodyError::Slow { seconds: 0 })));
        let held = in_time(Duration::ZERO, UnprovenBody::held(stays(), 8, &Arc::new(Semaphore::new(8)))).await;
        assert!(matches!(held, Err(BodyError::Slow { .. })));
    }

    #[tokio::test]
    async fn unproven_bodies_are_bounded_together() {
        let unproven = Arc::new(Semaphore::new(10));
        let first = UnprovenBody::read(Body::from("12345678"), 8, &unproven).await.unwrap();
        assert_eq!(first.bytes, "12345678");
        let second = UnprovenBody::read(Body::from("12345678"), 8, &unproven).await;
        assert!(matches!(second, Err(BodyError::Busy)));
        let large = UnprovenBody::read(Body::from("123"), 2, &unproven).await;
        assert!(matches!(large, Err(BodyError::TooLarge { limit: 2 })));
        drop(first);
        assert!(UnprovenBody::read(Body::from("12345678"), 8, &unproven).await.is_ok());
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
