//! Buttons under a message that asks nothing, and the press of one.
//!
//! A button names the message and its own place in it, nothing else: what it means is read
//! from what was posted. To draw one differently, see [`message`]; what a press leads to is
//! the host's to decide.

use serde_json::Value;
use skillhost_engine::button::MAX_BUTTONS as MAX_PLACES;
use skillhost_engine::ids::EffectKey;

use super::blocks::{Block, Button, MAX_BLOCKS, MAX_BUTTONS, SlackMessage, context};
use super::interaction::{InteractionError, payload_of};

/// How the action of such a button begins; its place follows.
const ACTION: &str = "button:";
/// The id of their row.
const ROW: &str = "buttons";
/// A row of the host holds what a message may offer.
const _: () = assert!(MAX_PLACES <= MAX_BUTTONS);

/// A button as it is to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What stands on it.
    pub label: String,
    /// Whether it was pressed: then it is told instead of offered.
    pub is_pressed: bool,
}

/// Someone's words as they are, whole, with the buttons of the message `key` under them;
/// `None` when one message cannot hold the words. Where the buttons do not fit as well they
/// are left out.
pub fn message(words: &str, key: &EffectKey, offers: &[Offer]) -> Option<SlackMessage> {
    let mut note = SlackMessage::note(words)?;
    let mut below = Vec::new();
    let pressed: Vec<&str> = offers.iter().filter(|offer| offer.is_pressed).map(|offer| offer.label.as_str()).collect();
    if !pressed.is_empty() {
        below.push(context(&format!("Pressed: {}", pressed.join(", "))));
    }
    let open = offers.iter().enumerate().filter(|(_, offer)| !offer.is_pressed).take(MAX_PLACES);
    let elements: Vec<Button> =
        open.map(|(place, offer)| Button::new(&offer.label, format!("{ACTION}{place}"), key.as_str())).collect();
    if !elements.is_empty() {
        below.push(Block::Actions { block_id: ROW.to_owned(), elements });
    }
    if note.blocks.len() + below.len() <= MAX_BLOCKS {
        note.blocks.append(&mut below);
    }
    Some(note)
}

/// Who pressed which button of which message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ButtonPress {
    /// Slack team: maps, with the user, to an org and a user of ours.
    pub team: String,
    /// Slack user.
    pub user: String,
    /// The message, by the effect that posted it.
    pub message: EffectKey,
    /// Which of its buttons.
    pub place: usize,
    /// Where to answer, for half an hour.
    pub response_url: Option<String>,
    /// Where the message stands: channel and name in it.
    pub posted: Option<(String, String)>,
}

/// Reads a verified body; `None` for a press of another kind.
///
/// # Errors
/// The body is no interaction, or a button that no message of this host has.
pub fn parse(body: &[u8]) -> Result<Option<ButtonPress>, InteractionError> {
    let payload = payload_of(body)?;
    let text = |pointer: &'static str| payload.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let shape = |pointer| InteractionError::Shape { pointer };
    if text("/type").as_deref() != Some("block_actions") {
        return Ok(None);
    }
    let Some(action) = text("/actions/0/action_id") else { return Ok(None) };
    let Some(place) = action.strip_prefix(ACTION) else { return Ok(None) };
    let place: usize = place.parse().map_err(|_| InteractionError::UnknownAction)?;
    if place >= MAX_PLACES {
        return Err(InteractionError::UnknownAction);
    }
    let message = text("/actions/0/value").filter(|key| !key.is_empty()).ok_or(shape("/actions/0/value"))?;
    let channel = text("/container/channel_id").or_else(|| text("/channel/id"));
    let ts = text("/container/message_ts").or_else(|| text("/message/ts"));
    Ok(Some(ButtonPress {
        team: text("/team/id").or_else(|| text("/user/team_id")).ok_or(shape("/team/id"))?,
        user: text("/user/id").ok_or(shape("/user/id"))?,
        message: EffectKey::new(message),
        place,
        response_url: text("/response_url"),
        posted: channel.zip(ts),
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn offers(labels: &[(&str, bool)]) -> Vec<Offer> {
        labels.iter().map(|(label, is_pressed)| Offer { label: (*label).to_owned(), is_pressed: *is_pressed }).collect()
    }

    fn body(payload: &Value) -> Vec<u8> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("payload", &payload.to_string());
        form.finish().into_bytes()
    }

    fn press(action: &str, value: &str) -> Value {
        json!({ "type": "block_actions", "team": { "id": "T1" }, "user": { "id": "U1" }, "response_url": "https://r",
            "container": { "channel_id": "D1", "message_ts": "1.2" },
            "actions": [{ "action_id": action, "block_id": ROW, "value": value }] })
    }

    #[test]
    fn a_button_that_was_pressed_is_told_and_the_others_keep_their_places() {
        let key = EffectKey::new("eff_1");
        let all = offers(&[("Meet", false), ("Reply <!channel>", true), ("Close", false)]);
        let drawn = serde_json::to_value(message("Your day", &key, &all).unwrap().blocks).unwrap();
        let blocks = drawn.as_array().unwrap();
        assert_eq!(blocks.len(), 3, "{drawn:#}");
        assert_eq!(blocks[1]["elements"][0]["text"], "Pressed: Reply &lt;!channel&gt;");
        let buttons = blocks[2]["elements"].as_array().unwrap();
        let shown: Vec<(&Value, &Value)> = buttons.iter().map(|one| (&one["action_id"], &one["value"])).collect();
        assert_eq!(shown, [(&json!("button:0"), &json!("eff_1")), (&json!("button:2"), &json!("eff_1"))]);
        let done = message("Your day", &key, &offers(&[("Meet", true)])).unwrap();
        assert_eq!(done.blocks.len(), 2, "no empty row");
        assert_eq!(message("Your day", &key, &[]), SlackMessage::note("Your day"));
    }

    #[test]
    fn words_come_before_buttons() {
        let key = EffectKey::new("eff_1");
        let long = "x".repeat(3000 * MAX_BLOCKS);
        assert_eq!(message(&long, &key, &offers(&[("Meet", false)])).unwrap().blocks.len(), MAX_BLOCKS);
        assert_eq!(message(&format!("{long}x"), &key, &[]), None);
    }

    #[test]
    fn a_press_names_message_and_place_and_others_are_left_to_others() {
        let read = parse(&body(&press("button:4", "eff_1"))).unwrap().unwrap();
        assert_eq!((read.message.as_str(), read.place, read.posted), ("eff_1", 4, Some(("D1".into(), "1.2".into()))));
        for other in [press("approve", "act_1"), json!({ "type": "view_closed" })] {
            assert_eq!(parse(&body(&other)).unwrap(), None);
        }
        for (action, value) in [("button:5", "eff_1"), ("button:-1", "eff_1"), ("button:", "eff_1"), ("button:0", "")] {
            assert!(parse(&body(&press(action, value))).is_err(), "{action} {value}");
        }
        assert_eq!(parse(b"payload=x"), Err(InteractionError::NotJson));
    }
}
