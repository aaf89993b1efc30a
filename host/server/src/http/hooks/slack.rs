//! `POST /hooks/slack/interactive`: somebody pressed a button or sent a form.
//!
//! Slack wants an answer within three seconds. Settling is a few milliseconds of
//! database, so it is awaited, and its result is part of the answer; should it
//! take longer, Slack is acknowledged and the person is told afterwards. Calls
//! to Slack are always made afterwards.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use skillhost_connectors::hooks::{HookError, KeyError, SlackSigningSecret};
use skillhost_connectors::slack::{
    Interaction, InteractionError, Next, Posted, SlackError, outcome, parse_interaction, refusal, render,
};
use skillhost_engine::approval::{Answer, PendingAction};
use skillhost_engine::report::Mark;
use skillhost_engine::store::{StoreError, User};
use tokio::sync::oneshot;

use super::super::Http;
use super::super::approvals::answer_problem;
use super::super::body::RawBody;
use super::super::problem::{Problem, internal, store_problem};
use crate::answer::Reply;

/// Kind of the connection that a Slack user is.
pub(super) const CONNECTION: &str = "slack-user";
/// Slack shows an error after three seconds; this leaves room for the way back.
const ACKNOWLEDGE_WITHIN: Duration = Duration::from_millis(2300);

/// Why a press was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InteractError {
    /// No Slack app is configured.
    #[error("this host has no Slack app")]
    NotConfigured,
    /// Not signed by Slack, or too long ago.
    #[error("{0}")]
    NotBelieved(#[from] HookError),
    /// Not an interaction of ours.
    #[error(transparent)]
    Unreadable(#[from] InteractionError),
    /// The configured secret cannot serve.
    #[error("the configured signing secret cannot be used: {0}")]
    Misconfigured(#[from] KeyError),
    /// Too much goes on in the background.
    #[error("too many presses are being worked on")]
    Busy,
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InteractError> for Problem {
    fn from(error: InteractError) -> Self {
        let detail = error.to_string();
        match error {
            InteractError::NotConfigured => Self::new(StatusCode::NOT_FOUND, "no-slack", "Slack is not set up", detail)
                .hint("Set the token and the signing secret of a Slack app, or use the inbox."),
            InteractError::NotBelieved(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "not-believed", "The delivery is not believed", detail)
                    .hint("Check the app's signing secret and the clock.")
            }
            InteractError::Unreadable(_) => {
                Self::new(StatusCode::BAD_REQUEST, "invalid-interaction", "Not an interaction of this host", detail)
            }
            InteractError::Misconfigured(_) => internal("slack.signing-secret"),
            InteractError::Busy => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The host is busy", detail).retry_after(1)
            }
            InteractError::Store(error) => store_problem(&error),
        }
    }
}

/// Takes a press.
pub(crate) async fn interact(
    State(http): State<Http>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let outcome = handle(&http, &headers, &body).await;
    match &outcome {
        Err(InteractError::NotBelieved(why)) => {
            tracing::warn!(code = "slack.not-believed", %why, "a press was refused");
        }
        Err(InteractError::Unreadable(why)) => tracing::warn!(code = "slack.unreadable", %why, "a press was refused"),
        Err(_) | Ok(_) => {}
    }
    Ok(outcome?)
}

async fn handle(http: &Http, headers: &HeaderMap, body: &[u8]) -> Result<Response, InteractError> {
    let config = http.app.config.slack.as_ref().ok_or(InteractError::NotConfigured)?;
    let now = http.app.clock.now();
    SlackSigningSecret::new(config.signing_secret.clone())?.verify(headers, body, now)?;
    let press = parse_interaction(body)?;
    let Some(approval) = press.approval.clone() else { return Ok(acknowledged()) };
    let external = format!("{}/{}", press.team, press.user);
    let store = &http.app.store;
    let person = match store.connection(CONNECTION, &external).await? {
        Some(connection) => store.user(&connection.org, &connection.user).await?,
        None => None,
    };
    let Some(person) = person else {
        tracing::warn!(code = "slack.unmapped", %approval, "a press of nobody we know");
        return tell(
            http,
            press,
            "Your Slack account is not connected to a person here. Ask your admin to connect it.",
        );
    };
    let Some(action) = store.action(&person.org, &approval).await? else {
        return tell(http, press, "This question is not there any more.");
    };
    let next = press.press.next(&action, now);
    if !matches!(next, Next::Nothing) {
        http.app.mark([&action], &person.id, Mark::Clicked, "slack");
    }
    match next {
        Next::Nothing => Ok(acknowledged()),
        Next::Refuse(errors) => Ok(Json(refusal(&errors)).into_response()),
        Next::Outdated => {
            tell(http, press, "The question was asked anew since this form was opened. Look at it again.")
        }
        Next::CannotOpen(error) => tell(http, press, &format!("{error}. Use the inbox instead.")),
        Next::Answer(answer) => settle(http, press, person, action, Decision::Answer(answer)).await,
        Next::Undo => settle(http, press, person, action, Decision::Undo).await,
        Next::Redraw(view) => {
            let inbox = http.app.config.public_url.as_ref();
            let link = inbox.map(|url| format!("{}/inbox/approvals/{}", url.trim_end_matches('/'), action.id));
            let message = render(&action.card, &action.id, &view, link.as_deref());
            let (Some(channel), Some(ts)) = (press.channel, press.message_ts) else { return Ok(acknowledged()) };
            afterwards(http, async move |slack| slack.update_message(&Posted { channel, ts }, &message).await.map(drop))
        }
        Next::Open(view) => {
            let Some(trigger) = press.trigger_id else { return Ok(acknowledged()) };
            afterwards(http, async move |slack| slack.open_view(&trigger, &view).await)
        }
    }
}

enum Decision {
    Answer(Answer),
    Undo,
}

/// Settles the question and answers with what became of it.
async fn settle(
    http: &Http,
    press: Interaction,
    person: User,
    action: PendingAction,
    decision: Decision,
) -> Result<Response, InteractError> {
    let (done, result) = oneshot::channel();
    let (worker, late) = (http.clone(), press.clone());
    let started = http.background.spawn(async move {
        let refused = decide(&worker, &person, &action, decision).await.err().map(|problem| words(&problem));
        // Slack was acknowledged without the result; the person must learn it.
        if let Err(Some(text)) = done.send(refused)
            && tell(&worker, late, &text).is_err()
        {
            tracing::warn!(code = "slack.untold", approval = %action.id, "a refusal could not be told");
        }
    });
    if !started {
        return Err(InteractError::Busy);
    }
    match tokio::time::timeout(ACKNOWLEDGE_WITHIN, result).await {
        Ok(Ok(Some(refused))) => tell(http, press, &refused),
        Ok(Ok(None) | Err(_)) | Err(_) => Ok(acknowledged()),
    }
}

async fn decide(http: &Http, person: &User, action: &PendingAction, decision: Decision) -> Result<(), Problem> {
    match decision {
        Decision::Answer(answer) => {
            let reply = Reply { via: "slack".to_owned(), note: None, irrelevant: false };
            http.app.answer(person, &action.id, Some(&action.nonce), answer, reply).await.map_err(answer_problem)?;
        }
        Decision::Undo => {
            let released =
                action.resolution.as_ref().map(|resolution| resolution.released.as_slice()).unwrap_or_default();
            let Some(first) = released.first() else { return Ok(()) };
            http.app.undo(person, first, "slack").await.map_err(answer_problem)?;
        }
    }
    Ok(())
}

fn words(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{} {hint}", problem.detail),
        None => problem.detail.clone(),
    }
}

fn acknowledged() -> Response {
    StatusCode::OK.into_response()
}

/// Tells the person, and nobody else: beside the message, or in place of the form.
fn tell(http: &Http, press: Interaction, text: &str) -> Result<Response, InteractError> {
    let Some(url) = press.response_url else { return Ok(Json(notice(text)).into_response()) };
    let message = outcome("Not done", text, None);
    afterwards(http, async move |slack| slack.respond(&url, &message, false).await)
}

/// A modal that says one thing.
fn notice(text: &str) -> Value {
    let plain = |text: &str| json!({ "type": "plain_text", "text": text });
    json!({
        "response_action": "update",
        "view": {
            "type": "modal",
            "title": plain("Not done"),
            "close": plain("Close"),
            "blocks": [{ "type": "section", "text": plain(text) }],
        },
    })
}

/// Acknowledges, then calls Slack. A failure is logged by its kind: there is
/// nobody left to tell.
pub(super) fn afterwards<W, F>(http: &Http, work: W) -> Result<Response, InteractError>
where
    W: FnOnce(std::sync::Arc<skillhost_connectors::slack::SlackClient>) -> F + Send + 'static,
    F: Future<Output = Result<(), SlackError>> + Send + 'static,
{
    let slack = http.app.slack.clone().ok_or(InteractError::NotConfigured)?;
    let started = http.background.spawn(async move {
        if let Err(error) = work(slack).await {
            tracing::warn!(code = "slack.call", %error, "a call to Slack failed");
        }
    });
    if started { Ok(acknowledged()) } else { Err(InteractError::Busy) }
}
