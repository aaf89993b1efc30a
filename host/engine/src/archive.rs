//! What is left of a job once it has moved out of the database.
//!
//! An archived job says what happened, by whom and when, in ids, digests, numbers and
//! times. No text of anybody is in it: no payload, no output, no card, no words of an
//! answer, no reason. So a person who is erased is erased there too, without a file
//! being rewritten. A field is in the archive because it is named here; what the
//! engine learns to record later is not, until somebody names it.

use serde::{Deserialize, Serialize};

use crate::approval::ActionStatus;
use crate::ids::{ApprovalId, EffectKey, EventId, JobId, OrgId, StepName, UserId};
use crate::job::{JobEvent, JobStatus};
use crate::journal;
use crate::outbox::EffectState;
use crate::outcome::Spend;
use crate::skill::SkillRef;
use crate::store::StoredJob;
use crate::time::Timestamp;

/// Version of a line; another one is refused rather than guessed at.
pub const ARCHIVE_VERSION: u32 = 1;
/// Days after its end that a job stays in the database: twice as long as its texts are
/// kept by default, so that what can be replayed is there, and half a year of history
/// in the lists.
pub const DEFAULT_JOBS_DAYS: u32 = 180;
/// The least: a key is shielded for a week, and a person may ask within a month.
pub const MIN_JOBS_DAYS: u32 = 30;
/// The most: ten years.
pub const MAX_JOBS_DAYS: u32 = 3650;

/// A job in an archive: one line of JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchivedJob {
    /// [`ARCHIVE_VERSION`].
    pub v: u32,
    /// Which.
    pub id: JobId,
    /// Tenant.
    pub org: OrgId,
    /// Whose.
    pub user: UserId,
    /// How it ended.
    pub status: JobStatus,
    /// The event.
    pub event: EventId,
    /// Its type.
    pub event_type: String,
    /// Of the payload.
    pub body_digest: String,
    /// The job it came of.
    pub parent: Option<JobId>,
    /// 1 for a root.
    pub depth: u8,
    /// Sequence.
    pub sequence: String,
    /// Its definition, by digest.
    pub sequence_digest: String,
    /// When made.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// What happened, in order.
    pub journal: Vec<ArchivedLine>,
    /// What was asked.
    pub questions: Vec<ArchivedQuestion>,
    /// What left, or did not.
    pub effects: Vec<ArchivedEffect>,
}

/// Jobs of an org that moved out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedCount {
    /// Of their end, `2026-11-22`.
    pub day: String,
    /// Type of their event.
    pub event_type: String,
    /// How they ended.
    pub status: JobStatus,
    /// How many.
    pub jobs: u64,
}

/// How much of a month's archive is there for good, as the boot says whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveEnd {
    /// Which boot.
    pub boot: String,
    /// The folder that the file is in, by its id: each host writes into its own.
    pub folder: String,
    /// Which month.
    pub month: String,
    /// Its length.
    pub bytes: u64,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchivedLine {
    /// 1, 2, 3 …
    pub seq: u64,
    /// Name of the event.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Which step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepName>,
    /// The person who told the job so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// The module that ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<SkillRef>,
    /// What it used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend: Option<Spend>,
    /// How it failed, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchivedQuestion {
    /// Which.
    pub id: ApprovalId,
    /// Its step.
    pub step: StepName,
    /// Who was asked.
    pub user: UserId,
    /// How it was settled.
    pub status: ActionStatus,
    /// Who answered, or stopped the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// When asked.
    pub created_at: Timestamp,
    /// When settled.
    pub resolved_at: Option<Timestamp>,
}

/// An effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchivedEffect {
    /// Its key.
    pub key: EffectKey,
    /// Its step.
    pub step: StepName,
    /// Its kind.
    pub kind: String,
    /// How it ended.
    pub state: EffectState,
    /// Attempts made.
    pub attempt: u32,
    /// HMAC over what it was.
    pub digest: String,
    /// Which answer released it.
    pub approval: Option<ApprovalId>,
    /// When it reached its end.
    pub updated_at: Timestamp,
}

/// Whether a job may move out: it has ended, and nothing of it waits for anybody.
pub fn may_move(job: &StoredJob) -> bool {
    job.row.status.is_ended()
        && job.actions.iter().all(|action| action.status != ActionStatus::Pending)
        && job.effects.iter().all(|effect| effect.state.is_final())
}

/// What stays of a job. A line of the journal that this host cannot read is refused:
/// moving it out would lose what it says.
///
/// # Errors
/// The journal holds a line of another version.
pub fn archived(job: &StoredJob) -> Result<ArchivedJob, journal::JournalError> {
    let row = &job.row;
    // What a job did after its end, as being run anew, moves the row on.
    let mut ended_at = row.updated_at;
    let mut lines = Vec::with_capacity(job.journal.len());
    for entry in &job.journal {
        let event = journal::decode(entry)?;
        let (step, by) = (event.step().cloned(), event.by().cloned());
        let (skill, spend, error) = match event {
            JobEvent::StepProposed { skill, spend, .. } => (skill, Some(spend), None),
            JobEvent::StepFailed { skill, spend, error, .. } => (skill, Some(spend), Some(error.code().to_owned())),
            JobEvent::Ended { .. } => {
                ended_at = entry.at;
                (None, None, None)
            }
            _ => (None, None, None),
        };
        let (seq, kind, at) = (entry.seq, entry.kind.clone(), entry.at);
        lines.push(ArchivedLine { seq, kind, at, step, by, skill, spend, error });
    }
    Ok(ArchivedJob {
        v: ARCHIVE_VERSION,
        id: row.id.clone(),
        org: row.org.clone(),
        user: row.user.clone(),
        status: row.status,
        event: row.event.clone(),
        event_type: row.event_type.clone(),
        body_digest: row.body_digest.clone(),
        parent: row.parent.clone(),
        depth: row.depth,
        sequence: row.sequence.clone(),
        sequence_digest: row.sequence_digest.clone(),
        created_at: row.created_at,
        ended_at,
        journal: lines,
        questions: job
            .actions
            .iter()
            .map(|action| ArchivedQuestion {
                id: action.id.clone(),
                step: action.step.clone(),
                user: action.user.clone(),
                status: action.status,
                by: action.resolution.as_ref().and_then(|resolution| resolution.by.clone()),
                created_at: action.created_at,
                resolved_at: action.resolved_at,
            })
            .collect(),
        effects: job
            .effects
            .iter()
            .map(|effect| ArchivedEffect {
                key: effect.key.clone(),
                step: effect.step.clone(),
                kind: effect.kind.clone(),
                state: effect.state,
                attempt: effect.attempt,
                digest: effect.digest.clone(),
                approval: effect.approval.clone(),
                updated_at: effect.updated_at,
            })
            .collect(),
    })
}

/// The archive a job belongs into, by the month of its end: `2026-11`.
pub fn month(ended_at: Timestamp) -> String {
    ended_at.rfc3339().chars().take("2026-11".len()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::job::JobRow;
    use crate::store::JournalEntry;

    const ENDED: Timestamp = Timestamp(7_000);

    fn stored(events: &[JobEvent]) -> StoredJob {
        let row: JobRow = serde_json::from_value(json!({
            "id": "job_1", "org": "acme", "user": "dana", "status": "completed", "reason": null, "version": 9,
            "event": "evt_1", "event_type": "t", "event_source": "api:x", "trigger_payload": {},
            "idempotency_key": "k", "body_digest": "d", "parent": null, "depth": 1, "sequence": "s",
            "sequence_digest": "d", "sequence_text": "", "wake_at": null, "lease": null, "created_at": 1,
            "updated_at": 9_000,
        }))
        .unwrap();
        let entry = |(at, event): (usize, &JobEvent)| -> JournalEntry {
            let is_end = matches!(event, JobEvent::Ended { .. });
            let when = if is_end { ENDED } else { Timestamp(8_000) };
            journal::encode(&row.id, at as u64 + 1, event, when).unwrap()
        };
        let journal = events.iter().enumerate().map(entry).collect();
        StoredJob { row, journal, actions: Vec::new(), effects: Vec::new() }
    }

    #[test]
    fn a_line_names_its_step_and_whoever_told_it_and_the_end_is_the_end() {
        let key = EffectKey::new("eff_1");
        let events = [
            JobEvent::StepFanned { step: "a".into(), items: vec![json!("words")] },
            JobEvent::OutputEdited {
                step: "a".into(),
                output: json!("words"),
                before: None,
                after: "d".into(),
                by: "eve".into(),
            },
            JobEvent::Ended { status: JobStatus::Completed, reason: Some("words".into()) },
            JobEvent::EffectRequeued { key, step: "a".into(), by: "dana".into() },
            JobEvent::RunAnew { job: "job_2".into(), by: "dana".into() },
        ];
        let moved = archived(&stored(&events)).unwrap();
        assert_eq!(moved.ended_at, ENDED, "not when it was last touched");
        let said: Vec<_> = moved
            .journal
            .iter()
            .map(|line| (line.step.as_ref().map(StepName::as_str), line.by.as_ref().map(UserId::as_str)))
            .collect();
        assert_eq!(
            said,
            [
                (Some("a"), None),
                (Some("a"), Some("eve")),
                (None, None),
                (Some("a"), Some("dana")),
                (None, Some("dana"))
            ]
        );
        assert!(!serde_json::to_string(&moved).unwrap().contains("words"));
    }
}
