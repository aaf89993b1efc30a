//! Shared by the integration tests.

pub mod slack_double;
pub mod smtp_server;
