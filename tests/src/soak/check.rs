//! What must hold when everything has come to rest, whatever was killed on the way:
//! read from the database, and counted at the receivers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::binding::Binder;
use skillhost_engine::checkpoint::resend_of;
use skillhost_engine::effect;
use skillhost_engine::fold::{Job, StepStatus};
use skillhost_engine::ids::{ApprovalId, EffectKey, JobId, OrgId};
use skillhost_engine::job::{JobEvent, JobStatus};
use skillhost_engine::journal;
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::purse::{Period, Scope, Standing};
use skillhost_engine::store::{JobFilter, Store, StoreError, StoredJob};
use skillhost_engine::time::Timestamp;

use crate::smtp_server::ReceivedMail;

/// Jobs read at a time.
const PAGE: u32 = 200;

/// What the receivers have.
pub(super) struct Received {
    /// At the mail server.
    pub(super) mails: Vec<ReceivedMail>,
    /// Words of each message at the chat's vendor.
    pub(super) posts: Vec<String>,
    /// Asks that the model's vendor answered.
    pub(super) asked: usize,
    /// What each of them costs.
    pub(super) cost: i64,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What must not be.
    pub(super) wrong: Vec<String>,
    /// Jobs by the state they ended in.
    pub(super) jobs: BTreeMap<&'static str, usize>,
    /// Effects by state.
    pub(super) effects: BTreeMap<&'static str, usize>,
    /// Effects whose result was hidden by a kill and shown to a person.
    pub(super) shown: usize,
    /// Micro-dollars that were spent, and that nobody knows of.
    pub(super) money: (i64, i64),
}

/// All rows of a soak.
struct Rows {
    jobs: BTreeMap<JobId, Job>,
}

/// Looks at everything.
///
/// # Errors
/// The database cannot be read.
pub(super) async fn check(
    store: &dyn Store,
    binder: &Binder,
    orgs: &[OrgId],
    accepted: &BTreeMap<String, String>,
    received: &Received,
    times: &[Timestamp],
) -> Result<Findings, StoreError> {
    let mut found = Findings::default();
    let mut rows = Rows { jobs: BTreeMap::new() };
    for org in orgs {
        let mut filter = JobFilter { limit: PAGE, ..JobFilter::default() };
        loop {
            let page = store.jobs(org, &filter).await?;
            let Some(last) = page.last() else { break };
            filter.before = Some(last.id.clone());
            for row in &page {
                let Some(stored) = store.job(org, &row.id).await? else { continue };
                if let Some(job) = agrees(stored, &mut found) {
                    rows.jobs.insert(row.id.clone(), job);
                }
            }
        }
    }
    rows.events(accepted, &mut found);
    rows.chain(&mut found);
    for job in rows.jobs.values() {
        ended(job, &mut found);
        for row in job.effects.values() {
            effect_of(job, row, binder, &mut found);
        }
    }
    rows.mails(&received.mails, &mut found);
    rows.posts(&received.posts, &mut found);
    let (mut spent, mut disputes) = (0, 0);
    for org in orgs {
        let (of_org, disputed) = money(store, org, &rows, times, &mut found).await?;
        spent += of_org;
        disputes += disputed;
    }
    // An ask that was answered was paid for, or is disputed; no other was made.
    let settled = usize::try_from(spent / received.cost.max(1)).unwrap_or(0);
    if !(settled..=settled + disputes).contains(&received.asked) {
        found.wrong.push(format!("{} asks, {settled} settled, {disputes} disputed", received.asked));
    }
    if let Some(at) = times.last() {
        let drift = store.figures(*at).await?.purse_drift;
        if drift.0 != 0 {
            found.wrong.push(format!("the purse drifts by {} micro-dollars", drift.0));
        }
    }
    Ok(found)
}

/// Whether a job's journal says what its rows say; the job it comes to.
fn agrees(stored: StoredJob, found: &mut Findings) -> Option<Job> {
    let id = stored.row.id.clone();
    let mut ended = None;
    let mut effects: BTreeMap<EffectKey, EffectState> = BTreeMap::new();
    let mut sent: BTreeSet<EffectKey> = BTreeSet::new();
    let mut actions: BTreeMap<ApprovalId, ActionStatus> = BTreeMap::new();
    for entry in &stored.journal {
        match journal::decode(entry) {
            Ok(JobEvent::Ended { status, reason }) => ended = Some((status, reason)),
            Ok(JobEvent::EffectSettled { key, state, .. }) => {
                if state == EffectState::Sent && !sent.insert(key.clone()) {
                    found.wrong.push(format!("{id}: {key} is journaled as sent twice"));
                }
                effects.insert(key, state);
            }
            Ok(JobEvent::ApprovalSettled { approval, status, .. }) => {
                if actions.insert(approval.clone(), status).is_some() {
                    found.wrong.push(format!("{id}: {approval} is journaled as answered twice"));
                }
            }
            Ok(_) => {}
            Err(error) => found.wrong.push(format!("{id}: {error}")),
        }
    }
    if ended != Some((stored.row.status, stored.row.reason.clone())) {
        let row = (stored.row.status, &stored.row.reason);
        found.wrong.push(format!("{id}: its row says {row:?}, its journal {ended:?}"));
    }
    for row in &stored.effects {
        let journaled = effects.remove(&row.key);
        if row.state.is_final() && journaled != Some(row.state) {
            found.wrong.push(format!("{id}: {} is {:?}, its journal says {journaled:?}", row.key, row.state));
        }
    }
    for action in &stored.actions {
        let journaled = actions.remove(&action.id).unwrap_or(ActionStatus::Pending);
        if journaled != action.status {
            found.wrong.push(format!("{id}: {} is {:?}, its journal says {journaled:?}", action.id, action.status));
        }
    }
    for missing in effects.keys().map(ToString::to_string).chain(actions.keys().map(ToString::to_string)) {
        found.wrong.push(format!("{id}: the journal names {missing}, which has no row"));
    }
    Job::restore(stored).map_err(|error| found.wrong.push(format!("{id}: {error}"))).ok()
}

/// Whether a job ended in a state that says why.
fn ended(job: &Job, found: &mut Findings) {
    let row = &job.row;
    *found.jobs.entry(row.status.as_str()).or_default() += 1;
    if !row.status.is_ended() {
        found.wrong.push(format!("{} rests as {:?}: {:?}", row.id, row.status, row.reason));
    }
    if row.status == JobStatus::Failed || (row.status != JobStatus::Completed && row.reason.is_none()) {
        found.wrong.push(format!("{} ended as {:?}: {:?}", row.id, row.status, row.reason));
    }
    if row.lease.is_some() {
        found.wrong.push(format!("{} has ended and is held by a host", row.id));
    }
    if row.status == JobStatus::Completed
        && let Some((name, state)) = job
            .steps
            .iter()
            .find(|(_, state)| !matches!(state.status, StepStatus::Proposed | StepStatus::Skipped | StepStatus::Failed))
    {
        found.wrong.push(format!("{} is completed, and its step {name} {:?}", row.id, state.status));
    }
}

/// Whether an effect is where it may be: nothing on its way, nothing protected sent
/// without the answer that released exactly this, nothing hidden from its person.
fn effect_of(job: &Job, row: &OutboxRow, binder: &Binder, found: &mut Findings) {
    let id = &job.row.id;
    *found.effects.entry(row.state.as_str()).or_default() += 1;
    let asked = job.actions.values().any(|action| resend_of(&action.request.id).as_ref() == Some(&row.key));
    found.shown += usize::from(asked);
    match row.state {
        EffectState::Ready | EffectState::Sending => {
            found.wrong.push(format!("{id}: {} is still {:?}: {:?}", row.key, row.state, row.last_error));
        }
        EffectState::Unknown if !asked => {
            found.wrong.push(format!("{id}: nobody was asked about {}", row.key));
        }
        EffectState::Dead if !asked => {
            found.wrong.push(format!("{id}: {} was given up: {:?}", row.key, row.last_error));
        }
        EffectState::Sent if effect::kind(&row.kind).is_none_or(|kind| kind.protected) => {
            let approved = row.approval.as_ref().and_then(|approval| job.actions.get(approval)).is_some_and(|action| {
                let released = action.resolution.as_ref().is_some_and(|said| said.released.contains(&row.key));
                action.status == ActionStatus::Approved && action.user == row.user && released
            });
            if let (false, _) | (_, Err(_)) = (approved, binder.verify_for_sending(row)) {
                found.wrong.push(format!("{id}: {} was sent, and nobody approved it", row.key));
            }
        }
        _ => {}
    }
}

impl Rows {
    /// One job for each event that was accepted, and none without one.
    fn events(&self, accepted: &BTreeMap<String, String>, found: &mut Findings) {
        let roots: BTreeMap<&str, &Job> =
            self.jobs.values().filter(|job| job.row.parent.is_none()).map(|job| (job.row.id.as_str(), job)).collect();
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for (event, job) in accepted {
            if !roots.contains_key(job.as_str()) || !named.insert(job) {
                found.wrong.push(format!("{event} was accepted as {job}, which is not its job"));
            }
        }
        for extra in roots.keys().filter(|id| !named.contains(*id)) {
            found.wrong.push(format!("{extra} is of no event that was accepted"));
        }
    }

    /// Follow-ups know their parents and their parents know them, once each.
    fn chain(&self, found: &mut Findings) {
        let mut raised: BTreeMap<&JobId, &JobId> = BTreeMap::new();
        for job in self.jobs.values() {
            for child in job.steps.values().flat_map(|step| &step.children) {
                if raised.insert(child, &job.row.id).is_some() {
                    found.wrong.push(format!("{child} was raised twice"));
                }
            }
        }
        for job in self.jobs.values() {
            if raised.remove(&job.row.id) != job.row.parent.as_ref() {
                found.wrong.push(format!("{} and its parent {:?} do not agree", job.row.id, job.row.parent));
            }
        }
        for lost in raised.keys() {
            found.wrong.push(format!("{lost} was raised and is not there"));
        }
    }

    fn effects(&self, kind: &'static str) -> impl Iterator<Item = (&Job, &OutboxRow)> {
        let all = self.jobs.values().flat_map(|job| job.effects.values().map(move |row| (job, row.as_ref())));
        all.filter(move |(_, row)| row.kind == kind)
    }

    /// Each mail once at the server, and no other.
    fn mails(&self, mails: &[ReceivedMail], found: &mut Findings) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for mail in mails {
            *counts.entry(key_of(mail)).or_default() += 1;
        }
        for (_, row) in self.effects("email.send") {
            let there = counts.remove(row.key.as_str()).unwrap_or(0);
            delivered(row, there, found);
        }
        for (key, there) in counts {
            found.wrong.push(format!("{there} mails of {key}, which is no effect"));
        }
    }

    /// Each message once at the chat's vendor.
    fn posts(&self, posts: &[String], found: &mut Findings) {
        for (job, row) in self.effects("chat.post") {
            let Some(marker) = row.payload.get("text").and_then(Value::as_str).and_then(marker) else {
                found.wrong.push(format!("{}: a message without a name", job.row.id));
                continue;
            };
            let there = posts.iter().filter(|post| post.contains(marker)).count();
            delivered(row, there, found);
        }
    }
}

/// The heading of a message, which names its event: `**Call of … has ended**`.
fn marker(text: &str) -> Option<&str> {
    text.strip_prefix("**")?.split("**").next()
}

/// Whether the receiver has of an effect what the outbox says.
fn delivered(row: &OutboxRow, there: usize, found: &mut Findings) {
    let may_be = match row.state {
        EffectState::Sent => 1..=1,
        // Only a person knows.
        EffectState::Unknown => 0..=1,
        EffectState::Dead if row.last_error.as_deref().is_some_and(|why| why.contains("unknown")) => 0..=1,
        _ => 0..=0,
    };
    if !may_be.contains(&there) {
        found.wrong.push(format!("{} is {:?} and {there} times at its receiver", row.key, row.state));
    }
}

/// The effect that a mail is, by its `Message-ID`.
fn key_of(mail: &ReceivedMail) -> String {
    let line = mail.text.lines().find_map(|line| line.strip_prefix("Message-ID: <"));
    line.and_then(|line| line.split('@').next()).unwrap_or_default().to_owned()
}

/// Whether the sums of an org are those of its jobs; what it spent, and how many asks
/// nobody knows the end of.
async fn money(
    store: &dyn Store,
    org: &OrgId,
    rows: &Rows,
    times: &[Timestamp],
    found: &mut Findings,
) -> Result<(i64, usize), StoreError> {
    // A month may end while the load runs.
    let mut standings: BTreeMap<String, Standing> = BTreeMap::new();
    for at in times {
        for standing in store.standings(org, *at).await? {
            if standing.period == Period::Month {
                standings.insert(format!("{} {}", standing.scope, standing.key), standing);
            }
        }
    }
    let disputed = store.disputed(org).await?;
    let of_jobs: i64 = rows.jobs.values().filter(|job| job.row.org == *org).map(|job| job.spend().money.0).sum();
    let of_disputes: i64 = disputed.iter().map(|one| one.amount.0).sum();
    let mut scopes: BTreeMap<&Scope, (i64, i64, i64)> = BTreeMap::new();
    for standing in standings.values() {
        let sums = scopes.entry(&standing.scope).or_default();
        sums.0 += standing.reserved.0;
        sums.1 += standing.settled.0;
        sums.2 += standing.disputed.0;
    }
    // Every ask is of one skill in one sequence, so that all scopes are alike.
    for (scope, sums) in scopes {
        if sums != (0, of_jobs, of_disputes) {
            found.wrong.push(format!(
                "{org} {scope}: reserved, settled, disputed are {sums:?}; its jobs cost {of_jobs}, its disputes {of_disputes}"
            ));
        }
    }
    found.money.0 += of_jobs;
    found.money.1 += of_disputes;
    Ok((of_jobs, disputed.len()))
}
