//! Calendars as the host keeps them: a state each, and one row an occurrence.
//!
//! Whoever reads a calendar (a file, a feed, a server) makes rows of it for a stretch of
//! time and hands them to [`crate::store::Store::put_calendar`] together with what became
//! of the reading. Skills read the rows as `calendar.events` and `calendar.busy`.

use serde::{Deserialize, Serialize};

use crate::body::DAY_MS;
use crate::ids::{OrgId, UserId};
use crate::time::Timestamp;

/// How far back occurrences are kept: last month's meetings for a look back.
pub const KEPT_BACK_MS: i64 = 45 * DAY_MS;
/// How far ahead: a year and a month, so that a yearly event is always among them.
pub const KEPT_AHEAD_MS: i64 = 400 * DAY_MS;
/// Occurrences of one calendar within that time: one every twenty minutes of every
/// working day.
pub const MAX_OCCURRENCES: usize = 20_000;
/// Kind of a connection that says where a calendar is.
pub const CONNECTION: &str = "calendar";

/// Before the user in the id of the calendar of what they agreed to, where no server
/// keeps it: see [`invitations_of`].
pub const INVITATIONS: &str = "skillhost:invitations:";

/// The id of the calendar that the host itself keeps for a user: the events that they
/// agreed to and that no other calendar of theirs may know.
pub fn invitations_of(user: &UserId) -> String {
    format!("{INVITATIONS}{user}")
}

/// Whether it takes place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    #[default]
    Confirmed,
    /// It may.
    Tentative,
    /// It does not.
    Cancelled,
}

/// What it does with the time of whoever has it in their calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// Takes it.
    #[default]
    Busy,
    /// May take it.
    Tentative,
    /// Takes it; they are away.
    OutOfOffice,
    /// Leaves it.
    Free,
}

/// What somebody answered to being invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Comes. Also of an event in one's own calendar that says nothing of one.
    Accepted,
    /// May come.
    Tentative,
    /// Does not come.
    Declined,
    /// Has not said.
    NeedsAction,
    /// Called it.
    Organizer,
}

/// Somebody who is invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Whole name, or empty.
    pub name: String,
    /// Address, lower case.
    pub email: Option<String>,
    /// What they answered; never [`Response::Organizer`].
    pub response: Option<Response>,
}

/// One occurrence of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Unique within the calendar, and the same at every reading.
    pub id: String,
    /// Title, or empty.
    pub title: String,
    /// First instant.
    pub starts: Timestamp,
    /// The instant after the last.
    pub ends: Timestamp,
    /// Whole days: from midnight to midnight of the calendar's zone.
    pub all_day: bool,
    /// IANA zone it was written in, where that has a name.
    pub zone: Option<String>,
    /// Whether it takes place.
    pub status: Status,
    /// What it does with the time.
    pub shows: Shows,
    /// What the calendar's owner answered.
    pub response: Response,
    /// Address of who called it, lower case.
    pub organizer: Option<String>,
    /// Who is invited; no rooms and other resources.
    pub attendees: Vec<Attendee>,
    /// Where.
    pub location: Option<String>,
    /// Where to join or read more.
    pub url: Option<String>,
    /// One of a series.
    pub recurring: bool,
    /// When the event was changed last.
    pub updated_at: Timestamp,
}

/// A calendar and how fresh it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarState {
    /// Tenant.
    pub org: OrgId,
    /// Unique within the org.
    pub id: String,
    /// Whose.
    pub user: UserId,
    /// As its owner knows it.
    pub name: String,
    /// IANA zone of whole days and of times without one.
    pub zone: String,
    /// When its events were read last.
    pub as_of: Option<Timestamp>,
    /// What of it could not be read, without any text of it.
    pub error: Option<String>,
    /// Its events are known from here …
    pub covers_from: Option<Timestamp>,
    /// … until here.
    pub covers_until: Option<Timestamp>,
    /// Of what its events were made.
    pub digest: Option<String>,
}
