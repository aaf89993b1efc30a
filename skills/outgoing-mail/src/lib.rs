//! What every mail that leaves as the rep keeps to.
//!
//! A library of the skills that propose `email.send`, not a skill. [`recipients`]
//! says who may get it, [`headers`] what the subject may hold, [`thread`] which
//! conversation it continues, [`body`] how it ends and what looks wrong in it; all
//! of it happens before the card, so that what is approved is what is sent. To add
//! a check: a function in one of these that gives a warning for the card, or a
//! failure where no mail can leave at all.

pub mod body;
pub mod headers;
pub mod recipients;
pub mod thread;
