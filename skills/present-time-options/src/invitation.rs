//! The invitation to one time.

use free_time::record::{Mode, Request, Slot};
use free_time::{Moved, OtherSide, place};
use skillhost_sdk::{Call, Failure, Invitation, context};

use crate::card::Material;
use crate::guests::Guests;

/// Longest title, characters: what calendars show.
const MAX_TITLE: usize = 120;

/// Finds the event that a request moves.
///
/// # Errors
/// What the calendar says, other than that there is nothing to read.
pub(crate) fn moved(call: &Call, guests: &Guests, request: &Request) -> Result<Option<Moved>, Failure> {
    let whom = OtherSide {
        address: guests.contact.as_ref().and_then(|contact| contact.email.as_deref()),
        contact_id: guests.contact.as_ref().map(|contact| contact.id.as_str()),
    };
    Ok(Moved::find(request, whom, call.now_ms(), |span| Ok(context::calendar_events(span)?.value))?)
}

/// What the rep should know of it before they invite.
pub(crate) fn warning(moved: &Moved) -> &'static str {
    match (&moved.event, moved.candidates) {
        // Others may have been asked to the old one by other means, so it is theirs to end.
        (Some(_), _) => "the meeting that is moved stays in your calendar until you remove it",
        (None, 0) => "the meeting to be moved is not in your calendar: this would be a new one",
        (None, _) => "several meetings with them could be meant: this would be a new one",
    }
}

/// The invitation.
pub(crate) fn compose(material: &Material<'_>, slot: &Slot) -> Invitation {
    let kept = material.moved.and_then(|moved| moved.event.as_ref());
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
