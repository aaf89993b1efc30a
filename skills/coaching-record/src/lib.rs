//! What the skills of the weekly coaching hand to each other.
//!
//! A library of the skills, not a skill: it has no `skill.toml`. [`Week`] says which
//! calls count, [`Analysis`] is what `coaching-analysis` measured of one,
//! [`Rolled`] the week's numbers, [`Patterns`] what goes with deals won and lost.
//! [`kept()`] reads what was kept of earlier calls and weeks, [`calls`] the calls of it.
//! [`Behaviour`] is the one place that says what is measured and what is better.
//!
//! To coach one more thing: a row of [`Behaviour::ALL`], read from an analysis.

mod analysis;
mod behaviour;
mod kept;
mod patterns;
mod rolled;
mod week;

pub use analysis::{Analysis, Asked, Objection, Questions, Remark, Stretch, Talk, Unanswered};
pub use behaviour::{Aim, Behaviour, DISCOVERY, EARLY_SECONDS, duration};
pub use kept::{KeptCall, calls, kept, kept_since};
pub use patterns::{Pattern, Patterns};
pub use rolled::{CallNumbers, Number, Rolled, WeekValue, thousandths};
pub use week::{ClosedDeal, Invited, LeftOut, Week, WeekMeeting};
