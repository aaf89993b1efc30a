//! How sure a number is.
//!
//! A library of the skills, not a skill: it has no `skill.toml`. A share is never
//! without its interval ([`Share`]), a difference never without its test
//! ([`Tested`]), and several tests are adjusted together ([`adjusted`]).
//!
//! To add a test: a module with its arithmetic, and a test of it that comes to the
//! same numbers by another way.

mod compared;
mod share;

pub use compared::{ALPHA, Tested, adjusted};
pub use share::{Share, percent};
