//! What is read: a text, a mail, or a turn of a transcript, with who wrote it when
//! and in which zone.

use std::ops::Range;

use free_time::record::Request;
use meeting_source::{Loaded, MeetingInput};
use skillhost_language::{Anchor, signature, whereabouts, zones_of_phones};
use skillhost_sdk::context::{self, About};
use skillhost_sdk::sources::{Contact, Side, instant_ms};
use skillhost_sdk::{Call, Failure, Optional, Read};

use crate::{Input, newest, offered};

/// Longest text that is read, bytes: a mail of several pages.
const MAX_TEXT: usize = 16 * 1024;
/// Turns after the one in which the wish was said that may name its time.
const FOLLOWING_TURNS: usize = 3;

/// A text to read.
pub(crate) struct Found {
    /// The words, and those that follow them where they name no time.
    pub(crate) texts: Vec<String>,
    /// Names the read in evidence; none where the words came with the input.
    pub(crate) read_id: Option<String>,
    /// When "tomorrow" was said, in the writer's zone.
    pub(crate) anchor: Anchor,
    /// Whether the rep wrote it.
    pub(crate) by_rep: bool,
    /// The rep's zone.
    pub(crate) rep_zone: String,
    /// The other side's, what it was told by, and the words of the mail that tell it.
    pub(crate) their_zone: Option<(String, &'static str, Option<String>)>,
    /// Times that the rep offered before.
    pub(crate) offered: Vec<i64>,
    pub(crate) email_id: Option<String>,
    pub(crate) thread_id: Option<String>,
    /// People who need no naming: the two.
    pub(crate) known: Vec<String>,
    contact: Option<Read<Contact>>,
    /// The meeting and the place of the first turn, where it was spoken.
    spoken: Option<(Loaded, usize)>,
}

impl Found {
    /// The exact words of a range of a text, where they stand so in what was read.
    pub(crate) fn quote(&self, text: usize, range: Range<usize>) -> Option<String> {
        match &self.spoken {
            Some((meeting, first)) => meeting.quote(first + text, &range),
            None => self.texts.get(text)?.get(range).map(str::to_owned),
        }
    }

    /// The read and the words that the other side's zone comes from, where it is the contact.
    pub(crate) fn contact_evidence(&self, request: &Request) -> Option<(String, String)> {
        let contact = self.contact.as_ref()?;
        let words = match request.their_zone_from.as_deref()? {
            "contact" => contact.value.zone.clone()?,
            "phone" if self.their_zone.as_ref().is_some_and(|(_, _, words)| words.is_none()) => {
                contact.value.phone.clone()?
            }
            _ => return None,
        };
        Some((contact.read_id.clone(), words))
    }
}

/// A piece of a mail or meeting before zones and people are known.
#[derive(Default)]
struct Raw {
    texts: Vec<String>,
    read_id: Option<String>,
    at: Option<i64>,
    by_rep: bool,
    signature: Option<String>,
    email_id: Option<String>,
    thread_id: Option<String>,
    messages: Vec<skillhost_sdk::sources::ThreadMessage>,
    this: usize,
    spoken: Option<(Loaded, usize)>,
}

/// Reads what the input names.
///
/// # Errors
/// `nothing-to-read` where it names nothing; what the sources say.
pub(crate) fn find(call: &Call, input: &Input) -> Result<Found, Failure> {
    let user = context::user()?.value;
    let contact = match &input.contact_id {
        Some(id) => context::contact(id).optional()?,
        None => None,
    };
    let raw = raw(call, input)?;
    let rep_zone = if user.zone.is_empty() { call.zone.clone() } else { user.zone.clone() };
    let their_zone = zone_of(contact.as_ref().map(|read| &read.value), raw.signature.as_deref());
    let writer_zone = match (&their_zone, raw.by_rep) {
        (Some((zone, ..)), false) => zone.clone(),
        _ => rep_zone.clone(),
    };
    let anchor = Anchor::or_utc(raw.at.unwrap_or(call.now_ms()), &writer_zone);
    let their = their_zone.as_ref().map_or(rep_zone.as_str(), |(zone, ..)| zone.as_str());
    let offered = if raw.by_rep { Vec::new() } else { offered::before(&raw.messages, raw.this, their) };
    let known = [Some(user.name.clone()), contact.as_ref().map(|read| read.value.name.clone())];
    let addresses = [Some(user.email.clone()), contact.as_ref().and_then(|read| read.value.email.clone())];
    Ok(Found {
        texts: raw.texts.into_iter().map(bounded).collect(),
        read_id: raw.read_id,
        anchor,
        by_rep: raw.by_rep,
        rep_zone,
        their_zone,
        offered,
        email_id: raw.email_id,
        thread_id: raw.thread_id,
        known: known.into_iter().chain(addresses).flatten().filter(|known| !known.is_empty()).collect(),
        contact,
        spoken: raw.spoken,
    })
}

fn raw(call: &Call, input: &Input) -> Result<Raw, Failure> {
    let by_rep = input.speaker == Some(Side::Rep);
    if let Some(text) = input.text.as_deref().filter(|text| !text.trim().is_empty()) {
        let part = &text[newest(text)];
        let body = &part[..signature(part).map_or(part.len(), |signature| signature.start)];
        return Ok(Raw { texts: vec![body.to_owned()], signature: Some(part.to_owned()), by_rep, ..Raw::default() });
    }
    if input.thread_id.is_some() || input.email_id.is_some() {
        return mail(input);
    }
    if input.transcript_id.is_some() || input.meeting_id.is_some() {
        return turn(call, input);
    }
    match input.quote.as_deref().filter(|quote| !quote.trim().is_empty()) {
        Some(quote) => Ok(Raw { texts: vec![quote.to_owned()], by_rep, ..Raw::default() }),
        None => Err(Failure::invalid("nothing-to-read", "the input names no text, mail or meeting")),
    }
}

fn mail(input: &Input) -> Result<Raw, Failure> {
    let gone = || Failure::invalid("no-mail", "the mail is not there");
    let thread_id = match (&input.thread_id, &input.email_id) {
        (Some(id), _) => id.clone(),
        (None, email) => {
            let about = input.contact_id.clone().map_or(About::Mine, About::Contact);
            let mails = context::emails(&about).optional()?.map(|read| read.value).unwrap_or_default();
            let entry = mails.into_iter().find(|mail| Some(&mail.id) == email.as_ref()).ok_or_else(gone)?;
            entry.thread_id.ok_or_else(gone)?
        }
    };
    let read = context::thread(&thread_id).optional()?.ok_or_else(gone)?;
    let messages = read.value.messages;
    let this = match &input.email_id {
        Some(id) => messages.iter().position(|mail| mail.id == *id),
        None => messages.iter().rposition(|mail| mail.direction == "in"),
    };
    let this = this.ok_or_else(gone)?;
    let mail = messages.get(this).ok_or_else(gone)?;
    let new = mail.body.get(newest(&mail.body)).unwrap_or_default();
    let body = new.get(..signature(new).map_or(new.len(), |signature| signature.start)).unwrap_or(new);
    Ok(Raw {
        texts: vec![body.to_owned()],
        read_id: Some(read.read_id),
        at: instant_ms(&mail.at),
        by_rep: mail.direction == "out",
        signature: (mail.direction != "out").then(|| new.to_owned()),
        email_id: Some(mail.id.clone()),
        thread_id: Some(thread_id),
        this,
        messages: messages.clone(),
        spoken: None,
    })
}

fn turn(call: &Call, input: &Input) -> Result<Raw, Failure> {
    let asked = MeetingInput {
        transcript_id: input.transcript_id.clone(),
        meeting_id: input.meeting_id.clone(),
        contact_id: input.contact_id.clone(),
        deal_id: input.deal_id.clone(),
        ..MeetingInput::default()
    };
    let meeting = Loaded::load(call, &asked)?;
    let turns = &meeting.transcript.turns;
    let Some(at) = input.phrase_turn.and_then(|turn| turns.iter().position(|other| other.index == turn)) else {
        return Err(Failure::invalid("no-turn", "the transcript has no such turn"));
    };
    let side = turns.get(at).map_or(Side::Unknown, |turn| meeting.side(turn));
    let texts = turns.iter().skip(at).take(1 + FOLLOWING_TURNS).map(|turn| turn.text.clone()).collect();
    let started = meeting.meeting.as_ref().and_then(|meeting| instant_ms(&meeting.started_at));
    Ok(Raw {
        texts,
        read_id: Some(meeting.read_id.clone()),
        at: started,
        by_rep: side == Side::Rep,
        spoken: Some((meeting, at)),
        ..Raw::default()
    })
}

/// Where the other side is: by the CRM, by their signature, by their phone.
fn zone_of(contact: Option<&Contact>, mail: Option<&str>) -> Option<(String, &'static str, Option<String>)> {
    let exists = |zone: &String| Anchor::new(0, zone).is_some();
    if let Some(zone) = contact.and_then(|contact| contact.zone.clone()).filter(exists) {
        return Some((zone, "contact", None));
    }
    if let Some((mail, found)) = mail.and_then(|mail| Some((mail, whereabouts(mail)?))) {
        let by = match found.by {
            skillhost_language::ToldBy::Place => "place",
            skillhost_language::ToldBy::Phone => "phone",
        };
        return Some((found.zone.to_owned(), by, mail.get(found.range).map(str::to_owned)));
    }
    let phone = contact.and_then(|contact| contact.phone.as_deref())?;
    let (_, zone) = zones_of_phones(phone).into_iter().next()?;
    Some((zone.to_owned(), "phone", None))
}

/// No longer than what is read; cut between characters.
fn bounded(mut text: String) -> String {
    let mut end = MAX_TEXT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}
