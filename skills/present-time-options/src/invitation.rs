//! The invitation to one time.

use free_time::place;
use free_time::record::{Kind, Mode, Slot};
use skillhost_sdk::context;
use skillhost_sdk::sources::{self, CalendarEvent, day_ms, instant_ms};
use skillhost_sdk::{Failure, Invitation, Optional, ReadError, ReadErrorKind};

use crate::card::Material;

/// How far around the time that was named a meeting is looked for, milliseconds: the
/// whole of a day in any zone.
const AROUND_MS: i64 = 38 * 60 * 60 * 1000;
/// Longest title, characters: what calendars show.
const MAX_TITLE: usize = 120;

/// The meeting that is moved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved {
    pub(crate) event: Option<CalendarEvent>,
    pub(crate) warning: Option<String>,
}

/// Finds the event that a request moves: the only one with the other side at the time
/// that was named, or the only one with them that is still ahead.
///
/// # Errors
/// What the calendar says, other than that there is nothing to read.
pub(crate) fn moved(material: &Material<'_>) -> Result<Moved, Failure> {
    if material.request.kind != Kind::Reschedule {
        return Ok(Moved::default());
    }
    let now = material.call.now_ms();
    let about = material.request.about.as_deref();
    let exact = about.and_then(instant_ms);
    let day = about.filter(|_| exact.is_none()).and_then(day_ms);
    let (from, until) = match exact.or(day) {
        Some(at) => (at - AROUND_MS, at + AROUND_MS),
        None => (now, now + 14 * 24 * 60 * 60 * 1000),
    };
    let span = sources::Span::new(free_time::instant(from), free_time::instant(until));
    let events = match context::calendar_events(&span).optional() {
        Ok(read) => read.map(|read| read.value).unwrap_or_default(),
        Err(ReadError {
            kind: ReadErrorKind::Denied | ReadErrorKind::UnknownSource | ReadErrorKind::Unavailable,
            ..
        }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let address = material.guests.contact.as_ref().and_then(|contact| contact.email.clone());
    let id = material.guests.contact.as_ref().map(|contact| contact.id.clone());
    let is_theirs = |event: &CalendarEvent| {
        let invited = event.attendees.iter().any(|person| person.email.is_some() && person.email == address);
        event.status != "cancelled" && (invited || id.as_ref().is_some_and(|id| event.contact_ids.contains(id)))
    };
    let at_the_time = |event: &CalendarEvent| match (exact, about) {
        (Some(at), _) => instant_ms(&event.starts) == Some(at),
        (None, Some(day)) => {
            let local = instant_ms(&event.starts).and_then(|at| {
                let zone = jiff::tz::TimeZone::get(material.request.zone.as_deref().unwrap_or("UTC")).ok()?;
                free_time::day_in(&zone, at)
            });
            local.is_some_and(|local| local.to_string() == day)
        }
        (None, None) => true,
    };
    let theirs: Vec<&CalendarEvent> = events.iter().filter(|event| is_theirs(event) && at_the_time(event)).collect();
    Ok(match theirs.as_slice() {
        [one] => Moved {
            event: Some((*one).clone()),
            // Others may have been asked to the old one by other means, so it is theirs to end.
            warning: Some("the meeting that is moved stays in your calendar until you remove it".to_owned()),
        },
        [] => Moved {
            event: None,
            warning: Some("the meeting to be moved is not in your calendar: this would be a new one".to_owned()),
        },
        _ => Moved {
            event: None,
            warning: Some("several meetings with them could be meant: this would be a new one".to_owned()),
        },
    })
}

/// The invitation.
pub(crate) fn compose(material: &Material<'_>, slot: &Slot, moved: &Moved) -> Invitation {
    let kept = moved.event.as_ref();
    Invitation {
        title: kept
            .map(|event| event.title.clone())
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| title(material)),
        starts: slot.starts.clone(),
        ends: slot.ends.clone(),
        zone: material.found.your_zone.clone(),
        attendees: material.guests.invited(),
        description: Some(description(material, slot)).filter(|text| !text.is_empty()),
        location: kept.and_then(|event| event.location.clone()).or_else(|| location(material)),
        // One job invites to one meeting, however often it is asked.
        uid: format!("{}@skillhost", material.call.job_id),
    }
}

fn title(material: &Material<'_>) -> String {
    let given = material.title.map(meeting_record::one_line).filter(|title| !title.is_empty());
    let names = || match (material.guests.name(), material.user.name.as_str()) {
        (Some(them), me) if !me.is_empty() => format!("{them} and {me}"),
        (Some(them), _) => them.to_owned(),
        (None, me) => me.to_owned(),
    };
    meeting_record::shortened(
        &given.unwrap_or_else(|| format!("{}: {}", kind_of_meeting(material), names())),
        MAX_TITLE,
    )
}

/// `Video call`, `Call` or `Meeting`.
pub(crate) fn kind_of_meeting(material: &Material<'_>) -> &'static str {
    match material.request.mode {
        Some(Mode::Video) => "Video call",
        Some(Mode::Phone) => "Call",
        Some(Mode::InPerson) | None => "Meeting",
    }
}

fn description(material: &Material<'_>, slot: &Slot) -> String {
    let line = |text: &str, zone: &str| format!("{text} ({} time)", place(zone));
    let mine = line(&slot.yours.text, &material.found.your_zone);
    match (&slot.theirs, &material.found.their_zone) {
        (Some(theirs), Some(zone)) if theirs.text != slot.yours.text => format!("{}\n{mine}", line(&theirs.text, zone)),
        _ => mine,
    }
}

/// Where to meet, as far as it is known; a place is theirs to name.
fn location(material: &Material<'_>) -> Option<String> {
    let link = material
        .user
        .preferences
        .get("scheduling")
        .and_then(|own| own.get("video_link"))
        .and_then(|link| link.as_str());
    let link = link.map(meeting_record::one_line).filter(|link| link.starts_with("https://"));
    match material.request.mode {
        Some(Mode::Phone) => material.guests.contact.as_ref().and_then(|contact| contact.phone.clone()),
        Some(Mode::InPerson) => None,
        Some(Mode::Video) | None => link,
    }
}
