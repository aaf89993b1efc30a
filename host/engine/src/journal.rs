//! How a [`JobEvent`] is written into the journal and read back.
//!
//! A body is the event's JSON with `"v"` beside it. A version this host does
//! not know is refused: skipping an event would silently change what happened.

use serde_json::Value;

use crate::ids::JobId;
use crate::job::{JOURNAL_VERSION, JobEvent};
use crate::store::JournalEntry;
use crate::time::Timestamp;

/// Bytes that most lines fit into.
const USUAL_BYTES: usize = 2048;

/// Why a line of a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Written by another version of the host.
    #[error("journal of {job}, line {seq}: version {found} is not known to this host (it writes {JOURNAL_VERSION})")]
    UnknownVersion {
        /// Which job.
        job: JobId,
        /// Which line.
        seq: u64,
        /// What it says.
        found: String,
    },
    /// Not an event.
    #[error("journal of {job}, line {seq}: not an event")]
    NotAnEvent {
        /// Which job.
        job: JobId,
        /// Which line.
        seq: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A line is missing or doubled.
    #[error("journal of {job}: line {expected} is missing, found {found}")]
    Gap {
        /// Which job.
        job: JobId,
        /// Line that should stand here.
        expected: u64,
        /// Line that does.
        found: u64,
    },
    /// An event could not be written.
    #[error("an event of {job} cannot be written")]
    NotWritable {
        /// Which job.
        job: JobId,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The line for an event.
pub fn encode(job: &JobId, seq: u64, event: &JobEvent, at: Timestamp) -> Result<JournalEntry, JournalError> {
    let not_writable = |source| JournalError::NotWritable { job: job.clone(), source };
    // An event is an object with at least its tag: its brace becomes the comma
    // behind the version. To let serde flatten one into the other costs as much
    // as all the rest of a line.
    let mut body = Vec::with_capacity(USUAL_BYTES);
    body.extend_from_slice(format!("{{\"v\":{JOURNAL_VERSION}").as_bytes());
    let seam = body.len();
    serde_json::to_writer(&mut body, event).map_err(not_writable)?;
    if let Some(brace) = body.get_mut(seam) {
        *brace = b',';
    }
    let body = String::from_utf8(body).map_err(|error| not_writable(serde::ser::Error::custom(error)))?;
    Ok(JournalEntry { job: job.clone(), seq, kind: kind(event).to_owned(), body, at })
}

/// The event of a line.
pub fn decode(entry: &JournalEntry) -> Result<JobEvent, JournalError> {
    let not_an_event = |source| JournalError::NotAnEvent { job: entry.job.clone(), seq: entry.seq, source };
    let mut body: Value = serde_json::from_str(&entry.body).map_err(not_an_event)?;
    let version = body.as_object_mut().and_then(|body| body.remove("v")).unwrap_or(Value::Null);
    if version != JOURNAL_VERSION {
        return Err(JournalError::UnknownVersion {
            job: entry.job.clone(),
            seq: entry.seq,
            found: version.to_string(),
        });
    }
    serde_json::from_value(body).map_err(not_an_event)
}

/// The name of an event, for queries; equal to its tag.
pub fn kind(event: &JobEvent) -> &'static str {
    match event {
        JobEvent::Planned { .. } => "planned",
        JobEvent::StepProposed { .. } => "step_proposed",
        JobEvent::StepFailed { .. } => "step_failed",
        JobEvent::StepSkipped { .. } => "step_skipped",
        JobEvent::StepFanned { .. } => "step_fanned",
        JobEvent::ApprovalSettled { .. } => "approval_settled",
        JobEvent::ApprovalReopened { .. } => "approval_reopened",
        JobEvent::ApprovalAsked { .. } => "approval_asked",
        JobEvent::EffectSettled { .. } => "effect_settled",
        JobEvent::FollowedUp { .. } => "followed_up",
        JobEvent::Ended { .. } => "ended",
        JobEvent::Retried { .. } => "retried",
        JobEvent::Paused { .. } => "paused",
        JobEvent::Resumed { .. } => "resumed",
        JobEvent::SentBack { .. } => "sent_back",
        JobEvent::OutputEdited { .. } => "output_edited",
        JobEvent::EffectRequeued { .. } => "effect_requeued",
        JobEvent::RunAnew { .. } => "run_anew",
    }
}
