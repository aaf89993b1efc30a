//! Brings questions to the person's Slack and keeps the message, and the app's home tab, in
//! step with the question. The inbox needs none of this: it reads the store.
//!
//! Posting is best effort and off the job's path: it waits its turn at Slack's gate and for
//! a time at which the person may be disturbed ([`round`]), a message that could not be
//! posted is tried again, and the inbox has the question in the meantime.
//!
//! Invariant: what a settled question's message says follows from the rows alone
//! ([`skillhost_engine::aftermath`]), and whoever wrote it looks at them once more, so that
//! of two who write at once the message ends with what is true.

mod line;
mod once;
mod round;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::Value;
use skillhost_connectors::SLACK;
use skillhost_connectors::chat::SlackPlace;
use skillhost_connectors::slack::{
    self, CardView, Home, MAX_ANSWERED, Posted, Remedy, Settled, SlackClient, SlackError, SlackMessage,
};
use skillhost_engine::aftermath::Aftermath;
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::canonical::sha256;
use skillhost_engine::fold::Job;
use skillhost_engine::ids::{ApprovalId, OrgId, UserId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::Delivery;
use skillhost_engine::report::{Mark, SuggestionMark};
use skillhost_engine::store::{Batch, Brought, Store, StoreError, Telling, Untold, Write};
use skillhost_engine::time::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::slack_people::SlackPeople;
use crate::vendors::Vendors;

pub(crate) use round::{Posts, catch_up, keep, notices, outcome};

/// Times a message is written anew because the question moved meanwhile.
const MAX_REDRAWS: usize = 4;
/// Kind of the token that remembers who looks at their home tab.
const LOOKS: &str = "slack-home";
/// So long it is kept up for somebody who does not look again.
const LOOKS_MS: i64 = 30 * 24 * 3_600_000;

impl App {
    /// The page where a question is answered, for people outside.
    pub(crate) fn question_page(&self, approval: &ApprovalId) -> Option<String> {
        self.inbox_page().map(|inbox| format!("{inbox}/approvals/{approval}"))
    }

    fn inbox_page(&self) -> Option<String> {
        self.config.public_url.as_ref().map(|url| format!("{}/inbox", url.trim_end_matches('/')))
    }
}

/// Posts the questions that `after` has and `before` had not, and updates the messages of
/// settled ones about which there is something else to say now; a job that stopped or waits
/// for money has a notice.
pub(crate) fn keep_up(app: &Arc<App>, before: &Job, after: &Job) {
    if app.slack.is_none() {
        return;
    }
    let now = app.clock.now();
    if after.row.status != before.row.status
        && matches!(after.row.status, JobStatus::Failed | JobStatus::AwaitingBudget)
    {
        notices(app);
    }
    let mut touched = BTreeSet::new();
    for (id, action) in &after.actions {
        match before.actions.get(id) {
            None => round::card(app, action),
            Some(_) if action.status == ActionStatus::Pending => continue,
            Some(was) if Aftermath::of(before, was, now) != Aftermath::of(after, action, now) => {
                outcome(app, &action.org, &action.id);
            }
            Some(_) => continue,
        }
        touched.insert(&action.user);
    }
    for user in touched {
        redraw_home(app, &after.row.org, user);
    }
}

/// Shows an open question once more, as the newest message of its person.
pub(crate) fn bring(app: &Arc<App>, action: &PendingAction) {
    let Some(desk) = Desk::of(app) else { return };
    // Of two presses one brings it.
    let Some(under_way) = round::UnderWay::enter(app, format!("asked for {} {}", action.org, action.id)) else {
        return;
    };
    let (app, action) = (Arc::clone(app), action.clone());
    app.clone().tasks.spawn(async move {
        let _under_way = under_way;
        if let Err(error) = desk.bring(&action).await {
            tracing::warn!(approval = %action.id, %error, "the card could not be brought; the inbox has it");
        }
        // Somebody may have answered since, and did not know of this message.
        outcome(&app, &action.org, &action.id);
    });
}

/// A question's message is known by a press on it, where its post did not say so.
pub(crate) async fn found(app: &App, action: &PendingAction, at: &Posted) -> Result<(), StoreError> {
    app.store.commit(Batch { writes: vec![is_at(action, at)] }).await.map(drop)
}

fn is_at(action: &PendingAction, at: &Posted) -> Write {
    Write::Posted { action: action.id.clone(), channel: at.channel.clone(), message_ts: at.ts.clone() }
}

/// Brings the home tab of somebody who looks at it in step.
fn redraw_home(app: &App, org: &OrgId, user: &UserId) {
    let Some(desk) = Desk::of(app) else { return };
    let (org, user) = (org.clone(), user.clone());
    app.tasks.spawn(async move {
        if let Err(error) = desk.redraw_home(&org, &user).await {
            tracing::warn!(%org, %user, %error, "the home tab could not be drawn");
        }
    });
}

/// What posting takes.
pub(crate) struct Desk {
    slack: Arc<SlackClient>,
    store: Arc<dyn Store>,
    people: SlackPeople,
    vendors: Arc<Vendors>,
    stops: CancellationToken,
    clock: Arc<dyn Clock>,
    inbox: Option<String>,
}

/// How a settled question is told.
struct Told {
    line: String,
    can_undo: bool,
    can_ask_again: bool,
    /// [`Job::outcome_state`].
    state: u64,
}

impl Desk {
    pub(crate) fn of(app: &App) -> Option<Self> {
        Some(Self {
            slack: app.slack.clone()?,
            store: Arc::clone(&app.store),
            people: SlackPeople::of(app)?,
            vendors: Arc::clone(&app.vendors),
            stops: app.wake.draining().clone(),
            clock: Arc::clone(&app.clock),
            inbox: app.inbox_page(),
        })
    }

    /// Where a person is reached; looked up by their address where no connection says it.
    async fn place(&self, org: &OrgId, user: &UserId) -> Result<Option<SlackPlace>, CardError> {
        if let Some(known) = self.people.known(org, user).await? {
            return Ok(Some(known));
        }
        let Some(address) = self.people.to_look_up(org, user).await? else { return Ok(None) };
        let found = self.called(|| self.slack.user_by_email(&address)).await?;
        Ok(self.people.looked_up(org, user, &address, found).await?)
    }

    async fn channel(&self, place: SlackPlace) -> Result<String, CardError> {
        match place.channel {
            Some(channel) => Ok(channel),
            None => self.called(|| self.slack.open_dm(&place.user)).await,
        }
    }

    /// The message of a question.
    fn card(&self, action: &PendingAction) -> SlackMessage {
        let page = self.inbox.as_ref().map(|inbox| format!("{inbox}/approvals/{}", action.id));
        slack::render(&action.card, &action.id, &CardView::first(&action.card), page.as_deref())
    }

    /// A question's message is there.
    async fn posted(&self, action: &PendingAction, posted: &Posted) -> Result<(), CardError> {
        self.written(action.id.as_str(), async || {
            self.store.commit(Batch { writes: vec![is_at(action, posted)] }).await.map(drop)
        })
        .await?;
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
        Ok(())
    }

    async fn bring(&self, action: &PendingAction) -> Result<(), CardError> {
        let Some(place) = self.place(&action.org, &action.user).await? else { return Ok(()) };
        let (channel, message) = (self.channel(place).await?, self.card(action));
        let posted = match self.called(|| self.slack.post_message(&channel, &message)).await {
            Err(CardError::Slack(error)) if matches!(error.delivery(), Delivery::Unknown { .. }) => {
                // What may be there is not brought once more in its own time.
                let what = Untold { kind: Telling::Card, org: action.org.clone(), id: action.id.to_string(), at: None };
                self.written(&what.id, || self.store.end_telling(&what, Brought::GivenUp)).await?;
                return Err(error.into());
            }
            other => other?,
        };
        let before = self.store.action(&action.org, &action.id).await?;
        self.posted(action, &posted).await?;
        let before = before.and_then(|before| before.channel.zip(before.message_ts));
        let Some((channel, ts)) = before else { return Ok(()) };
        let moved = slack::outcome(&action.card.heading, "This is further down now, as the newest message.", None);
        let at = Posted { channel, ts };
        self.called(|| self.slack.update_message(&at, &moved)).await.map(drop)
    }

    /// Whoever comes second of the one who posts and the one who answers finds both in
    /// the store, and writes the outcome.
    async fn update(&self, org: &OrgId, id: &ApprovalId) -> Result<(), CardError> {
        let mut written: Option<(Posted, SlackMessage)> = None;
        for _ in 0..MAX_REDRAWS {
            let Some(action) = self.store.action(org, id).await? else { return Ok(()) };
            let (Some(channel), Some(ts)) = (action.channel.clone(), action.message_ts.clone()) else { return Ok(()) };
            if action.status == ActionStatus::Pending {
                return Ok(());
            }
            let told = self.told(&action).await?;
            let remedy = match (told.can_undo, told.can_ask_again) {
                (true, _) => Some(Remedy::Undo(id)),
                (false, true) => Some(Remedy::AskAgain(id)),
                (false, false) => None,
            };
            let message = slack::outcome(&action.card.heading, &told.line, remedy);
            let now = (Posted { channel, ts }, message);
            if written.as_ref() == Some(&now) {
                return Ok(self.store.outcome_told(org, id, told.state).await?);
            }
            self.called(|| self.slack.update_message(&now.0, &now.1)).await?;
            written = Some(now);
        }
        Ok(())
    }

    /// Slack will not have what became of a question: its message stays as it is until there
    /// is something else to say.
    async fn give_up_outcome(&self, org: &OrgId, id: &ApprovalId) -> Result<(), StoreError> {
        let Some(action) = self.store.action(org, id).await? else { return Ok(()) };
        self.store.outcome_told(org, id, self.told(&action).await?.state).await
    }

    /// How a settled question ended, as its job says now.
    async fn told(&self, action: &PendingAction) -> Result<Told, StoreError> {
        let stored = self.store.job(&action.org, &action.job).await?;
        let job = stored.map(Job::restore).and_then(|job| match job {
            Ok(job) => Some(job),
            Err(error) => {
                tracing::error!(job = %action.job, %error, "this host cannot read the job");
                None
            }
        });
        let now = self.clock.now();
        let (of, state) = match &job {
            Some(job) => {
                // What the job was read with is of the same instant as it.
                let action = job.actions.get(&action.id).map_or(action, AsRef::as_ref);
                (Aftermath::of(job, action, now), job.outcome_state(action))
            }
            None => (Aftermath::alone(action), 0),
        };
        let name = match &of.by {
            Some(by) => self.store.user(&action.org, by).await?.map(|user| user.name),
            None => None,
        };
        let zone = self.zone(&action.org, &action.user).await?;
        Ok(Told {
            line: line::of(&of, &action.card, name.as_deref(), &zone),
            can_undo: of.can_undo,
            can_ask_again: of.can_ask_again,
            state,
        })
    }

    async fn zone(&self, org: &OrgId, user: &UserId) -> Result<TimeZone, StoreError> {
        let user = self.store.user(org, user).await?;
        Ok(user.and_then(|user| TimeZone::get(&user.zone).ok()).unwrap_or(TimeZone::UTC))
    }

    /// Somebody looks at their home tab, which is kept up from now on; what it shows.
    pub(crate) async fn opened_home(&self, org: &OrgId, user: &UserId) -> Result<Value, StoreError> {
        let until = self.clock.now().plus_ms(LOOKS_MS);
        self.store.put_token(LOOKS, &looks(org, user), &Value::Null, until).await?;
        self.home(org, user).await
    }

    async fn redraw_home(&self, org: &OrgId, user: &UserId) -> Result<(), CardError> {
        if self.store.token(LOOKS, &looks(org, user), self.clock.now(), false).await?.is_none() {
            return Ok(());
        }
        let Some(place) = self.people.known(org, user).await? else { return Ok(()) };
        let mut drawn: Option<Value> = None;
        for _ in 0..MAX_REDRAWS {
            let view = self.home(org, user).await?;
            if drawn.as_ref() == Some(&view) {
                break;
            }
            self.called(|| self.slack.publish_home(&place.user, &view)).await?;
            drawn = Some(view);
        }
        Ok(())
    }

    async fn home(&self, org: &OrgId, user: &UserId) -> Result<Value, StoreError> {
        let now = self.clock.now();
        let open = self.store.open_actions(org, Some(user)).await?;
        let since = midnight(&self.zone(org, user).await?, now);
        let at_most = u32::try_from(MAX_ANSWERED).unwrap_or(u32::MAX);
        let mut settled = Vec::new();
        for action in self.store.settled_actions(org, user, since, at_most).await? {
            let line = self.told(&action).await?.line;
            settled.push(Settled { heading: action.card.heading, title: action.card.comment_title, line });
        }
        Ok(slack::home(&Home { open: &open, settled: &settled, inbox: self.inbox.as_deref(), now }))
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

fn looks(org: &OrgId, user: &UserId) -> String {
    sha256(serde_json::json!([org, user]).to_string().as_bytes())
}

/// When the person's day began.
fn midnight(zone: &TimeZone, now: Timestamp) -> Timestamp {
    let day = jiff::Timestamp::from_millisecond(now.0).ok().map(|now| now.to_zoned(zone.clone()));
    let began = day.and_then(|day| day.start_of_day().ok());
    began.map_or(now, |began| Timestamp(began.timestamp().as_millisecond()))
}

#[derive(Debug, thiserror::Error)]
enum CardError {
    #[error("the host stops")]
    Stopping,
    #[error(transparent)]
    Slack(#[from] slack::SlackError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
