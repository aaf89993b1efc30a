//! Where the other side is: what the input says, the contact, what the request told,
//! the signature of their newest mail, their phone number; in that order.

use skillhost_language::{ToldBy, whereabouts, zones_of_phones};
use skillhost_sdk::context::{self, About};
use skillhost_sdk::sources::Contact;
use skillhost_sdk::{Failure, Optional, Read};

use crate::input::Input;

/// Most mails that are opened for a signature.
const MAX_MAILS: usize = 2;

/// A zone, what it was told by, and the words that tell it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TheirZone {
    pub(crate) zone: String,
    pub(crate) from: &'static str,
    /// Read id and exact words.
    pub(crate) evidence: Option<(String, String)>,
}

fn exists(zone: &str) -> bool {
    jiff::tz::TimeZone::get(zone).is_ok()
}

/// Finds it.
///
/// # Errors
/// What the sources say, other than that there is nothing.
pub(crate) fn find(input: &Input, contact: Option<&Read<Contact>>) -> Result<Option<TheirZone>, Failure> {
    if let Some(zone) = input.their_zone.clone().filter(|zone| exists(zone)) {
        return Ok(Some(TheirZone { zone, from: "input", evidence: None }));
    }
    if let Some((read, zone)) =
        contact.and_then(|read| Some((read, read.value.zone.clone().filter(|zone| exists(zone))?)))
    {
        let evidence = Some((read.read_id.clone(), zone.clone()));
        return Ok(Some(TheirZone { zone, from: "contact", evidence }));
    }
    let told = input.request.as_ref().and_then(|request| {
        let zone = request.their_zone.clone().filter(|zone| exists(zone))?;
        let from = match request.their_zone_from.as_deref()? {
            "said" => "said",
            "place" => "place",
            "phone" => "phone",
            _ => return None,
        };
        Some(TheirZone { zone, from, evidence: None })
    });
    if told.is_some() {
        return Ok(told);
    }
    let Some(contact) = contact else { return Ok(None) };
    if let Some(found) = in_mails(&contact.value.id)? {
        return Ok(Some(found));
    }
    let phone = contact.value.phone.as_deref().and_then(|phone| {
        let (range, zone) = zones_of_phones(phone).into_iter().next()?;
        Some((phone.get(range)?.to_owned(), zone))
    });
    Ok(phone.map(|(words, zone)| TheirZone {
        zone: zone.to_owned(),
        from: "phone",
        evidence: Some((contact.read_id.clone(), words)),
    }))
}

/// The signature of the newest mails they wrote.
fn in_mails(contact_id: &str) -> Result<Option<TheirZone>, Failure> {
    let mails = context::emails(&About::Contact(contact_id.to_owned())).optional()?.map(|read| read.value);
    let mut threads: Vec<String> = Vec::new();
    for mail in mails.unwrap_or_default().iter().filter(|mail| mail.direction == "in") {
        if let Some(id) = mail.thread_id.clone().filter(|id| !threads.contains(id)) {
            threads.push(id);
        }
    }
    for id in threads.into_iter().take(MAX_MAILS) {
        let Some(read) = context::thread(&id).optional()? else { continue };
        let newest = read.value.messages.iter().rev().find(|mail| mail.direction == "in");
        let found = newest.and_then(|mail| {
            let found = whereabouts(&mail.body)?;
            let from = match found.by {
                ToldBy::Place => "place",
                ToldBy::Phone => "phone",
            };
            let words = mail.body.get(found.range)?.to_owned();
            Some(TheirZone { zone: found.zone.to_owned(), from, evidence: Some((read.read_id.clone(), words)) })
        });
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
