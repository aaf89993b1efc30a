//! When what a person is to see in Slack is brought there: at once, or when they may be
//! disturbed, and again while Slack is away.
//!
//! Every question and notice has an instant in its row at which it is brought. Whoever moves
//! that instant on, by compare-and-set, brings it: of several hosts, and of a start and a
//! sweep of one, it is one. What is under way in this process is not begun again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::ids::{ApprovalId, JobId, OrgId, UserId};
use skillhost_engine::outbox::Delivery;
use skillhost_engine::retry::RetryPolicy;
use skillhost_engine::store::{ChatMessage, StoreError, Telling as What, Untold};
use skillhost_engine::time::Timestamp;
use tokio::sync::Notify;

use super::{CardError, Desk};
use crate::app::App;
use crate::calm::Telling;
use crate::driver::SWEEP_MS;

/// Questions, notices and outcomes that are caught up with at a time: more are a person's
/// backlog, which the inbox shows and a flood of messages would not help with.
const MAX_MISSING: u32 = 100;
/// What is older than this is not brought any more: a question has expired by then.
const LATE_MS: i64 = 24 * 3_600_000;
/// A host that said it brings something so long ago, and did not, is gone.
const GONE_MS: i64 = 60_000;

/// What is being brought.
#[derive(Default)]
pub(crate) struct Posts {
    /// By name; whether it is to be looked at once more when it is done.
    under_way: Mutex<BTreeMap<String, bool>>,
    /// There are notices.
    moved: Notify,
    /// Held between a look at what somebody was told and the row that counts against them.
    gate: tokio::sync::Mutex<()>,
}

impl Posts {
    pub(crate) async fn one_at_a_time(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.gate.lock().await
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeMap<String, bool>> {
        // Insert and remove leave a whole map behind, whatever panics.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks something as being brought, until it is dropped.
struct UnderWay {
    app: Arc<App>,
    name: String,
    ends: bool,
}

impl UnderWay {
    /// Nothing when it is under way already, and then looked at once more.
    fn enter(app: &Arc<App>, name: String) -> Option<Self> {
        let mut under_way = app.posts.under_way();
        if let Some(again) = under_way.get_mut(&name) {
            *again = true;
            return None;
        }
        under_way.insert(name.clone(), false);
        Some(Self { app: Arc::clone(app), name, ends: true })
    }

    /// Ends it, unless somebody wanted it looked at once more.
    fn leave(&mut self) -> bool {
        let mut under_way = self.app.posts.under_way();
        if let Some(again) = under_way.get_mut(&self.name)
            && std::mem::take(again)
        {
            return false;
        }
        under_way.remove(&self.name);
        self.ends = false;
        true
    }

    /// Stays under way as long as this process lives.
    fn keep(mut self) {
        self.ends = false;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.ends {
            self.app.posts.under_way().remove(&self.name);
        }
    }
}

/// Brings what was missed, now and every few minutes, and notices when there are some, until
/// the host stops.
pub(crate) async fn keep(app: Arc<App>) {
    if app.slack.is_none() {
        return;
    }
    let mut sweep_at = app.clock.now().plus_ms(SWEEP_MS);
    loop {
        tokio::select! {
            () = app.posts.moved.notified() => {}
            () = app.clock.sleep_until(sweep_at) => {}
            () = app.wake.draining().cancelled() => return,
        }
        let now = app.clock.now();
        let is_sweep = now >= sweep_at;
        if is_sweep {
            sweep_at = now.plus_ms(SWEEP_MS);
        }
        if let Err(error) = catch_up(&app, is_sweep).await {
            tracing::warn!(%error, "cannot look for what Slack misses now");
        }
    }
}

/// There are notices to bring.
pub(crate) fn notices(app: &App) {
    app.posts.moved.notify_one();
}

/// Brings what was brought nowhere yet; where everything is looked at, what became of
/// settled questions too.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn catch_up(app: &Arc<App>, is_everything: bool) -> Result<(), StoreError> {
    // After a restore most of it is shown already, by messages that the backup knows not.
    if app.slack.is_none() || app.store.hold().await?.is_some() {
        return Ok(());
    }
    let now = app.clock.now();
    let since = now.plus_ms(-LATE_MS);
    for untold in app.store.untold(since, MAX_MISSING).await? {
        let is_anothers = app.store.is_shared() && untold.at.is_some_and(|at| at <= now && at.0 > now.0 - GONE_MS);
        if !is_anothers {
            bring(app, untold);
        }
    }
    if is_everything {
        for (org, id) in app.store.outcomes_untold(since, MAX_MISSING).await? {
            outcome(app, &org, &id);
        }
    }
    Ok(())
}

/// Brings a new question.
pub(super) fn card(app: &Arc<App>, action: &PendingAction) {
    bring(app, Untold { kind: What::Card, org: action.org.clone(), id: action.id.to_string(), at: None });
}

fn bring(app: &Arc<App>, mut what: Untold) {
    let Some(desk) = Desk::of(app) else { return };
    let name = format!("{:?} {} {}", what.kind, what.org, what.id);
    let Some(under_way) = UnderWay::enter(app, name) else { return };
    let app = Arc::clone(app);
    app.clone().tasks.spawn(async move {
        let mut attempt = 0;
        loop {
            let again = match tell(&app, &desk, &mut what).await {
                Ok(None) => return,
                Ok(Some(at)) => at,
                Err(error) => {
                    attempt += 1;
                    match verdict(&error) {
                        Verdict::Stops => return,
                        Verdict::MayBeThere => {
                            tracing::warn!(id = %what.id, %error, "it is not known whether Slack has it; the inbox does");
                            if what.kind == What::Card {
                                // What may be there is not posted beside it before the next start.
                                under_way.keep();
                            } else if let Err(error) = app.store.notice_told(&what.org, &what.id).await {
                                tracing::warn!(id = %what.id, %error, "a notice may be brought once more");
                            }
                            return;
                        }
                        Verdict::Passes => match RetryPolicy::DELIVERY.again(attempt, app.clock.now(), None, &what.id) {
                            Some(at) => {
                                tracing::info!(id = %what.id, %error, "Slack does not take it now; it is tried again");
                                at
                            }
                            None => {
                                tracing::warn!(id = %what.id, %error, "Slack does not take it; the inbox has it");
                                return;
                            }
                        },
                        Verdict::Refused => {
                            tracing::warn!(id = %what.id, %error, "it could not be posted; the inbox has it");
                            return;
                        }
                    }
                }
            };
            tokio::select! {
                () = app.clock.sleep_until(again) => {}
                () = app.wake.draining().cancelled() => return,
            }
        }
    });
}

/// What is brought, as its row says now.
enum Row {
    Card(Box<PendingAction>),
    Notice(ChatMessage),
}

impl Row {
    fn user(&self) -> &UserId {
        match self {
            Self::Card(action) => &action.user,
            Self::Notice(message) => &message.user,
        }
    }

    fn job(&self) -> Option<&JobId> {
        match self {
            Self::Card(action) => Some(&action.job),
            Self::Notice(message) => message.job.as_ref(),
        }
    }
}

/// Brings it, or says when it is to be brought; nothing where there is nothing left to do.
async fn tell(app: &Arc<App>, desk: &Desk, what: &mut Untold) -> Result<Option<Timestamp>, CardError> {
    let now = app.clock.now();
    if let Some(at) = what.at.filter(|at| *at > now) {
        return Ok(Some(at));
    }
    let row = match what.kind {
        What::Card => {
            let id = ApprovalId::new(what.id.clone());
            let found = app.store.action(&what.org, &id).await?;
            let open = found.filter(|action| action.status == ActionStatus::Pending && action.message_ts.is_none());
            open.map(|action| Row::Card(Box::new(action)))
        }
        What::Notice => app.store.notice(&what.org, &what.id).await?.map(Row::Notice),
    };
    let Some(row) = row else { return Ok(None) };
    let Some(place) = desk.place(&what.org, row.user()).await? else { return Ok(None) };
    let later = match take(app, what, &row).await? {
        Taken::Now => None,
        Taken::At(at) => Some(at),
        Taken::Elsewhere => return Ok(None),
    };
    if later.is_some() {
        return Ok(later);
    }
    match row {
        Row::Card(action) => {
            desk.post(&action, place).await?;
            // Somebody may have answered since, and did not know of this message.
            outcome(app, &action.org, &action.id);
        }
        Row::Notice(message) => {
            desk.notify(&message, place).await?;
            app.store.notice_told(&what.org, &what.id).await?;
        }
    }
    Ok(None)
}

enum Taken {
    /// It is this host's to bring it now.
    Now,
    /// It waits until then.
    At(Timestamp),
    /// Another host brings it, or it was settled.
    Elsewhere,
}

/// Decides when it is brought, and says so in its row.
async fn take(app: &App, what: &mut Untold, row: &Row) -> Result<Taken, StoreError> {
    let calm = app.calm(&what.org, row.user()).await?;
    let _counting = if calm.counts().is_some() { Some(app.posts.one_at_a_time().await) } else { None };
    let telling = Telling { org: &what.org, user: row.user(), job: row.job(), but: None };
    let held = app.put_off(&calm, &telling, what.at.is_some()).await?;
    let now = app.clock.now();
    let at = held.map_or(now, |(until, _)| until);
    // Another instant than before, or two could move it.
    let at = what.at.map_or(at, |before| at.max(before.plus_ms(1)));
    if !app.store.plan_telling(what, at).await? {
        return Ok(Taken::Elsewhere);
    }
    what.at = Some(at);
    Ok(match held {
        Some((_, why)) => {
            tracing::info!(id = %what.id, until = %at.rfc3339(), why, "it waits for a quieter time");
            Taken::At(at)
        }
        None => Taken::Now,
    })
}

/// Brings a question's message in step with what became of it.
pub(crate) fn outcome(app: &Arc<App>, org: &OrgId, id: &ApprovalId) {
    let Some(desk) = Desk::of(app) else { return };
    let Some(mut under_way) = UnderWay::enter(app, format!("outcome {org} {id}")) else { return };
    let (app, org, id) = (Arc::clone(app), org.clone(), id.clone());
    app.clone().tasks.spawn(async move {
        let mut attempt = 0;
        loop {
            let again = match desk.update(&org, &id).await {
                Ok(()) if under_way.leave() => return,
                Ok(()) => continue,
                Err(CardError::Stopping) => return,
                Err(error) => {
                    attempt += 1;
                    let now = app.clock.now();
                    let passes = !matches!(verdict(&error), Verdict::Refused);
                    let again = RetryPolicy::DELIVERY.again(attempt, now, None, id.as_str()).filter(|_| passes);
                    // What is behind is found by the sweep, and by the next start.
                    let told = if passes { None } else { Some(now) };
                    if let Err(error) = app.store.outcome_told(&org, &id, told).await {
                        tracing::warn!(approval = %id, %error, "a message that is behind may be forgotten");
                    }
                    let Some(again) = again else {
                        tracing::warn!(approval = %id, %error, "the card could not be updated");
                        return;
                    };
                    tracing::info!(approval = %id, %error, "the card cannot be updated now; it is tried again");
                    again
                }
            };
            tokio::select! {
                () = app.clock.sleep_until(again) => {}
                () = app.wake.draining().cancelled() => return,
            }
        }
    });
}

/// What an error means for what was to be brought.
enum Verdict {
    /// The host stops; the next start goes on.
    Stops,
    /// It passes.
    Passes,
    /// Slack may have it.
    MayBeThere,
    /// Slack will not have it.
    Refused,
}

fn verdict(error: &CardError) -> Verdict {
    match error {
        CardError::Stopping => Verdict::Stops,
        CardError::Store(error) if error.is_transient() => Verdict::Passes,
        CardError::Store(_) => Verdict::Refused,
        CardError::Slack(error) => match error.delivery() {
            Delivery::Transient { .. } => Verdict::Passes,
            Delivery::Unknown { .. } => Verdict::MayBeThere,
            _ => Verdict::Refused,
        },
    }
}
