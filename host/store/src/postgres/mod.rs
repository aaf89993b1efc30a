//! The store over one Postgres database, which many hosts may share.
//!
//! A few connections commit at once (`writer`), each many batches in one trip to the
//! database (`link`): a function of the migrations takes the lines of all tables.
//! Reads of an org's rows run in a transaction that names the org (`rows`), because
//! row-level security shows nothing without a name; what is asked across orgs is a
//! function of its own.

mod access;
mod archive;
mod bodies;
mod calendars;
mod erase;
mod hold;
mod link;
mod load;
mod mailboxes;
mod marks;
mod migrations;
mod modules;
mod news;
mod open;
mod people;
mod purse;
mod queue;
mod rights;
mod rows;
mod schedules;
mod seam;
mod shares;
mod tls;
mod told;
mod vendors;
mod vitals;
mod writer;

pub use open::{PostgresOptions, PostgresStore};
pub use tls::TlsRefused;
