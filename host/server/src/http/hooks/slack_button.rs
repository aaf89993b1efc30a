//! Presses on the buttons of messages that ask nothing, at `POST /hooks/slack/interactive`.
//!
//! The press is settled before Slack is answered, so that it is durable when the button
//! stops turning; what became of it is told afterwards, to the person alone, and the message
//! then shows which of its buttons were pressed.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use skillhost_connectors::slack::{ButtonPress, Offer, Posted, SlackMessage, message, outcome};
use skillhost_engine::ids::EffectKey;

use super::super::Http;
use super::slack::{InteractError, afterwards, person};
use crate::buttons::{PressError, Pressed};

/// The door.
const SLACK: &str = "slack";
/// The heading of an answer to a press that started nothing.
const NOT_DONE: &str = "Not done";

/// Takes a press whose signature was verified.
pub(super) async fn press(http: &Http, press: ButtonPress) -> Result<Response, InteractError> {
    let Some(who) = person(http, &press.team, &press.user).await? else {
        tracing::warn!(code = "slack.unmapped", message = %press.message, "a press of nobody we know");
        let text = "Your Slack account is not connected to a person here. Ask your admin to connect it.";
        return tell(http, press, outcome(NOT_DONE, text, None), None);
    };
    match http.app.press(&who, &press.message, press.place, SLACK).await {
        Ok(pressed) => {
            let heading = if pressed.is_taken { pressed.label.as_str() } else { NOT_DONE };
            let said = outcome(heading, &pressed.said, None);
            let drawn = drawn(&press.message, &pressed);
            tell(http, press, said, drawn)
        }
        Err(error) => {
            tracing::info!(code = "slack.button", message = %press.message, reason = reason(&error), "a press started nothing");
            tell(http, press, outcome(NOT_DONE, &words(&error), None), None)
        }
    }
}

/// Why nothing was started, for the log.
fn reason(error: &PressError) -> &'static str {
    match error {
        PressError::NotThere => "not-there",
        PressError::NotYours => "not-yours",
        PressError::TooOld => "too-old",
        PressError::NoSequence { .. } => "no-sequence",
        PressError::Receive(_) => "not-taken",
        PressError::Store(_) => "store",
    }
}

/// The same for the person.
fn words(error: &PressError) -> String {
    let text = match error {
        // What the database says is for the operator.
        PressError::Store(_) => "the host is busy. Press again in a moment".to_owned(),
        other => other.to_string(),
    };
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// The message as it stands now.
fn drawn(key: &EffectKey, pressed: &Pressed) -> Option<SlackMessage> {
    let offers: Vec<Offer> = pressed
        .buttons
        .iter()
        .map(|(label, is_pressed)| Offer { label: label.clone(), is_pressed: *is_pressed })
        .collect();
    message(&pressed.text, key, &offers)
}

/// Tells the person, and nobody else, and draws the message anew.
fn tell(
    http: &Http,
    press: ButtonPress,
    said: SlackMessage,
    drawn: Option<SlackMessage>,
) -> Result<Response, InteractError> {
    let ButtonPress { response_url, posted, .. } = press;
    if response_url.is_none() && (posted.is_none() || drawn.is_none()) {
        return Ok(StatusCode::OK.into_response());
    }
    afterwards(http, async move |slack| {
        if let (Some((channel, ts)), Some(drawn)) = (posted, drawn) {
            slack.update_message(&Posted { channel, ts }, &drawn).await?;
        }
        match response_url {
            Some(url) => slack.respond(&url, &said, false).await,
            None => Ok(()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_sentence() {
        assert_eq!(words(&PressError::NotThere), "This button is not there any more.");
        let old = words(&PressError::TooOld);
        assert!(old.starts_with("This message is more than 7 days old"), "{old}");
        let none = PressError::NoSequence { event_type: "deal_closing".to_owned() };
        assert!(words(&none).contains("no sequence for `deal_closing`"));
    }
}
