#![allow(clippy::unwrap_used)]
//! Whole scenarios against a store in memory that keeps the store's promises.

mod answers;
mod each;
mod journal;
mod language;
mod orders;
mod random;
mod scenarios;
mod world;
