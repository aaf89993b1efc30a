//! `POST /hooks/slack/interactive`: somebody pressed a button or sent a form.
//!
//! Slack wants an answer within three seconds. Settling is a few milliseconds of
//! database, so it is awaited, and its result is part of the answer; should it
//! take longer, Slack is acknowledged and the person is told afterwards. Calls
//! to Slack are always made afterwards.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use skillhost_connectors::SLACK;
use skillhost_connectors::hooks::{HookError, KeyError, SlackSigningSecret};
use skillhost_connectors::slack::{
    Interaction, InteractionError, Next, Posted, SlackError, outcome, parse_button, parse_interaction, refusal, render,
};
use skillhost_engine::approval::{ActionStatus, Answer, PendingAction};
use skillhost_engine::report::Mark;
use skillhost_engine::store::{StoreError, User};
use tokio::sync::oneshot;

use super::super::Http;
use super::super::approvals::answer_problem;
use super::super::body::{MAX_SLACK_BYTES, UnprovenBody};
use super::super::problem::{Problem, internal, store_problem};
use crate::answer::Reply;
use crate::slack_people::{PeopleError, SlackPeople};

/// What somebody is told whom no connection names, and no address.
pub(super) const NOBODY: &str = "Your Slack account is not connected to a person here. Ask your admin to connect it.";

/// Slack shows an error after three seconds; this leaves room for the way back.
const ACKNOWLEDGE_WITHIN: Duration = Duration::from_millis(2000);
/// How long it may take to find out who presses, of somebody whom no connection names:
/// with the time above it stays within what Slack waits.
const KNOWN_WITHIN: Duration = Duration::from_millis(600);

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
pub(crate) async fn interact(State(http): State<Http>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = UnprovenBody::read(body, MAX_SLACK_BYTES, &http.unproven).await?;
    let outcome = handle(&http, &headers, &body.bytes).await;
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
    if let Some(press) = parse_button(body)? {
        return super::slack_button::press(http, press).await;
    }
    let press = parse_interaction(body)?;
    let Some(approval) = press.approval.clone() else { return Ok(acknowledged()) };
    let store = &http.app.store;
    let Some(person) = person(http, &press.team, &press.user).await? else {
        tracing::warn!(code = "slack.unmapped", %approval, "a press of nobody we know");
        return tell(http, press, NOBODY);
    };
    let Some(action) = store.action(&person.org, &approval).await? else {
        return tell(http, press, "This question is not there any more.");
    };
    // The answer to its post was lost, or comes later than the press.
    if action.message_ts.is_none()
        && person.id == action.user
        && let (Some(channel), Some(ts)) = (press.channel.clone(), press.message_ts.clone())
    {
        crate::cards::found(&http.app, &action, &Posted { channel, ts }).await?;
    }
    let next = press.press.next(&action, now);
    if !matches!(next, Next::Nothing) {
        http.app.mark([&action], &person.id, Mark::Clicked, SLACK);
    }
    match next {
        Next::Nothing => Ok(acknowledged()),
        Next::Refuse(errors) => Ok(Json(refusal(&errors)).into_response()),
        Next::Outdated => {
            tell(http, press, "The question was asked anew since this form was opened. Look at it again.")
        }
        Next::Answer(answer) => settle(http, press, person, action, Decision::Answer(answer, None, false)).await,
        Next::Dismiss { note, irrelevant } => {
            settle(http, press, person, action, Decision::Answer(Answer::Skip, note, irrelevant)).await
        }
        Next::Undo => settle(http, press, person, action, Decision::Undo).await,
        Next::AskAgain => settle(http, press, person, action, Decision::AskAgain).await,
        // Ticks and pages ride in the message, and a form is of whoever was asked: another one's
        // would be what the person then approves, and on a settled question they would be its buttons again.
        Next::Bring | Next::Redraw(_) | Next::Open(_) | Next::CannotOpen(_) if person.id != action.user => {
            tell(http, press, "Somebody else was asked this.")
        }
        Next::Bring | Next::Redraw(_) | Next::Open(_) | Next::CannotOpen(_)
            if action.status != ActionStatus::Pending =>
        {
            crate::cards::outcome(&http.app, &action.org, &action.id);
            tell(http, press, "This was settled meanwhile.")
        }
        Next::Bring => {
            crate::cards::bring(&http.app, &action);
            Ok(acknowledged())
        }
        Next::Redraw(view) => {
            let link = http.app.question_page(&action.id);
            let message = render(&action.card, &action.id, &view, link.as_deref());
            let (Some(channel), Some(ts)) = (press.channel, press.message_ts) else { return Ok(acknowledged()) };
            let app = std::sync::Arc::clone(&http.app);
            afterwards(http, async move |slack| {
                slack.update_message(&Posted { channel, ts }, &message).await?;
                // Whoever settled the question meanwhile was overwritten.
                crate::cards::outcome(&app, &action.org, &action.id);
                Ok(())
            })
        }
        Next::CannotOpen(error) => tell(http, press, &format!("{error}. Use the inbox instead.")),
        Next::Open(view) => {
            let Some(trigger) = press.trigger_id else { return Ok(acknowledged()) };
            afterwards(http, async move |slack| slack.open_view(&trigger, &view).await)
        }
    }
}

enum Decision {
    /// With the person's words, and whether it should not have been asked.
    Answer(Answer, Option<String>, bool),
    Undo,
    AskAgain,
}

/// Whom a Slack user is here; nobody where that cannot be found out in time, which a further
/// press will.
pub(super) async fn person(http: &Http, team: &str, slack_user: &str) -> Result<Option<User>, InteractError> {
    let people = SlackPeople::of(&http.app).ok_or(InteractError::NotConfigured)?;
    match tokio::time::timeout(KNOWN_WITHIN, people.who(team, slack_user)).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(PeopleError::Store(error))) => Err(error.into()),
        Ok(Err(PeopleError::Slack(error))) => {
            tracing::warn!(code = "slack.call", %error, "it cannot be found out who somebody is");
            Ok(None)
        }
        Err(_) => {
            tracing::warn!(code = "slack.call", "it takes too long to find out who somebody is");
            Ok(None)
        }
    }
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
        let said = match decide(&worker, &person, &action, decision).await {
            Ok(said) => said,
            Err(problem) => Some(words(&problem)),
        };
        // Slack was acknowledged without the result; the person must learn it.
        if let Err(Some(text)) = done.send(said)
            && tell(&worker, late, &text).is_err()
        {
            tracing::warn!(code = "slack.untold", approval = %action.id, "a result could not be told");
        }
    });
    if !started {
        return Err(InteractError::Busy);
    }
    match tokio::time::timeout(ACKNOWLEDGE_WITHIN, result).await {
        Ok(Ok(Some(said))) => tell(http, press, &said),
        Ok(Ok(None) | Err(_)) | Err(_) => Ok(acknowledged()),
    }
}

/// What the person is to be told, where the message that they pressed does not tell it.
async fn decide(
    http: &Http,
    person: &User,
    action: &PendingAction,
    decision: Decision,
) -> Result<Option<String>, Problem> {
    let app = &http.app;
    match decision {
        Decision::Answer(answer, note, irrelevant) => {
            let reply = Reply { via: SLACK.to_owned(), note, irrelevant };
            app.answer(person, &action.id, Some(&action.nonce), answer, reply).await.map_err(answer_problem)?;
        }
        Decision::Undo => drop(app.undo_all(person, &action.id, SLACK).await.map_err(answer_problem)?),
        Decision::AskAgain => {
            let asked = app.ask_again(person, &action.id, SLACK).await.map_err(answer_problem)?;
            if asked.already {
                let status = match asked.approval.status {
                    ActionStatus::Pending => "waits for an answer",
                    status => status.as_str(),
                };
                return Ok(Some(format!("It was asked again before; that question is: {status}.")));
            }
        }
    }
    Ok(None)
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
