//! What the rep's calendars say: events, and the times that are taken.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;

/// From one instant to another, RFC 3339; at most 92 days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First instant.
    pub from: String,
    /// The instant after the last.
    pub until: String,
}

impl Span {
    /// From `from` to `until`.
    pub fn new(from: impl Into<String>, until: impl Into<String>) -> Self {
        Self { from: from.into(), until: until.into() }
    }
}

/// Somebody an event names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CalendarAttendee {
    /// Whole name; the address where the calendar has none.
    pub name: String,
    /// Address, lower case.
    pub email: Option<String>,
    /// Side, as the host knows it.
    pub side: Side,
    /// `accepted`, `tentative`, `declined` or `needs_action`.
    pub response: Option<String>,
}

/// One occurrence of an event; of a recurring one each occurrence is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CalendarEvent {
    /// Id, of this occurrence alone.
    pub id: String,
    /// The calendar's name.
    pub calendar: String,
    /// Title.
    pub title: String,
    /// RFC 3339.
    pub starts: String,
    /// RFC 3339; the instant after the last.
    pub ends: String,
    /// Whole days: begins and ends at midnight of the calendar's zone.
    pub all_day: bool,
    /// IANA zone it was written in.
    pub zone: Option<String>,
    /// `confirmed`, `tentative` or `cancelled`.
    pub status: String,
    /// The rep's: `accepted`, `tentative`, `declined`, `needs_action` or `organizer`.
    pub response: String,
    /// Takes time; an event marked free does not.
    pub busy: bool,
    /// Address of who called it.
    pub organizer: Option<String>,
    /// Who is invited.
    pub attendees: Vec<CalendarAttendee>,
    /// Where.
    pub location: Option<String>,
    /// Where to join or read more.
    pub url: Option<String>,
    /// One of a series.
    pub recurring: bool,
    /// Somebody from outside the org is invited.
    pub external: bool,
    /// Contacts among the invited.
    pub contact_ids: Vec<String>,
    /// The deal it is about, where the host knows one.
    pub deal_id: Option<String>,
    /// RFC 3339.
    pub updated_at: String,
}

/// A stretch that is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BusyTime {
    /// RFC 3339.
    pub starts: String,
    /// RFC 3339; the instant after the last.
    pub ends: String,
    /// `busy`, `tentative` or `out_of_office`.
    pub kind: String,
    /// Whole days.
    pub all_day: bool,
    /// Name of the calendar that takes it.
    pub calendar: String,
}

/// A calendar of the rep and how fresh it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Calendar {
    /// Name.
    pub name: String,
    /// RFC 3339: when it was read last.
    pub as_of: Option<String>,
    /// Why it could not be read; the busy times may then lack some of it.
    pub error: Option<String>,
}

/// When the rep is taken, over all of their calendars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Busy {
    /// The rep's IANA zone.
    pub zone: String,
    /// RFC 3339, as asked.
    pub from: String,
    /// RFC 3339, as asked.
    pub until: String,
    /// Sorted by start. What was declined, cancelled or marked free is not in it.
    pub busy: Vec<BusyTime>,
    /// The calendars it was taken from.
    pub calendars: Vec<Calendar>,
}

impl Busy {
    /// Calendars that could not be read: with one of these, free time is a guess.
    pub fn unread(&self) -> impl Iterator<Item = &Calendar> {
        self.calendars.iter().filter(|calendar| calendar.error.is_some())
    }
}

/// A meeting of which the rep got a brief.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Briefed {
    /// An event of the calendar, or a meeting.
    pub meeting_id: String,
    /// When it reached them, epoch milliseconds.
    pub at: i64,
}
