//! `POST /hooks/slack/command` and `/hooks/slack/events`: what a person types after the
//! app's slash command, and the app's home tab.
//!
//! Slack wants an answer within three seconds: a command is answered when its event is
//! durable, and the home tab is drawn after Slack was acknowledged.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use skillhost_connectors::hooks::SlackSigningSecret;
use skillhost_connectors::slack::{SlackEvent, parse_command, parse_event};
use skillhost_engine::named::named;
use skillhost_engine::store::User;

use super::super::Http;
use super::super::body::{MAX_SLACK_BYTES, UnprovenBody};
use super::super::problem::Problem;
pub(super) use super::slack::person;
use super::slack::{InteractError, NOBODY, afterwards};
use crate::app::Incoming;
use crate::cards::Desk;

/// How the words of a command begin that asks for times to meet.
const FIND_TIMES: &str = "find times";
/// The event that it raises.
const TIMES: &str = "calendar_find_times";
/// What the command can do, for whoever types something else.
const HELP: &str = "Type `find times for` and with whom and when, for instance `find times for Mira Holt next week, \
    half an hour`. What waits for you is on the app's home tab and in the inbox.";

/// What is said where no contact is meant alone.
const LOOKING_FOR_ONE: &str = "Looking for times. Nobody is invited to them, because these words mean none of your \
    contacts, or more than one: type the whole name or the address to have somebody invited.";

fn believed(http: &Http, headers: &HeaderMap, body: &[u8]) -> Result<(), InteractError> {
    let config = http.app.config.slack.as_ref().ok_or(InteractError::NotConfigured)?;
    SlackSigningSecret::new(config.signing_secret.clone())?.verify(headers, body, http.app.clock.now())?;
    Ok(())
}

/// Takes a slash command.
pub(crate) async fn command(State(http): State<Http>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let delivery = UnprovenBody::read(body, MAX_SLACK_BYTES, &http.unproven).await?;
    let body = &delivery.bytes;
    believed(&http, &headers, body)?;
    let command = parse_command(body).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "invalid-command", "Not a slash command", error.to_string())
    })?;
    let Some(person) = person(&http, &command.team, &command.user).await? else {
        tracing::warn!(code = "slack.unmapped", "a command of nobody we know");
        return Ok(said(NOBODY));
    };
    if !command.words.to_lowercase().starts_with(FIND_TIMES) {
        return Ok(said(HELP));
    }
    let payload = wish(&http, &person, &command.words).await?;
    let is_nobody = payload["contact_id"].is_null();
    let incoming = Incoming {
        event_type: TIMES.to_owned(),
        source: "slack:command".to_owned(),
        org: person.org.clone(),
        user: person.id.clone(),
        payload,
        idempotency_key: Some(format!("slack-command:{}", command.trigger_id)),
        not_before: None,
        transcript: None,
    };
    Ok(match http.app.receive(incoming).await {
        Ok(_) if is_nobody => said(LOOKING_FOR_ONE),
        Ok(_) => said("Looking for times; you are asked which one when they are there."),
        Err(error) => {
            tracing::warn!(code = "slack.command", %error, "a command was not taken");
            said(&format!("Not done: {error}."))
        }
    })
}

/// Takes an event.
pub(crate) async fn event(State(http): State<Http>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let delivery = UnprovenBody::read(body, MAX_SLACK_BYTES, &http.unproven).await?;
    let body = &delivery.bytes;
    believed(&http, &headers, body)?;
    let event = parse_event(body).ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST, "invalid-event", "Not an event of Slack", "the body is no event")
    })?;
    match event {
        SlackEvent::Challenge(challenge) => Ok(Json(json!({ "challenge": challenge })).into_response()),
        SlackEvent::Other => Ok(StatusCode::OK.into_response()),
        SlackEvent::HomeOpened { team, user } => {
            let Some(person) = person(&http, &team, &user).await? else {
                tracing::warn!(code = "slack.unmapped", "the home tab of nobody we know");
                return Ok(StatusCode::OK.into_response());
            };
            let desk = Desk::of(&http.app).ok_or(InteractError::NotConfigured)?;
            let view = desk.opened_home(&person.org, &person.id).await.map_err(InteractError::from)?;
            Ok(afterwards(&http, async move |slack| slack.publish_home(&user, &view).await)?)
        }
    }
}

/// The wish for a meeting that the words are, with whom it is where they name one contact.
async fn wish(http: &Http, person: &User, words: &str) -> Result<Value, InteractError> {
    let named = named(words);
    let store = &http.app.store;
    let found = match store.match_contact(&person.org, &named.addresses).await? {
        Some(found) => Some(found),
        None => {
            let mut bearers = store.contacts_named(&person.org, &person.id, &named).await?;
            // Of several it is nobody in particular.
            bearers.pop().filter(|_| bearers.is_empty())
        }
    };
    let of = |field: &str| found.as_ref().and_then(|found| found.get(field)).cloned().unwrap_or_default();
    Ok(json!({
        "text": words, "speaker": "rep", "intent": "meeting", "confidence": 1.0,
        "contact_id": of("contact_id"), "deal_id": of("deal_id"),
    }))
}

/// An answer that the person alone sees.
fn said(text: &str) -> Response {
    let body: Value = json!({ "response_type": "ephemeral", "text": text });
    Json(body).into_response()
}
