//! The store: [`skillhost_engine::store::Store`] over SQLite.
//!
//! The only crate that names sqlx. One task owns the one writing connection and
//! puts every batch that waits into one transaction (`writer`), each table
//! written by one statement over a JSON list (`statements`); so one flush makes
//! many jobs durable. Reads go through a small pool and never wait for the writer.
//!
//! To store one more kind of write: a variant of `engine::store::Write`, a
//! `lines` kind that turns it into a line of JSON, and its `statements`.
//! To add a source: an arm in `sources`, a section in `docs/data.md`.

mod access;
mod bench;
mod encode;
mod erase;
mod error;
mod guards;
mod lines;
mod load;
mod migrations;
mod modules;
mod open;
mod probe;
mod purse;
mod reads;
mod rows;
mod sources;
mod sqlite;
mod statements;
mod tables;
mod vault;
mod writer;

pub use bench::{FloorReport, FloorShape, floor};
pub use open::{SqliteStore, StoreOptions};
pub use probe::probe_fsync;
pub use vault::VaultKey;
