//! The calendars that connections name: read when the host starts, and again every so
//! often, into rows that skills read.
//!
//! Invariants: what was read stays until a whole calendar is there to replace it; a
//! calendar that cannot be read says so and takes no other with it; the same text is not
//! written twice on a day.

mod servers;

use std::sync::Arc;

use futures::StreamExt as _;
use serde_json::Value;
use sha2::{Digest, Sha256};
use skillhost_connectors::calendar::places::Place;
use skillhost_connectors::calendar::{Contents, Reading, read};
use skillhost_engine::body::DAY_MS;
use skillhost_engine::calendar::{CONNECTION, CalendarState, KEPT_AHEAD_MS, KEPT_BACK_MS};
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
        tokio::select! {
            () = app.clock.sleep_until(next) => {}
            () = app.wake.draining().cancelled() => return,
        }
    }
}

/// Reads every calendar once that nobody has just read; how many there are.
///
/// # Errors
/// The store cannot be read or written.
pub async fn refresh_all(app: &Arc<App>) -> Result<usize, StoreError> {
    let (mut after, mut count) = (0, 0);
    loop {
        let page = app.store.connections_of_kind(CONNECTION, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(count) };
        after = *last;
        count += page.len();
        let refreshed = futures::stream::iter(page).map(|(_, connection)| refresh(app, connection, When::UnlessFresh));
        let done: Vec<Result<(), StoreError>> = refreshed.buffer_unordered(AT_ONCE).collect().await;
        done.into_iter().collect::<Result<(), StoreError>>()?;
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
    if when == When::UnlessFresh && app.store.is_shared() && known.as_ref().is_some_and(is_fresh) {
        return Ok(());
    }
    let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
    let zone = text("zone").unwrap_or_else(|| user.zone.clone());
    let mut state = known.unwrap_or_else(|| CalendarState {
        org: org.clone(),
        id: external_id.clone(),
        user: user.id.clone(),
        name: text("name").unwrap_or_else(|| external_id.clone()),
        zone: zone.clone(),
        as_of: None,
        error: None,
        covers_from: None,
        covers_until: None,
        digest: None,
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
    let whole = text_of(app, &external_id, &detail, &reading).await;
    match contents(whole, reading.clone(), state.digest.clone()).await {
        Ok(Some((contents, digest))) => {
            let Contents { occurrences, name, zone, problem } = contents;
            state.name = text("name").or(name).unwrap_or(state.name);
            state.zone = zone;
            state.error = problem;
            state.as_of = Some(now);
            (state.covers_from, state.covers_until) = (Some(reading.from), Some(reading.until));
            state.digest = Some(digest);
            app.store.put_calendar(&state, Some(&occurrences)).await?;
            app.wake.schedules_moved();
            Ok(())
        }
        Ok(None) => {
            state.as_of = Some(now);
            app.store.put_calendar(&state, None).await
        }
        Err(message) => {
            tracing::warn!(calendar = %state.id, %message, "a calendar cannot be read");
            state.error = Some(message);
            // Once it can be read again it is read whole.
            state.digest = None;
            app.store.put_calendar(&state, None).await
        }
    }
}

/// The text of a calendar, from wherever its connection says.
async fn text_of(app: &App, id: &str, detail: &Value, reading: &Reading) -> Result<Vec<u8>, String> {
    if servers::is_on_a_server(detail) {
        let server = app.config.caldav.iter().find(|server| server.name == id);
        let server = server.ok_or("the settings have no server for it: `[caldav.NAME]` of the connection's id")?;
        return servers::text(server, reading).await;
    }
    let place = Place::of(detail).ok_or("the connection says none of a path, an address, and a server, or several")?;
    app.calendars.bytes(&place).await.map_err(|error| error.message)
}

/// What a calendar says, and what that was made of; `None` where it says what it said.
async fn contents(
    text: Result<Vec<u8>, String>,
    reading: Reading,
    known: Option<String>,
) -> Result<Option<(Contents, String)>, String> {
    let bytes = text?;
    let work = tokio::task::spawn_blocking(move || {
        let digest = digest(&bytes, &reading);
        if known.as_deref() == Some(&digest) {
            return Ok(None);
        }
        let contents = read(&String::from_utf8_lossy(&bytes), &reading).map_err(|error| error.to_string())?;
        Ok(Some((contents, digest)))
    });
    work.await.unwrap_or_else(|_| Err("the calendar cannot be read".to_owned()))
}

/// Of the text and of how it is read: what is in the time that is read moves with the days.
fn digest(bytes: &[u8], reading: &Reading) -> String {
    let mut hash = Sha256::new();
    for part in [bytes, &reading.from.0.to_be_bytes(), reading.zone.as_bytes(), reading.own.join(",").as_bytes()] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    format!("sha256:{}", hex::encode(hash.finalize()))
}
