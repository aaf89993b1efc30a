//! `GET /v1/jobs/{id}/watch`: the job again at every change, as server-sent
//! events, until it has ended. Driven by the host's signals; nothing polls.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures::Stream;
use skillhost_engine::ids::{JobId, OrgId};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};
use super::jobs::visible;
use super::problem::Problem;
use crate::view::JobView;
use crate::wake::Change;

/// A comment this often keeps proxies from closing a quiet stream; most allow a
/// minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/jobs/{id}/watch",
        get(watch),
        doc("watchJob", "The job now and at every change, until it has ended")
            .answers_as(200, "Events named `job` whose data is a JobView", "text/event-stream", "JobView")
            .problems(&[401, 404, 429, 503]),
    )]
}

async fn watch(
    State(http): State<Http>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Subscribed before the first read, so that no change falls in between.
    let changes = http.app.wake.watch();
    let first = visible(&http, &caller, &id).await?;
    let watcher = Watcher { org: caller.user.org, id, changes, http, shown: None, pending: Some(first) };
    let stream = futures::stream::unfold(watcher, |mut watcher| async move {
        let view = watcher.next().await?;
        // A view is made of strings, numbers and JSON; it always serialises.
        let event = Event::default().event("job").json_data(&view).ok()?;
        watcher.shown = Some(view);
        Some((Ok(event), watcher))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Watcher {
    http: Http,
    org: OrgId,
    id: JobId,
    changes: Receiver<Change>,
    shown: Option<JobView>,
    pending: Option<JobView>,
}

impl Watcher {
    /// The next view that differs from the last one; `None` once the job has
    /// ended, is gone, or the host drains.
    async fn next(&mut self) -> Option<JobView> {
        if let Some(first) = self.pending.take() {
            return Some(first);
        }
        if self.shown.as_ref().is_some_and(is_settled) {
            return None;
        }
        loop {
            self.changed().await?;
            let view = self.http.app.job_view(&self.org, &self.id).await.ok().flatten()?;
            if self.shown.as_ref() != Some(&view) {
                return Some(view);
            }
        }
    }

    /// Waits until the job may have changed; `None` when the host drains.
    async fn changed(&mut self) -> Option<()> {
        let draining = self.http.app.wake.draining().clone();
        loop {
            tokio::select! {
                () = draining.cancelled() => return None,
                change = self.changes.recv() => match change {
                    Ok(change) if change.job.as_ref().is_none_or(|job| *job == self.id) => return Some(()),
                    Ok(_) => {}
                    // What was missed may have been this job.
                    Err(RecvError::Lagged(_)) => return Some(()),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }
}

/// Whether nothing more will be seen of a job: it has ended and its effects too.
fn is_settled(job: &JobView) -> bool {
    job.status.is_ended() && job.effects.iter().all(|effect| effect.state.is_final())
}
