//! What counts as a call to look at.

use coaching_record::{Invited, LeftOut, WeekMeeting};
use skillhost_sdk::address::is_at;
use skillhost_sdk::sources::{Attendee, Meeting, Side};

/// The call, or why it does not count.
pub(crate) fn counted(meeting: &Meeting, own_domains: &[String]) -> Result<WeekMeeting, LeftOut> {
    let left = |reason: &str| LeftOut {
        meeting_id: meeting.id.clone(),
        title: meeting.title.clone(),
        reason: reason.to_owned(),
    };
    if !meeting.attendees.iter().any(|attendee| is_outside(attendee, own_domains)) {
        return Err(left("nobody from outside was invited"));
    }
    let Some(transcript_id) = meeting.transcript_id.clone().filter(|id| !id.is_empty()) else {
        return Err(left("there is no transcript"));
    };
    Ok(WeekMeeting {
        meeting_id: meeting.id.clone(),
        transcript_id,
        title: meeting.title.clone(),
        started_at: meeting.started_at.clone(),
        deal_id: meeting.deal_id.clone(),
        contact_id: meeting.contact_ids.first().cloned(),
        attendees: meeting.attendees.iter().map(invited).collect(),
        of_week: false,
        closed: false,
    })
}

fn invited(attendee: &Attendee) -> Invited {
    let side = match attendee.side {
        Side::Rep => "rep",
        Side::Prospect => "prospect",
        Side::Unknown => "unknown",
    };
    Invited { name: attendee.name.clone(), email: attendee.email.clone(), side: side.to_owned() }
}

/// Known to be theirs, or with an address that is not ours.
fn is_outside(attendee: &Attendee, own_domains: &[String]) -> bool {
    match attendee.side {
        Side::Prospect => true,
        Side::Rep => false,
        Side::Unknown => {
            attendee.email.as_deref().is_some_and(|email| email.contains('@') && !is_at(email, own_domains))
        }
    }
}
