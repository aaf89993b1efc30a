//! Who comes.

use briefing_record::tally::listed;
use briefing_record::{Appointment, AttendeeFacts, Attendees, Fact, Line, Source};
use meeting_record::{same_person, shortened};
use skillhost_sdk::Read;
use skillhost_sdk::sources::{Contact, Side};

use crate::{Facts, MAX_LINE};

/// Most lines.
const MAX_LINES: usize = 8;
/// Most colleagues who are named.
const MAX_COLLEAGUES: usize = 4;

/// Who comes by the org's own records, where nobody was looked up.
pub(crate) fn from_records(appointment: &Appointment, contacts: &[Read<Contact>]) -> Attendees {
    let mut attendees: Vec<AttendeeFacts> = Vec::new();
    for person in &appointment.people {
        let contact = contacts
            .iter()
            .map(|read| &read.value)
            .find(|contact| contact.email.is_some() && contact.email == person.email);
        let standing = match (person.side, contact) {
            (Side::Rep, _) => "not_looked_up",
            (_, Some(_)) => "known",
            (_, None) => "unknown",
        };
        attendees.push(AttendeeFacts {
            name: contact.map_or_else(|| person.name.clone(), |contact| contact.name.clone()),
            email: person.email.clone(),
            side: person.side,
            standing: standing.to_owned(),
            declined: person.declined,
            contact_id: contact.map(|contact| contact.id.clone()),
            title: contact.and_then(|contact| Fact::of(contact.title.as_deref(), &Source::new("contact", &contact.id))),
            ..AttendeeFacts::default()
        });
    }
    attendees.sort_by_key(|facts| match facts.side {
        Side::Prospect => 0,
        Side::Unknown => 1,
        Side::Rep => 2,
    });
    Attendees { attendees, ..Attendees::default() }
}

/// The name of the person as a text says it.
fn named(facts: &AttendeeFacts) -> String {
    if facts.declined { format!("{} (declined)", facts.name) } else { facts.name.clone() }
}

pub(crate) fn lines(facts: &Facts) -> Vec<Line> {
    let Some(attendees) = &facts.attendees else { return Vec::new() };
    let mut lines = Vec::new();
    let mut colleagues: Vec<String> = Vec::new();
    for person in &attendees.attendees {
        if person.side == Side::Rep {
            let me = facts.appointment.people.iter().any(|other| other.is_me && same_person(&other.name, &person.name));
            if !me {
                colleagues.push(named(person));
            }
            continue;
        }
        lines.push(line(person));
        let changes = person.changes.iter().map(|change| {
            let text = format!("{}: {}", person.name, change.text);
            Line::new(shortened(&text, MAX_LINE), change.source.clone())
        });
        lines.extend(changes);
    }
    lines.truncate(MAX_LINES);
    if !colleagues.is_empty() {
        let text = format!("With you: {}", listed(&colleagues, MAX_COLLEAGUES));
        lines.push(Line::new(shortened(&text, MAX_LINE), source(facts)));
    }
    lines
}

/// Where the list of people comes from.
pub(crate) fn source(facts: &Facts) -> Source {
    Source::new("calendar", facts.appointment.id.as_deref().unwrap_or_default())
}

fn line(person: &AttendeeFacts) -> Line {
    let name = named(person);
    let invitation = Source::new("calendar", "");
    if person.standing == "unknown" {
        let at = person.email.as_deref().filter(|email| *email != person.name).map(|email| format!(", {email}"));
        return Line::new(format!("{name}{}: nothing is known of them", at.unwrap_or_default()), invitation);
    }
    let value = |fact: &Option<Fact>| fact.as_ref().map(|fact| fact.value.clone());
    let role = match (value(&person.title), value(&person.company)) {
        (Some(title), Some(company)) => format!(", {title} at {company}"),
        (Some(title), None) => format!(", {title}"),
        (None, Some(company)) => format!(", {company}, role not known"),
        (None, None) => ", role not known".to_owned(),
    };
    let place = value(&person.location).map(|place| format!(" ({place})")).unwrap_or_default();
    let facts = [&person.title, &person.company, &person.location];
    let contact = person.contact_id.as_deref().map(|id| Source::new("contact", id));
    let source = facts.into_iter().flatten().next().map(|fact| fact.source.clone()).or(contact).unwrap_or(invitation);
    Line::new(shortened(&format!("{name}{role}{place}"), MAX_LINE), source)
}
