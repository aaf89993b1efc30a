//! Events that the clock raises: rows of what is due next, kept in step with
//! sequences, users and meetings, and raised when their time has come.
//!
//! Invariants: a run is raised under a key of its own instant, so that two hosts, or
//! one that died between raising and writing that down, raise it once; a row is
//! moved on only after its runs were raised; nothing polls, the dispatcher sleeps
//! until the next row is due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skillhost_engine::admission::AdmissionFacts;
use skillhost_engine::event::SCHEDULED;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::schedule::{CronSchedule, MAX_BEFORE_MINUTES, Schedule, ScheduleRow, before_meeting};
use skillhost_engine::store::{Batch, StoreError, User, Write};
use skillhost_engine::time::{Timestamp, zone};

use crate::app::{App, Incoming, ReceiveError};
use crate::driver::SWEEP_MS;

/// Users of one look: their rows and meetings are in memory together.
const USERS_AT_ONCE: u32 = 200;
/// Rows taken up at once, and events raised side by side: so many share a commit.
const DUE_AT_ONCE: u32 = 256;
const RAISED_AT_ONCE: usize = 64;
/// How far ahead meetings are looked at: the longest time before one, and a day, so
/// that a meeting has its row before it is due whatever wakes this host.
const AHEAD_MS: i64 = (MAX_BEFORE_MINUTES as i64 + 24 * 60) * 60_000;
/// Before the first new attempt to follow a database that was away, and how often that
/// time is doubled: up to a minute.
const RETRY_MS: i64 = 1_000;
const MAX_DOUBLINGS: u32 = 6;
/// Runs of each schedule that are shown.
const SHOWN: usize = 5;

/// A schedule as people see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScheduleView {
    /// Who for.
    pub user: UserId,
    /// What is raised.
    pub event_type: String,
    /// The pattern with the user's zone, or the meeting.
    pub what: String,
    /// The next runs.
    pub next: Vec<Timestamp>,
    /// Why it does not run, where it does not.
    pub off: Option<String>,
}

/// Whose schedules are shown.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// Those of one user.
    Only(&'a UserId),
    /// Those of the org's users in the order of their ids, after one of them.
    After(Option<&'a UserId>),
}

/// Schedules of some users of an org.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SchedulePage {
    /// By user.
    pub schedules: Vec<ScheduleView>,
    /// The last user of these, where there may be more.
    pub next_after: Option<UserId>,
}

/// Sequences with a schedule, by event type.
fn timed(app: &App) -> Vec<(&str, &Schedule)> {
    let timed = app.sequences.catalog().iter();
    timed.filter_map(|sequence| Some((sequence.event.as_str(), sequence.schedule.as_ref()?))).collect()
}

fn row(user: &User, event_type: &str, subject: &str, spec: String, next: Option<Timestamp>) -> ScheduleRow {
    ScheduleRow {
        org: user.org.clone(),
        user: user.id.clone(),
        event_type: event_type.to_owned(),
        subject: subject.to_owned(),
        spec,
        next,
    }
}

/// Keeps the rows in step until the host drains: at the start, when something moved,
/// and at every sweep. A task of its own: a look at many users holds no job up.
pub(crate) async fn keep(app: Arc<App>) {
    let (mut tries, mut is_followed) = (0_u32, false);
    loop {
        // Without any schedule there is nothing to follow but that rows of old ones go.
        let mut next = app.clock.now().plus_ms(SWEEP_MS);
        if !is_followed || !timed(&app).is_empty() {
            match follow(&app).await {
                Ok(moved) => {
                    (tries, is_followed) = (0, true);
                    if moved {
                        app.wake.jobs();
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "schedules cannot be kept in step now");
                    tries += 1;
                    next = next.min(app.clock.now().plus_ms(RETRY_MS << tries.min(MAX_DOUBLINGS)));
                }
            }
        }
        tokio::select! {
            () = app.clock.sleep_until(next) => {}
            () = app.wake.schedules_woken() => {}
            () = app.wake.draining().cancelled() => return,
        }
    }
}

/// Keeps the rows of every user in step with sequences, preferences and meetings;
/// whether any was written.
///
/// # Errors
/// The store cannot be read or written; what was written before it stands.
async fn follow(app: &App) -> Result<bool, StoreError> {
    let timed = timed(app);
    let mut after: Option<(OrgId, UserId)> = None;
    let mut settings: Option<(OrgId, Option<Value>)> = None;
    let (mut moved, mut unknown_zones) = (false, BTreeSet::new());
    loop {
        let place = after.as_ref().map(|(org, user)| (org, user));
        let users = app.store.users_after(place, USERS_AT_ONCE).await?;
        let Some(last) = users.last() else {
            app.unknown_zones.found(unknown_zones);
            return Ok(moved);
        };
        after = Some((last.org.clone(), last.id.clone()));
        let mut writes = Vec::new();
        for user in &users {
            if !zone::is_known(&user.zone) {
                unknown_zones.insert((user.org.clone(), user.id.clone()));
            }
            if settings.as_ref().is_none_or(|(org, _)| *org != user.org) {
                settings = Some((user.org.clone(), app.org_settings(&user.org).await?));
            }
            let org = settings.as_ref().and_then(|(_, settings)| settings.as_ref());
            writes.extend(changes(app, &timed, user, org).await?);
        }
        moved |= !writes.is_empty();
        // Bounded as every batch is.
        for part in writes.chunks(usize::try_from(DUE_AT_ONCE).unwrap_or(usize::MAX)) {
            app.store.commit(Batch { writes: part.to_vec() }).await?;
        }
    }
}

/// What must be written so that a user's rows are as they should be.
async fn changes(
    app: &App,
    timed: &[(&str, &Schedule)],
    user: &User,
    org: Option<&Value>,
) -> Result<Vec<Write>, StoreError> {
    let there = app.store.schedules(&user.org, &user.id).await?;
    if timed.is_empty() && there.is_empty() {
        return Ok(Vec::new());
    }
    let now = app.clock.now();
    let key = |row: &ScheduleRow| (row.event_type.clone(), row.subject.clone());
    let mut there: BTreeMap<(String, String), ScheduleRow> = there.into_iter().map(|row| (key(&row), row)).collect();
    let mut writes = Vec::new();
    for wanted in wanted(app, timed, user, org, now).await? {
        match there.remove(&key(&wanted)) {
            // The time before a meeting may be another one by now; what was raised is not
            // raised again.
            Some(kept)
                if kept.spec == wanted.spec
                    && (kept.subject.is_empty()
                        || kept.next.is_none_or(|next| next <= now)
                        || kept.next == wanted.next) => {}
            // What is due is raised first; that makes the row anew.
            Some(kept) if kept.subject.is_empty() && kept.next.is_some_and(|next| next <= now) => {}
            _ => writes.push(Write::Schedule(wanted)),
        }
    }
    // A meeting's row stays until the meeting has begun, so that it is raised once.
    let gone = there.into_values().filter(|row| !is_raised(row, now));
    writes.extend(gone.map(Write::Unschedule));
    Ok(writes)
}

/// Whether a row stands for a meeting whose event was raised and that has not begun.
fn is_raised(row: &ScheduleRow, now: Timestamp) -> bool {
    let starts = row.spec.strip_prefix(MEETING).and_then(|starts| starts.parse::<i64>().ok());
    row.next.is_none() && starts.is_some_and(|starts| starts > now.0)
}

/// Beginning of a meeting row's spec; its start follows.
const MEETING: &str = "meeting ";

/// The key under which the event before a meeting is raised.
pub(crate) fn meeting_key(event_type: &str, meeting: &str, starts: Timestamp) -> String {
    brief_key(event_type, meeting, &format!("{MEETING}{}", starts.0))
}

fn brief_key(event_type: &str, meeting: &str, spec: &str) -> String {
    format!("{event_type}:{meeting}:{spec}")
}

async fn wanted(
    app: &App,
    timed: &[(&str, &Schedule)],
    user: &User,
    org: Option<&Value>,
    now: Timestamp,
) -> Result<Vec<ScheduleRow>, StoreError> {
    let mut rows = Vec::new();
    let facts = AdmissionFacts::of(org, Some(user));
    for (event_type, schedule) in timed.iter().filter(|(event_type, _)| facts.switched_off(event_type).is_none()) {
        match schedule {
            Schedule::Cron(cron) => {
                let Some(table) = cron.timetable(&user.zone, &user.preferences) else { continue };
                let next = table.after(now);
                rows.push(row(user, event_type, "", table.spec, next));
            }
            Schedule::BeforeMeeting { minutes } => {
                let until = now.plus_ms(AHEAD_MS);
                for meeting in app.store.external_meetings(&user.org, &user.id, now, until).await? {
                    let spec = format!("{MEETING}{}", meeting.starts.0);
                    let due = before_meeting(meeting.starts, *minutes, now);
                    rows.push(row(user, event_type, &meeting.id, spec, due));
                }
            }
        }
    }
    Ok(rows)
}

/// Raises what is due. Returns when nothing is.
///
/// # Errors
/// The store cannot be read or written; what was raised is not raised again.
pub(crate) async fn raise_due(app: &Arc<App>) -> Result<(), StoreError> {
    if app.sequences.catalog().iter().all(|sequence| sequence.schedule.is_none()) {
        return Ok(());
    }
    loop {
        let now = app.clock.now();
        let due = app.store.due_schedules(now, DUE_AT_ONCE).await?;
        if due.is_empty() {
            return Ok(());
        }
        let raised = stream::iter(due.into_iter().map(|row| raise(app, row, now)));
        let moved: Vec<Result<Write, StoreError>> = raised.buffer_unordered(RAISED_AT_ONCE).collect().await;
        let (mut writes, mut failed) = (Vec::new(), None);
        for moved in moved {
            match moved {
                Ok(write) => writes.push(write),
                Err(error) => failed = Some(error),
            }
        }
        app.store.commit(Batch { writes }).await?;
        if let Some(error) = failed {
            return Err(error);
        }
    }
}

/// Raises the runs of one row; what the row becomes.
async fn raise(app: &Arc<App>, mut row: ScheduleRow, now: Timestamp) -> Result<Write, StoreError> {
    let Some(due) = row.next else { return Ok(Write::Unschedule(row)) };
    let sequence = app.sequences.for_event(&row.event_type);
    let user = app.store.user(&row.org, &row.user).await?;
    let (Some(schedule), Some(user)) = (sequence.and_then(|sequence| sequence.schedule.as_ref()), user) else {
        return Ok(Write::Unschedule(row));
    };
    match schedule {
        Schedule::Cron(cron) if row.subject.is_empty() => {
            let Some(table) = cron.timetable(&user.zone, &user.preferences) else { return Ok(Write::Unschedule(row)) };
            // An instant of another pattern is none of this one's.
            let due = if row.spec == table.spec { Some(due) } else { table.after(due.plus_ms(-1)) };
            let Some(due) = due else { return Ok(Write::Unschedule(row)) };
            let fired = table.fire(due, now);
            if fired.missed > 0 {
                tracing::warn!(
                    event_type = row.event_type, user = %row.user, missed = fired.missed,
                    "runs of a schedule were missed and are not made good"
                );
            }
            for at in fired.runs {
                let payload = json!({ "scheduled_for": at.rfc3339() });
                let key = format!("{}:{}:{}", row.event_type, row.user, at.rfc3339());
                put(app, &row, payload, key).await?;
            }
            (row.next, row.spec) = (fired.next, table.spec);
        }
        Schedule::BeforeMeeting { .. } if !row.subject.is_empty() => {
            let payload = json!({ "meeting_id": row.subject, "scheduled_for": due.rfc3339() });
            // Of the meeting at this time: one that moves is prepared anew.
            let key = brief_key(&row.event_type, &row.subject, &row.spec);
            put(app, &row, payload, key).await?;
            row.next = None;
        }
        // The sequence says something else by now; its rows are made anew.
        Schedule::Cron(_) | Schedule::BeforeMeeting { .. } => return Ok(Write::Unschedule(row)),
    }
    Ok(Write::Schedule(row))
}

async fn put(app: &Arc<App>, row: &ScheduleRow, payload: Value, key: String) -> Result<(), StoreError> {
    let incoming = Incoming {
        event_type: row.event_type.clone(),
        source: format!("{SCHEDULED}{}", row.event_type),
        org: row.org.clone(),
        user: row.user.clone(),
        payload,
        idempotency_key: Some(key),
        not_before: None,
        transcript: None,
    };
    match app.receive(incoming).await {
        Ok(_) => Ok(()),
        Err(ReceiveError::Store(error)) => Err(error),
        // The row stays due; the next look raises it.
        Err(ReceiveError::Full { .. }) => Err(StoreError::Busy),
        Err(error) => {
            // Whoever it was for is gone; the row goes with the next look.
            tracing::warn!(event_type = row.event_type, user = %row.user, %error, "a run of a schedule is not taken");
            Ok(())
        }
    }
}

impl App {
    /// The schedules of an org's user, or of its users after one of them, with their
    /// next runs; after whom to read on.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn schedule_views(&self, org: &OrgId, whose: Whose<'_>) -> Result<SchedulePage, StoreError> {
        let now = self.clock.now();
        let settings = self.org_settings(org).await?;
        let timed = timed(self);
        let users: Vec<User> = match whose {
            Whose::Only(user) => self.store.user(org, user).await?.into_iter().collect(),
            Whose::After(after) => {
                let first = UserId::new("");
                self.store.users_after(Some((org, after.unwrap_or(&first))), USERS_AT_ONCE).await?
            }
        };
        let may_be_more = matches!(whose, Whose::After(_)) && u32::try_from(users.len()) == Ok(USERS_AT_ONCE);
        let mut page = SchedulePage { schedules: Vec::new(), next_after: None };
        for user in users.iter().take_while(|user| user.org == *org) {
            page.schedules.extend(self.schedule_views_of(user, settings.as_ref(), &timed, now).await?);
        }
        page.next_after = users.last().filter(|last| may_be_more && last.org == *org).map(|last| last.id.clone());
        Ok(page)
    }

    async fn schedule_views_of(
        &self,
        user: &User,
        settings: Option<&Value>,
        timed: &[(&str, &Schedule)],
        now: Timestamp,
    ) -> Result<Vec<ScheduleView>, StoreError> {
        let facts = AdmissionFacts::of(settings, Some(user));
        let has_meetings = timed.iter().any(|(_, schedule)| matches!(schedule, Schedule::BeforeMeeting { .. }));
        let rows = if has_meetings { self.store.schedules(&user.org, &user.id).await? } else { Vec::new() };
        let views = timed.iter().filter_map(|(event_type, schedule)| {
            let (what, next) = match schedule {
                Schedule::Cron(cron) => pattern(cron, user, now)?,
                Schedule::BeforeMeeting { minutes } => {
                    let of_this = |row: &&ScheduleRow| row.event_type == *event_type && !row.subject.is_empty();
                    let mut next: Vec<Timestamp> = rows.iter().filter(of_this).filter_map(|row| row.next).collect();
                    next.sort_unstable();
                    next.truncate(SHOWN);
                    (format!("{minutes} minutes before each external meeting"), next)
                }
            };
            let off = facts.switched_off(event_type).map(str::to_owned);
            Some(ScheduleView { user: user.id.clone(), event_type: (*event_type).to_owned(), what, next, off })
        });
        Ok(views.collect())
    }
}

fn pattern(cron: &CronSchedule, user: &User, now: Timestamp) -> Option<(String, Vec<Timestamp>)> {
    let table = cron.timetable(&user.zone, &user.preferences)?;
    let next = table.upcoming(now, SHOWN);
    let problem = zone::check(&user.zone).err().map(|problem| format!("; {problem}")).unwrap_or_default();
    Some((table.spec + &problem, next))
}
