//! What every skill that listens to a meeting reads first: the transcript as
//! turns, who was there, on which side each speaker sits, and the moment that
//! "tomorrow" was said.
//!
//! Only the transcript is required. Where org, user or meeting cannot be read,
//! sides stay unknown and the clock is the call's.

mod input;
mod loaded;
mod quoting;

pub use input::{CallType, Invitee, MeetingInput, SpeakerRole};
pub use loaded::Loaded;
