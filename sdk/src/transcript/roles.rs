//! Which speaker sits on which side of the table.

use std::collections::BTreeMap;

use super::Transcript;
use crate::sources::{Attendee, Side};

/// What is known of who was there.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// Who was invited, with sides where the host knows them.
    pub attendees: &'a [Attendee],
    /// The rep's name.
    pub rep_name: Option<&'a str>,
    /// The rep's address.
    pub rep_email: Option<&'a str>,
    /// The org's own mail domains.
    pub own_domains: &'a [String],
}

/// Side of each speaker name of the transcript.
pub fn assign(transcript: &Transcript, known: &Known<'_>) -> BTreeMap<String, Side> {
    let _ = known;
    transcript.speakers().into_iter().map(|name| (name.to_owned(), Side::Unknown)).collect()
}
