//! How a deal stands, by arithmetic alone.
//!
//! A library of the skills, not a skill. [`assess`] turns one deal of the pipeline
//! into its numbers and the points they give; every point has a reason that names
//! the number. [`worst_first`] orders deals, and ties do not depend on how they came.
//!
//! To weigh one more thing: a rule in [`points`] and its row in the table of
//! `analyse-pipeline/SKILL.md`.

mod assessed;
mod points;

pub use assessed::{Assessed, CLOSING_SOON_DAYS, STALE_DAYS, assess, worst_first};
pub use points::{AT_RISK_POINTS, Reason};
