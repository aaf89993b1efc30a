//! What every store must do, whatever database is behind it.
//!
//! The checks in `suite/` take an `Arc<dyn Store>`; only this file names one. To
//! join with another database, open it empty in `Bench::open` by an environment
//! of the test run. What belongs to the file on disk (full, killed, reopened) is
//! in `suite/durability.rs`.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod suite {
    pub mod bodies;
    pub mod data;
    pub mod durability;
    pub mod guards;
    pub mod made;
    pub mod modules;
    pub mod purse;
    pub mod reads;
    pub mod sources;
}
