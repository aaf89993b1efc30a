//! An invitation as a mail: words for people, and the event for their calendars.

use lettre::message::header::ContentType;
use lettre::message::{MultiPart, SinglePart};
use skillhost_engine::effect::calendar_invite::Invitation;
use skillhost_engine::outbox::OutboxRow;

use crate::mail::{ComposeError, Head, Mail, boundary, crlf};

/// What a calendar finds in the mail.
const EVENT_TYPE: &str = "text/calendar; method=REQUEST; charset=UTF-8; component=VEVENT";

/// Composes the mail of an invitation; the same row gives the same bytes.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose_invitation(row: &OutboxRow, invitation: &Invitation, ics: &str) -> Result<Mail, ComposeError> {
    let to: Vec<String> = invitation.attendees.iter().map(|attendee| attendee.email.clone()).collect();
    let head = Head { from: &invitation.from(), to: &to, cc: &[], bcc: &[], subject: &invitation.subject() };
    let event = ContentType::parse(EVENT_TYPE).map_err(|_| ComposeError::Type)?;
    let body = MultiPart::alternative()
        .boundary(boundary(row))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(crlf(&invitation.words())))
        .singlepart(SinglePart::builder().header(event).body(ics.to_owned()));
    head.begin(row)?.multipart(body)
}
