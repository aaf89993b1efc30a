//! Shared by the integration tests.

pub mod guests;
pub mod process;
pub mod rep;
pub mod slack_double;
pub mod smtp_server;
