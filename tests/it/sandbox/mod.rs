//! The sandbox against real components: what is refused at load, how hostile
//! guests end, what a replay repeats.

#![allow(clippy::unwrap_used)]

mod built;
mod calls;
mod doors;
mod entries;
mod limits;
mod loading;
mod model;
mod reach;
mod setting;
