//! What the skills that brief a rep share.
//!
//! A library of the skills, not a skill: it has no `skill.toml`. It knows the
//! meeting ahead ([`Appointment`]) and the records around it ([`account`]), the
//! day it is where the rep is ([`RepClock`]), how money is written ([`money`]), and the
//! shapes of the outputs that a later step reads.
//!
//! Every claim names its [`Source`]. A source that could not be read is a
//! [`Missing`] of its own: it leaves a gap that is named, never a guess.
//!
//! To add a shape: a file named after it, its types here. Every field has a
//! default and unknown ones are ignored, because a step that failed leaves null.

pub mod account;
mod appointment;
mod clock;
mod company_name;
mod day_ahead;
mod delivery;
mod empty_words;
mod history;
mod line;
pub mod money;
mod owed;
mod own_words;
mod people;
mod published;
mod reading;
mod revival;
pub mod tally;

pub use appointment::{Appointment, AppointmentInput, Invited, Kind, Person};
pub use clock::RepClock;
pub use company_name::same_company;
pub use day_ahead::{Attention, AttentionItem, DayAhead, MeetingAhead, Overnight, Pulse, PulseLine, Update};
pub use delivery::delivers;
pub use empty_words::{empty_words, matter_of};
pub use history::{DealState, History, LastWord, Moved, OpenPromise, Touch};
pub use line::{Line, Proof, Source, exact_line, proven, without_greeting};
pub use owed::{Owed, OwedItems, State};
pub use own_words::{own_words, read_part};
pub use people::{AttendeeFacts, Attendees, Change, Fact};
pub use published::{LeftOut, NewsItem, NewsItems};
pub use reading::{Missing, Reading};
pub use revival::{Stall, Topic, Trigger, Triggers};
pub use skillhost_language::mail::{Writer, writer};
