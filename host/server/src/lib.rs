//! The binary `skillhost`: where engine, sandbox, store and connectors meet.
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | settings; the only reader of the environment |
//! | [`boot`] | puts the parts together |
//! | [`app`] | the running host as HTTP, Slack, inbox and CLI see it |
//! | [`receive`] | takes events |
//! | [`driver`] | runs jobs |
//! | [`schedules`] | raises events by the clock |
//! | [`mailboxes`] | reads mail, files what was sent |
//! | [`calendars`] | reads the calendars that connections name |
//! | [`effects`] | performs what was released |
//! | [`vendors`] | how often each vendor is called |
//! | [`providers`] | who answers a source of tier 3 |
//! | [`budgets`] | what an org may spend, as people see and set it |
//! | [`registry`] | which modules serve, and every way in which that changes |
//! | [`cases`] | a skill's own cases in the sandbox |
//! | [`import`] | CSV files as a data document |
//! | [`answer`] | answers, undo, expiry |
//! | `buttons` | presses on the buttons of messages |
//! | [`orders`] | what people tell jobs: cancel, pause, retry, … |
//! | [`http`], [`inbox`] | the doors |
//! | [`cli`] | the command line |

mod about;
pub mod answer;
pub mod app;
pub mod artifacts;
pub mod bench;
pub mod boot;
pub mod budgets;
pub mod build;
mod buttons;
pub mod calendars;
mod calm;
mod cards;
pub mod cases;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo_data;
pub mod driver;
mod effects;
pub mod erase;
pub mod fail_point;
pub mod held;
pub mod http;
pub mod import;
pub mod inbox;
mod jobs;
pub mod mailboxes;
mod news;
pub mod orders;
mod outside;
pub mod providers;
pub mod receive;
pub mod registry;
pub mod replay;
pub mod reports;
pub mod retention;
pub mod schedules;
pub mod sequences;
mod slack_people;
pub mod trace;
pub mod vendors;
pub mod view;
pub mod vitals;
pub mod wake;
pub mod zones;
