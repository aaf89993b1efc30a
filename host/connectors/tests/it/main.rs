//! The connectors against peers: a strict local Slack, a real SMTP server, a folder.
#![allow(clippy::unwrap_used, missing_docs)]

mod deliveries;
mod egress;
mod fetch;
mod folder;
mod hooks;
mod parts;
mod slack_calls;
mod slack_cards;
mod slack_presses;
mod smtp;
mod tls;

#[path = "../../../../tests/src/slack_double.rs"]
#[allow(dead_code, unreachable_pub)] // shared with the end-to-end tests, which use more of it
mod slack_double;
#[path = "../../../../tests/src/smtp_server.rs"]
#[allow(unreachable_pub)]
mod smtp_server;
#[path = "../../../../tests/src/web.rs"]
#[allow(dead_code, unreachable_pub)] // shared with the sandbox's tests
mod web;
