//! Reads what a mail or message asks of a calendar.
//!
//! [`source`] finds the text and who wrote it when and where, [`newest`] leaves the
//! quoted history away, [`offered`] looks up what was offered before, and
//! `skillhost_language::scheduling` reads. [`reading`] is the one function that the
//! text goes through; a model would stand in front of it and be held against it.

mod offered;
mod reading;
mod source;

use free_time::record::{Kind, Request};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::sources::Side;
use skillhost_sdk::{Call, Failure, Outcome, skill};

pub use reading::{Writer, read};
pub use skillhost_language::mail::newest;

/// Names the text to read, or brings it. The first of these that is there counts:
/// `text`, a mail, a turn of a transcript, `quote`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The words themselves.
    pub text: Option<String>,
    /// Who wrote or said them; the prospect where it is not known.
    pub speaker: Option<Side>,
    /// A mail; with its conversation, or found among the contact's.
    pub email_id: Option<String>,
    /// A conversation; its newest mail to the rep where no mail is named.
    pub thread_id: Option<String>,
    /// Whom it is about.
    pub contact_id: Option<String>,
    /// What it is about.
    pub deal_id: Option<String>,
    /// A meeting in which it was said.
    pub meeting_id: Option<String>,
    /// Its transcript.
    pub transcript_id: Option<String>,
    /// The turn of the transcript.
    pub phrase_turn: Option<usize>,
    /// The words that an intent was detected in.
    pub quote: Option<String>,
    /// The intent: `schedule_meeting` or `meeting`.
    pub intent: Option<String>,
    /// By when, as it was detected: a day or an instant.
    pub deadline: Option<String>,
    /// How sure the intent was.
    pub confidence: Option<f64>,
}

/// Finds the text and reads it.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Request>, Failure> {
    let found = source::find(call, &input)?;
    let mut request = reading::of(&found, &input);
    request.email_id = found.email_id.clone();
    request.thread_id = found.thread_id.clone();
    let summary = match request.kind {
        Kind::MeetingRequest => "a meeting is asked for",
        Kind::Reschedule => "a meeting is to be moved",
        Kind::Cancel => "a meeting is called off",
        Kind::Confirm => "a time is confirmed",
        Kind::None => "nothing is asked of the calendar",
    };
    let mut outcome = Outcome::new(request).summary(summary);
    let quotes: Vec<(String, String)> =
        outcome.output.evidence.iter().map(|quote| (quote.quote.clone(), quote.supports.clone())).collect();
    if let Some(read_id) = &found.read_id {
        for (quote, supports) in quotes {
            outcome = outcome.evidence(read_id.clone(), quote, supports);
        }
    }
    if let Some((read_id, zone)) = found.contact_evidence(&outcome.output) {
        outcome = outcome.evidence(read_id, zone, "/their_zone");
    }
    Ok(outcome)
}

skillhost_sdk::cases!();
