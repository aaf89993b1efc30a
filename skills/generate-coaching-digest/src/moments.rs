//! Whether the words of a moment are where they are said to be.

use std::collections::BTreeMap;

use coaching_record::Week;
use skillhost_sdk::Failure;
use skillhost_sdk::context::{self, Optional, Read};
use skillhost_sdk::sources::TranscriptText;

use crate::ToDo;
use crate::themes::Theme;

/// Most transcripts that are read again.
const MOST_READ: usize = 12;

/// Transcripts, each read once.
#[derive(Default)]
pub(crate) struct Book {
    read: BTreeMap<String, Option<Read<TranscriptText>>>,
}

impl Book {
    /// The clearest moment of a theme whose words are in its transcript, and the read
    /// that holds them.
    pub(crate) fn first_that_holds(&mut self, theme: &Theme, week: &Week) -> Result<Option<(ToDo, String)>, Failure> {
        for moment in &theme.moments {
            let Some(call) = week.meetings.get(moment.call) else { continue };
            let Some(read) = self.open(&call.transcript_id)? else { continue };
            if moment.quote.trim().is_empty() || !read.value.body.contains(&moment.quote) {
                continue;
            }
            let to_do = ToDo {
                theme: theme.name.to_owned(),
                what: moment.what.clone(),
                advice: theme.advice.to_owned(),
                times: theme.times,
                quote: moment.quote.clone(),
                time: moment.time.clone(),
                turn: moment.turn,
                meeting_id: call.meeting_id.clone(),
                title: call.title.clone(),
                day: call.started_at.get(..10).unwrap_or_default().to_owned(),
            };
            return Ok(Some((to_do, read.read_id.clone())));
        }
        Ok(None)
    }

    fn open(&mut self, id: &str) -> Result<Option<&Read<TranscriptText>>, Failure> {
        if !self.read.contains_key(id) {
            if self.read.len() >= MOST_READ {
                return Ok(None);
            }
            let read = context::transcript(id).optional()?;
            self.read.insert(id.to_owned(), read);
        }
        Ok(self.read.get(id).and_then(Option::as_ref))
    }
}
