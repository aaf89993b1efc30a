//! The line in the history: what kind of mail it was, and the words that say so. The
//! mail itself is kept where mails are kept.

use mail_reading::{Reading, bare_subject};
use meeting_record::{long_day, quoted, shortened};
use skillhost_sdk::Activity;

use crate::About;
use crate::input::Input;

/// Longest subject and longest quote, characters.
const MAX_SUBJECT: usize = 160;
const MAX_QUOTE: usize = 240;

pub(crate) fn line(input: &Input, reading: &Reading, about: &About) -> Activity {
    let subject = bare_subject(input.subject.as_deref().unwrap_or_default());
    let who = about.contact.as_ref().map_or("Somebody", |contact| contact.name.as_str());
    let mut body = format!("{who} {}.", reading.class.in_words());
    if let Some(words) = quoted(&reading.quote, MAX_QUOTE) {
        body.push_str(&format!(" {words}"));
    }
    if let Some(day) = reading.away.as_ref().and_then(|away| away.return_date.as_deref()) {
        body.push_str(&format!(" Back on {}.", long_day(day, i64::MAX / 2).unwrap_or_else(|| day.to_owned())));
    }
    if let Some(bounce) = &reading.bounce {
        body.push_str(&format!(" Not reached: {}.", bounce.addresses.join(", ")));
    }
    Activity {
        kind: "email".to_owned(),
        contact_id: about.contact.as_ref().map(|contact| contact.id.clone()),
        deal_id: about.deal.as_ref().map(|deal| deal.id.clone()),
        subject: shortened(if subject.is_empty() { "Mail" } else { subject }, MAX_SUBJECT),
        body,
    }
}
