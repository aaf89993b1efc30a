//! The store over one SQLite file.
//!
//! One task owns the one writing connection and puts every batch that waits into one
//! transaction (`writer`), each table written by one statement over a JSON list
//! (`statements`); so one flush makes many jobs durable. Reads go through a small
//! pool and never wait for the writer.

mod access;
mod archive;
mod backup;
mod bench;
mod bodies;
mod calendars;
mod erase;
mod guards;
mod hold;
mod load;
mod mailboxes;
mod marks;
mod migrations;
mod open;
mod people;
mod purse;
mod queue;
pub(crate) mod rows;
mod schedules;
mod seam;
mod shares;
mod statements;
mod told;
mod vendors;
mod vitals;
mod writer;

pub use backup::{BackupError, BackupOf, ModuleError, backup, restore};
pub use bench::{FloorReport, FloorShape, floor};
pub use open::{SqliteStore, StoreOptions};
