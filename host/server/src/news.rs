//! What this host hears of the others on its database, and what it tells them.

use std::collections::BTreeSet;
use std::sync::Arc;

use skillhost_engine::ids::JobId;
use skillhost_engine::news::{MAX_NAMED_JOBS, News};
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;
use crate::wake::Change;

/// What changes within this is told at once: a page on another host is this much
/// later, and a busy host tells ten times a second instead of at every step.
const GATHER_MS: i64 = 100;
/// Between two attempts to listen to a database that is away.
const RETRY_MS: i64 = 1_000;

/// Listens until the host drains.
pub(crate) async fn hear(app: Arc<App>) {
    loop {
        let news = tokio::select! {
            news = app.store.news() => news,
            () = app.wake.draining().cancelled() => return,
        };
        match news {
            Ok(News::Work) => app.wake.jobs(),
            Ok(News::Jobs(jobs)) => jobs.into_iter().for_each(|job| app.wake.changed_elsewhere(Some(job))),
            Ok(News::ManyJobs) => app.wake.changed_elsewhere(None),
            Ok(News::Skills) => follow_skills(&app).await,
            Ok(News::Missed) => {
                follow_skills(&app).await;
                app.wake.changed_elsewhere(None);
                app.wake.schedules_moved();
            }
            Err(error) => {
                tracing::warn!(%error, "cannot hear of the other hosts now");
                if app.drains_before(app.clock.now().plus_ms(RETRY_MS)).await {
                    return;
                }
            }
        }
    }
}

async fn follow_skills(app: &App) {
    let Some(modules) = &app.modules else { return };
    if let Err(error) = modules.follow().await {
        // The next change of a skill, here or there, looks again.
        tracing::error!(%error, "what serves cannot be read; this host goes on with what it knows");
    }
}

/// What changed here and was not told yet.
#[derive(Default)]
struct Untold {
    jobs: BTreeSet<JobId>,
    many: bool,
    work: bool,
    /// The host tells no more.
    ended: bool,
}

impl Untold {
    async fn take_one(&mut self, app: &App, changes: &mut tokio::sync::broadcast::Receiver<Change>) {
        tokio::select! {
            change = changes.recv() => match change {
                Ok(Change { job: Some(job), here: true }) if self.jobs.len() <= MAX_NAMED_JOBS => {
                    self.jobs.insert(job);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.many = true,
                Err(RecvError::Closed) => self.ended = true,
            },
            () = app.wake.overflowed() => self.work = true,
            () = app.wake.draining().cancelled() => self.ended = true,
        }
    }

    fn is_empty(&self) -> bool {
        self.jobs.is_empty() && !self.many && !self.work
    }

    fn news(self) -> Vec<News> {
        let mut news = Vec::with_capacity(2);
        if self.work {
            news.push(News::Work);
        }
        if self.many {
            news.push(News::ManyJobs);
        } else if !self.jobs.is_empty() {
            news.push(News::of_jobs(self.jobs));
        }
        news
    }
}

/// Tells what changes here, until the host drains.
pub(crate) async fn tell(app: Arc<App>) {
    let mut changes = app.wake.watch();
    loop {
        let mut untold = Untold::default();
        while untold.is_empty() {
            untold.take_one(&app, &mut changes).await;
            if untold.ended {
                return;
            }
        }
        let mut gathered = app.clock.sleep_until(app.clock.now().plus_ms(GATHER_MS));
        while !untold.ended {
            tokio::select! {
                () = &mut gathered => break,
                () = untold.take_one(&app, &mut changes) => {}
            }
        }
        for news in untold.news() {
            if let Err(error) = app.store.tell(&news).await {
                tracing::debug!(%error, "the other hosts learn of this at their next look");
            }
        }
    }
}
