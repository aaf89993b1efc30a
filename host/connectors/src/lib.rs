//! The host's way to the outside: Slack, mail, calendars and the verification of hooks.
//!
//! The only crate that names reqwest. Every HTTP call leaves through
//! [`egress::Egress`], which holds the allow-list, the timeouts and the caps;
//! a token is handed in per connector, kept in a `SecretString`, and appears in
//! no error and no log.
//!
//! To add a vendor: a module named after it that takes an `Egress` and typed
//! config, an error enum of its own that says whether a retry may help, and, if
//! it performs effects, an implementation of `outbox::Performer`. To add an
//! incoming hook: a verifier in [`hooks`] over raw bytes, then a parser that is
//! given only verified bytes.

pub mod calendar;
pub mod chat;
pub mod egress;
pub mod hooks;
pub mod host_api;
pub mod invitation;
pub mod mail;
pub mod meetingbaas;
pub mod models;
pub mod providers;
pub mod request;
pub mod slack;

/// What `[vendors]` calls whatever carries mail.
pub const MAIL: &str = "mail";
/// What `[vendors]` calls Slack.
pub const SLACK: &str = "slack";
