//! What every skill about a deal reads first: who we are, with whom, about which
//! deal, and the words that led here.
//!
//! [`Dealing`] holds the records, [`Talk`] the meeting and mail behind an event,
//! [`Words`] one exact piece of them. Nobody is guessed: of two people who may be
//! meant, none is.

mod dealing;
mod talk;
mod words;

pub use dealing::Dealing;
pub use talk::Talk;
pub use words::{Source, Words};
