//! What the skills of campaigns hand to each other.
//!
//! A library of the skills, not a skill: it has no `skill.toml`. It holds the
//! shapes of their outputs; how sure a number in them is, is `certainty`'s.
//!
//! To add a number: a field of the report it is shown in, and a row in
//! `monitor-campaigns`.

mod replies;
mod report;
mod suggestion;

pub use mail_reading::Class;
pub use replies::{ClassCount, Classified, ClassifiedReply, Quality, is_human};
pub use report::{Comparison, Contender, Flag, Monitored, Report, StepReport, Trend};
pub use suggestion::{Suggestion, Suggestions};
