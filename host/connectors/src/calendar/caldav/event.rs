//! A new event in a calendar, known by its uid.
//!
//! To put one twice is to put it once: it goes to an address made of its uid, and only
//! where nothing is there (`If-None-Match: *`). What is found there instead is the same
//! event where it bears the mark of the same text, and is otherwise left alone.

use reqwest::header::ETAG;
use sha2::{Digest as _, Sha256};

use super::discover::{Calendar, rendered};
use super::error::CaldavError;
use super::within::Object;
use super::{CaldavClient, Call, ICALENDAR, ask};
use crate::invitation::Put;

/// Property that tells an event of this host from another one of the same uid.
const MARK: &str = "X-SKILLHOST-DIGEST";
/// What a server says that asks the attendees by itself (RFC 6638).
const ASKS: &str = "calendar-auto-schedule";

/// An event that is to be put somewhere.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    /// Its uid for good.
    pub uid: &'a str,
    /// As iCalendar, with or without a method.
    pub ics: &'a str,
}

impl CaldavClient {
    /// Puts an event into a calendar, for an effect.
    pub async fn invite(&self, calendar: &Calendar, event: NewEvent<'_>) -> Put {
        match self.put_new(calendar, event).await {
            Ok((place, asks)) => Put::There { place, asks },
            Err(error) => error.into(),
        }
    }

    /// Puts an event where none of its uid is: its address, and whether the server asks
    /// the attendees.
    ///
    /// # Errors
    /// [`CaldavError::Changed`] where another event has the uid.
    pub async fn put_new(&self, calendar: &Calendar, event: NewEvent<'_>) -> Result<(String, bool), CaldavError> {
        let asks = self.asks_attendees(calendar).await?;
        let ics = marked(event.ics);
        let url = self.at(&calendar.href)?.join(&file_name(event.uid)).map_err(|_| CaldavError::Unreadable)?;
        let headers = [("if-none-match", "*")];
        let call = Call { method: "PUT", url: url.clone(), headers: &headers, body: Some((ICALENDAR, ics.clone())) };
        let (reply, headers) = self.call(call).await?;
        match reply.status {
            // A page under 200 took nothing: what stores an event says so, or gives it a mark.
            201 | 204 => Ok((url.path().to_owned(), asks)),
            200 if headers.contains_key(ETAG) => Ok((url.path().to_owned(), asks)),
            200..=399 => Err(CaldavError::NotDav),
            409 | 412 | 403 => match self.of_uid(calendar, event.uid, url.path()).await? {
                Some(there) if is_same(&there.ics, &ics) => Ok((there.href, asks)),
                Some(_) => Err(CaldavError::Changed),
                None if reply.status == 412 => Err(CaldavError::Changed),
                None if reply.status == 409 => Err(CaldavError::NotFound),
                None => Err(CaldavError::of(&reply)),
            },
            _ => Err(CaldavError::of(&reply)),
        }
    }

    /// Replaces an object that is still as it was read; its new mark, where the server
    /// says it.
    ///
    /// # Errors
    /// [`CaldavError::Changed`] where somebody else was first.
    pub async fn replace(&self, object: &Object, ics: &str) -> Result<Option<String>, CaldavError> {
        let headers = [("if-match", object.etag.as_str())];
        let body = Some((ICALENDAR, ics.to_owned()));
        let (reply, headers) =
            self.call(Call { method: "PUT", url: self.at(&object.href)?, headers: &headers, body }).await?;
        match reply.status {
            200 | 201 | 204 => Ok(headers.get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned)),
            202..=399 => Err(CaldavError::NotDav),
            _ => Err(CaldavError::of(&reply)),
        }
    }

    /// The event with this uid: at its address, or wherever the server has it.
    async fn of_uid(&self, calendar: &Calendar, uid: &str, path: &str) -> Result<Option<Object>, CaldavError> {
        let call = Call { method: "GET", url: self.at(path)?, headers: &[], body: None };
        let (reply, headers) = self.call(call).await?;
        if reply.status == 200 {
            let etag = headers.get(ETAG).and_then(|etag| etag.to_str().ok()).unwrap_or_default().to_owned();
            let ics = String::from_utf8(reply.body).map_err(|_| CaldavError::Unreadable)?;
            return Ok(Some(Object { href: path.to_owned(), etag, ics }));
        }
        let found = self.ask("REPORT", self.at(&calendar.href)?, "1", rendered(&ask::ByUid { uid })?).await;
        match found {
            Ok(found) => Ok(self.read(found)?.into_iter().next()),
            // A server that was told to forbid, or that cannot search, says nothing of it.
            Err(CaldavError::Refused | CaldavError::NotFound | CaldavError::Unsupported) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn asks_attendees(&self, calendar: &Calendar) -> Result<bool, CaldavError> {
        let call = Call { method: "OPTIONS", url: self.at(&calendar.href)?, headers: &[], body: None };
        let (reply, headers) = self.call(call).await?;
        if !(200..300).contains(&reply.status) {
            return Err(CaldavError::of(&reply));
        }
        let offers: Vec<&str> = headers.get_all("dav").iter().filter_map(|value| value.to_str().ok()).collect();
        // Whoever does not say `calendar-access` keeps no calendars.
        if !offers.iter().any(|offer| offer.contains("calendar-access")) {
            return Err(CaldavError::NotDav);
        }
        Ok(offers.iter().any(|offer| offer.split(',').any(|word| word.trim() == ASKS)))
    }
}

/// The last part of an event's address: of its uid alone.
fn file_name(uid: &str) -> String {
    let plain = uid.len() <= 200 && uid.chars().all(|c| c.is_ascii_alphanumeric() || "-_@".contains(c));
    if plain && !uid.is_empty() {
        format!("{uid}.ics")
    } else {
        format!("{}.ics", hex::encode(Sha256::digest(uid.as_bytes())))
    }
}

/// The text as a server keeps it: without a method, and with the mark of what it says.
fn marked(ics: &str) -> String {
    let lines = ics.lines().filter(|line| !line.to_ascii_uppercase().starts_with("METHOD:"));
    let kept: Vec<&str> = lines.collect();
    let digest = hex::encode(Sha256::digest(kept.join("\n").as_bytes()));
    let mut text = String::with_capacity(ics.len() + 120);
    let mut is_marked = false;
    for line in kept {
        if !is_marked && line.eq_ignore_ascii_case("END:VEVENT") {
            text.push_str(&format!("{MARK}:{digest}\r\n"));
            is_marked = true;
        }
        text.push_str(line);
        text.push_str("\r\n");
    }
    text
}

/// The mark of a text, which a server may have folded.
fn mark(ics: &str) -> Option<String> {
    let unfolded = ics.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let line = unfolded.lines().find(|line| line.to_ascii_uppercase().starts_with(MARK))?;
    line.split_once(':').map(|(_, digest)| digest.trim().to_owned())
}

fn is_same(there: &str, ours: &str) -> bool {
    mark(there).is_some_and(|mark_there| mark(ours) == Some(mark_there))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_event_is_known_by_what_it_says_not_by_its_method() {
        let event = |method: &str, title: &str| {
            format!(
                "BEGIN:VCALENDAR\r\n{method}BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            )
        };
        let kept = marked(&event("METHOD:REQUEST\r\n", "a"));
        assert!(!kept.contains("METHOD") && kept.contains(MARK));
        assert!(is_same(&kept, &marked(&event("", "a"))));
        assert!(!is_same(&kept, &marked(&event("", "b"))));
        assert!(!is_same(&event("", "a"), &kept), "one that somebody else put there");
        let digest = mark(&kept).unwrap();
        let folded = kept.replace(&digest, &format!("{}\r\n {}", &digest[..20], &digest[20..]));
        assert!(is_same(&folded, &kept));
    }

    #[test]
    fn an_address_is_made_of_the_uid_and_stays_in_the_calendar() {
        assert_eq!(file_name("meet-1@acme"), "meet-1@acme.ics");
        for odd in ["", "../x", "a/b", "ü", "a.b", "a b"] {
            let name = file_name(odd);
            assert!(name.len() == 68 && !name.contains(['/', '%']), "{name}");
        }
    }
}
