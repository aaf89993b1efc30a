//! Pure decisions of the host: no I/O, no clock, no environment.
//!
//! Everything here is a function of its arguments. The server loads rows,
//! asks this crate what to do, does it, and records it through
//! [`store::Store::commit`]. The traits at the seams ([`store::Store`],
//! [`skill::SkillRunner`], [`context::Doors`], [`outbox::Performer`],
//! [`provider::Provider`], [`time::Clock`], [`time::Ids`]) are defined here, next to the domain they
//! serve, and implemented elsewhere.

pub mod action;
pub mod address;
pub mod admission;
pub mod aftermath;
pub mod approval;
pub mod archive;
pub mod artifact;
pub mod backlog;
pub mod binding;
pub mod body;
pub mod button;
pub mod calendar;
pub mod call_record;
pub mod canary;
pub mod canonical;
pub mod card;
pub mod checkpoint;
pub mod concurrency;
pub mod condition;
pub mod context;
pub mod crm;
pub mod effect;
pub mod event;
pub mod evidence;
pub mod execution;
pub mod fetch;
pub mod fold;
pub mod followup;
pub mod hold;
pub mod ids;
pub mod input;
pub mod job;
pub mod journal;
pub mod limits;
pub mod mailbox;
pub mod model;
pub mod named;
pub mod news;
pub mod outbox;
pub mod outcome;
pub mod plan;
pub mod price;
pub mod provenance;
pub mod provider;
pub mod purse;
pub mod quiet;
pub mod registry;
pub mod replay;
pub mod report;
pub mod retry;
pub mod rich;
pub mod rights;
pub mod schedule;
pub mod sequence;
pub mod skill;
pub mod store;
pub mod structured;
pub mod time;
pub mod vendor;
pub mod visible;
pub mod vitals;
