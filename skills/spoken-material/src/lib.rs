//! A transcript as a model is shown it, and the way from its quotes back to the turns.
//!
//! A library of the skills, not a skill. Each turn is a passage with an id of its own
//! (`t12`), its side and its speaker. What a model quotes of one is
//! [found](Spoken::find) again in the transcript or does not count; [`firm`] says
//! whether the words around it leave it standing, and [`Spoken::due`] what day they
//! name, by the rules of `skillhost-language` alone.

mod firm;
mod spoken;

pub use firm::{Act, firm};
pub use spoken::{Found, Spoken, id};
