//! When what a person is to see in Slack is brought there: at once, or when they may be
//! disturbed, and again while Slack is away.
//!
//! Every question and notice has in its row whether it is to be brought, and where that was
//! put off, the instant. Several hosts, or a start and a sweep of one, may come to it at a
//! time: one of them makes the call ([`super::once`]). What is under way in this process is
//! not begun again.
//!
//! What Slack is away for is tried for a day, what it refuses as often as an effect is; what
//! nobody can be found for waits for a connection.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skillhost_connectors::slack::SlackMessage;
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::ids::{ApprovalId, JobId, OrgId, UserId};
use skillhost_engine::outbox::Delivery;
use skillhost_engine::retry::RetryPolicy;
use skillhost_engine::store::{Brought, ChatMessage, Due, StoreError, Telling as What, Untold};
use skillhost_engine::time::Timestamp;
use tokio::sync::Notify;

use super::once::Once;
use super::{CardError, Desk};
use crate::app::App;
use crate::calm::Telling;
use crate::driver::SWEEP_MS;

/// Questions, notices and outcomes that are caught up with at a time, the longest due first:
/// one for each of as many people as have their briefs in one minute. Each is a task that waits its turn.
const MAX_MISSING: u32 = 1000;
/// What is older than this, or was planned for earlier, is not brought any more: a question has
/// expired by then.
const LATE_MS: i64 = 24 * 3_600_000;

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
pub(super) struct UnderWay {
    app: Arc<App>,
    name: String,
    ends: bool,
}

impl UnderWay {
    /// Nothing when it is under way already, and then looked at once more.
    pub(super) fn enter(app: &Arc<App>, name: String) -> Option<Self> {
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
    if app.slack.is_none() {
        return Ok(());
    }
    let now = app.clock.now();
    let since = now.plus_ms(-LATE_MS);
    let hold = app.store.hold().await?;
    if let Some(hold) = &hold {
        // What was due before a restore is shown already, by messages that the backup knows not.
        let before = Due { since, until: hold.since, lost: true };
        let mut shown = app.store.untold(before, MAX_MISSING).await?;
        while !shown.is_empty() {
            for one in &shown {
                app.store.end_telling(one, Brought::GivenUp).await?;
            }
            shown = app.store.untold(before, MAX_MISSING).await?;
        }
    }
    let due = Due { since, until: now.plus_ms(SWEEP_MS), lost: is_everything };
    for untold in app.store.untold(due, MAX_MISSING).await? {
        bring(app, untold);
    }
    if is_everything && hold.is_none() {
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
        let _under_way = under_way;
        let mut tries = Tries::default();
        loop {
            let again = match tell(&app, &desk, &mut what).await {
                Ok(None) => return,
                Ok(Some(at)) => at,
                Err(error) => match tries.again(&error, app.clock.now(), &what.id) {
                    Ok(again) => again,
                    Err(Over::Stopping) => return,
                    Err(Over::Away) => {
                        tracing::warn!(id = %what.id, %error, "Slack does not take it yet; the inbox has it");
                        return;
                    }
                    Err(Over::Refused) => {
                        tracing::warn!(id = %what.id, %error, "Slack will not take it; the inbox has it");
                        if let Err(error) = app.store.end_telling(&what, Brought::GivenUp).await {
                            tracing::warn!(id = %what.id, %error, "what Slack refuses is tried again");
                        }
                        return;
                    }
                },
            };
            if app.drains_before(again).await {
                return;
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
    let Some(place) = desk.place(&what.org, row.user()).await? else {
        app.store.end_telling(what, Brought::Nobody).await?;
        return Ok(None);
    };
    match take(app, what, &row).await? {
        Taken::Now => {}
        Taken::At(at) => return Ok(Some(at)),
        Taken::Elsewhere => return Ok(None),
    }
    let message = match &row {
        Row::Card(action) => Some(desk.card(action)),
        // Its texts are a line or two.
        Row::Notice(notice) => SlackMessage::notice(&notice.text),
    };
    let Some(message) = message else {
        app.store.end_telling(what, Brought::GivenUp).await?;
        return Ok(None);
    };
    let channel = desk.channel(place).await?;
    if let Once::There(posted, begun) = desk.post_once(app, what, &channel, &message).await? {
        match row {
            Row::Card(action) => {
                desk.posted(&action, &posted).await?;
                // Somebody may have answered since, and did not know of this message.
                outcome(app, &action.org, &action.id);
            }
            Row::Notice(_) => {
                desk.written(&what.id, || app.store.end_telling(what, Brought::There(begun))).await?;
            }
        }
    }
    Ok(None)
}

enum Taken {
    /// It may be brought now.
    Now,
    /// It waits until then.
    At(Timestamp),
    /// Another host brings it, or it was settled.
    Elsewhere,
}

/// Decides when it is brought, and says so in its row where that is later, or where it counts
/// against others.
async fn take(app: &App, what: &mut Untold, row: &Row) -> Result<Taken, StoreError> {
    let calm = app.calm(&what.org, row.user()).await?;
    let _counting = if calm.counts().is_some() { Some(app.posts.one_at_a_time().await) } else { None };
    let telling = Telling { org: &what.org, user: row.user(), job: row.job(), but: None };
    let has_turn = what.at.is_some();
    let held = app.put_off(&calm, &telling, has_turn).await?;
    if held.is_none() && (has_turn || calm.counts().is_none()) {
        return Ok(Taken::Now);
    }
    let at = held.map_or(app.clock.now(), |(until, _)| until);
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
        let mut tries = Tries::default();
        loop {
            let again = match desk.update(&org, &id).await {
                Ok(()) if under_way.leave() => return,
                Ok(()) => continue,
                Err(error) => match tries.again(&error, app.clock.now(), id.as_str()) {
                    Ok(again) => again,
                    Err(Over::Stopping) => return,
                    Err(Over::Away) => {
                        // What is behind is found by the sweep, and by the next start.
                        tracing::warn!(approval = %id, %error, "the card could not be updated");
                        return;
                    }
                    Err(Over::Refused) => {
                        tracing::warn!(approval = %id, %error, "Slack will not have the card updated");
                        if let Err(error) = desk.give_up_outcome(&org, &id).await {
                            tracing::warn!(approval = %id, %error, "a message that Slack refuses is tried again");
                        }
                        return;
                    }
                },
            };
            if app.drains_before(again).await {
                return;
            }
        }
    });
}

/// How often something was tried that is not there yet.
#[derive(Default)]
struct Tries {
    failed: u32,
    refused: u32,
}

/// Why it is not tried again.
enum Over {
    /// The host stops; the next start goes on.
    Stopping,
    /// Slack or the store was away too long.
    Away,
    /// Slack refused every time.
    Refused,
}

impl Tries {
    /// When it is tried again after this error, as the policy of deliveries has it.
    fn again(&mut self, error: &CardError, now: Timestamp, id: &str) -> Result<Timestamp, Over> {
        if matches!(error, CardError::Stopping) {
            return Err(Over::Stopping);
        }
        self.failed += 1;
        self.refused += u32::from(is_refused(error));
        let Some(again) = RetryPolicy::DELIVERY.again(self.failed, now, None, id) else {
            return Err(if self.refused == self.failed { Over::Refused } else { Over::Away });
        };
        tracing::info!(id, %error, "Slack cannot be told now; it is tried again");
        Ok(again)
    }
}

/// Whether Slack will not have it, today or later.
fn is_refused(error: &CardError) -> bool {
    matches!(error, CardError::Slack(error) if matches!(error.delivery(), Delivery::Permanent { .. }))
}
