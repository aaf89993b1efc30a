//! What the skills of a meeting hand to each other.
//!
//! A library of the skills, not a skill: it has no `skill.toml`. It holds the
//! shapes of the outputs that later steps read (call type, action items,
//! intents) and the few questions all of them ask: who is who, is this the same
//! thing said twice, which day is that.
//!
//! Every field has a default and unknown ones are ignored, because a step that
//! was skipped or failed leaves null, and a newer skill may say more.
//!
//! To add a shape: a file named after it, its types here.

mod action_items;
mod call_type;
mod day;
mod intents;
mod meeting;
mod person;
mod rival;
mod wording;

pub use action_items::{ActionItem, ActionItems, Decision};
pub use call_type::{CallType, Speaker};
pub use day::{by_when, days_until, is_task_due, long_day, short_when};
pub use intents::{FollowUpItem, Intents, Said, Signal};
pub use meeting::{Attendee, Meeting};
pub use person::{first_name, greeting_names, same_person};
pub use rival::rival_in;
pub use wording::{capitalised, hangs_on_talk, lower_first, one_line, quoted, reason, same_matter, shortened};
