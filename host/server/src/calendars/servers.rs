//! Calendars on servers: what is in them, and events on their way into them.
//!
//! Invariants: an event goes into the calendar of the user whose job it is, which a
//! connection of their org says, or into the folder; what is in the folder takes the
//! user's time as what is on a server does; what a server says in its own words is nowhere
//! kept.

use std::sync::Arc;

use serde_json::json;
use skillhost_connectors::calendar::caldav::{self, CaldavError, NewEvent};
use skillhost_connectors::calendar::{Named, Reading};
use skillhost_connectors::invitation::{Calendar, Entry, FolderCalendar, Put};
use skillhost_engine::calendar::{CONNECTION, invitations_of};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{Connection, Store, StoreError};

use super::Said;
use crate::config::CaldavConfig;

/// Field of a connection's detail that says that its calendar is on a server of
/// `[caldav]`, of the connection's own id.
const ON_A_SERVER: &str = "caldav";

/// Whether the calendar of a connection is on a server.
pub(super) fn is_on_a_server(detail: &serde_json::Value) -> bool {
    detail.get(ON_A_SERVER).and_then(serde_json::Value::as_bool) == Some(true)
}

/// Asks for a calendar, where it is not as it was when its mark was `known`.
///
/// # Errors
/// Why there is none.
pub(super) async fn ask(config: &CaldavConfig, reading: &Reading, known: Option<&str>) -> Result<Said, CaldavError> {
    let calendar = calendar(config).await?;
    // Taken before its objects: what changes meanwhile shows the next time.
    let mark = calendar.mark.as_ref().map(|mark| super::digest([calendar.href.as_bytes(), mark.as_bytes()], reading));
    if mark.is_some() && mark.as_deref() == known {
        return Ok(Said::Same);
    }
    // By address, so that the same calendar is the same text.
    let objects = config.client.between(&calendar, reading.from, reading.until).await?;
    let last = |href: &str| href.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let named = objects.into_iter().map(|object| Named { name: last(&object.href), ics: object.ics });
    Ok(Said::Objects(named.collect(), mark))
}

async fn calendar(config: &CaldavConfig) -> Result<caldav::Calendar, CaldavError> {
    let all = config.client.calendars().await?;
    let wanted = |one: &caldav::Calendar| config.calendar.as_ref().is_none_or(|name| one.name == *name);
    all.into_iter().find(wanted).ok_or(CaldavError::NotFound)
}

/// Puts events into the calendars of `[caldav]`, and into the folder for whoever has none.
pub(crate) struct UserCalendars {
    pub(crate) servers: Vec<Arc<CaldavConfig>>,
    pub(crate) folder: FolderCalendar,
    pub(crate) store: Arc<dyn Store>,
}

/// The server that a user's events are put on, and the connection that says so.
pub(super) async fn of_user<'a>(
    servers: &'a [Arc<CaldavConfig>],
    store: &dyn Store,
    org: &OrgId,
    user: &UserId,
) -> Result<Option<(&'a CaldavConfig, Connection)>, StoreError> {
    for server in servers.iter().filter(|server| server.invites) {
        let connection = store.connection(CONNECTION, &server.name).await?;
        let is_theirs = |one: &Connection| one.org == *org && one.user == *user && is_on_a_server(&one.detail);
        if let Some(connection) = connection.filter(is_theirs) {
            return Ok(Some((server.as_ref(), connection)));
        }
    }
    Ok(None)
}

fn later(error: &StoreError) -> Put {
    Put::Transient { reason: error.to_string(), retry_after_ms: None }
}

impl UserCalendars {
    /// Into the folder, and then among the rows that say when the user is busy: an event
    /// that has left is never offered to somebody else.
    async fn keep(&self, entry: Entry<'_>) -> Put {
        let put = self.folder.put(entry).await;
        if !matches!(put, Put::There { .. }) {
            return put;
        }
        let rows = rows(&entry);
        // It holds no transcript that could have to go.
        match self.store.load_data(&rows, entry.invitation.released_at).await {
            Ok(_) => put,
            Err(error) => later(&error),
        }
    }
}

fn rows(entry: &Entry<'_>) -> serde_json::Value {
    let Entry { org, user, id, invitation, .. } = *entry;
    let calendar = invitations_of(user);
    let attendees: Vec<serde_json::Value> = invitation
        .attendees
        .iter()
        .map(|one| json!({ "name": one.name, "email": one.email, "response": "needs_action" }))
        .collect();
    json!({
        "calendars": [{
            "id": calendar, "org_id": org, "user_id": user, "name": "Invitations", "zone": invitation.zone,
        }],
        "calendar_events": [{
            "id": id, "org_id": org, "calendar_id": calendar, "title": invitation.title,
            "starts": invitation.starts.rfc3339(), "ends": invitation.ends.rfc3339(), "zone": invitation.zone,
            "response": "organizer", "organizer": invitation.organizer.email, "attendees": attendees,
            "location": invitation.location, "updated_at": invitation.released_at.rfc3339(),
        }],
    })
}

#[async_trait::async_trait]
impl Calendar for UserCalendars {
    fn vendor(&self) -> &'static str {
        self.folder.vendor()
    }

    fn is_keyed(&self) -> bool {
        // An address made of the uid, taken only where nothing is there.
        true
    }

    async fn put(&self, entry: Entry<'_>) -> Put {
        let server = match of_user(&self.servers, self.store.as_ref(), entry.org, entry.user).await {
            Ok(Some((server, _))) => server,
            Ok(None) => return self.keep(entry).await,
            Err(error) => return later(&error),
        };
        let event = NewEvent { uid: &entry.invitation.uid, ics: entry.ics };
        match calendar(server).await {
            Ok(calendar) => server.client.invite(&calendar, event).await,
            Err(error) => error.into(),
        }
    }
}
