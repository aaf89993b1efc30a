//! When two people can meet.
//!
//! A library of the calendar skills, not a skill: it has no `skill.toml`. It
//! reads nothing and knows no clock; instants are epoch milliseconds, everything
//! local is a minute of a day in a zone.
//!
//! [`local`] turns "nine to five on weekdays" into instants, [`Times`] are sets of
//! instants with the usual arithmetic, [`slots`] gives every start that keeps all
//! rules, [`score`] says how good one is, [`choice`] takes a few that are apart
//! from each other, [`Known`] is what calendars said and what they could not,
//! [`Moved`] the meeting that a request moves. [`record`] holds the shapes that the skills hand to each other.
//!
//! Local times that a change of the clocks skips are in no set; those that it
//! repeats are in it twice. Both hold for every zone, because nothing here
//! converts a local time to an instant: a set is cut out of stretches in which the
//! zone keeps one offset.
//!
//! To add a rule: a field of [`Rules`], its set of instants in [`slots`], and its
//! line in the minute-by-minute oracle of `tests/oracle`.

mod business_days;
mod choice;
mod hours;
mod known;
mod local;
mod moved;
pub mod record;
mod score;
mod slots;
mod span;
mod spelling;
mod times;

pub use business_days::{Turn, nth_business_day};
pub use choice::pick;
pub use hours::Week;
pub use known::Known;
pub use local::{DaySpan, MINUTES_A_DAY, day_in, minute_of_day, times_of};
pub use moved::{Moved, OtherSide};
pub use score::{Mark, Rated, View, rate};
pub use slots::{Asked, Rules, slots};
pub use span::{DAY_MS, MINUTE_MS, Span};
pub use spelling::{clock, day_name, instant, place, say, weekday_name};
pub use times::Times;
