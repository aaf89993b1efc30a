//! `chat.post` through Slack, to the direct messages of the job's own user.
//!
//! Slack deduplicates no post, so this performer is not keyed: a post whose
//! result was lost is unknown, and a person settles it.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};

use crate::slack::{SlackClient, SlackMessage};

/// Finds the Slack user of a person of ours; the host knows them by connection.
#[async_trait::async_trait]
pub trait SlackUsers: Send + Sync + 'static {
    /// The Slack user id, or `None` where the person is not connected.
    async fn slack_user(&self, org: &OrgId, user: &UserId) -> Result<Option<String>, LookupError>;
}

/// The directory could not be asked; another time it may.
#[derive(Debug, thiserror::Error)]
#[error("the directory of Slack users could not be read: {reason}")]
pub struct LookupError {
    /// Why, without content.
    pub reason: String,
}

/// Posts to people's own direct messages.
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
        &["chat.post"]
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
        let user = match self.users.slack_user(&effect.org, &effect.user).await {
            Ok(Some(user)) => user,
            Ok(None) => return permanent("the user is not connected to Slack"),
            Err(error) => return Delivery::Transient { reason: error.to_string(), retry_after_ms: None },
        };
        let Some(message) = SlackMessage::note(&post.text) else {
            return permanent("the text is longer than one Slack message holds");
        };
        // Opening a channel twice opens one: only the post itself can be in doubt.
        let channel = match self.slack.open_dm(&user).await {
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
