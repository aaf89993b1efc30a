//! What the skills of a deal hand to each other.
//!
//! A library of the skills, not a skill: it has no `skill.toml`. It holds the
//! shapes that later steps read ([`Trigger`], [`Populated`], [`Written`],
//! [`Document`], [`Selection`]) and the few questions all of them ask: how is this
//! sum written ([`money`]), which day is that ([`written_day`]), are these words
//! about that topic ([`Topics`]), does this template fit ([`Fit`]).
//!
//! Every field has a default and unknown ones are ignored, because a step that
//! was skipped or failed leaves null, and a newer skill may say more.
//!
//! To add a shape: a file named after it, its types here.

mod day;
mod document;
mod fit;
mod mail;
mod markdown;
mod money;
mod populated;
mod review;
mod selection;
mod topic;
mod trigger;
mod written;

pub use day::{day_of, written_day};
pub use document::{Artefact, Document};
pub use fit::{Candidate, Fit, Setting, Verdict};
pub use mail::newest_part;
pub use markdown::escaped;
pub use money::money;
pub use populated::{Filled, Missing, Populated, Section};
pub use review::{is_reviewed, review_subject, review_text};
pub use selection::{Asked, Chosen, Price, Selection};
pub use topic::{Topics, telling};
pub use trigger::Trigger;
pub use written::{Fact, Written, WrittenSection};
