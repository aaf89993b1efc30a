//! One binary, so that the host is linked once.
//!
//! To add a suite: a module here, named by what it promises.

// What a test measures it prints, and does not assert.
#![allow(clippy::print_stdout)]

mod archive;
mod backup;
mod backup_postgres;
mod boundaries;
mod crash;
mod crash_paid;
mod database_tls;
mod disk_full;
mod forged;
mod http;
mod inbox;
mod language;
mod logs;
mod models;
mod money;
mod orders;
mod pins;
mod postgres;
mod registry;
mod replay;
mod rights;
mod sandbox;
mod schedules;
mod secrets;
mod sequences;
mod shared;
mod skills;
mod slack;
mod soak;
mod transcripts;
mod vendors;
mod vitals;
