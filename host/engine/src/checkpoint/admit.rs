//! An event becomes a job: raw event, row and plan in one batch.

use serde_json::json;

use super::CheckpointError;
use crate::admission::{AdmissionError, AdmissionFacts, Verdict, judge};
use crate::concurrency::Word;
use crate::event::Event;
use crate::fold::Job;
use crate::ids::JobId;
use crate::job::{JobEvent, JobRow, JobStatus};
use crate::journal;
use crate::sequence::Sequence;
use crate::store::{AuditRow, Batch, Lease, Write};
use crate::time::{Ids, Timestamp};

/// Version of a job that was just made.
const FIRST_VERSION: u64 = 1;

/// An event with its job.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted {
    /// What to commit.
    pub batch: Batch,
    /// The job once it is committed; `skipped` when admission said no.
    pub job: Job,
}

/// Why an event cannot be admitted or recorded.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// There is nobody to keep it for.
    #[error(transparent)]
    Refused(#[from] AdmissionError),
    /// The batch cannot be made.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Admits an event, whose concurrency word is `word`. With a lease, the job is born in the hands of this host,
/// which saves the claim.
pub fn admit(
    event: &Event,
    word: Word,
    facts: &AdmissionFacts,
    sequence: Option<&Sequence>,
    ids: &dyn Ids,
    now: Timestamp,
    lease: Option<Lease>,
) -> Result<Admitted, AdmitError> {
    let verdict = judge(event, &word, facts, sequence, now)?;
    let mut row = JobRow {
        id: JobId::new(ids.fresh("job")),
        org: event.org.clone(),
        user: event.user.clone(),
        status: JobStatus::Pending,
        reason: None,
        version: FIRST_VERSION,
        event: event.id.clone(),
        event_type: event.event_type.clone(),
        event_source: event.source.clone(),
        trigger_payload: event.payload.clone(),
        idempotency_key: event.idempotency_key.clone(),
        body_digest: event.body_digest.clone(),
        parent: event.parent.clone(),
        depth: event.depth,
        sequence: String::new(),
        sequence_digest: String::new(),
        sequence_text: String::new(),
        priority: 0,
        concurrency: None,
        wake_at: None,
        lease: None,
        created_at: now,
        updated_at: now,
    };
    let (history, action) = match (verdict, sequence) {
        (verdict @ (Verdict::Run | Verdict::Defer(..)), Some(sequence)) => {
            row.sequence = sequence.name.clone();
            row.sequence_digest = sequence.digest.clone();
            row.sequence_text = sequence.text.clone();
            row.priority = sequence.priority;
            // Admission has refused an event that it cannot be computed of.
            row.concurrency = word.unwrap_or_default();
            match (verdict, lease) {
                (Verdict::Defer(at, why), _) => {
                    row.status = JobStatus::Deferred;
                    row.reason = Some(why);
                    row.wake_at = Some(at);
                }
                // One with a word waits for its turn.
                (_, Some(lease)) if row.concurrency.is_none() => {
                    row.status = JobStatus::InProgress;
                    row.lease = Some(lease);
                }
                _ => {}
            }
            let steps = sequence.steps.iter().map(|step| step.name.clone()).collect();
            (JobEvent::Planned { steps, raised_by: facts.raised_by.clone() }, "job.admitted")
        }
        (verdict, _) => {
            let reason = match verdict {
                Verdict::Skip(reason) => reason,
                Verdict::Run | Verdict::Defer(..) => "no sequence".to_owned(),
            };
            row.status = JobStatus::Skipped;
            row.reason = Some(reason.clone());
            (JobEvent::Ended { status: JobStatus::Skipped, reason: Some(reason) }, "job.skipped")
        }
    };
    let entry = journal::encode(&row.id, 1, &history, now).map_err(CheckpointError::from)?;
    let audit = AuditRow {
        org: row.org.clone(),
        job: Some(row.id.clone()),
        actor: "host".to_owned(),
        action: action.to_owned(),
        subject: event.id.to_string(),
        detail: json!({
            "event_type": event.event_type, "source": event.source, "depth": event.depth, "reason": row.reason,
        }),
        at: now,
    };
    let mut job = Job::new(row.clone());
    job.apply(history, now);
    let writes =
        vec![Write::Event(event.clone()), Write::NewJob(Box::new(row)), Write::Journal(entry), Write::Audit(audit)];
    Ok(Admitted { batch: Batch { writes }, job })
}
