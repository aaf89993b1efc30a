//! The mail that offers times, or says yes to one.

use free_time::place;
use free_time::record::{Kind, Mode, Slot};
use outgoing_mail::{body, headers, thread};
use skillhost_sdk::{Email, Failure, Optional, context};

use crate::card::Material;

/// When the preferences say nothing.
const GREETING: &str = "Hi";
const CLOSING: &str = "Best regards";
/// Longest greeting or closing that is taken from them, characters.
const MAX_PREFERENCE: usize = 60;

/// What a mail says.
#[derive(Clone, Copy)]
pub(crate) enum Says<'a> {
    /// Any of these.
    Offers(&'a [Slot]),
    /// This one, please.
    Proposes(&'a Slot),
    /// Yes.
    Confirms(&'a Slot),
}

/// The mail, checked; `None` where nobody may be written to.
///
/// # Errors
/// What the sources say.
pub(crate) fn compose(material: &Material<'_>, says: Says<'_>) -> Result<Option<Email>, Failure> {
    let Some(recipients) = material.guests.recipients.as_ref().filter(|_| !material.guests.internal) else {
        return Ok(None);
    };
    if !outgoing_mail::recipients::is_address(&material.user.email) {
        return Ok(None);
    }
    let subject = headers::subject(&subject(material)?)?.text;
    let contact = material.guests.contact.as_ref().map(|contact| contact.id.as_str());
    let conversation = thread::continued(&subject, contact)?;
    let text = body::compose(&text(material, says), material.user, false)?.text;
    Ok(Some(Email {
        from: material.user.email.clone(),
        to: recipients.to.clone(),
        cc: recipients.cc.clone(),
        bcc: Vec::new(),
        subject,
        body: text,
        in_reply_to: conversation.as_ref().map(|conversation| conversation.in_reply_to.clone()),
        references: conversation.map(|conversation| conversation.references).unwrap_or_default(),
        attachments: Vec::new(),
    }))
}

/// The subject of the mail that asked, else a new one.
fn subject(material: &Material<'_>) -> Result<String, Failure> {
    let asked = match &material.request.thread_id {
        Some(id) => context::thread(id).optional()?.map(|read| read.value.subject),
        None => None,
    };
    let asked = asked.map(|subject| meeting_record::one_line(&subject)).filter(|subject| !subject.is_empty());
    Ok(match asked {
        Some(subject) if headers::is_reply(&subject) => subject,
        Some(subject) => format!("Re: {subject}"),
        None if material.request.kind == Kind::Reschedule => "A new time for our meeting".to_owned(),
        None if material.org.name.is_empty() => "Times to meet".to_owned(),
        None => format!("Times to meet: {}", material.org.name),
    })
}

fn text(material: &Material<'_>, says: Says<'_>) -> String {
    let preference = |name: &str| {
        let text = material.user.preferences.get("email")?.get(name)?.as_str()?;
        let text = meeting_record::one_line(text).trim_end_matches(',').to_owned();
        (!text.is_empty() && text.chars().count() <= MAX_PREFERENCE).then_some(text)
    };
    let greeting = preference("greeting").unwrap_or_else(|| GREETING.to_owned());
    let names = meeting_record::greeting_names(material.guests.name());
    let greeting = names.map_or_else(|| format!("{greeting},"), |names| format!("{greeting} {names},"));
    let closing = format!("{},", preference("sign_off").unwrap_or_else(|| CLOSING.to_owned()));
    let zone = material.found.their_zone.as_deref().unwrap_or(&material.found.your_zone);
    let local = |slot: &Slot| slot.theirs.as_ref().unwrap_or(&slot.yours).text.clone();
    let in_time = format!("{} time", place(zone));
    let middle = match says {
        Says::Offers([]) => Vec::new(),
        Says::Offers([one]) | Says::Proposes(one) => vec![
            format!("{} how about {} ({in_time})?", opening(material), local(one)),
            "If that does not suit you, please tell me a few times that do.".to_owned(),
        ],
        Says::Offers(slots) => {
            let lines: Vec<String> =
                slots.iter().enumerate().map(|(at, slot)| format!("{}. {}", at + 1, local(slot))).collect();
            vec![
                format!("{} any of these would suit me ({in_time}):", opening(material)),
                lines.join("\n"),
                "Which one do you prefer? If none fits, please tell me a few times that do.".to_owned(),
            ]
        }
        Says::Confirms(slot) => vec![format!("{} ({in_time}) suits me as well. I look forward to it.", local(slot))],
    };
    [vec![greeting], middle, vec![closing]].concat().join("\n\n")
}

/// `For our 30-minute video call`.
fn opening(material: &Material<'_>) -> String {
    let what = match material.request.mode {
        Some(Mode::Video) => "video call",
        Some(Mode::Phone) => "call",
        Some(Mode::InPerson) | None => "meeting",
    };
    let new = if material.request.kind == Kind::Reschedule { "To find a new time for" } else { "For" };
    format!("{new} our {}-minute {what},", material.found.duration_min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guests::Guests;
    use free_time::record::{Found, Local, Request};
    use skillhost_sdk::Call;
    use skillhost_sdk::sources::{Contact, Org, User};

    fn slot(yours: &str, theirs: Option<&str>) -> Slot {
        let local = |text: &str| Local { text: text.to_owned(), ..Local::default() };
        Slot { yours: local(yours), theirs: theirs.map(local), ..Slot::default() }
    }

    fn written(says: Says<'_>, request: &Request, their_zone: Option<&str>) -> String {
        let contact = Contact { name: "Mira Holt".to_owned(), ..Contact::default() };
        let guests = Guests { contact: Some(contact), ..Guests::default() };
        let found = Found {
            duration_min: 45,
            your_zone: "America/New_York".to_owned(),
            their_zone: their_zone.map(str::to_owned),
            ..Found::default()
        };
        let call = Call {
            call_id: String::new(),
            job_id: String::new(),
            step: String::new(),
            round: 0,
            org_id: String::new(),
            user_id: String::new(),
            event_type: String::new(),
            now: 0,
            zone: "UTC".to_owned(),
            extra: Vec::new(),
        };
        let (user, org) = (User::default(), Org::default());
        let material = Material {
            call: &call,
            user: &user,
            org: &org,
            guests: &guests,
            request,
            found: &found,
            title: None,
            moved: None,
        };
        text(&material, says)
    }

    #[test]
    fn times_are_told_in_the_readers_own_time() {
        let slots = [slot("Tuesday, 10:00", Some("Tuesday, 16:00")), slot("Friday, 9:00", Some("Friday, 15:00"))];
        let video = Request { mode: Some(Mode::Video), ..Request::default() };
        assert_eq!(
            written(Says::Offers(&slots), &video, Some("Europe/Berlin")),
            "Hi Mira,\n\nFor our 45-minute video call, any of these would suit me (Berlin time):\n\n\
             1. Tuesday, 16:00\n2. Friday, 15:00\n\n\
             Which one do you prefer? If none fits, please tell me a few times that do.\n\nBest regards,"
        );
        assert_eq!(
            written(Says::Confirms(&slots[0]), &video, Some("Europe/Berlin")),
            "Hi Mira,\n\nTuesday, 16:00 (Berlin time) suits me as well. I look forward to it.\n\nBest regards,"
        );
    }

    #[test]
    fn one_time_is_a_question_and_an_unknown_zone_is_the_writers() {
        let moved = Request { kind: Kind::Reschedule, ..Request::default() };
        let one = slot("Tuesday, 10:00 am", None);
        let want = "Hi Mira,\n\nTo find a new time for our 45-minute meeting, how about Tuesday, 10:00 am (New York time)?\n\n\
                    If that does not suit you, please tell me a few times that do.\n\nBest regards,";
        assert_eq!(written(Says::Proposes(&one), &moved, None), want);
        assert_eq!(written(Says::Offers(std::slice::from_ref(&one)), &moved, None), want);
    }
}
