//! One binary, so that the host is linked once.
//!
//! To add a suite: a module here, named by what it promises.

// What a test measures it prints, and does not assert.
#![allow(clippy::print_stdout)]

mod about;
mod archive;
mod artifacts;
mod backup;
mod backup_postgres;
mod boundaries;
mod buttons;
mod caldav;
mod crash;
mod crash_paid;
mod database_tls;
mod day;
mod disk_full;
mod eval;
mod forged;
mod http;
mod import;
mod inbox;
mod language;
mod logs;
mod mailboxes;
mod meeting_bots;
mod models;
mod money;
mod orders;
mod own_effects;
mod pins;
mod postgres;
mod refined;
mod registry;
mod replay;
mod report;
mod requests;
mod rights;
mod sandbox;
mod schedules;
mod secrets;
mod sequences;
mod shared;
mod skills;
mod slack;
mod slack_people;
mod slack_rounds;
mod slack_told;
mod slots;
mod soak;
mod sources;
mod transcripts;
mod uploads;
mod vendors;
mod vitals;
mod ways;
mod zones;
