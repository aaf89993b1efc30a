//! Shared by the integration tests.

pub mod asking;
pub mod chromium;
pub mod day;
pub mod dice;
pub mod eval;
pub mod given;
pub mod guests;
pub mod mail_server;
pub mod mail_way;
pub mod model_double;
pub mod pace;
pub mod place;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod python_peer;
pub mod radicale;
pub mod rep;
pub mod slack_double;
pub mod slack_model;
pub mod slack_rep;
pub mod smtp_server;
pub mod soak;
pub mod test_host;
pub mod wat_guests;
pub mod web;
