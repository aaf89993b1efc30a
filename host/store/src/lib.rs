//! The store: [`skillhost_engine::store::Store`] over SQLite and over Postgres.
//!
//! The only crate that names sqlx. A batch becomes lines of JSON in the caller's task
//! (`encode`); what waits at the same time shares a transaction (`group`), in which a
//! table is written by one statement over a JSON list. What both are asked alike is
//! asked here (`ask`, in the words of `dialect`); what one database needs and the other
//! does not is in `sqlite` and `postgres`.
//!
//! To store one more kind of write: a variant of `engine::store::Write`, a
//! `lines` kind that turns it into a line of JSON, and its statements.
//! To add a read of an org's rows: a function over `ask::Ask` in the file of its noun.
//! To add a source: an arm in `sources`, a section in `docs/data.md`.

mod access;
mod ask;
mod bodies;
mod buttons;
mod calendars;
mod columns;
mod dialect;
mod encode;
mod error;
mod group;
mod inbox;
mod kept;
mod known;
mod lines;
mod load;
mod mailboxes;
mod marks;
mod meter;
mod modules;
mod people;
mod person;
mod postgres;
mod probe;
mod proof;
mod purse;
mod reads;
mod records;
mod refusal;
mod remove;
mod schedules;
mod scope;
mod sources;
mod sqlite;
mod tables;
mod told;
mod transcript;
mod vault;
mod vendors;
mod zone;

pub use postgres::{PostgresOptions, PostgresStore, TlsRefused};
pub use probe::probe_fsync;
pub use sqlite::{
    BackupError, BackupOf, FloorReport, FloorShape, ModuleError, SqliteStore, StoreOptions, backup, floor, restore,
};
pub use vault::VaultKey;
