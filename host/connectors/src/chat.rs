//! `chat.post` and `chat.manager` through Slack, to the job's own user, or to their
//! manager: into the channel that was configured for them, or their direct messages.
//!
//! Slack deduplicates no post, so this performer is not keyed: a post whose
//! result was lost is unknown, and a person settles it.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use skillhost_engine::button;
use skillhost_engine::effect::chat_manager;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};

use crate::slack::{Offer, SlackClient, message};

/// Where a person of ours is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackPlace {
    /// Slack user.
    pub user: String,
    /// The channel that was configured for them; their direct messages where there is none.
    pub channel: Option<String>,
}

/// Finds the place of a person of ours; the host knows them by connection.
#[async_trait::async_trait]
pub trait SlackUsers: Send + Sync + 'static {
    /// The place, or `None` where the person is not in Slack.
    async fn place(&self, org: &OrgId, user: &UserId) -> Result<Option<SlackPlace>, LookupError>;
    /// The manager of a person of ours, of the same org, or `None` where nobody is named.
    async fn manager(&self, org: &OrgId, user: &UserId) -> Result<Option<UserId>, LookupError>;
}

/// The directory could not be asked; another time it may.
#[derive(Debug, thiserror::Error)]
#[error("the directory of Slack users could not be read: {reason}")]
pub struct LookupError {
    /// Why, without content.
    pub reason: String,
    /// The pause that Slack asks for.
    pub retry_after_ms: Option<u64>,
}

impl LookupError {
    fn delivery(&self) -> Delivery {
        Delivery::Transient { reason: self.to_string(), retry_after_ms: self.retry_after_ms }
    }
}

/// Posts to where people are reached.
pub struct SlackChat {
    slack: Arc<SlackClient>,
    users: Arc<dyn SlackUsers>,
}

#[derive(Deserialize)]
struct ChatPost {
    text: String,
}

impl SlackChat {
    /// A performer over a client and a directory.
    pub fn new(slack: Arc<SlackClient>, users: Arc<dyn SlackUsers>) -> Self {
        Self { slack, users }
    }
}

#[async_trait::async_trait]
impl Performer for SlackChat {
    fn kinds(&self) -> &'static [&'static str] {
        &["chat.post", chat_manager::KIND]
    }

    fn vendor(&self) -> &'static str {
        crate::SLACK
    }

    fn is_keyed(&self) -> bool {
        false
    }

    async fn perform(&self, effect: &OutboxRow) -> Delivery {
        let permanent = |reason: &str| Delivery::Permanent { reason: reason.to_owned() };
        let Ok(post) = ChatPost::deserialize(&effect.payload) else {
            return permanent("the payload has no text");
        };
        let reader = match effect.kind == chat_manager::KIND {
            false => effect.user.clone(),
            true => match self.users.manager(&effect.org, &effect.user).await {
                Ok(Some(manager)) => manager,
                Ok(None) => return permanent("the user has no manager"),
                Err(error) => return error.delivery(),
            },
        };
        let place = match self.users.place(&effect.org, &reader).await {
            Ok(Some(place)) => place,
            Ok(None) => return permanent("whom it goes to is not connected to Slack"),
            Err(error) => return error.delivery(),
        };
        let offers: Vec<Offer> = button::of(&effect.payload)
            .into_iter()
            .map(|button| Offer { label: button.label, is_pressed: false })
            .collect();
        let Some(message) = message(&post.text, &effect.key, &offers) else {
            return permanent("the text is longer than one Slack message holds");
        };
        // Opening a channel twice opens one: only the post itself can be in doubt.
        let opened = match place.channel {
            Some(channel) => Ok(channel),
            None => self.slack.open_dm(&place.user).await,
        };
        let channel = match opened {
            Ok(channel) => channel,
            Err(error) => {
                let reason = error.to_string();
                return match error.delivery() {
                    Delivery::Unknown { .. } => Delivery::Transient { reason, retry_after_ms: None },
                    other => other,
                };
            }
        };
        match self.slack.post_message(&channel, &message).await {
            Ok(posted) => Delivery::Sent { receipt: json!({"channel": posted.channel, "ts": posted.ts}) },
            Err(error) => error.delivery(),
        }
    }
}
