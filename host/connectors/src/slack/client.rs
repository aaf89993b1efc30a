//! Calls of Slack's Web API.
//!
//! To add a method: its name as a constant argument, JSON where Slack takes
//! JSON, and a typed result; [`SlackClient::web`] does the rest.

use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::blocks::SlackMessage;
use super::error::SlackError;
use crate::egress::{Egress, EgressConfig, Outgoing, Payload, Reply};

/// Where Slack's Web API lives.
pub const SLACK_API: &str = "https://slack.com/api";
/// Where response URLs live.
const SLACK_HOOKS: &str = "https://hooks.slack.com";
/// Pause when Slack answers 429 without saying how long: its own usual minute.
const DEFAULT_RETRY_AFTER_MS: u64 = 60_000;

/// A posted message: what an update names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Channel, as Slack resolved it.
    pub channel: String,
    /// The message's name in it.
    pub ts: String,
}

/// A person of a workspace, as its directory has them.
#[derive(Clone, PartialEq, Eq)]
pub struct SlackUser {
    /// The workspace they belong to.
    pub team: String,
    /// Slack user.
    pub id: String,
    /// Their address, where the app may see it.
    pub email: Option<String>,
}

impl std::fmt::Debug for SlackUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlackUser").field("team", &self.team).field("id", &self.id).finish_non_exhaustive()
    }
}

impl SlackUser {
    /// Of an answer's `user`. Nobody is a bot, an account that was closed, or somebody whose
    /// address nobody has confirmed; what is no user at all is no answer.
    #[allow(clippy::option_option)] // nobody, and unreadable
    fn read(answer: &Value) -> Option<Option<Self>> {
        let flag = |name: &str| answer.pointer(&format!("/user/{name}")).and_then(Value::as_bool);
        let user = Self {
            team: text_at(answer, "/user/team_id")?,
            id: text_at(answer, "/user/id")?,
            email: text_at(answer, "/user/profile/email"),
        };
        let is_somebody =
            flag("deleted") != Some(true) && flag("is_bot") != Some(true) && flag("is_email_confirmed") != Some(false);
        Some(is_somebody.then_some(user))
    }
}

/// A workspace's bot.
#[derive(Clone, Debug)]
pub struct SlackClient {
    egress: Egress,
    base: Url,
    token: SecretString,
}

impl SlackClient {
    /// A client with an egress of its own that reaches `base_url` and Slack's response URLs only.
    pub fn new(base_url: &str, token: SecretString) -> Result<Self, SlackError> {
        let mut base = Url::parse(base_url).map_err(|_| SlackError::NotAnAddress { what: "Slack's base URL" })?;
        if !base.path().ends_with('/') {
            // Joining a method replaces what follows the last slash.
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let mut allow = vec![base.clone()];
        allow.extend(Url::parse(SLACK_HOOKS).ok());
        let egress =
            Egress::new(&EgressConfig::to(allow)).map_err(|source| SlackError::Egress { method: "setup", source })?;
        Ok(Self { egress, base, token })
    }

    /// Posts a message.
    pub async fn post_message(&self, channel: &str, message: &SlackMessage) -> Result<Posted, SlackError> {
        const METHOD: &str = "chat.postMessage";
        // Previews of links in someone's text would fetch and show what the host did not render.
        let quiet = json!({"channel": channel, "unfurl_links": false, "unfurl_media": false});
        let body = with_message(quiet, message);
        posted(METHOD, &self.web(METHOD, Payload::Json(&body)).await?)
    }

    /// Replaces a posted message.
    pub async fn update_message(&self, at: &Posted, message: &SlackMessage) -> Result<Posted, SlackError> {
        const METHOD: &str = "chat.update";
        let body = with_message(json!({"channel": at.channel, "ts": at.ts}), message);
        posted(METHOD, &self.web(METHOD, Payload::Json(&body)).await?)
    }

    /// Opens a modal; the trigger lives three seconds and serves once.
    pub async fn open_view(&self, trigger_id: &str, view: &Value) -> Result<(), SlackError> {
        let body = json!({"trigger_id": trigger_id, "view": view});
        self.web("views.open", Payload::Json(&body)).await.map(drop)
    }

    /// Draws somebody's home tab.
    pub async fn publish_home(&self, slack_user: &str, view: &Value) -> Result<(), SlackError> {
        let body = json!({"user_id": slack_user, "view": view});
        self.web("views.publish", Payload::Json(&body)).await.map(drop)
    }

    /// The direct-message channel with a person.
    pub async fn open_dm(&self, slack_user: &str) -> Result<String, SlackError> {
        const METHOD: &str = "conversations.open";
        let answer = self.web(METHOD, Payload::Json(&json!({"users": slack_user}))).await?;
        text_at(&answer, "/channel/id").ok_or(SlackError::Unreadable { method: METHOD })
    }

    /// The person of an address; `None` where the workspace has none.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<SlackUser>, SlackError> {
        self.person("users.lookupByEmail", ("email", email), "users_not_found").await
    }

    /// The person of a Slack user id; `None` where the workspace knows none.
    pub async fn user_info(&self, slack_user: &str) -> Result<Option<SlackUser>, SlackError> {
        self.person("users.info", ("user", slack_user), "user_not_found").await
    }

    async fn person(
        &self,
        method: &'static str,
        field: (&str, &str),
        nobody: &str,
    ) -> Result<Option<SlackUser>, SlackError> {
        // These methods take no JSON.
        match self.web(method, Payload::Form(&[field])).await {
            Ok(answer) => SlackUser::read(&answer).ok_or(SlackError::Unreadable { method }),
            Err(SlackError::Api { code, .. }) if code == nobody => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Answers through the address a press came with; `replace` puts the
    /// message in place of the one that was pressed.
    pub async fn respond(&self, response_url: &str, message: &SlackMessage, replace: bool) -> Result<(), SlackError> {
        const METHOD: &str = "response_url";
        let url = Url::parse(response_url).map_err(|_| SlackError::NotAnAddress { what: METHOD })?;
        let body = with_message(json!({"replace_original": replace, "response_type": "ephemeral"}), message);
        // The address is its own authority: no token goes there.
        let outgoing = Outgoing { url, bearer: None, payload: Payload::Json(&body) };
        let reply = self.call(METHOD, outgoing).await?;
        // `ok` as plain text, or JSON.
        if reply.body.trim_ascii() == b"ok" { Ok(()) } else { read(METHOD, &reply).map(drop) }
    }

    async fn web(&self, method: &'static str, payload: Payload<'_>) -> Result<Value, SlackError> {
        let url = self.base.join(method).map_err(|_| SlackError::NotAnAddress { what: method })?;
        let reply = self.call(method, Outgoing { url, bearer: Some(&self.token), payload }).await?;
        read(method, &reply)
    }

    async fn call(&self, method: &'static str, outgoing: Outgoing<'_>) -> Result<Reply, SlackError> {
        let reply = self.egress.call(outgoing).await.map_err(|source| SlackError::Egress { method, source })?;
        tracing::debug!(method, status = reply.status, "slack answered");
        match reply.status {
            200..=299 => Ok(reply),
            429 => Err(SlackError::RateLimited {
                method,
                retry_after_ms: reply.retry_after_ms.unwrap_or(DEFAULT_RETRY_AFTER_MS),
            }),
            status => Err(SlackError::Http { method, status }),
        }
    }
}

/// Slack says yes and no in the body, under the same HTTP status.
fn read(method: &'static str, reply: &Reply) -> Result<Value, SlackError> {
    let answer: Value = serde_json::from_slice(&reply.body).map_err(|_| SlackError::Unreadable { method })?;
    match answer.get("ok").and_then(Value::as_bool) {
        Some(true) => Ok(answer),
        Some(false) => {
            let code = answer.get("error").and_then(Value::as_str).unwrap_or("no_code");
            // Slack's codes are words; anything else is not repeated into logs.
            let is_code = code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            Err(SlackError::Api { method, code: if is_code { code } else { "unreadable_code" }.to_owned() })
        }
        None => Err(SlackError::Unreadable { method }),
    }
}

fn posted(method: &'static str, answer: &Value) -> Result<Posted, SlackError> {
    match (text_at(answer, "/channel"), text_at(answer, "/ts")) {
        (Some(channel), Some(ts)) => Ok(Posted { channel, ts }),
        _ => Err(SlackError::Unreadable { method }),
    }
}

fn text_at(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn with_message(mut body: Value, message: &SlackMessage) -> Value {
    body["text"] = json!(message.text);
    body["blocks"] = json!(message.blocks);
    body
}
