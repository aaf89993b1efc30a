//! `POST /hooks/meetingbaas`: a meeting bot has something to say.
//!
//! The account's signature is preferred; a delivery without one must carry the
//! secret that was given to its bot. Who it is for comes from the bot's
//! connection, which also knows the meeting the bot was sent to.
//!
//! A delivery that only names its transcript has it fetched ([`words`]); of a meeting
//! that will have none its rep is told ([`missed`]).

mod missed;
mod words;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use skillhost_connectors::egress::artifact::ArtifactError;
use skillhost_connectors::hooks::{
    HookError, KeyError, STANDARD_WINDOW_MS, SecretDigest, StandardWebhookKey, VerifiedDelivery,
};
use skillhost_connectors::meetingbaas::{Complete, Delivery, DeliveryError, Missed, bot_named, parse};
use skillhost_engine::body::Subject;
use skillhost_engine::context::MAX_TRANSCRIPT_BYTES;
use skillhost_engine::event::{IDEMPOTENCY_WINDOW_MS, MAX_BODY_BYTES};
use skillhost_engine::store::{Connection, StoreError, Transcript};
use skillhost_engine::time::Timestamp;

use super::super::Http;
use super::super::auth::digest_of;
use super::super::body::UnprovenBody;
use super::super::events::receive_problem;
use super::super::problem::{Problem, internal, store_problem};
use super::super::transcripts::named;
use crate::about::outside;
use crate::app::{Incoming, ReceiveError, Received};
use missed::Missing;

/// Kind of the connection that a bot is.
const CONNECTION: &str = "meetingbaas-bot";
/// How long a signed message is remembered: as long as its signature is taken,
/// which is a window on either side of now.
const REMEMBER_MS: i64 = 2 * STANDARD_WINDOW_MS as i64;
/// Seconds after which the vendor may try again when its storage was away.
const RETRY_FETCH_S: u32 = 60;

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliverError {
    /// Not signed, signed by somebody else, or too long ago.
    #[error("{0}")]
    NotBelieved(#[from] HookError),
    /// No signature, and no secret of a bot we know. One error for both, so that
    /// nobody learns which bots exist.
    #[error("the delivery carries neither the account's signature nor the secret of a known bot")]
    NoProof,
    /// Cannot be read.
    #[error(transparent)]
    Unreadable(#[from] DeliveryError),
    /// A bot without a connection.
    #[error("no connection maps the bot `{bot_id}` to an org and a user")]
    UnknownBot {
        /// Which.
        bot_id: String,
    },
    /// The transcript cannot be fetched at the moment.
    #[error("the transcript of the bot `{bot_id}` cannot be fetched at the moment")]
    NotYet {
        /// Which.
        bot_id: String,
        /// Why; names nothing of the address.
        why: ArtifactError,
    },
    /// The host went down while it read a transcript.
    #[error("the host is stopping")]
    Stopped,
    /// The configured secret cannot serve.
    #[error("the configured account secret cannot be used: {0}")]
    Misconfigured(#[from] KeyError),
    /// The host did not take it.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DeliverError> for Problem {
    fn from(error: DeliverError) -> Self {
        let detail = error.to_string();
        match error {
            DeliverError::NotBelieved(_) | DeliverError::NoProof => {
                Self::new(StatusCode::UNAUTHORIZED, "not-believed", "The delivery is not believed", detail)
                    .hint("Check the account's webhook secret and both clocks.")
            }
            DeliverError::Unreadable(DeliveryError::NotJson { line, column }) => {
                Self::new(StatusCode::BAD_REQUEST, "invalid-json", "The delivery is not JSON", detail)
                    .with("line", line)
                    .with("column", column)
            }
            DeliverError::Unreadable(DeliveryError::Shape { pointer, .. }) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-delivery", "The delivery cannot be read", detail)
                    .with("pointer", pointer)
            }
            DeliverError::UnknownBot { bot_id } => {
                Self::new(StatusCode::NOT_FOUND, "unknown-bot", "Unknown bot", detail)
                    .hint("Add a connection of kind meetingbaas-bot for this bot, then redeliver.")
                    .with("bot_id", bot_id)
            }
            DeliverError::NotYet { bot_id, .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "transcript-unavailable",
                "The transcript cannot be fetched",
                detail,
            )
            .hint("Deliver it again after the time in Retry-After; nothing of it was stored.")
            .with("bot_id", bot_id)
            .retry_after(RETRY_FETCH_S),
            DeliverError::Stopped => internal("meetingbaas.stopped"),
            DeliverError::Misconfigured(_) => internal("meetingbaas.secret"),
            DeliverError::Receive(error) => receive_problem(&error),
            DeliverError::Store(error) => store_problem(&error),
        }
    }
}

/// Takes a delivery.
pub(crate) async fn deliver(State(http): State<Http>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let delivery = UnprovenBody::read(body, MAX_BODY_BYTES, &http.unproven).await?;
    let outcome = handle(&http, &headers, &delivery.bytes).await;
    if let Err(error) = &outcome {
        refused(error);
    }
    Ok(outcome?)
}

/// Notes a refused delivery: its reason by kind, and the bot where it is known
/// to be the vendor's word.
fn refused(error: &DeliverError) {
    match error {
        DeliverError::UnknownBot { bot_id } => {
            tracing::warn!(code = "meetingbaas.unknown-bot", %bot_id, "a delivery was refused");
        }
        DeliverError::NotBelieved(why) => {
            tracing::warn!(code = "meetingbaas.not-believed", %why, "a delivery was refused");
        }
        DeliverError::NoProof => tracing::warn!(code = "meetingbaas.no-proof", "a delivery was refused"),
        DeliverError::Unreadable(_) => tracing::warn!(code = "meetingbaas.unreadable", "a delivery was refused"),
        DeliverError::NotYet { bot_id, why } => {
            tracing::warn!(code = "meetingbaas.transcript-unavailable", %bot_id, %why, "a delivery was refused");
        }
        // Logged where they are turned into a problem.
        DeliverError::Misconfigured(_) | DeliverError::Stopped | DeliverError::Receive(_) | DeliverError::Store(_) => {}
    }
}

async fn handle(http: &Http, headers: &HeaderMap, body: &[u8]) -> Result<Response, DeliverError> {
    let now = http.app.clock.now();
    let signed = match &http.app.config.meetingbaas_secret {
        Some(secret) if StandardWebhookKey::is_signed(headers) => {
            Some(StandardWebhookKey::new(secret)?.verify(headers, body, now)?)
        }
        Some(_) | None => None,
    };
    // Without a signature only the bot's id is read, to find the secret that the delivery
    // must carry; the rest of a stranger's body is not even parsed.
    if signed.is_none() {
        SecretDigest::presented(headers).map_err(|_| DeliverError::NoProof)?;
    }
    let connection = match bot_named(body) {
        Some(bot) => http.app.store.connection(CONNECTION, &bot).await?,
        None => None,
    };
    if signed.is_none() {
        proven_by_bot(headers, connection.as_ref())?;
    }
    let parsed = parse(body)?;
    if let Delivery::Ignored { bot_id, event, reason } = &parsed {
        tracing::info!(bot_id = bot_id.as_deref().unwrap_or("-"), event, "a delivery without work");
        return Ok(ignored(reason));
    }
    let Some(connection) = connection else { return unmapped(&parsed) };
    // Asked before anything is fetched, told or stored: what was taken has no second answer.
    let first = first_delivery(http, &connection, signed.as_ref(), now).await?;
    let made = match (first, parsed) {
        (Some(_), Delivery::Missed(_)) => return Ok(ignored("the meeting's transcript came before")),
        (Some(first), _) => return Ok((StatusCode::OK, Json(first)).into_response()),
        (None, Delivery::Missed(Missed { failure, .. })) => Err(failure.map_or(Missing::NotMade, Missing::BotFailed)),
        (None, Delivery::Elsewhere(elsewhere)) => words::fetch(http, &connection, elsewhere, now).await?,
        (None, Delivery::Complete(complete)) => Ok(complete),
        (None, Delivery::Ignored { reason, .. }) => return Ok(ignored(&reason)),
    };
    let complete = match made.and_then(usable) {
        Ok(complete) => complete,
        Err(missing) => return missed::settle(http, &connection, &missing, now).await,
    };
    let received = finished(http, &connection, complete, signed.as_ref(), now).await?;
    let status = if received.duplicate { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(received)).into_response())
}

/// A transcript that a skill can do something with.
fn usable(complete: Complete) -> Result<Complete, Missing> {
    if complete.words == 0 {
        Err(Missing::Silent)
    } else if complete.transcript.len() > MAX_TRANSCRIPT_BYTES {
        Err(Missing::TooLarge)
    } else {
        Ok(complete)
    }
}

/// Taken, and nothing is to be done.
fn ignored(reason: &str) -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "ignored": reason }))).into_response()
}

/// What is answered for a bot that nobody connected. That it has no transcript concerns
/// nobody here.
fn unmapped(delivery: &Delivery) -> Result<Response, DeliverError> {
    match delivery {
        Delivery::Missed(Missed { bot_id, .. }) => {
            tracing::info!(bot_id, "a bot without a connection has no transcript");
            Ok(ignored("no connection maps the bot to anybody who could be told"))
        }
        other => Err(DeliverError::UnknownBot { bot_id: bot_of(other).unwrap_or_default().to_owned() }),
    }
}

fn bot_of(delivery: &Delivery) -> Option<&str> {
    match delivery {
        Delivery::Complete(complete) => Some(&complete.bot_id),
        Delivery::Elsewhere(elsewhere) => Some(&elsewhere.bot_id),
        Delivery::Missed(missed) => Some(&missed.bot_id),
        Delivery::Ignored { bot_id, .. } => bot_id.as_deref(),
    }
}

/// Checks the secret that was given to this very bot.
fn proven_by_bot(headers: &HeaderMap, connection: Option<&Connection>) -> Result<(), DeliverError> {
    let expected = connection
        .and_then(|connection| connection.detail.get("secret_digest"))
        .and_then(Value::as_str)
        .and_then(SecretDigest::parse)
        .ok_or(DeliverError::NoProof)?;
    expected.verify(headers).map_err(|_| DeliverError::NoProof)
}

/// The key of a bot's event: a bot goes to one meeting.
fn event_key(bot: &str) -> String {
    format!("meeting_ended:{bot}")
}

/// How a signed message is remembered.
fn message_digest(delivery: &VerifiedDelivery) -> String {
    digest_of(&format!("meetingbaas:{}", delivery.message_id))
}

/// What became of an earlier delivery of the same message or for the same bot.
async fn first_delivery(
    http: &Http,
    connection: &Connection,
    signed: Option<&VerifiedDelivery>,
    now: Timestamp,
) -> Result<Option<Received>, DeliverError> {
    let store = &http.app.store;
    if let Some(delivery) = signed
        && let Some(first) = store.token("delivery", &message_digest(delivery), now, false).await?
        && let Ok(first) = serde_json::from_value::<Received>(first)
    {
        return Ok(Some(Received { duplicate: true, ..first }));
    }
    let first = store.job_with_key(&connection.org, &event_key(&connection.external_id)).await?;
    // A job that failed has freed its key, so that the vendor can bring the meeting again.
    let first = first.filter(|row| row.holds_key() && row.created_at.plus_ms(IDEMPOTENCY_WINDOW_MS) > now);
    Ok(first.map(|row| Received {
        event_id: Some(row.event),
        job_id: row.id,
        status: row.status,
        duplicate: true,
        reason: row.reason,
    }))
}

/// Hands the finished meeting in, and remembers its signed message.
async fn finished(
    http: &Http,
    connection: &Connection,
    complete: Complete,
    signed: Option<&VerifiedDelivery>,
    now: Timestamp,
) -> Result<Received, DeliverError> {
    let received = http.app.receive(incoming(http, connection, complete, now).await?).await?;
    // The event is durable and answers its own duplicates by key; this note adds
    // that a replayed message cannot restart a job that failed and freed its key.
    if let Some(delivery) = signed
        && let Ok(value) = serde_json::to_value(&received)
    {
        let until = now.plus_ms(REMEMBER_MS);
        http.app.store.put_token("delivery", &message_digest(delivery), &value, until).await?;
    }
    Ok(received)
}

async fn incoming(
    http: &Http,
    connection: &Connection,
    complete: Complete,
    now: Timestamp,
) -> Result<Incoming, DeliverError> {
    let meeting = meeting(http, connection).await?;
    let meeting_id = meeting.get("id").and_then(Value::as_str).unwrap_or(&complete.bot_id).to_owned();
    let transcript_id = format!("tr_{}", complete.bot_id);
    let attendees: Vec<Value> = match meeting.get("attendees") {
        Some(Value::Array(list)) if !list.is_empty() => list.iter().map(named).collect(),
        Some(_) | None => complete.speakers.iter().map(|name| json!({ "name": name })).collect(),
    };
    let mut payload = Map::new();
    for (name, id) in about(http, connection, &meeting, &attendees).await? {
        payload.insert(name, id);
    }
    for name in ["title", "started_at"] {
        payload.insert(name.to_owned(), meeting.get(name).cloned().unwrap_or_default());
    }
    payload.insert("meeting_id".to_owned(), json!(meeting_id));
    payload.insert("transcript_id".to_owned(), json!(transcript_id));
    payload.insert("bot_id".to_owned(), json!(complete.bot_id));
    payload.insert("duration_ms".to_owned(), json!(complete.duration_s.map(milliseconds)));
    payload.insert("attendees".to_owned(), Value::Array(attendees));
    let payload = Value::Object(payload);
    let subject = Subject::of_event(&payload, &connection.user);
    Ok(Incoming {
        event_type: "meeting_ended".to_owned(),
        source: "webhook:meetingbaas".to_owned(),
        org: connection.org.clone(),
        user: connection.user.clone(),
        payload,
        idempotency_key: Some(event_key(&complete.bot_id)),
        not_before: None,
        transcript: Some(Transcript {
            id: transcript_id,
            org: connection.org.clone(),
            owner: connection.user.clone(),
            meeting: Some(meeting_id),
            format: "vtt".to_owned(),
            body: complete.transcript,
            subject,
            expires_at: now.plus_ms(http.app.config.retention_ms()),
            at: now,
        }),
    })
}

/// The meeting the bot was sent to: written on its connection, or the known
/// meeting that the connection names. Null when neither is there.
async fn meeting(http: &Http, connection: &Connection) -> Result<Value, DeliverError> {
    if let Some(meeting) = connection.detail.get("meeting").filter(|meeting| meeting.is_object()) {
        return Ok(meeting.clone());
    }
    let Some(id) = connection.detail.get("meeting_id").and_then(Value::as_str) else { return Ok(Value::Null) };
    let params = json!({ "meeting_id": id });
    let known = http.app.store.source(&connection.org, &connection.user, "meetings", &params).await?;
    let known = known.and_then(|list| list.get(0).cloned());
    Ok(known.unwrap_or_else(|| json!({ "id": id })))
}

/// Seconds of speech as whole milliseconds; nonsense becomes the nearest bound.
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// Whom and what the meeting was about: what the meeting itself says, else the
/// contact among the attendees who are not of the org.
async fn about(
    http: &Http,
    connection: &Connection,
    meeting: &Value,
    attendees: &[Value],
) -> Result<Map<String, Value>, DeliverError> {
    let store = &http.app.store;
    let org = store.org(&connection.org).await?.unwrap_or_default();
    let rep = store.user(&connection.org, &connection.user).await?.map(|user| user.email).unwrap_or_default();
    let addresses: Vec<String> =
        attendees.iter().filter_map(|attendee| attendee.get("email")?.as_str()).map(str::to_owned).collect();
    let addresses = outside(&addresses, &rep, &org);
    let mut about = match store.match_contact(&connection.org, &addresses).await? {
        Some(Value::Object(found)) => found,
        Some(_) | None => Map::new(),
    };
    let said = [
        ("contact_id", meeting.pointer("/contact_ids/0")),
        ("company_id", meeting.get("company_id")),
        ("deal_id", meeting.get("deal_id")),
    ];
    for (name, id) in said {
        if let Some(id) = id.filter(|id| id.is_string()) {
            about.insert(name.to_owned(), id.clone());
        }
    }
    about.retain(|_, id| !id.is_null());
    Ok(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attendee_is_a_name_and_an_address() {
        assert_eq!(named(&json!({"name": "B", "email": null, "side": "prospect"})), json!({"name": "B"}));
    }

    #[test]
    fn lengths_are_whole_milliseconds() {
        assert_eq!(milliseconds(1.5004), 1500);
        assert_eq!(milliseconds(f64::MAX), i64::MAX);
    }
}
