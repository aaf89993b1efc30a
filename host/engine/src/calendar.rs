//! Calendars as the host keeps them: a state each, and one row an occurrence.
//!
//! Whoever reads a calendar (a file, a feed, a server) makes rows of it for a stretch of
//! time and hands them to [`crate::store::Store::put_calendar`] together with what became
//! of the reading. Skills read the rows as `calendar.events` and `calendar.busy`.

use serde::{Deserialize, Serialize};

use crate::body::DAY_MS;
use crate::ids::{OrgId, UserId};
use crate::mailbox::{AGAIN, REFUSED_AGAIN};
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

/// Why a calendar is not asked again at the next round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// It refuses whoever asks: servers count such attempts.
    Refused,
    /// It cannot answer for now, and may have said for how long.
    Asked {
        /// Its own word.
        at_least_ms: Option<i64>,
    },
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
    /// What its server calls that state, and how it was read.
    pub mark: Option<String>,
    /// How often in a row it refused, or asked for a pause.
    pub tries: u32,
    /// When it is asked again after that.
    pub next_attempt: Option<Timestamp>,
}

impl CalendarState {
    /// One that was not read yet.
    pub fn unread(org: OrgId, user: UserId, id: String, name: String, zone: String) -> Self {
        Self {
            org,
            id,
            user,
            name,
            zone,
            as_of: None,
            error: None,
            covers_from: None,
            covers_until: None,
            digest: None,
            mark: None,
            tries: 0,
            next_attempt: None,
        }
    }

    /// It was read.
    pub fn answered(&mut self) {
        (self.tries, self.next_attempt) = (0, None);
    }

    /// It was not: when it is asked again, where that is not simply the next round.
    pub fn failed(&mut self, pause: Option<Pause>, now: Timestamp) {
        let Some(pause) = pause else { return self.answered() };
        self.tries = self.tries.saturating_add(1);
        self.next_attempt = match pause {
            Pause::Refused => REFUSED_AGAIN.again(self.tries, now, None, &self.id),
            Pause::Asked { at_least_ms } => AGAIN.again(self.tries, now, at_least_ms, &self.id),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_and_a_vendors_word_put_a_calendar_off_and_an_answer_ends_that() {
        let now = Timestamp(1_793_696_400_000);
        let mut state =
            CalendarState::unread("acme".into(), "u1".into(), "k1".to_owned(), String::new(), "UTC".to_owned());
        state.failed(Some(Pause::Asked { at_least_ms: Some(3_600_000) }), now);
        assert!(state.next_attempt >= Some(now.plus_ms(3_600_000)));
        state.failed(None, now);
        assert_eq!((state.tries, state.next_attempt), (0, None));
        let mut waits = Vec::new();
        for _ in 0..10 {
            state.failed(Some(Pause::Refused), now);
            waits.push(state.next_attempt.map_or(0, |at| at.0 - now.0));
        }
        assert!(waits[0] >= REFUSED_AGAIN.first_ms && waits[9] >= REFUSED_AGAIN.max_ms, "{waits:?}");
        state.answered();
        assert_eq!((state.tries, state.next_attempt), (0, None));
    }
}
