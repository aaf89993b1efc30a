//! The calendars that connections name: read when the host starts, and again every so
//! often, into rows that skills read.
//!
//! Invariants: what was read stays until a whole calendar is there to replace it; a
//! calendar that cannot be read says so and takes no other with it; one that refuses or asks
//! for a pause is left alone until its time; the same text is not written twice on a day,
//! and a server that says that nothing changed is asked no more.

mod servers;

use std::sync::Arc;

use futures::StreamExt as _;
use serde_json::Value;
use sha2::{Digest, Sha256};
use skillhost_connectors::calendar::caldav::CaldavError;
use skillhost_connectors::calendar::places::Place;
use skillhost_connectors::calendar::{Contents, Named, ReadError, Reading, read, read_objects};
use skillhost_engine::body::DAY_MS;
use skillhost_engine::calendar::{CONNECTION, CalendarState, KEPT_AHEAD_MS, KEPT_BACK_MS, Pause};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{Connection, StoreError};
use skillhost_engine::time::Timestamp;

use crate::app::App;

pub(crate) use servers::UserCalendars;

/// Calendars looked at in one read of the database.
const PAGE: u32 = 200;
/// Calendars under way at once: a slow server holds up few others.
const AT_ONCE: usize = 4;
/// Addresses of a user beside their own, in a connection's detail.
const MAX_ADDRESSES: usize = 20;

/// Reads all calendars, again and again, until the host stops.
pub(crate) async fn keep(app: Arc<App>) {
    loop {
        let next = app.clock.now().plus_ms(app.config.calendars.every_ms());
        tokio::select! {
            done = refresh_all(&app) => {
                if let Err(error) = done {
                    tracing::warn!(%error, "cannot read calendars now");
                }
            }
            () = app.wake.draining().cancelled() => return,
        }
        if app.drains_before(next).await {
            return;
        }
    }
}

/// Reads every calendar once that nobody has just read; how many there are.
///
/// # Errors
/// The store cannot be read, or what was read of a calendar could not be written; the other
/// calendars are read all the same.
pub async fn refresh_all(app: &Arc<App>) -> Result<usize, StoreError> {
    let (mut after, mut count, mut failed) = (0, 0, None);
    loop {
        let page = app.store.connections_of_kind(CONNECTION, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return failed.map_or(Ok(count), Err) };
        after = *last;
        count += page.len();
        let refreshed = futures::stream::iter(page).map(|(_, connection)| refresh(app, connection, When::UnlessFresh));
        let done: Vec<Result<(), StoreError>> = refreshed.buffer_unordered(AT_ONCE).collect().await;
        failed = failed.or_else(|| done.into_iter().find_map(Result::err));
    }
}

/// Reads the calendar again that an event of this user was put into, so that the time it
/// takes is taken before the next look. Nobody waits for it.
pub(crate) fn read_again(app: &Arc<App>, org: &OrgId, user: &UserId) {
    if app.config.caldav.is_empty() {
        return;
    }
    let (app, org, user) = (Arc::clone(app), org.clone(), user.clone());
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        let read = async {
            match servers::of_user(&app.config.caldav, app.store.as_ref(), &org, &user).await? {
                Some((_, connection)) => refresh(&app, connection, When::Now).await,
                None => Ok(()),
            }
        };
        if let Err(error) = read.await {
            tracing::warn!(%error, "cannot read the calendar of an invitation now");
        }
    });
}

/// Whether a calendar is read that was read a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    UnlessFresh,
    Now,
}

async fn refresh(app: &Arc<App>, connection: Connection, when: When) -> Result<(), StoreError> {
    let Connection { external_id, org, user, detail, .. } = connection;
    let Some(user) = app.store.user(&org, &user).await? else { return Ok(()) };
    let known = app.store.calendar(&org, &external_id).await?;
    let now = app.clock.now();
    // Another host on the same database may have been faster.
    let is_fresh = |state: &CalendarState| {
        state.error.is_none()
            && state.as_of.is_some_and(|at| now.0.saturating_sub(at.0) < app.config.calendars.every_ms() / 2)
    };
    let is_put_off = |state: &CalendarState| state.next_attempt.is_some_and(|at| at > now);
    let is_left = |state: &CalendarState| is_put_off(state) || app.store.is_shared() && is_fresh(state);
    if when == When::UnlessFresh && known.as_ref().is_some_and(is_left) {
        return Ok(());
    }
    let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
    let zone = text("zone").unwrap_or_else(|| user.zone.clone());
    let mut state = known.unwrap_or_else(|| {
        let name = text("name").unwrap_or_else(|| external_id.clone());
        CalendarState::unread(org.clone(), user.id.clone(), external_id.clone(), name, zone.clone())
    });
    state.user = user.id.clone();
    let midnight = Timestamp(now.0 - now.0.rem_euclid(DAY_MS));
    let mut own = vec![user.email.to_lowercase()];
    if let Some(more) = detail.get("addresses").and_then(Value::as_array) {
        own.extend(more.iter().take(MAX_ADDRESSES).filter_map(Value::as_str).map(str::to_lowercase));
    }
    own.retain(|address| !address.is_empty());
    let reading =
        Reading { from: midnight.plus_ms(-KEPT_BACK_MS), until: midnight.plus_ms(KEPT_AHEAD_MS), zone, own, now };
    let said = said_by(app, &external_id, &detail, &reading, state.mark.as_deref()).await;
    match contents(said, reading.clone(), state.digest.clone()).await {
        Ok(Read::Anew(contents, digest, mark)) => {
            let Contents { occurrences, name, zone, until, problem } = contents;
            state.name = text("name").or(name).unwrap_or(state.name);
            state.zone = zone;
            state.error = problem;
            state.as_of = Some(now);
            (state.covers_from, state.covers_until) = (Some(reading.from), Some(until.unwrap_or(reading.until)));
            (state.digest, state.mark) = (Some(digest), mark);
            state.answered();
            app.store.put_calendar(&state, Some(&occurrences)).await?;
            app.wake.schedules_moved();
            Ok(())
        }
        Ok(Read::Same(mark)) => {
            state.as_of = Some(now);
            state.mark = mark.or(state.mark);
            state.answered();
            app.store.put_calendar(&state, None).await
        }
        Err(unread) => {
            state.failed(unread.pause, now);
            let message = match state.next_attempt {
                Some(at) => format!("{}; it is asked again at {}", unread.message, at.rfc3339()),
                None => unread.message,
            };
            tracing::warn!(calendar = %state.id, %message, tries = state.tries, "a calendar cannot be read");
            state.error = Some(message);
            // Once it can be read again it is read whole.
            (state.digest, state.mark) = (None, None);
            app.store.put_calendar(&state, None).await
        }
    }
}

/// Why a calendar is not read, and whether it is left alone for a while.
struct Unread {
    message: String,
    pause: Option<Pause>,
}

impl From<String> for Unread {
    fn from(message: String) -> Self {
        Self { message, pause: None }
    }
}

/// What a calendar says, from wherever its connection says that it is.
enum Said {
    /// What it said the last time.
    Same,
    Text(Vec<u8>),
    /// Objects of a server, and what it calls that state.
    Objects(Vec<Named>, Option<String>),
}

/// What was read of a calendar.
enum Read {
    /// It says what it said, in this state of its server's.
    Same(Option<String>),
    /// What it says, what that was made of, and the state of its server's.
    Anew(Contents, String, Option<String>),
}

async fn said_by(app: &App, id: &str, detail: &Value, reading: &Reading, mark: Option<&str>) -> Result<Said, Unread> {
    if servers::is_on_a_server(detail) {
        let server = app.config.caldav.iter().find(|server| server.name == id);
        let unset = || "the settings have no server for it: `[caldav.NAME]` of the connection's id".to_owned();
        let server = server.ok_or_else(unset)?;
        let unread = |error: CaldavError| Unread { pause: error.pause(), message: error.to_string() };
        return servers::ask(server, reading, mark).await.map_err(unread);
    }
    let none = || "the connection says none of a path, an address, and a server, or several".to_owned();
    let place = Place::of(detail).ok_or_else(none)?;
    let bytes = app.calendars.bytes(&place).await;
    Ok(Said::Text(bytes.map_err(|error| Unread { message: error.message, pause: error.pause })?))
}

/// What a calendar says, and what that was made of.
async fn contents(said: Result<Said, Unread>, reading: Reading, known: Option<String>) -> Result<Read, Unread> {
    let said = said?;
    let work = tokio::task::spawn_blocking(move || {
        let anew = |digest: String, mark: Option<String>, read: &dyn Fn() -> Result<Contents, ReadError>| {
            if known.as_deref() == Some(&digest) {
                return Ok(Read::Same(mark));
            }
            Ok(Read::Anew(read().map_err(|error| error.to_string())?, digest, mark))
        };
        match said {
            Said::Same => Ok(Read::Same(None)),
            Said::Text(bytes) => {
                let digest = digest([bytes.as_slice()], &reading);
                anew(digest, None, &|| read(&String::from_utf8_lossy(&bytes), &reading))
            }
            Said::Objects(objects, mark) => {
                let parts = objects.iter().flat_map(|object| [object.name.as_bytes(), object.ics.as_bytes()]);
                anew(digest(parts, &reading), mark, &|| read_objects(&objects, &reading))
            }
        }
    });
    work.await.unwrap_or_else(|_| Err("the calendar cannot be read".to_owned().into()))
}

/// Of what was said and of how it is read: what is in the time that is read moves with the
/// days.
fn digest<'a>(said: impl IntoIterator<Item = &'a [u8]>, reading: &Reading) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    };
    said.into_iter().for_each(&mut add);
    add(&reading.from.0.to_be_bytes());
    add(reading.zone.as_bytes());
    add(reading.own.join(",").as_bytes());
    format!("sha256:{}", hex::encode(hash.finalize()))
}
