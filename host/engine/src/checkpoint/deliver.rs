//! Effects on their way out.

use std::sync::Arc;

use serde_json::{Value, json};

use super::reopen::ask_resend;
use super::{Checkpoint, CheckpointError, Draft, Situation};
use crate::effect;
use crate::fold::Job;
use crate::ids::EffectKey;
use crate::job::JobStatus;
use crate::outbox::{Delivery, EffectState, OutboxRow};
use crate::retry::RetryPolicy;
use crate::store::{AuditRow, Batch, CrmWrite, Write};
use crate::time::Timestamp;

/// An attempt that may start once its batch is committed.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// What to commit first.
    pub batch: Batch,
    /// The row once it is committed; hand it to the performer and back to
    /// [`effect_settled`].
    pub row: OutboxRow,
}

/// Marks an effect as being sent. Committed before the send, so that a crash
/// leaves a trace.
pub fn effect_sending(row: &OutboxRow, now: Timestamp) -> Attempt {
    let mut row = row.clone();
    row.state = EffectState::Sending;
    row.attempt += 1;
    row.revision += 1;
    row.updated_at = now;
    let audit = AuditRow {
        org: row.org.clone(),
        job: Some(row.job.clone()),
        actor: "host".to_owned(),
        action: "effect.sending".to_owned(),
        subject: row.key.to_string(),
        detail: json!({"kind": row.kind, "attempt": row.attempt}),
        at: now,
    };
    let mut writes = vec![Write::Effect(Arc::new(row.clone())), Write::Audit(audit)];
    // Of two invitations to one event the second does not leave.
    writes.extend(effect::calendar_invite::reserve(&row, now).map(Write::Crm));
    Attempt { batch: Batch { writes }, row }
}

/// Records how an attempt ended. `row` is the row as the store has it; for a
/// kind the host performs itself it may still be `ready`, and `crm` is the
/// change, committed in the same batch.
pub fn effect_settled(
    s: &Situation<'_>,
    job: &Job,
    row: &OutboxRow,
    delivery: Delivery,
    crm: Option<CrmWrite>,
) -> Result<Checkpoint, CheckpointError> {
    let now = s.now();
    let mut draft = Draft::new(s, job);
    draft.refresh(row);
    match delivery {
        Delivery::Sent { receipt } => {
            if let Some(change) = crm {
                draft.write(Write::Crm(change));
            }
            sent(&mut draft, row, receipt)?;
        }
        Delivery::Transient { reason, retry_after_ms } => try_again(&mut draft, row, reason, retry_after_ms)?,
        Delivery::Waits { reason, wait_ms } => try_again(&mut draft, row, reason, Some(wait_ms))?,
        Delivery::Deferred { reason, until } => {
            draft.audit("host", "effect.held_back", row.key.as_str(), json!({"reason": reason, "until": until}));
            draft.change(&row.key, |row| {
                // What held it back after it was marked as leaving was no attempt.
                if row.state == EffectState::Sending {
                    row.attempt = row.attempt.saturating_sub(1);
                }
                row.state = EffectState::Ready;
                row.not_before = until.max(now);
                row.last_error = Some(reason);
            })?;
        }
        Delivery::Permanent { reason } => draft.change(&row.key, |row| {
            row.state = EffectState::Dead;
            row.last_error = Some(reason);
        })?,
        Delivery::Unknown { reason } => unknown(&mut draft, row, &reason)?,
    }
    draft.finish()
}

/// Later as the policy has it, and not before so long; after the last attempt it is given up.
fn try_again(
    draft: &mut Draft<'_>,
    row: &OutboxRow,
    reason: String,
    at_least_ms: Option<u64>,
) -> Result<(), CheckpointError> {
    let at_least = at_least_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
    let again = RetryPolicy::DELIVERY.again(row.attempt.max(1), draft.s.now(), at_least, row.key.as_str());
    draft.audit("host", "effect.deferred", row.key.as_str(), json!({"reason": reason, "retry_at": again}));
    draft.change(&row.key, |row| match again {
        Some(at) => {
            row.state = EffectState::Ready;
            row.not_before = at;
            row.last_error = Some(reason);
        }
        None => {
            row.state = EffectState::Dead;
            row.last_error = Some(format!("gave up after {} attempts: {reason}", row.attempt));
        }
    })
}

/// It happened. A mail counts against the limits of its sender, whoever says so.
pub(super) fn sent(draft: &mut Draft<'_>, row: &OutboxRow, receipt: Value) -> Result<(), CheckpointError> {
    let mail = match row.kind.as_str() {
        effect::email_send::KIND => Some(effect::sent_mail(row, &receipt, draft.s.now())),
        effect::calendar_invite::KIND => effect::calendar_invite::sent_mail(row, &receipt, draft.s.now()),
        _ => None,
    };
    if let Some(mail) = mail {
        if let CrmWrite::SentMail { body_digest, message_id, to, .. } = &mail {
            let detail = json!({"body": body_digest, "message_id": message_id, "recipients": to.len()});
            draft.audit("host", "email.sent", row.key.as_str(), detail);
        }
        draft.write(Write::Crm(mail));
    }
    draft.change(&row.key, |row| {
        row.state = EffectState::Sent;
        row.receipt = Some(receipt);
        row.last_error = None;
    })
}

/// Drops an effect that waits, because whoever looked at a restored database says so.
pub fn effect_discarded(
    s: &Situation<'_>,
    job: &Job,
    key: &EffectKey,
    by: &str,
) -> Result<Checkpoint, CheckpointError> {
    let mut draft = Draft::new(s, job);
    draft.audit(by, "effect.discarded", key.as_str(), Value::Null);
    draft.change(key, |row| {
        row.state = EffectState::Cancelled;
        row.last_error = Some("discarded after a restore".to_owned());
    })?;
    draft.finish()
}

/// Settles an effect that was found `sending` after a crash. What may be done
/// twice as once (`keyed`, or performed in the host's own database) is tried
/// again under its key; anything else is put to a person, and so is what a
/// cancelled job was sending, which is not tried again.
pub fn effect_found_after_crash(
    s: &Situation<'_>,
    job: &Job,
    row: &OutboxRow,
    keyed: bool,
) -> Result<Checkpoint, CheckpointError> {
    let now = s.now();
    let mut draft = Draft::new(s, job);
    draft.refresh(row);
    let is_local = effect::kind(&row.kind).is_some_and(effect::EffectKind::is_local);
    if is_local || keyed && job.row.status != JobStatus::Cancelled {
        draft.audit("host", "effect.retried", row.key.as_str(), Value::Null);
        draft.change(&row.key, |row| {
            row.state = EffectState::Ready;
            row.not_before = now;
        })?;
    } else {
        unknown(&mut draft, row, "the host stopped while it was being sent")?;
    }
    draft.finish()
}

fn unknown(draft: &mut Draft<'_>, row: &OutboxRow, reason: &str) -> Result<(), CheckpointError> {
    draft.change(&row.key, |row| {
        row.state = EffectState::Unknown;
        row.last_error = Some(reason.to_owned());
    })?;
    draft.audit("host", "effect.unknown", row.key.as_str(), json!({"reason": reason}));
    ask_resend(draft, row)
}
