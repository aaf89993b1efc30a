//! The times that the rep offered before, in the newest mail they wrote.

use skillhost_language::scheduling::{Correspondence, moments};
use skillhost_language::{Anchor, signature};
use skillhost_sdk::sources::{ThreadMessage, instant_ms};

use crate::newest;

/// Most times of a mail that count as offered; a longer list is a timetable.
const MOST: usize = 9;

/// The times of the last mail of the rep before this one, epoch milliseconds. They
/// are read in `zone`, the other side's, as mails with options are written.
pub(crate) fn before(messages: &[ThreadMessage], this: usize, zone: &str) -> Vec<i64> {
    let Some(mail) = messages.iter().take(this).rev().find(|mail| mail.direction == "out") else { return Vec::new() };
    let Some(anchor) = instant_ms(&mail.at).and_then(|at| Anchor::new(at, zone)) else { return Vec::new() };
    let text = mail.body.get(newest(&mail.body)).unwrap_or_default();
    let text = text.get(..signature(text).map_or(text.len(), |signature| signature.start)).unwrap_or(text);
    let setting = Correspondence { anchor: &anchor, reader_zone: zone, offered: &[] };
    let mut times: Vec<i64> = Vec::new();
    for found in moments(text, &setting) {
        let at = found.value.timestamp().as_millisecond();
        if !times.contains(&at) {
            times.push(at);
        }
    }
    if times.len() > MOST { Vec::new() } else { times }
}
