//! Promises, requests and buying signals of a call.
//!
//! The recognisers are `skillhost-language`; this skill keeps what is said by a
//! known side, grades it, and suggests the events that follow from it. [`by_model`]
//! is where a model may add what they did not hear. To make
//! one more intent suggest an event, add an arm to `follow_ups::event_for`.

mod by_model;
mod by_words;
mod findings;
mod follow_ups;
pub mod learned;
mod output;
mod signals;

use meeting_source::{Loaded, MeetingInput};
use skillhost_sdk::{Call, Failure, Outcome, skill};

pub use output::Output;

/// A host takes this many pieces of evidence and refuses an outcome with more; a
/// longer call proves its promises and requests first, then its signals.
const MOST_EVIDENCE: usize = 500;

/// Reads the transcript and reports what it holds.
#[skill]
pub fn run(call: &Call, input: MeetingInput) -> Result<Outcome<Output>, Failure> {
    let meeting = Loaded::load(call, &input)?;
    let findings = findings::gather(&meeting);
    let internal = input.call_type.as_ref().is_some_and(|call_type| call_type.is_internal);
    let follow_ups = if internal { Vec::new() } else { follow_ups::suggest(&meeting, &input, &findings) };
    let mut outcome = Outcome::new(findings.output).summary(findings.line);
    for (quote, pointer) in findings.evidence.into_iter().take(MOST_EVIDENCE) {
        outcome = outcome.evidence(meeting.read_id.clone(), quote, pointer);
    }
    for follow_up in follow_ups {
        outcome = outcome.follow_up(follow_up);
    }
    Ok(outcome)
}

skillhost_sdk::cases!();
