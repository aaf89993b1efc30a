//! Measures the host against the floor of this machine, in one run.
//!
//! Both benches call the very functions that jobs call; neither has a fast path
//! of its own.

mod filled;
pub mod jobs;
pub mod lanes;
mod modules;
mod native;
pub mod pipeline;
pub mod ready;
mod resume;
pub mod swap;
