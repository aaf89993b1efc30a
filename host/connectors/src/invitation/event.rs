//! An event as iCalendar (RFC 5545), asked for by iTIP (RFC 5546).
//!
//! Instants are written in UTC, so that no reader needs a definition of the zone to know
//! when it is; readers show them in their own. The same row gives the same bytes.

use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarMethod, ICalendarParameter, ICalendarParameterName,
    ICalendarParticipationRole, ICalendarParticipationStatus, ICalendarProperty, ICalendarStatus, ICalendarValue, Uri,
};
use skillhost_engine::effect::calendar_invite::Invitation;
use skillhost_engine::time::Timestamp;

/// Who wrote the event.
const PRODUCT: &str = "-//skillhost//skillhost//EN";

/// An event that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the event could not be written as iCalendar")]
pub struct EventError(#[from] std::fmt::Error);

/// The event as a request to its attendees.
///
/// # Errors
/// The library refused it.
pub fn request(invitation: &Invitation) -> Result<String, EventError> {
    let text = |text: &str| ICalendarValue::Text(text.replace("\r\n", "\n").replace('\r', "\n"));
    let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
    event.add_uid(&invitation.uid);
    event.add_dtstamp(utc(invitation.released_at));
    event.add_property(ICalendarProperty::Dtstart, utc(invitation.starts));
    event.add_property(ICalendarProperty::Dtend, utc(invitation.ends));
    event.add_property(ICalendarProperty::Summary, text(&invitation.title));
    if let Some(description) = &invitation.description {
        event.add_property(ICalendarProperty::Description, text(description));
    }
    if let Some(location) = &invitation.location {
        event.add_property(ICalendarProperty::Location, text(location));
    }
    event.add_property(ICalendarProperty::Status, ICalendarValue::Status(ICalendarStatus::Confirmed));
    event.add_sequence(0);
    let organizer = &invitation.organizer;
    let known = (!organizer.name.is_empty()).then(|| ICalendarParameter::cn(named(&organizer.name)));
    event.add_property_with_params(ICalendarProperty::Organizer, known, mailto(&organizer.email));
    for attendee in &invitation.attendees {
        let asked = [
            ICalendarParameter::cn(named(&attendee.name)),
            ICalendarParameter::new(ICalendarParameterName::Role, ICalendarParticipationRole::ReqParticipant),
            ICalendarParameter::new(ICalendarParameterName::Partstat, ICalendarParticipationStatus::NeedsAction),
            ICalendarParameter::new(ICalendarParameterName::Rsvp, true),
        ];
        event.add_property_with_params(ICalendarProperty::Attendee, asked, mailto(&attendee.email));
    }
    let mut calendar = ICalendarComponent::new(ICalendarComponentType::VCalendar);
    calendar.add_property(ICalendarProperty::Version, text("2.0"));
    calendar.add_property(ICalendarProperty::Prodid, text(PRODUCT));
    calendar.add_property(ICalendarProperty::Method, ICalendarValue::Method(ICalendarMethod::Request));
    // Components name each other by their place in the list.
    calendar.component_ids.push(1);
    let mut written = String::new();
    ICalendar { components: vec![calendar, event] }.write_to(&mut written)?;
    Ok(written)
}

fn utc(at: Timestamp) -> PartialDateTime {
    PartialDateTime::from_utc_timestamp(at.0.div_euclid(1000))
}

fn mailto(address: &str) -> ICalendarValue {
    ICalendarValue::Uri(Uri::Location(format!("mailto:{address}")))
}

/// A parameter has no way to hold a quote.
fn named(name: &str) -> String {
    name.replace('"', "'")
}
