//! Brings questions to the person's Slack and keeps the message in step with
//! the question. The inbox needs none of this: it reads the store.
//!
//! Posting is best effort and off the job's path: a message that could not be
//! posted is tried again at the next start, and the inbox has the question in
//! the meantime.

use std::sync::Arc;

use skillhost_connectors::chat::{LookupError, SlackUsers};
use skillhost_connectors::slack::{self, CardView, Posted, SlackClient};
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::fold::Job;
use skillhost_engine::ids::{ApprovalId, OrgId, UserId};
use skillhost_engine::store::{Batch, Store, Write};

use crate::app::App;

/// Questions posted late at one start: older ones are a person's backlog, which
/// the inbox shows and a flood of messages would not help with.
const MAX_MISSING: u32 = 100;

/// Kind of the connection that maps a person to Slack.
pub(crate) const SLACK_USER: &str = "slack-user";

/// Posts the questions that `after` has and `before` had not, and updates the
/// messages of those that were settled in between.
pub(crate) fn keep_up(app: &App, before: &Job, after: &Job) {
    if app.slack.is_none() {
        return;
    }
    for (id, action) in &after.actions {
        match before.actions.get(id) {
            None => post(app, action),
            Some(was) if was.status == ActionStatus::Pending => update(app, action),
            Some(_) => {}
        }
    }
}

/// Posts the questions that an earlier process did not get around to.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn post_missing(app: &App) -> Result<(), skillhost_engine::store::StoreError> {
    // After a restore most of them are shown already, by messages the backup knows not.
    if app.slack.is_some() && app.store.hold().await?.is_none() {
        for action in app.store.unposted_actions(MAX_MISSING).await? {
            post(app, &action);
        }
    }
    Ok(())
}

/// Posts a question to its person.
fn post(app: &App, action: &PendingAction) {
    let Some(slack) = app.slack.clone() else { return };
    let store = Arc::clone(&app.store);
    let action = action.clone();
    app.tasks.spawn(async move {
        if let Err(error) = post_now(&slack, store.as_ref(), &action).await {
            tracing::warn!(approval = %action.id, %error, "the card could not be posted; the inbox has it");
        }
    });
}

async fn post_now(slack: &SlackClient, store: &dyn Store, action: &PendingAction) -> Result<(), CardError> {
    let Some(connection) = store.connection_of(SLACK_USER, &action.org, &action.user).await? else { return Ok(()) };
    let channel = match connection.detail.get("channel").and_then(serde_json::Value::as_str) {
        Some(channel) => channel.to_owned(),
        None => {
            let user = connection.external_id.rsplit('/').next().unwrap_or_default();
            slack.open_dm(user).await?
        }
    };
    let message = slack::render(&action.card, &action.id, &CardView::first(&action.card), None);
    let posted = slack.post_message(&channel, &message).await?;
    let write =
        Write::Posted { action: action.id.clone(), channel: posted.channel.clone(), message_ts: posted.ts.clone() };
    store.commit(Batch { writes: vec![write] }).await?;
    // Somebody may have answered since, and did not know of this message.
    update_now(slack, store, &action.org, &action.id).await
}

/// Brings the posted message in step with the settled question.
fn update(app: &App, action: &PendingAction) {
    let Some(slack) = app.slack.clone() else { return };
    if action.status == ActionStatus::Pending {
        return;
    }
    let (store, org, id) = (Arc::clone(&app.store), action.org.clone(), action.id.clone());
    app.tasks.spawn(async move {
        if let Err(error) = update_now(&slack, store.as_ref(), &org, &id).await {
            tracing::warn!(approval = %id, %error, "the card could not be updated");
        }
    });
}

/// Whoever comes second of the one who posts and the one who answers finds both in
/// the store, and writes the outcome.
async fn update_now(slack: &SlackClient, store: &dyn Store, org: &OrgId, id: &ApprovalId) -> Result<(), CardError> {
    let Some(action) = store.action(org, id).await? else { return Ok(()) };
    if action.status == ActionStatus::Pending {
        return Ok(());
    }
    let (Some(channel), Some(ts)) = (action.channel.clone(), action.message_ts.clone()) else { return Ok(()) };
    let message = slack::outcome(&action.card.heading, &words(&action), None);
    slack.update_message(&Posted { channel, ts }, &message).await?;
    Ok(())
}

/// How a settled question ended, in words.
pub(crate) fn words(action: &PendingAction) -> String {
    let by = action.resolution.as_ref().and_then(|resolution| resolution.by.as_ref());
    let by = by.map(|user| format!(" by {user}")).unwrap_or_default();
    match action.status {
        ActionStatus::Pending => "Waits for an answer".to_owned(),
        ActionStatus::Approved => format!("Approved{by}"),
        ActionStatus::Skipped => format!("Skipped{by}: nothing was done"),
        ActionStatus::Cancelled => format!("Cancelled{by}: the job was ended"),
        ActionStatus::Expired => "Expired: nobody answered in time, and nothing was done".to_owned(),
        ActionStatus::Withdrawn => "Withdrawn: nothing was done".to_owned(),
    }
}

/// Finds a person's Slack user by their connection.
pub(crate) struct Connected {
    store: Arc<dyn Store>,
}

impl Connected {
    /// Looks in this store.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }
}

#[async_trait::async_trait]
impl SlackUsers for Connected {
    async fn slack_user(&self, org: &OrgId, user: &UserId) -> Result<Option<String>, LookupError> {
        let found = self.store.connection_of(SLACK_USER, org, user).await;
        let connection = found.map_err(|error| LookupError { reason: error.to_string() })?;
        Ok(connection.and_then(|connection| Some(connection.external_id.rsplit_once('/')?.1.to_owned())))
    }
}

#[derive(Debug, thiserror::Error)]
enum CardError {
    #[error(transparent)]
    Slack(#[from] slack::SlackError),
    #[error(transparent)]
    Store(#[from] skillhost_engine::store::StoreError),
}
