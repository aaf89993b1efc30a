//! Brings questions to the person's Slack and keeps the message in step with
//! the question. The inbox needs none of this: it reads the store.
//!
//! Posting is best effort and off the job's path: it waits its turn at Slack's gate, a
//! message that could not be posted is tried again at the next start, and the inbox has
//! the question in the meantime.

use std::sync::Arc;

use skillhost_connectors::SLACK;
use skillhost_connectors::chat::{LookupError, SlackUsers};
use skillhost_connectors::slack::{self, CardView, Posted, SlackClient, SlackError};
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::fold::Job;
use skillhost_engine::ids::{ApprovalId, OrgId, UserId};
use skillhost_engine::report::{Mark, SuggestionMark};
use skillhost_engine::store::{Batch, Store, Write};
use skillhost_engine::time::Clock;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::vendors::Vendors;

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
    let Some(desk) = Desk::of(app) else { return };
    let action = action.clone();
    app.tasks.spawn(async move {
        if let Err(error) = desk.post(&action).await {
            tracing::warn!(approval = %action.id, %error, "the card could not be posted; the inbox has it");
        }
    });
}

/// Brings the posted message in step with the settled question.
fn update(app: &App, action: &PendingAction) {
    let Some(desk) = Desk::of(app) else { return };
    if action.status == ActionStatus::Pending {
        return;
    }
    let (org, id) = (action.org.clone(), action.id.clone());
    app.tasks.spawn(async move {
        if let Err(error) = desk.update(&org, &id).await {
            tracing::warn!(approval = %id, %error, "the card could not be updated");
        }
    });
}

/// What posting takes.
struct Desk {
    slack: Arc<SlackClient>,
    store: Arc<dyn Store>,
    vendors: Arc<Vendors>,
    stops: CancellationToken,
    clock: Arc<dyn Clock>,
}

impl Desk {
    fn of(app: &App) -> Option<Self> {
        Some(Self {
            slack: app.slack.clone()?,
            store: Arc::clone(&app.store),
            vendors: Arc::clone(&app.vendors),
            stops: app.wake.draining().clone(),
            clock: Arc::clone(&app.clock),
        })
    }

    async fn post(&self, action: &PendingAction) -> Result<(), CardError> {
        let Some(connection) = self.store.connection_of(SLACK_USER, &action.org, &action.user).await? else {
            return Ok(());
        };
        let channel = match connection.detail.get("channel").and_then(serde_json::Value::as_str) {
            Some(channel) => channel.to_owned(),
            None => {
                let user = connection.external_id.rsplit('/').next().unwrap_or_default();
                self.called(|| self.slack.open_dm(user)).await?
            }
        };
        let message = slack::render(&action.card, &action.id, &CardView::first(&action.card), None);
        let posted = self.called(|| self.slack.post_message(&channel, &message)).await?;
        let write =
            Write::Posted { action: action.id.clone(), channel: posted.channel.clone(), message_ts: posted.ts.clone() };
        self.store.commit(Batch { writes: vec![write] }).await?;
        let mark = SuggestionMark {
            org: action.org.clone(),
            action: action.id.clone(),
            mark: Mark::Delivered,
            via: SLACK.to_owned(),
            at: self.clock.now(),
        };
        if let Err(error) = self.store.mark(&[mark]).await {
            tracing::warn!(approval = %action.id, %error, "the mark of a posted card is missed");
        }
        // Somebody may have answered since, and did not know of this message.
        self.update(&action.org, &action.id).await
    }

    /// Whoever comes second of the one who posts and the one who answers finds both in
    /// the store, and writes the outcome.
    async fn update(&self, org: &OrgId, id: &ApprovalId) -> Result<(), CardError> {
        let Some(action) = self.store.action(org, id).await? else { return Ok(()) };
        if action.status == ActionStatus::Pending {
            return Ok(());
        }
        let (Some(channel), Some(ts)) = (action.channel.clone(), action.message_ts.clone()) else { return Ok(()) };
        let message = slack::outcome(&action.card.heading, &words(&action), None);
        let at = Posted { channel, ts };
        self.called(|| self.slack.update_message(&at, &message)).await.map(drop)
    }

    /// One call at its turn, and again after a pause that Slack asks for.
    async fn called<T, F>(&self, call: impl Fn() -> F) -> Result<T, CardError>
    where
        F: Future<Output = Result<T, SlackError>>,
    {
        loop {
            if !self.vendors.wait(SLACK, &self.stops).await? {
                return Err(CardError::Stopping);
            }
            match call().await {
                Err(SlackError::RateLimited { retry_after_ms, .. }) => self.vendors.shut(SLACK, retry_after_ms).await?,
                other => return Ok(other?),
            }
        }
    }
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
    #[error("the host stops")]
    Stopping,
    #[error(transparent)]
    Slack(#[from] slack::SlackError),
    #[error(transparent)]
    Store(#[from] skillhost_engine::store::StoreError),
}
