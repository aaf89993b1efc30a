//! The meeting ahead: who comes, on which side, and whether anybody has to
//! prepare for it.
//!
//! An event names a meeting by id; a person may name its people outright. The
//! calendar is asked first, because it knows what was cancelled; the org's own
//! meetings stand in where it does not know the id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::address::{is_at, is_under};
use skillhost_sdk::context;
use skillhost_sdk::sources::{CalendarEvent, Meeting, Org, Side, Span, User, instant_ms};
use skillhost_sdk::{Call, Failure};

use crate::clock::RepClock;
use crate::reading::{Missing, Reading};

/// How far around the meeting, or around now, the calendar is looked through. A
/// brief is raised two days ahead at the most.
const LOOK_BACK_MS: i64 = 12 * 3_600_000;
const LOOK_AHEAD_MS: i64 = 3 * 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// Most people of a meeting that are looked at: more is an audience.
pub(crate) const MAX_PEOPLE: usize = 20;
/// Addresses of rooms, calendars and programs that take notes: nobody to meet.
const NOBODY: [&str; 9] = [
    "resource.calendar.google.com",
    "group.calendar.google.com",
    "fireflies.ai",
    "fathom.video",
    "otter.ai",
    "read.ai",
    "tldv.io",
    "avoma.com",
    "meetingbaas.com",
];

/// Names the meeting, as an event does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AppointmentInput {
    /// Id of an event of the calendar, or of a meeting.
    pub meeting_id: Option<String>,
    /// Title, where no record is named.
    pub title: Option<String>,
    /// RFC 3339.
    pub starts: Option<String>,
    /// Who is invited; else those of the record.
    pub attendees: Option<Vec<Invited>>,
    /// The main contact.
    pub contact_id: Option<String>,
    /// Their company.
    pub company_id: Option<String>,
    /// The deal it is about.
    pub deal_id: Option<String>,
}

/// Somebody who is invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Invited {
    /// As the invitation names them.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
    /// Their side, where it is known.
    pub side: Option<Side>,
}

/// Whether somebody has to prepare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody from outside, or somebody unknown, is invited.
    #[default]
    External,
    /// Everybody is of the org.
    Internal,
    /// Nobody else is invited.
    Alone,
    /// It does not take place for the rep: cancelled or declined.
    Off,
    /// It has ended.
    Over,
}

/// Somebody who comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// As the invitation names them.
    pub name: String,
    /// Lower case.
    pub email: Option<String>,
    /// Their side.
    pub side: Side,
    /// The rep.
    pub is_me: bool,
    /// Said that they do not come.
    pub declined: bool,
}

/// The meeting ahead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appointment {
    /// Id, where a record is named.
    pub id: Option<String>,
    /// Title.
    pub title: String,
    /// RFC 3339.
    pub starts: Option<String>,
    /// When it ends, epoch milliseconds, where a record says so.
    pub ends: Option<i64>,
    /// Everybody invited, without rooms and programs.
    pub people: Vec<Person>,
    /// Contacts among them, as the host knows.
    pub contact_ids: Vec<String>,
    /// Their company.
    pub company_id: Option<String>,
    /// The deal it is about.
    pub deal_id: Option<String>,
    /// Whether to prepare.
    pub kind: Kind,
    /// Names the read that the title comes from.
    pub read_id: Option<String>,
}

impl Appointment {
    /// Finds the meeting that the input names.
    ///
    /// # Errors
    /// `no-meeting` when the input names neither a record that is there nor people;
    /// `context-unavailable`, to be tried again, when that is because the calendar
    /// could not be read.
    pub fn load(
        call: &Call,
        input: &AppointmentInput,
        org: Option<&Org>,
        user: Option<&User>,
    ) -> Result<Self, Failure> {
        let mut reading = Reading::default();
        let mut found = Self::default();
        if let Some(id) = &input.meeting_id {
            found.read_event(call, input, id, &mut reading);
            // A record with people is asked for only where the calendar had none.
            if found.people.is_empty()
                && let Some(read) = reading.optional(context::meeting(id))
                && let Some(meeting) = read.value.into_iter().find(|meeting| meeting.id == *id)
            {
                found.read_id = Some(read.read_id);
                found.take_meeting(meeting);
            }
        }
        found.take_input(input);
        let named = found.id.is_some() || !found.people.is_empty() || !found.contact_ids.is_empty();
        if !named {
            let failure = |message: &str| Failure::invalid("no-meeting", message);
            let passing = reading.into_missing().iter().any(Missing::may_pass);
            return Err(match passing {
                true => Failure::transient("context-unavailable", "neither calendar nor meetings could be read"),
                false => failure("the input names neither a meeting that is there nor anybody who comes"),
            });
        }
        found.settle(org, user);
        if found.kind == Kind::External && found.ends.is_some_and(|ends| ends <= call.now_ms()) {
            found.kind = Kind::Over;
        }
        Ok(found)
    }

    fn read_event(&mut self, call: &Call, input: &AppointmentInput, id: &str, reading: &mut Reading) {
        let around = input.starts.as_deref().and_then(instant_ms).unwrap_or(call.now_ms());
        let span = Span::new(RepClock::text(around - LOOK_BACK_MS), RepClock::text(around + LOOK_AHEAD_MS));
        let Some(read) = reading.optional(context::calendar_events(&span)) else { return };
        if let Some(event) = read.value.into_iter().find(|event| event.id == id) {
            self.read_id = Some(read.read_id);
            self.take_event(event);
        }
    }

    fn take_event(&mut self, event: CalendarEvent) {
        if event.status == "cancelled" || event.response == "declined" {
            self.kind = Kind::Off;
        }
        self.id = Some(event.id);
        self.title = event.title;
        self.starts = Some(event.starts).filter(|starts| !starts.is_empty());
        self.ends = instant_ms(&event.ends);
        self.deal_id = event.deal_id;
        self.contact_ids = event.contact_ids;
        self.people = event
            .attendees
            .into_iter()
            .map(|attendee| Person {
                name: attendee.name,
                email: attendee.email,
                side: attendee.side,
                is_me: false,
                declined: attendee.response.as_deref() == Some("declined"),
            })
            .collect();
    }

    fn take_meeting(&mut self, meeting: Meeting) {
        self.id = Some(meeting.id);
        self.title = meeting.title;
        self.starts = Some(meeting.started_at).filter(|starts| !starts.is_empty());
        let starts = self.starts.as_deref().and_then(instant_ms);
        self.ends = starts.zip(meeting.duration_min).map(|(starts, minutes)| starts + minutes.max(0) * MINUTE_MS);
        self.company_id = meeting.company_id;
        self.deal_id = self.deal_id.take().or(meeting.deal_id);
        for id in meeting.contact_ids {
            if !self.contact_ids.contains(&id) {
                self.contact_ids.push(id);
            }
        }
        self.people = meeting
            .attendees
            .into_iter()
            .map(|attendee| Person {
                name: attendee.name,
                email: attendee.email,
                side: attendee.side,
                ..Person::default()
            })
            .collect();
    }

    /// What the input says stands over what was read.
    fn take_input(&mut self, input: &AppointmentInput) {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        if let Some(invited) = input.attendees.as_ref().filter(|invited| !invited.is_empty()) {
            self.people = invited
                .iter()
                .map(|invited| Person {
                    name: invited.name.clone(),
                    email: invited.email.clone(),
                    side: invited.side.unwrap_or_default(),
                    ..Person::default()
                })
                .collect();
        }
        if let Some(title) = said(&input.title).filter(|_| self.title.is_empty()) {
            self.title = title;
        }
        if let Some(starts) = said(&input.starts).filter(|starts| self.starts.as_ref() != Some(starts)) {
            // What was read of its end is no more.
            (self.starts, self.ends) = (Some(starts), None);
        }
        self.deal_id = said(&input.deal_id).or(self.deal_id.take());
        self.company_id = said(&input.company_id).or(self.company_id.take());
        if let Some(contact) = said(&input.contact_id) {
            self.contact_ids.retain(|id| *id != contact);
            self.contact_ids.insert(0, contact);
        }
    }

    /// Sides, and whether to prepare.
    fn settle(&mut self, org: Option<&Org>, user: Option<&User>) {
        let domains: &[String] = org.map_or(&[], |org| &org.domains);
        let mine = user.map(|user| user.email.trim().to_lowercase()).filter(|email| !email.is_empty());
        let mut seen: Vec<String> = Vec::new();
        for mut person in std::mem::take(&mut self.people) {
            person.email = person.email.map(|email| email.trim().to_lowercase()).filter(|email| email.contains('@'));
            person.name = person.name.trim().to_owned();
            let key = person.email.clone().unwrap_or_else(|| person.name.to_lowercase());
            let host =
                person.email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, host)| host.to_owned());
            let nobody = host.as_deref().is_some_and(|host| NOBODY.iter().any(|name| is_under(host, name)));
            if key.is_empty() || nobody || seen.contains(&key) || self.people.len() == MAX_PEOPLE {
                continue;
            }
            seen.push(key);
            person.is_me = mine.is_some() && person.email == mine;
            let ours = person.email.as_deref().is_some_and(|email| is_at(email, domains));
            person.side = match person.side {
                _ if person.is_me || ours => Side::Rep,
                Side::Unknown if host.is_some() && !domains.is_empty() => Side::Prospect,
                side => side,
            };
            if person.name.is_empty() {
                person.name = person.email.clone().unwrap_or_default();
            }
            self.people.push(person);
        }
        if self.kind == Kind::Off {
            return;
        }
        let others = self.people.iter().filter(|person| !person.is_me);
        self.kind = match (others.clone().count(), others.clone().all(|person| person.side == Side::Rep)) {
            (0, _) if self.contact_ids.is_empty() => Kind::Alone,
            (0, _) | (_, false) => Kind::External,
            (_, true) => Kind::Internal,
        };
    }

    /// Everybody who is not known to be of our side.
    pub fn outside(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.side != Side::Rep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, email: Option<&str>, side: Side) -> Person {
        Person { name: name.to_owned(), email: email.map(str::to_owned), side, ..Person::default() }
    }

    fn settled(people: Vec<Person>) -> Appointment {
        let org = Org { domains: vec!["acme.test".to_owned()], ..Org::default() };
        let user = User { email: "ada@acme.test".to_owned(), ..User::default() };
        let mut appointment = Appointment { people, ..Appointment::default() };
        appointment.settle(Some(&org), Some(&user));
        appointment
    }

    #[test]
    fn sides_follow_the_address() {
        let all = settled(vec![
            person("Ada Reed", Some(" ADA@acme.test"), Side::Unknown),
            person("Jon", Some("jon@mail.acme.test"), Side::Prospect),
            person("Mira", Some("mira@globex.test"), Side::Unknown),
            person("Ken", Some("ken@partner.test"), Side::Rep),
            person("Somebody", None, Side::Unknown),
            person("Room 4", Some("x@resource.calendar.google.com"), Side::Unknown),
            person("Notes", Some("fred@fireflies.ai"), Side::Unknown),
            person("mira again", Some("Mira@globex.test"), Side::Unknown),
        ]);
        let sides: Vec<(&str, Side, bool)> =
            all.people.iter().map(|person| (person.name.as_str(), person.side, person.is_me)).collect();
        assert_eq!(
            sides,
            [
                ("Ada Reed", Side::Rep, true),
                ("Jon", Side::Rep, false),
                ("Mira", Side::Prospect, false),
                ("Ken", Side::Rep, false),
                ("Somebody", Side::Unknown, false),
            ]
        );
        assert_eq!(all.kind, Kind::External);
    }

    #[test]
    fn who_has_to_prepare() {
        let me = || person("Ada", Some("ada@acme.test"), Side::Unknown);
        for (people, kind) in [
            (vec![me()], Kind::Alone),
            (vec![me(), person("Jon", Some("jon@acme.test"), Side::Unknown)], Kind::Internal),
            (vec![me(), person("Jon", None, Side::Unknown)], Kind::External),
            (vec![me(), person("Mira", Some("mira@globex.test"), Side::Unknown)], Kind::External),
            (vec![me(), person("Eve", Some("eve@acme.test.evil.test"), Side::Unknown)], Kind::External),
        ] {
            assert_eq!(settled(people).kind, kind);
        }
    }

    #[test]
    fn without_an_org_nobody_is_of_our_side() {
        let mut appointment =
            Appointment { people: vec![person("Jon", Some("jon@acme.test"), Side::Unknown)], ..Appointment::default() };
        appointment.settle(None, None);
        assert_eq!((appointment.people[0].side, appointment.kind), (Side::Unknown, Kind::External));
    }
}
