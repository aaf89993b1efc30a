//! Which news are worth a word.
//!
//! A library of the skills, not a skill. [`pick`] takes the articles of a provider
//! and gives those that are about this company, fresh, certain and of use, with the
//! reason; every other one is given back with the reason it was left out.
//!
//! A provider matches by name, and names are shared. So an article counts only when
//! the company's own name stands in it as a whole, and something else agrees: the
//! domain, a person, the sector, the place; the name alone is enough only where it
//! is no common word and nothing speaks against it.
//!
//! To know one more kind of news: its words in [`kind`], its weight and reason in
//! [`weight`].

mod kind;
mod name;
mod pick;
mod sector;
mod subject;
mod weight;

pub use kind::Kind;
pub use pick::{Judged, Left, Picked, pick};
pub use subject::{KnownBy, Target};
