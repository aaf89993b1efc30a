//! `POST /v1/events`: an event from a client of the org.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::Value;
use skillhost_engine::event::{ANSWERED, EVENT_TYPES};
use skillhost_engine::ids::UserId;

use super::Http;
use super::auth::{AuthError, Caller};
use super::body::{BodyError, RawBody, parse_json};
use super::cloud_event::{CloudEvent, CloudEventError, STRUCTURED, is_json};
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, invalid_field, store_problem};
use crate::app::{Incoming, ReceiveError, Received};

/// Longest idempotency key: two UUIDs, a URL and room; it is an index key.
const MAX_KEY_CHARS: usize = 512;
/// Longest `source`: it is shown on one line.
const MAX_SOURCE_CHARS: usize = 128;
/// Seconds after which a client may try again when too many jobs are open: some have
/// to end first.
const RETRY_FULL_S: u32 = 30;
/// A misspelling this close to a known type is named in the hint.
const CLOSE_ENOUGH: f64 = 0.75;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::post(
        "/v1/events",
        post(receive),
        doc("receiveEvent", "Hands in an event; answers once it is durable")
            .bodies(&[("application/json", "EventRequest"), (STRUCTURED, "CloudEvent")])
            .answers(202, "Stored; its job exists", "Received")
            .answers(200, "A duplicate: the first one's job", "Received")
            .problems(&[400, 401, 404, 409, 413, 415, 422, 429, 503]),
    )]
}

/// An event in plain JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRequest {
    #[serde(rename = "type")]
    event_type: String,
    payload: Value,
    #[serde(default)]
    user_id: Option<UserId>,
    #[serde(default)]
    idempotency_key: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventError {
    /// The body cannot be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Not an acceptable CloudEvent.
    #[error(transparent)]
    CloudEvent(#[from] CloudEventError),
    /// Neither JSON nor a CloudEvent.
    #[error("the content type `{0}` is not one the host reads")]
    MediaType(String),
    /// A type the host does not know.
    #[error("there is no event type `{0}`")]
    UnknownType(String),
    /// An answer at the door of events.
    #[error("`{ANSWERED}` resumes a job and starts none")]
    Answer,
    /// A field is too long or empty.
    #[error("`{field}` must have 1 to {max} characters")]
    Length {
        /// Which.
        field: &'static str,
        /// Most characters.
        max: usize,
    },
    /// The key may not raise this.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The host did not take it.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
}

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        let detail = error.to_string();
        match error {
            EventError::Body(error) => error.into(),
            EventError::CloudEvent(error) => error.into(),
            EventError::MediaType(_) => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Not a content type the host reads", detail)
                    .hint(format!("Send application/json, {STRUCTURED}, or a binary CloudEvent with ce- headers."))
            }
            EventError::UnknownType(name) => {
                let close = EVENT_TYPES
                    .iter()
                    .map(|known| (strsim::jaro_winkler(&name, known), known))
                    .filter(|(score, _)| *score >= CLOSE_ENOUGH)
                    .max_by(|a, b| a.0.total_cmp(&b.0));
                let hint = match close {
                    Some((_, known)) => format!("Did you mean `{known}`?"),
                    None => format!("Use one of: {}.", EVENT_TYPES.join(", ")),
                };
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown-event-type", "Unknown event type", detail)
                    .hint(hint)
                    .with("known_types", EVENT_TYPES.map(Value::from).to_vec())
            }
            EventError::Answer => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not-an-event", "Answers have a door of their own", detail)
                    .hint("Answer the question: POST /v1/approvals/{id}/answer.")
            }
            EventError::Length { field, .. } => invalid_field(detail).with("pointer", format!("/{field}")),
            EventError::Auth(error) => error.into(),
            EventError::Receive(error) => receive_problem(&error),
        }
    }
}

/// What a refused event means to a client.
pub(crate) fn receive_problem(error: &ReceiveError) -> Problem {
    let detail = error.to_string();
    match error {
        ReceiveError::UnknownOrg(org) => {
            Problem::new(StatusCode::NOT_FOUND, "unknown-org", "Unknown org", detail).with("org_id", org.as_str())
        }
        ReceiveError::UnknownUser { user, .. } => {
            Problem::new(StatusCode::NOT_FOUND, "unknown-user", "Unknown user", detail)
                .hint("Name a user of the key's org in `user_id`, or leave it out to act as the key's user.")
                .with("user_id", user.as_str())
        }
        ReceiveError::KeyReused { job } => {
            Problem::new(StatusCode::CONFLICT, "key-reused", "The idempotency key was used for another event", detail)
                .hint("Use a fresh key for a new event; repeat the same body to ask for the first one's job.")
                .with("job_id", job.as_str())
        }
        ReceiveError::Full { bound } => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-open-jobs", "Too many jobs are open", detail)
                .hint("Send the same request again after the time in Retry-After; nothing of it was stored.")
                .with("bound", *bound)
                .retry_after(RETRY_FULL_S)
        }
        ReceiveError::BadPayload { pointer, .. } => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-payload", "The payload is not acceptable", detail)
                .with("pointer", format!("/payload{pointer}"))
        }
        ReceiveError::Store(error) => store_problem(error),
    }
}

async fn receive(
    State(http): State<Http>,
    caller: Caller,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let incoming = read(&caller, &headers, &body)?;
    let received = http.app.receive(incoming).await.map_err(EventError::from)?;
    Ok(answer(received))
}

/// 202 with the job's address; 200 for a duplicate.
pub(super) fn answer(received: Received) -> Response {
    let status = if received.duplicate { StatusCode::OK } else { StatusCode::ACCEPTED };
    let location = HeaderValue::from_str(&format!("/v1/jobs/{}", received.job_id));
    let mut response = (status, Json(received)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn read(caller: &Caller, headers: &HeaderMap, body: &[u8]) -> Result<Incoming, EventError> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("application/json");
    let essence = media.split(';').next().unwrap_or_default().trim();
    let request = if headers.contains_key("ce-specversion") {
        from_cloud_event(CloudEvent::binary(headers, body)?)?
    } else if essence.eq_ignore_ascii_case(STRUCTURED) {
        from_cloud_event(CloudEvent::structured(body)?)?
    } else if is_json(media) && !essence.starts_with("application/cloudevents") {
        parse_json::<EventRequest>(body)?
    } else {
        return Err(EventError::MediaType(essence.to_owned()));
    };
    if request.event_type == ANSWERED {
        return Err(EventError::Answer);
    }
    if !EVENT_TYPES.contains(&request.event_type.as_str()) {
        return Err(EventError::UnknownType(request.event_type));
    }
    let fits = |field, text: Option<&String>, max| match text.map(|text| text.chars().count()) {
        Some(length) if length == 0 || length > max => Err(EventError::Length { field, max }),
        _ => Ok(()),
    };
    fits("idempotency_key", request.idempotency_key.as_ref(), MAX_KEY_CHARS)?;
    fits("source", request.source.as_ref(), MAX_SOURCE_CHARS)?;
    let user = caller.acts_for(request.user_id)?;
    Ok(Incoming {
        event_type: request.event_type,
        // The client's own word never stands alone, so that no key holder can
        // pass an event off as a vendor's delivery.
        source: match request.source {
            Some(source) => format!("{}:{source}", caller.source_for(&user)),
            None => caller.source_for(&user),
        },
        org: caller.user.org.clone(),
        user,
        payload: request.payload,
        idempotency_key: request.idempotency_key,
        not_before: None,
        transcript: None,
    })
}

fn from_cloud_event(mut event: CloudEvent) -> Result<EventRequest, CloudEventError> {
    Ok(EventRequest {
        payload: event.payload()?,
        idempotency_key: Some(event.idempotency_key()),
        user_id: event.userid.take().map(UserId::from),
        event_type: std::mem::take(&mut event.event_type),
        source: Some(std::mem::take(&mut event.source)),
    })
}
