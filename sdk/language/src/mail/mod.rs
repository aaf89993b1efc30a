//! A mail as it is written: which of its text is new, and what its signature says.
//!
//! Most of a mail's text is somebody else's or nobody's: the conversation so far,
//! a forwarded letter, the lawyer's paragraph, a phone's advertising. [`parts`]
//! takes it apart; only [`Parts::own`] is what the writer says now. Every part is
//! a byte range of the body, so that what is found in it can be quoted exactly.
//!
//! To know one more way in which a program marks history, add a row to the tables
//! of [`history`]; one more footer, to those of [`footer`].

mod contact_line;
mod domain;
mod footer;
mod history;
mod newest;
mod parts;
mod signature;
mod writer;

pub use contact_line::{addresses, phones};
pub use domain::{domain_of, is_free_mail};
pub use newest::newest;
pub use parts::{Parts, parts};
pub use signature::{Signature, signature};
pub use writer::{Writer, answers_itself, writer};
