//! The host's HTTP door: events in, jobs and approvals out, vendors' deliveries.
//!
//! A handler parses, calls [`App`], and answers; it decides nothing about jobs
//! or approvals. What a client did wrong is a [`Problem`] (RFC 9457), one shape
//! for every route. To add a route, add its handler to the file of its resource,
//! an [`endpoint::Endpoint`] to that file's list, and where it answers a new
//! shape, its schema to `schemas.json`: router and OpenAPI document are made
//! from the same list.

mod approvals;
mod artifacts;
mod auth;
mod background;
mod body;
mod budgets;
mod cloud_event;
mod connections;
mod endpoint;
mod envelope;
mod events;
mod feed;
mod health;
mod held;
mod hooks;
mod jobs;
mod mailboxes;
mod openapi;
mod orders;
mod people;
mod problem;
mod replay;
mod reports;
mod schedules;
mod skills;
mod transcripts;
mod versions;
mod vitals;
mod watch;

use std::sync::Arc;

use axum::Router;
use tokio::sync::Semaphore;

use crate::app::App;

pub(crate) use approvals::answer_problem;
pub(crate) use artifacts::{artifact_problem, file_response};
pub(crate) use auth::digest_of;
pub(crate) use body::RawBody;
pub use connections::{ConnectionLimits, serve};
pub(crate) use events::receive_problem;
pub use jobs::JobSummary;
pub(crate) use mailboxes::MailboxList;
pub(crate) use orders::FailedEffects;
pub(crate) use problem::{Problem, store_problem};

/// What handlers are given.
#[derive(Clone)]
pub(crate) struct Http {
    /// The running host.
    pub(crate) app: Arc<App>,
    /// Work that goes on after an answer, such as updating a Slack message.
    background: background::Background,
    /// Bytes that deliveries may still hold whose sender is not known; see [`body::UnprovenBody`].
    unproven: Arc<Semaphore>,
}

/// The whole HTTP surface: API, hooks, health, and the inbox.
pub fn router(app: Arc<App>) -> Router {
    let http = Http {
        background: background::Background::new(app.tasks.clone()),
        unproven: Arc::new(Semaphore::new(body::UNPROVEN_BYTES)),
        app,
    };
    let mut router = Router::new();
    for endpoint in endpoint::all() {
        router = router.route(endpoint.path, endpoint.handler);
    }
    let api = router.fallback(problem::no_such_route).method_not_allowed_fallback(problem::no_such_method);
    envelope::wrap(api.merge(crate::inbox::routes()), http)
}
