//! What a mail or message asks of a calendar: a meeting, another time, none, or yes
//! to a time; when, when not, how long, with whom and how.
//!
//! [`day`] and [`hours`] read times with the deadline grammar, [`item`] puts them
//! together, [`piece`] says which are offered and which ruled out, [`cue`] what a
//! sentence does with a meeting, [`settle`] draws the sum. Nothing here reads a
//! clock or a calendar.
//!
//! A text that asks for nothing gives [`Wanted::Nothing`] and nothing else, however
//! many dates it names.

mod attendees;
mod cue;
mod day;
mod hours;
mod item;
mod length;
mod manner;
mod piece;
mod settle;
#[cfg(test)]
mod tests;

use std::ops::Range;

use jiff::Zoned;
use jiff::civil::{Date, Time, Weekday};

use crate::deadline::{Anchor, When};

pub use attendees::Named;
pub use manner::{Mode, Urgency};
pub use settle::{moments, scheduling};

/// What is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// A meeting, at a time still to be found or agreed.
    Meeting,
    /// Another time for a meeting there is.
    AnotherTime,
    /// No meeting where there was one.
    NoMeeting,
    /// Yes to a time.
    Yes,
    /// Nothing.
    #[default]
    Nothing,
}

/// Who writes to whom, and what was offered before.
#[derive(Clone, Debug)]
pub struct Correspondence<'a> {
    /// The moment of writing in the writer's zone: "tomorrow" is theirs.
    pub anchor: &'a Anchor,
    /// The zone of whom they write to: "your time".
    pub reader_zone: &'a str,
    /// Times that were offered to the writer, in order, epoch milliseconds.
    pub offered: &'a [i64],
}

/// Days of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Any.
    Any,
    /// This weekday of every week.
    Every(Weekday),
    /// From one to another, both in it.
    Between(Date, Date),
}

/// A part of the calendar, in [`Scheduling::zone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its days.
    pub days: Days,
    /// From this time of each day.
    pub from: Option<Time>,
    /// To this time of each day.
    pub until: Option<Time>,
}

/// Something read, with the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// What.
    pub value: T,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// In which zone times are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Nothing was said: the writer's.
    Writers,
    /// "Your time": that of whom they write to.
    Readers,
    /// One that was named.
    Named(&'static str),
}

/// A text understood.
#[derive(Clone, Debug, Default)]
pub struct Scheduling {
    /// What is wanted.
    pub wanted: Wanted,
    /// The words that say so.
    pub said: Option<Range<usize>>,
    /// How sure.
    pub confidence: f64,
    /// Minutes.
    pub duration_min: Option<Read<i64>>,
    /// The first day that was named, and the last unless it is open.
    pub window: Option<(When, Option<When>)>,
    /// When it should be, where that is less than all of the window.
    pub preferred: Vec<Read<Stretch>>,
    /// When it cannot be.
    pub excluded: Vec<Read<Stretch>>,
    /// Exact times, with their ends where one was named.
    pub proposed: Vec<Read<(Zoned, Option<Zoned>)>>,
    /// The meeting that is moved or dropped.
    pub about: Option<Read<When>>,
    /// The zone that was said.
    pub zone: Option<Read<Zone>>,
    /// Who should come.
    pub attendees: Vec<Named>,
    /// How to meet.
    pub mode: Option<Read<Mode>>,
    /// How soon.
    pub urgency: Urgency,
    /// Its words.
    pub urgency_said: Option<Range<usize>>,
}
