#![allow(clippy::unwrap_used)]
//! Whole scenarios against a store in memory that keeps the store's promises.

mod aftermath;
mod again;
mod answers;
mod each;
mod ends;
mod journal;
mod language;
mod makers;
mod orders;
mod origins;
mod random;
mod room;
mod scenarios;
mod told;
mod waits;
mod world;
