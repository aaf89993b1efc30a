//! The connectors against peers: a strict local Slack, a real SMTP server, a folder.
#![allow(clippy::unwrap_used, missing_docs)]

mod artifact;
mod attachments;
mod caldav;
mod calendar;
mod calendar_vectors;
mod deliveries;
mod egress;
mod fetch;
mod folder;
mod hooks;
mod imap;
mod invitations;
mod parts;
mod providers;
mod recurrence;
mod request;
mod slack_calls;
mod slack_cards;
mod slack_presses;
mod smtp;
mod smtp_secured;
mod tls;

#[path = "../../../../tests/src/dice.rs"]
#[allow(dead_code, unreachable_pub)] // shared with the end-to-end tests, which use more of it
mod dice;
#[path = "../../../../tests/src/imap_double.rs"]
#[allow(dead_code, unreachable_pub)] // shared with the end-to-end tests, which use more of it
mod imap_double;
#[path = "../../../../tests/src/mail_server.rs"]
#[allow(dead_code, unreachable_pub)] // shared with the end-to-end tests, which use more of it
mod mail_server;
#[path = "../../../../tests/src/mail_way.rs"]
#[allow(dead_code, unreachable_pub)]
mod mail_way;
#[path = "../../../../tests/src/python_peer.rs"]
#[allow(unreachable_pub)]
mod python_peer;
#[path = "../../../../tests/src/radicale.rs"]
#[allow(unreachable_pub)]
mod radicale;
#[path = "../../../../tests/src/slack_double.rs"]
#[allow(dead_code, unreachable_pub)] // shared with the end-to-end tests, which use more of it
mod slack_double;
#[path = "../../../../tests/src/smtp_server.rs"]
#[allow(unreachable_pub)]
mod smtp_server;
#[path = "../../../../tests/src/web.rs"]
#[allow(dead_code, unreachable_pub)] // shared with the sandbox's tests
mod web;
