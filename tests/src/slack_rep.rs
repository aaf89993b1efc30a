//! A rep in Slack: sees what stands in the double's channels, presses the buttons that are
//! there and sends the forms that open, everything signed as Slack signs it.
//!
//! To press another button: [`SlackRep::press`] with its verb, as `slack::interaction` has
//! it. What the host then draws is found in the double.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use skillhost_engine::time::Clock as _;

use crate::slack_double::{Message, SlackDouble};
use crate::test_host::{TestClock, taken};

/// The token that the host has.
pub const TOKEN: &str = "xoxb-1234-test";
/// What Slack signs with.
pub const SECRET: &str = "slack-signing-secret";
/// How a form is posted.
const FORM: &str = "application/x-www-form-urlencoded";
/// What the message of a settled question may have.
const LEFT: [&str; 2] = ["undo", "again"];
/// Between two looks, and how many there are before a test gives up.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
const PATIENCE: usize = 1500;

/// A person in Slack, and the host that they talk to.
pub struct SlackRep<'d> {
    /// Where they read.
    pub double: &'d SlackDouble,
    /// The host's address.
    pub base: &'d str,
    /// What posts to it.
    pub http: &'d reqwest::Client,
    /// What the signatures are dated by.
    pub clock: &'d Arc<TestClock>,
    /// Team and user.
    pub who: (&'d str, &'d str),
}

impl SlackRep<'_> {
    /// Posts what Slack signed.
    pub async fn signed(&self, path: &str, kind: &str, body: String) -> (u16, Value) {
        let at = self.clock.now().0 / 1000;
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("v0:{at}:{body}").as_bytes());
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header(CONTENT_TYPE, kind)
            .header("x-slack-request-timestamp", at.to_string())
            .header("x-slack-signature", format!("v0={}", hex::encode(mac.finalize().into_bytes())));
        taken(request.body(body).send().await.unwrap()).await
    }

    /// The message that asks a question, with its buttons, once it is there.
    pub async fn card(&self, approval: &str) -> Message {
        let asks = |button: &Value| !LEFT.iter().any(|verb| button["action_id"] == *verb);
        self.shown(approval, |body| buttons(body).iter().any(|button| button["value"] == approval && asks(button)))
            .await
    }

    /// A message of the channels, once it is there and as wanted.
    pub async fn shown(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Message {
        for _ in 0..PATIENCE {
            let shown = self.double.messages().into_iter().find(|message| wanted(&message.body));
            if let Some(shown) = shown {
                return shown;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let all: Vec<Value> = self.double.messages().into_iter().map(|message| message.body).collect();
        panic!("no message is as wanted of {what}: {:#?} {all:#?}", refusals(self.double));
    }

    /// Presses the button of a question whose action begins so; the trigger that went along.
    pub async fn press(&self, approval: &str, verb: &str) -> String {
        let card = self.card(approval).await;
        self.press_on(&card, verb).await
    }

    /// Presses the first button of the home tab whose action begins so.
    pub async fn press_at_home(&self, home: &Value, verb: &str) {
        let pressed =
            buttons(home).into_iter().find(|one| one["action_id"].as_str().is_some_and(|id| id.starts_with(verb)));
        let payload = json!({
            "type": "block_actions", "team": { "id": self.who.0 }, "user": { "id": self.who.1, "team_id": self.who.0 },
            "trigger_id": self.double.trigger(), "container": { "type": "view" }, "actions": [pressed],
        });
        self.interact(&payload).await;
    }

    /// Presses the button of a message whose action begins so; the trigger that went along.
    pub async fn press_on(&self, card: &Message, verb: &str) -> String {
        let all = buttons(&card.body);
        let pressed = all.iter().find(|button| button["action_id"].as_str().unwrap().starts_with(verb));
        let pressed = pressed.unwrap_or_else(|| panic!("no button {verb}: {:#}", card.body));
        let trigger = self.double.trigger();
        let payload = json!({
            "type": "block_actions", "team": { "id": self.who.0 }, "user": { "id": self.who.1, "team_id": self.who.0 },
            "trigger_id": trigger, "response_url": self.double.response_url(),
            "container": { "channel_id": card.channel, "message_ts": card.ts }, "actions": [pressed],
        });
        self.interact(&payload).await;
        trigger
    }

    /// Ticks, or unticks, an item of a list, and waits until the message shows it.
    pub async fn tick(&self, approval: &str, item: usize) {
        let before = self.card(approval).await.body;
        self.press(approval, &format!("tick:{item}")).await;
        for _ in 0..PATIENCE {
            if self.card(approval).await.body != before {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("the tick is not shown: {:#?}", refusals(self.double));
    }

    /// Presses a button that opens a form, and sends it: `fill` is given each input's label
    /// and value, and says what it holds when it is sent.
    pub async fn form(&self, approval: &str, verb: &str, fill: impl Fn(&str, &str) -> Option<String>) {
        let trigger = self.press(approval, verb).await;
        let view = self.opened(&trigger).await;
        let answer = self.submit(&view, fill).await;
        assert!(answer.is_null() || answer == json!(""), "the form is not taken: {answer:#}");
    }

    /// Sends a form that is open; what the host answers Slack.
    pub async fn submit(&self, view: &Value, fill: impl Fn(&str, &str) -> Option<String>) -> Value {
        let mut values = Map::new();
        for block in view["blocks"].as_array().unwrap() {
            let (Some(id), Some(element)) = (block["block_id"].as_str(), block.get("element")) else { continue };
            let value = if element["type"] == "datetimepicker" {
                json!({ "type": "datetimepicker", "selected_date_time": element["initial_date_time"] })
            } else if element["type"] == "checkboxes" {
                // A box is ticked by whatever is filled into it.
                let ticked = fill(block["label"]["text"].as_str().unwrap(), "").map(|_| &element["options"][0]);
                json!({ "type": "checkboxes", "selected_options": ticked.into_iter().collect::<Vec<_>>() })
            } else {
                let now = element["initial_value"].as_str().unwrap_or_default();
                let then = fill(block["label"]["text"].as_str().unwrap(), now).unwrap_or_else(|| now.to_owned());
                // Slack sends null for an input that was left empty.
                json!({ "type": "plain_text_input", "value": if then.is_empty() { Value::Null } else { json!(then) } })
            };
            let action = element["action_id"].as_str().unwrap().to_owned();
            values.insert(id.to_owned(), json!({ action: value }));
        }
        let payload = json!({
            "type": "view_submission", "team": { "id": self.who.0 }, "user": { "id": self.who.1, "team_id": self.who.0 },
            "view": { "callback_id": view["callback_id"], "private_metadata": view["private_metadata"],
                      "state": { "values": values } },
        });
        self.interact(&payload).await
    }

    /// The form that a press opened.
    pub async fn opened(&self, trigger: &str) -> Value {
        for _ in 0..PATIENCE {
            let opened = self.double.taken("views.open").into_iter().find(|call| call["trigger_id"] == trigger);
            if let Some(call) = opened {
                return call["view"].clone();
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("no form opens: {:#?}", refusals(self.double));
    }

    async fn interact(&self, payload: &Value) -> Value {
        let form = reqwest::Url::parse_with_params("http://x/", [("payload", payload.to_string())]).unwrap();
        let body = form.query().unwrap().to_owned();
        let (status, answer) = self.signed("/hooks/slack/interactive", FORM, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Types words after the app's slash command; what it says.
    pub async fn command(&self, words: &str) -> Value {
        let trigger = self.double.trigger();
        let fields = [
            ("team_id", self.who.0),
            ("user_id", self.who.1),
            ("command", "/skillhost"),
            ("text", words),
            ("trigger_id", trigger.as_str()),
        ];
        let form = reqwest::Url::parse_with_params("http://x/", fields).unwrap();
        let (status, answer) = self.signed("/hooks/slack/command", FORM, form.query().unwrap().to_owned()).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Opens the app's home tab; what is drawn there in answer.
    pub async fn home(&self) -> Value {
        self.home_that(|_| true).await
    }

    /// Opens the app's home tab; what it shows once it is as wanted.
    pub async fn home_that(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let before = self.double.taken("views.publish").len();
        let event = json!({ "type": "event_callback", "team_id": self.who.0,
            "event": { "type": "app_home_opened", "user": self.who.1, "tab": "home" } });
        let (status, answer) = self.signed("/hooks/slack/events", "application/json", event.to_string()).await;
        assert_eq!(status, 200, "{answer}");
        self.home_after(before, wanted).await
    }

    /// What the home tab shows once it is as wanted, after so many times that it was drawn.
    pub async fn home_after(&self, times: usize, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..PATIENCE {
            let drawn = self.double.taken("views.publish").into_iter().skip(times);
            if let Some(call) = drawn.last().filter(|call| wanted(&call["view"])) {
                return call["view"].clone();
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let last = self.double.taken("views.publish").pop();
        panic!("the home tab is not as wanted: {:#?} {last:#?}", refusals(self.double));
    }
}

/// The buttons of a message, each with the id of its row.
pub fn buttons(body: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for block in body["blocks"].as_array().into_iter().flatten().filter(|block| block["type"] == "actions") {
        for element in block["elements"].as_array().into_iter().flatten() {
            let mut button = element.clone();
            button["block_id"] = block["block_id"].clone();
            found.push(button);
        }
    }
    found
}

/// What the double refused, and why.
pub fn refusals(double: &SlackDouble) -> Vec<(String, String, Option<String>)> {
    let calls = double.calls().into_iter();
    // That nobody has an address is an answer.
    let calls = calls.filter(|call| call.refused.as_deref() != Some("users_not_found"));
    calls.filter_map(|call| call.refused.map(|code| (call.method, code, call.detail))).collect()
}
