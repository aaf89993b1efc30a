//! English as it is spoken in meetings and written in mail.
//!
//! Rules, not a model: every recogniser here is a table of word patterns over
//! normalised words ([`token`]) whose places in the source survive, so that each
//! finding can be quoted exactly. All of it is pure; "tomorrow" is relative to an
//! [`Anchor`] that the caller gives. Precision comes before recall: what might be
//! a promise is reported with the confidence of a maybe, or not at all.
//!
//! To teach a recogniser one more way to say something, add a row to its table
//! and a sentence to `eval/`; the evaluation program prints what changed.

mod action;
mod commitment;
mod deadline;
mod decision;
mod dialogue;
mod guard;
mod lexicon;
mod literals;
pub mod mail;
mod orders;
mod pattern;
mod people;
mod phrase;
#[cfg(test)]
mod plain_talk;
mod question;
mod request;
pub mod scheduling;
mod sentence;
mod signal;
mod spoken;
mod token;
pub mod weights;
mod whereabouts;
mod wordset;
mod zone;

pub use action::{Intent, Meaning, meaning};
pub use commitment::{AUTOMATED, EXPLICIT, Promise, REPORTED, STRONG, WEAK, promises};
pub use deadline::{Anchor, Deadline, When, deadlines};
pub use decision::decision;
pub use dialogue::{Decided, Due, Heard, HeardSignal, Said, Utterance, listen, listen_for_work};
pub use lexicon::{class, is, is_base_verb};
pub use literals::Literals;
pub use orders::{gives_orders, goes_on_with_orders};
pub use pattern::{Pattern, Present, any, table};
pub use people::{addressed, match_name};
pub use phrase::phrase_end;
pub use question::{Form, Question, Spin, question};
pub use request::{Request, requests};
pub use sentence::{Sentence, sentences};
pub use signal::{Direction, Signal, Topic, aggregate, signals};
pub use token::{Gap, Token, tokens};
pub use whereabouts::{ToldBy, Whereabouts, signature, whereabouts};
pub use zone::{zone_of_place, zone_word, zones_of_phones};
