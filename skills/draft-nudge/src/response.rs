//! Whether they came back.

use deal_record::Trigger;
use deal_source::Dealing;
use meeting_record::{one_line, shortened};
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_language::mail::{Writer, writer};
use skillhost_sdk::context::{self, About, Optional, Read};
use skillhost_sdk::sources::{Contact, EmailEntry, instant_ms};
use skillhost_sdk::{Failure, ReadError};

/// Mails whose headers are looked at: each is a read.
const MOST_OPENED: usize = 3;
/// How a machine's answer begins, where its headers are not known.
const AUTOMATIC: [&str; 12] = [
    "automatic reply",
    "autoreply",
    "auto-reply",
    "auto:",
    "out of office",
    "out of the office",
    "ooo:",
    "abwesend",
    "abwesenheit",
    "réponse automatique",
    "respuesta automática",
    "away:",
];
/// Longest subject that is shown, characters.
const MAX_SUBJECT: usize = 120;

/// Something that came from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Response {
    /// `email`, `meeting` or `call`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// RFC 3339.
    pub at: String,
    /// In a line.
    pub what: String,
    /// Words of it, exact.
    pub quote: Option<String>,
}

impl Response {
    /// Its day, `YYYY-MM-DD`.
    pub(crate) fn day(&self) -> &str {
        self.at.get(..10).unwrap_or(&self.at)
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The first of their answers.
    pub(crate) response: Option<Response>,
    /// The read that holds its quote.
    pub(crate) read_id: Option<String>,
    /// Mails of machines.
    pub(crate) automatic: Vec<Response>,
    /// Mails with the contact, newest first.
    pub(crate) emails: Vec<EmailEntry>,
}

fn list<T>(answer: Result<Read<Vec<T>>, ReadError>) -> Result<Option<Read<Vec<T>>>, Failure> {
    Ok(answer.optional()?)
}

/// Looks for an answer after `since` (all that is there where that is unknown).
pub(crate) fn find(
    dealing: &Dealing,
    contact: &Read<Contact>,
    trigger: &Trigger,
    since: Option<i64>,
    now: i64,
) -> Result<Found, Failure> {
    let later = |at: &str| instant_ms(at).is_some_and(|at| at <= now && since.is_none_or(|since| at > since));
    let mut found = Found::default();
    let of_contact = list(context::emails(&About::Contact(contact.value.id.clone())))?;
    let of_deal = match &dealing.deal {
        Some(deal) => list(context::emails(&About::Deal(deal.value.id.clone())))?,
        None => None,
    };
    let own_domain = contact.value.email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, host)| host);
    // A colleague of theirs who writes about this deal answers for them.
    let is_theirs = |mail: &EmailEntry, about_deal: bool| {
        let from = mail.from.to_lowercase();
        let own = contact.value.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(&from));
        own || about_deal && own_domain.is_some_and(|domain| from.ends_with(&format!("@{}", domain.to_lowercase())))
    };
    let mut answers: Vec<(Response, String)> = Vec::new();
    let mut opened = 0;
    for (read, about_deal) in [(&of_contact, false), (&of_deal, true)] {
        let Some(read) = read else { continue };
        for mail in
            read.value.iter().filter(|mail| mail.direction == "in" && later(&mail.at) && is_theirs(mail, about_deal))
        {
            let known = |response: &Response| response.id == mail.id;
            if answers.iter().any(|(response, _)| known(response)) || found.automatic.iter().any(known) {
                continue;
            }
            let response = response_of(mail);
            if is_automatic(mail, &mut opened)? {
                found.automatic.push(response);
            } else {
                answers.push((response, read.read_id.clone()));
            }
        }
    }
    if let Some(read) = list(context::meetings(&About::Contact(contact.value.id.clone())))? {
        for meeting in read.value.iter().filter(|meeting| later(&meeting.started_at)) {
            if trigger.meeting_id.as_ref() == Some(&meeting.id) {
                continue;
            }
            let title = shortened(&meeting.title, MAX_SUBJECT);
            let what = if title.is_empty() { "a meeting".to_owned() } else { format!("a meeting, “{title}”") };
            let quote = (!meeting.title.trim().is_empty()).then(|| meeting.title.clone());
            let at = meeting.started_at.clone();
            answers.push((
                Response { kind: "meeting".into(), id: meeting.id.clone(), at, what, quote },
                read.read_id.clone(),
            ));
        }
    }
    if let Some(read) = list(context::activities(&About::Contact(contact.value.id.clone())))? {
        // Mails and meetings have sources of their own, and what we noted is no answer.
        for entry in read.value.iter().filter(|entry| entry.kind == "call" && later(&entry.at)) {
            let subject = shortened(&entry.subject, MAX_SUBJECT);
            let quote = (!entry.subject.trim().is_empty()).then(|| entry.subject.clone());
            let what = format!("a call, “{subject}”");
            answers.push((
                Response { kind: "call".into(), id: entry.id.clone(), at: entry.at.clone(), what, quote },
                read.read_id.clone(),
            ));
        }
    }
    answers.sort_by(|(a, _), (b, _)| instant_ms(&a.at).cmp(&instant_ms(&b.at)).then_with(|| a.id.cmp(&b.id)));
    if let Some((response, read_id)) = answers.into_iter().next() {
        found.response = Some(response);
        found.read_id = Some(read_id);
    }
    found.emails = of_contact.map(|read| read.value).unwrap_or_default();
    Ok(found)
}

fn response_of(mail: &EmailEntry) -> Response {
    let subject = shortened(&mail.subject, MAX_SUBJECT);
    let what = if subject.is_empty() { "a mail".to_owned() } else { format!("a mail, “{subject}”") };
    let quote = (!mail.subject.trim().is_empty()).then(|| mail.subject.clone());
    Response { kind: "email".into(), id: mail.id.clone(), at: mail.at.clone(), what, quote }
}

/// By its headers, where they can be read; else by how its subject begins.
fn is_automatic(mail: &EmailEntry, opened: &mut usize) -> Result<bool, Failure> {
    let subject = one_line(&mail.subject).to_lowercase();
    let told = AUTOMATIC.iter().any(|start| subject.strip_prefix("re: ").unwrap_or(&subject).starts_with(start));
    let Some(thread_id) = mail.thread_id.as_deref().filter(|_| !told && *opened < MOST_OPENED) else { return Ok(told) };
    *opened += 1;
    let Some(thread) = context::thread(thread_id).optional()? else { return Ok(told) };
    let Some(message) = thread.value.messages.into_iter().find(|message| message.id == mail.id) else {
        return Ok(told);
    };
    Ok(writer(&message.headers, &message.from) != Writer::Person)
}
