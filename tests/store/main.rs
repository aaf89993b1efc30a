//! What every store must do, whatever database is behind it.
//!
//! The checks in `suite/` take a `dyn Store` from `suite::place` and are compiled
//! once a database, so that one run is of both. What belongs to one database alone is
//! in a file that only its module names.
#![allow(clippy::unwrap_used, clippy::duplicate_mod, missing_docs, unreachable_pub)]

#[path = "suite/server.rs"]
mod server;

#[path = "suite"]
mod sqlite {
    pub const DATABASE: super::Database = super::Database::Sqlite;
    pub mod archive;
    pub mod bodies;
    pub mod buttons;
    pub mod data;
    pub mod days;
    pub mod durability;
    pub mod erase;
    pub mod file;
    pub mod fits;
    pub mod guards;
    pub mod hold;
    pub mod keep;
    pub mod kept;
    pub mod made;
    pub mod mailboxes;
    pub mod marks;
    pub mod modules;
    pub mod outside;
    pub mod own;
    pub mod people;
    pub mod place;
    pub mod proofs;
    pub mod purse;
    pub mod reads;
    pub mod schedules;
    pub mod sources;
    pub mod stale;
    pub mod told;
    pub mod vendors;
    pub mod vitals;
}

#[path = "suite"]
mod postgres {
    pub const DATABASE: super::Database = super::Database::Postgres;
    pub mod archive;
    pub mod bodies;
    pub mod bounds;
    pub mod buttons;
    pub mod data;
    pub mod days;
    pub mod durability;
    pub mod erase;
    pub mod first;
    pub mod fits;
    pub mod guards;
    pub mod hold;
    pub mod keep;
    pub mod kept;
    pub mod made;
    pub mod mailboxes;
    pub mod marks;
    pub mod modules;
    pub mod outage;
    pub mod outside;
    pub mod own;
    pub mod people;
    pub mod place;
    pub mod plans;
    pub mod proofs;
    pub mod purse;
    pub mod reads;
    pub mod restored;
    pub mod rows_by_org;
    pub mod schedules;
    pub mod shared;
    pub mod sources;
    pub mod stale;
    pub mod told;
    pub mod vendors;
    pub mod vitals;
}

/// What is behind the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}
