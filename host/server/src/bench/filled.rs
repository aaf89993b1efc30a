//! Tables that are full already: jobs that ended long ago, and jobs that wait for a
//! person, so that a bench shows whether either costs the jobs that run.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::json;
use skillhost_engine::admission::AdmissionFacts;
use skillhost_engine::canonical::digest_json;
use skillhost_engine::checkpoint;
use skillhost_engine::event::Event;
use skillhost_engine::ids::EventId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::store::{Batch, Write};
use skillhost_engine::time::Timestamp;

use crate::app::App;

/// Jobs of one batch: three rows each.
const JOBS_AT_ONCE: usize = 100;
/// Batches on their way at once.
const BATCHES_AT_ONCE: usize = 8;
/// How long ago the finished ones ended: longer than any window that looks at them.
const AGO_MS: i64 = 30 * 86_400_000;
/// When the parked ones give up waiting.
const AHEAD_MS: i64 = 86_400_000;

/// Adds finished and parked jobs, with their events and the first lines of their
/// journals.
pub(super) async fn fill(app: &Arc<App>, finished: usize, parked: usize) -> anyhow::Result<()> {
    let now = app.clock.now();
    let (ended, waits) = (now.plus_ms(-AGO_MS), now.plus_ms(AHEAD_MS));
    for (count, status, at, wake_at) in
        [(finished, JobStatus::Completed, ended, None), (parked, JobStatus::AwaitingApproval, now, Some(waits))]
    {
        let batches = (0..count).step_by(JOBS_AT_ONCE).map(|first| JOBS_AT_ONCE.min(count - first));
        futures::stream::iter(batches)
            .map(|jobs| async move {
                let mut writes = Vec::with_capacity(jobs * 3);
                for _ in 0..jobs {
                    writes.extend(job(app, status, at, wake_at)?);
                }
                anyhow::Ok(app.store.commit(Batch { writes }).await?)
            })
            .buffer_unordered(BATCHES_AT_ONCE)
            .try_collect::<()>()
            .await?;
    }
    Ok(())
}

fn job(app: &App, status: JobStatus, at: Timestamp, wake_at: Option<Timestamp>) -> anyhow::Result<Vec<Write>> {
    let payload = json!({ "id": app.ids.fresh("filled") });
    let event = Event {
        id: EventId::new(app.ids.fresh("evt")),
        event_type: super::jobs::EVENT.to_owned(),
        source: "api:bench".to_owned(),
        org: super::jobs::ORG.into(),
        user: "u".into(),
        idempotency_key: app.ids.fresh("key"),
        body_digest: digest_json(&payload),
        payload,
        parent: None,
        depth: 1,
        received_at: at,
        not_before: None,
    };
    let facts = AdmissionFacts { org_known: true, user_known: true, ..AdmissionFacts::default() };
    let sequence = app.sequences.for_event(super::jobs::EVENT).cloned();
    let admitted = checkpoint::admit(&event, Ok(None), &facts, sequence.as_deref(), app.ids.as_ref(), at, None)?;
    let mut writes = admitted.batch.writes;
    for write in &mut writes {
        if let Write::NewJob(row) = write {
            (row.status, row.wake_at) = (status, wake_at);
        }
    }
    Ok(writes)
}
