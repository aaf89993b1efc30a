//! Where every output and every effect of a job comes from: which module, under
//! which rights, told what, priced how, released by whom.
//!
//! Assembled from what the journal and the rows keep; ids, digests, names and
//! numbers, no content.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::{ActionStatus, Answer, Edit, PendingAction};
use crate::call_record::CallRecord;
use crate::canonical::digest_json;
use crate::ids::{ApprovalId, EffectKey, EventId, JobId, OrgId, StepName, UserId};
use crate::job::JobEvent;
use crate::journal::{self, JournalError};
use crate::outbox::{EffectState, OutboxRow};
use crate::outcome::Spend;
use crate::skill::{ReadRecord, SkillRef};
use crate::store::StoredJob;
use crate::time::Timestamp;

/// The whole record of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Which.
    pub job: JobId,
    /// Tenant.
    pub org: OrgId,
    /// On whose behalf.
    pub user: UserId,
    /// What started it.
    pub event: EventId,
    /// Its type.
    pub event_type: String,
    /// Where it came from.
    pub event_source: String,
    /// Digest of its payload.
    pub event_digest: String,
    /// Name of the sequence.
    pub sequence: String,
    /// Digest of the definition the job is pinned to.
    pub sequence_digest: String,
    /// Outputs, in the order in which they were made.
    pub outputs: Vec<OutputOrigin>,
    /// Outputs that people replaced, in order.
    #[serde(default)]
    pub edits: Vec<EditOrigin>,
    /// Effects, in the order in which they were proposed or released.
    pub effects: Vec<EffectOrigin>,
}

/// What made an output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputOrigin {
    /// Its step.
    pub step: StepName,
    /// From 1.
    pub attempt: u32,
    /// From 0.
    pub round: u32,
    /// Digest of the output.
    pub output: String,
    /// The module; `None` for a step the host does itself.
    pub module: Option<SkillRef>,
    /// Rights it ran with.
    pub rights: Vec<String>,
    /// What it was told, by source, digest and time; what models answered, with
    /// their names and prices.
    pub reads: Vec<ReadRecord>,
    /// Its call: input, world, engine, limits; absent for calls of earlier hosts.
    pub call: Option<Box<CallRecord>>,
    /// What it used.
    pub spend: Spend,
    /// When the call started.
    pub started_at: Timestamp,
    /// When the output was committed.
    pub at: Timestamp,
}

/// Who replaced an output, and by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditOrigin {
    /// Its step.
    pub step: StepName,
    /// Digest of what stood there; `None` when the step gave none.
    pub before: Option<String>,
    /// Digest of what stands there.
    pub after: String,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// What made an effect, and who let it happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectOrigin {
    /// Its key.
    pub key: EffectKey,
    /// What it does.
    pub kind: String,
    /// Its step.
    pub step: StepName,
    /// Digest of exactly what was done, as canonical JSON.
    pub payload: String,
    /// The binding of effect, module and rights.
    pub digest: String,
    /// The module that proposed it.
    pub module: Option<SkillRef>,
    /// The call that proposed it.
    pub call: Option<String>,
    /// Rights it was proposed with.
    pub rights: Vec<String>,
    /// Who released it; `None` for a kind that needs nobody.
    pub approval: Option<ApprovalOrigin>,
    /// Where it stands.
    pub state: EffectState,
    /// What the receiver said.
    pub receipt: Option<Value>,
    /// When it last changed.
    pub at: Timestamp,
}

/// How a question was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovalOrigin {
    /// Which.
    pub id: ApprovalId,
    /// How it ended.
    pub status: ActionStatus,
    /// Who answered.
    pub by: Option<UserId>,
    /// When.
    pub at: Option<Timestamp>,
    /// By which door.
    pub via: Option<String>,
    /// Places of this effect that the person changed.
    pub edits: Vec<String>,
}

/// Assembles it.
///
/// # Errors
/// The journal cannot be read.
pub fn of(job: &StoredJob) -> Result<Provenance, JournalError> {
    let (mut outputs, mut edits) = (Vec::new(), Vec::new());
    let mut proposed: Vec<(Vec<EffectKey>, Vec<ApprovalId>, Option<String>)> = Vec::new();
    for entry in &job.journal {
        if entry.kind == "output_edited" {
            if let JobEvent::OutputEdited { step, before, after, by, .. } = journal::decode(entry)? {
                edits.push(EditOrigin { step, before, after, by, at: entry.at });
            }
            continue;
        }
        if entry.kind != "step_proposed" {
            continue;
        }
        let JobEvent::StepProposed {
            step,
            attempt,
            round,
            skill,
            output,
            rights,
            spend,
            reads,
            effects,
            approvals,
            started_at,
            call,
            ..
        } = journal::decode(entry)?
        else {
            continue;
        };
        proposed.push((effects, approvals, call.as_ref().map(|call| call.call.clone())));
        outputs.push(OutputOrigin {
            step,
            attempt,
            round,
            output: digest_json(&output),
            module: skill,
            rights,
            reads,
            call,
            spend,
            started_at,
            at: entry.at,
        });
    }
    let mut rows: Vec<&OutboxRow> = job.effects.iter().collect();
    rows.sort_by(|a, b| (a.created_at, &a.key).cmp(&(b.created_at, &b.key)));
    let effects = rows
        .into_iter()
        .map(|row| {
            let question = row.approval.as_ref().and_then(|id| job.actions.iter().find(|action| action.id == *id));
            let call = proposed.iter().find(|(effects, approvals, _)| {
                effects.contains(&row.key) || row.approval.as_ref().is_some_and(|id| approvals.contains(id))
            });
            EffectOrigin {
                key: row.key.clone(),
                kind: row.kind.clone(),
                step: row.step.clone(),
                payload: digest_json(&row.payload),
                digest: row.digest.clone(),
                module: row.module.clone(),
                call: call.and_then(|(_, _, call)| call.clone()),
                rights: row.rights.clone(),
                approval: question.map(|question| approval(question, &row.local_id)),
                state: row.state,
                receipt: row.receipt.clone(),
                at: row.updated_at,
            }
        })
        .collect();
    let row = &job.row;
    Ok(Provenance {
        job: row.id.clone(),
        org: row.org.clone(),
        user: row.user.clone(),
        event: row.event.clone(),
        event_type: row.event_type.clone(),
        event_source: row.event_source.clone(),
        event_digest: row.body_digest.clone(),
        sequence: row.sequence.clone(),
        sequence_digest: row.sequence_digest.clone(),
        outputs,
        edits,
        effects,
    })
}

fn approval(question: &PendingAction, local_id: &str) -> ApprovalOrigin {
    let resolution = question.resolution.as_ref();
    let places = |edits: &[Edit]| -> Vec<String> {
        edits.iter().filter(|edit| edit.effect == local_id).map(|edit| edit.pointer.clone()).collect()
    };
    let edits = match resolution.and_then(|resolution| resolution.answer.as_ref()) {
        Some(Answer::Approve { edits, .. }) => places(edits),
        Some(Answer::Items { items }) => items.iter().flat_map(|item| places(&item.edits)).collect(),
        _ => Vec::new(),
    };
    ApprovalOrigin {
        id: question.id.clone(),
        status: question.status,
        by: resolution.and_then(|resolution| resolution.by.clone()),
        at: question.resolved_at,
        via: resolution.map(|resolution| resolution.via.clone()),
        edits,
    }
}
