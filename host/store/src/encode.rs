//! A batch as lines of JSON, made in the caller's task so that the writer only
//! joins them.
//!
//! What `json_each` would change in silence is refused here: U+0000 (text stops
//! there in SQL) and integers beyond a column's signed 64 bits.

use serde::Serialize;
use serde_json::json;
use skillhost_engine::admission::NOT_BEFORE;
use skillhost_engine::canonical::sha256;
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::purse::{Period, Reservation};
use skillhost_engine::store::{Batch, CrmWrite, MAX_BATCH_WRITES, StoreError, Write};

use crate::error::refused;
use crate::lines::{Claim, Kind, Lines};
use crate::scope::Scope;
use crate::vault::Sealed;

/// Largest batch, bytes of JSON: the largest request body twice (as event and as
/// the job's payload) with room for what escaping adds.
pub(crate) const MAX_BATCH_BYTES: usize = 48 * 1024 * 1024;
/// Why a text is refused: it would stop there in SQL.
pub(crate) const NUL: &str = "text contains the character U+0000";

/// A batch ready to be joined with others.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) lines: Vec<Lines>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) bytes: usize,
    /// Whose rows it writes, where the database wants to know.
    pub(crate) scope: Option<Scope>,
}

/// A job's row as a line; its definition's text goes to `sequences`.
#[derive(Serialize)]
struct JobLine<'a> {
    id: &'a str,
    org: &'a str,
    user: &'a str,
    status: &'a str,
    reason: Option<&'a str>,
    version: u64,
    event: &'a str,
    event_type: &'a str,
    event_source: &'a str,
    payload: &'a serde_json::Value,
    key: &'a str,
    held: u8,
    body: &'a str,
    parent: Option<&'a str>,
    depth: u8,
    seq: &'a str,
    seq_digest: &'a str,
    priority: i8,
    concurrency: Option<&'a str>,
    wake: Option<i64>,
    owner: Option<&'a str>,
    until: Option<i64>,
    at: i64,
    updated: i64,
}

/// A reservation with the keys of its periods.
#[derive(Serialize)]
struct ReservationLine<'a> {
    #[serde(flatten)]
    reservation: &'a Reservation,
    day: String,
    month: String,
}

impl<'a> From<&'a JobRow> for JobLine<'a> {
    fn from(row: &'a JobRow) -> Self {
        Self {
            id: row.id.as_str(),
            org: row.org.as_str(),
            user: row.user.as_str(),
            status: row.status.as_str(),
            reason: row.reason.as_deref(),
            version: row.version,
            event: row.event.as_str(),
            event_type: &row.event_type,
            event_source: &row.event_source,
            payload: &row.trigger_payload,
            key: &row.idempotency_key,
            held: u8::from(row.holds_key()),
            body: &row.body_digest,
            parent: row.parent.as_ref().map(|id| id.as_str()),
            depth: row.depth,
            seq: &row.sequence,
            seq_digest: &row.sequence_digest,
            priority: row.priority,
            concurrency: row.concurrency.as_deref(),
            wake: row.wake_at.map(|at| at.0),
            owner: row.lease.as_ref().map(|lease| lease.owner.as_str()),
            until: row.lease.as_ref().map(|lease| lease.until.0),
            at: row.created_at.0,
            updated: row.updated_at.0,
        }
    }
}

/// Turns a batch into lines. `sealed` are its texts; `is_known` tells which
/// definitions are stored already.
pub(crate) fn encode(batch: &Batch, sealed: &[Sealed], is_known: impl Fn(&str) -> bool) -> Result<Encoded, StoreError> {
    if batch.writes.len() > MAX_BATCH_WRITES {
        return Err(refused(format!("{} writes; at most {MAX_BATCH_WRITES}", batch.writes.len())));
    }
    let mut encoder =
        Encoder { lines: vec![Lines::default(); Kind::ALL.len()], claims: Vec::with_capacity(batch.writes.len()) };
    for write in &batch.writes {
        if let Write::NewJob(row) = write
            && !is_known(&row.sequence_digest)
        {
            encoder.line(Kind::Sequence, &(&row.sequence_digest, &row.sequence_text))?;
        }
        encoder.write(write)?;
    }
    for body in sealed {
        encoder.line(Kind::Body, body)?;
    }
    encoder.finish()
}

struct Encoder {
    lines: Vec<Lines>,
    claims: Vec<Claim>,
}

impl Encoder {
    fn write(&mut self, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Event(event) => {
                self.claim(Claim::Event(event.id.to_string()))?;
                self.line(Kind::Event, event)
            }
            Write::NewJob(row) => self.new_job(row),
            Write::Advance(advance) => {
                bounded("version", advance.expect)?;
                self.claim(Claim::Job(advance.job.to_string()))?;
                // Only these two moves change who holds the idempotency key.
                if matches!(advance.status, JobStatus::Failed | JobStatus::Pending) {
                    let held = u8::from(advance.status != JobStatus::Failed);
                    self.line(Kind::Rekey, &(&advance.job, held))?;
                }
                let lease = advance.lease.as_ref();
                self.line(
                    Kind::Advance,
                    &(
                        &advance.job,
                        advance.expect,
                        advance.status.as_str(),
                        advance.reason.as_deref(),
                        advance.wake_at,
                        lease.map(|lease| lease.owner.as_str()),
                        lease.map(|lease| lease.until),
                        advance.at,
                    ),
                )
            }
            Write::Journal(entry) => {
                let seq = bounded("seq", entry.seq)?;
                self.claim(Claim::Journal(entry.job.to_string(), seq))?;
                self.line(Kind::Journal, &(&entry.job, seq, &entry.kind, entry.at, &entry.body))
            }
            Write::NewAction(action) => {
                bounded("revision", action.revision)?;
                self.claim(Claim::Action(action.id.to_string()))?;
                self.line(Kind::NewAction, action.as_ref())
            }
            Write::Action(action) => {
                bounded("revision", action.revision)?;
                self.claim(Claim::Action(action.id.to_string()))?;
                self.line(Kind::Action, action.as_ref())
            }
            Write::NewEffect(effect) => {
                bounded("revision", effect.revision)?;
                self.claim(Claim::Effect(effect.key.to_string()))?;
                self.line(Kind::NewEffect, effect.as_ref())
            }
            Write::Effect(effect) => {
                bounded("revision", effect.revision)?;
                self.claim(Claim::Effect(effect.key.to_string()))?;
                self.line(Kind::Effect, effect.as_ref())
            }
            Write::Audit(row) => self
                .line(Kind::Audit, &(&row.org, &row.job, &row.actor, &row.action, &row.subject, &row.detail, row.at)),
            Write::Crm(change) => self.crm(change),
            Write::Posted { action, channel, message_ts } => {
                self.claim(Claim::Record("posted", String::new(), action.to_string()))?;
                self.line(Kind::Posted, &(action, channel, message_ts))
            }
            // Their lines are made of the sealed texts.
            Write::Bodies(_) | Write::Blobs(_) => Ok(()),
            Write::Paid(answer) => {
                let (place, body) = (&answer.place, &answer.body);
                self.line(
                    Kind::Paid,
                    &(
                        &place.org,
                        &place.job,
                        &place.step,
                        place.round,
                        &place.ask,
                        place.nth,
                        &body.subject,
                        &*body.digest,
                    ),
                )
            }
            Write::Chat(message) => self.line(Kind::Chat, message),
            Write::Notice(message) => self.line(Kind::Notice, message),
            Write::Reserve(reservation) => {
                self.claim(Claim::Purse(reservation.org.to_string()))?;
                let (day, month) = (Period::Day.key(reservation.at), Period::Month.key(reservation.at));
                self.line(Kind::Reserve, &ReservationLine { reservation, day, month })
            }
            Write::Settle(settlement) => {
                self.claim(Claim::Purse(settlement.org.to_string()))?;
                if !settlement.from.may_become(settlement.to) {
                    let (from, to) = (settlement.from.as_str(), settlement.to.as_str());
                    return Err(refused(format!("a {from} reservation does not become {to}")));
                }
                let s = settlement;
                self.line(
                    Kind::Settle,
                    &json!({
                        "org": s.org, "id": s.id, "from": s.from, "to": s.to, "cost": s.cost, "at": s.at,
                    }),
                )
            }
            Write::Budget(budget) => {
                // Before any reservation of the same transaction, or after it: not beside it.
                self.claim_once(Claim::Purse(budget.org.to_string()));
                let period = budget.period.as_str();
                match budget.limit {
                    Some(limit) => self.line(Kind::Budget, &(&budget.org, &budget.scope, period, limit, budget.at)),
                    None => self.line(Kind::NoBudget, &(&budget.org, &budget.scope, period)),
                }
            }
            Write::Schedule(row) => self.line(Kind::Schedule, row),
            Write::Unschedule(row) => self.line(Kind::Unschedule, row),
            Write::NewModule(row) => {
                bounded("bytes", row.bytes)?;
                self.claim(Claim::Module(row.digest.clone()))?;
                self.line(Kind::NewModule, row.as_ref())
            }
            Write::RevokeModule(end) => {
                self.claim(Claim::Module(end.digest.clone()))?;
                self.line(Kind::RevokeModule, &(&end.digest, &end.by, &end.reason, end.at))
            }
            Write::SkillChange(change) => {
                let seq = bounded("seq", change.seq)?;
                self.claim(Claim::SkillChange(change.skill.to_string(), seq))?;
                self.line(Kind::SkillChange, change)
            }
            Write::Transcript(transcript) => {
                self.claim(Claim::Transcript(transcript.org.to_string(), transcript.id.clone()))?;
                let t = transcript;
                self.line(
                    Kind::Transcript,
                    &(
                        &t.org,
                        &t.id,
                        &t.meeting,
                        &t.format,
                        sha256(t.body.as_bytes()),
                        t.at.rfc3339(),
                        &t.subject,
                        &t.owner,
                    ),
                )
            }
        }
    }

    fn new_job(&mut self, row: &JobRow) -> Result<(), StoreError> {
        bounded("version", row.version)?;
        self.claim(Claim::Job(row.id.to_string()))?;
        if row.holds_key() {
            self.claim(Claim::Held(row.org.to_string(), row.idempotency_key.clone()))?;
        }
        self.line(Kind::NewJob, &JobLine::from(row))
    }

    fn crm(&mut self, change: &CrmWrite) -> Result<(), StoreError> {
        match change {
            CrmWrite::SetStage { org, deal, from, to, at } => {
                self.claim(Claim::Record("stage", org.to_string(), deal.clone()))?;
                self.line(Kind::SetStage, &(org, deal, from, to, at.rfc3339()))
            }
            CrmWrite::UpdateFields { org, entity, id, fields, at } => {
                let (kind, table) = match entity.as_str() {
                    "contact" => (Kind::ContactFields, "contacts"),
                    "company" => (Kind::CompanyFields, "companies"),
                    "deal" => (Kind::DealFields, "deals"),
                    other => return Err(refused(format!("there are no fields on a `{other}`"))),
                };
                self.claim(Claim::Record(table, org.to_string(), id.clone()))?;
                self.line(kind, &(org, id, fields, at.rfc3339()))
            }
            CrmWrite::Activity { org, id, user, kind, contact, deal, subject, body, mail: None, at } => {
                self.line(Kind::Activity, &(org, id, user, kind, contact, deal, subject, body, at.rfc3339()))
            }
            CrmWrite::Activity { org, id, user, kind, contact, deal, subject, body, mail: Some(mail), at } => {
                self.line(Kind::MailActivity, &(org, id, user, kind, contact, deal, subject, body, at.rfc3339(), mail))
            }
            CrmWrite::Task { org, id, user, title, detail, due, priority, contact, deal, at } => {
                self.line(Kind::Task, &(org, id, user, title, detail, due, priority, contact, deal, at.rfc3339()))
            }
            CrmWrite::Flag { org, entity, id, flag, reason, at } => {
                self.claim_once(Claim::Record("flags", org.to_string(), format!("{entity}/{id}")));
                self.line(Kind::Flag, &(org, entity, id, flag, reason, at.rfc3339()))
            }
            CrmWrite::Suppress { org, address, reason, at } => {
                self.line(Kind::Suppress, &(org, address.to_lowercase(), reason, at.rfc3339()))
            }
            CrmWrite::SentMail { org, user, key, message_id, to, subject, body, body_digest, at } => {
                self.line(Kind::SentActivity, &(org, user, key, message_id, to, subject, at.rfc3339()))?;
                self.line(Kind::SentMail, &(org, user, key, message_id, to, subject, body, body_digest, at.rfc3339()))
            }
            CrmWrite::Contact { org, id, user, name, email, company, title, phone, zone, at } => {
                // Of one address there is one contact: no two of a transaction look for it.
                self.claim(Claim::Record("address", org.to_string(), email.clone()))?;
                self.line(Kind::Contact, &(org, id, user, name, email, company, title, phone, zone, at.rfc3339()))
            }
            CrmWrite::Coaching { org, id, user, period_start, period_end, meeting, analysis, at } => {
                self.line(Kind::Coaching, &(org, id, user, period_start, period_end, meeting, analysis, at.rfc3339()))
            }
            CrmWrite::EmailClass { org, user, email, class, reason, at } => {
                self.claim(Claim::Record("emails", org.to_string(), email.clone()))?;
                self.line(Kind::EmailClass, &(org, user, email, class, reason, at.rfc3339()))
            }
            CrmWrite::Invite { org, event, key, at } => {
                self.claim(Claim::Record("invite", org.to_string(), event.clone()))?;
                self.line(Kind::Invite, &(org, event, key, at))
            }
            CrmWrite::Share(share) => self.line(Kind::Share, share),
            CrmWrite::Postpone { org, user, contact, until, job, key, at } => {
                self.line(Kind::Postpone, &(org, user, contact, until, job, key, at, NOT_BEFORE))
            }
        }
    }

    fn claim(&mut self, claim: Claim) -> Result<(), StoreError> {
        if self.claims.contains(&claim) {
            return Err(refused(format!("{claim} is written twice in one batch")));
        }
        self.claims.push(claim);
        Ok(())
    }

    /// Claims what the batch may already have claimed by another write.
    fn claim_once(&mut self, claim: Claim) {
        if !self.claims.contains(&claim) {
            self.claims.push(claim);
        }
    }

    // All lines together are looked through for U+0000 in `finish`.
    fn line(&mut self, kind: Kind, value: &impl Serialize) -> Result<(), StoreError> {
        let text = serde_json::to_string(value).map_err(|error| refused(error.to_string()))?;
        self.lines[kind.index()].push(&text);
        Ok(())
    }

    fn finish(self) -> Result<Encoded, StoreError> {
        let bytes = self.lines.iter().map(|lines| lines.text.len()).sum();
        if bytes > MAX_BATCH_BYTES {
            return Err(refused(format!("{bytes} bytes; at most {MAX_BATCH_BYTES}")));
        }
        if self.lines.iter().any(|lines| has_nul(&lines.text)) {
            return Err(refused(NUL.to_owned()));
        }
        Ok(Encoded { lines: self.lines, claims: self.claims, bytes, scope: None })
    }
}

/// A number that both databases keep.
fn bounded(name: &str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| refused(format!("{name} {value} is larger than 2^63 - 1")))
}

/// A value as one line of JSON that a database keeps as it is.
pub(crate) fn json_line(value: &impl Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_string(value).map_err(|error| refused(error.to_string()))?;
    if has_nul(&text) {
        return Err(refused(NUL.to_owned()));
    }
    Ok(text)
}

/// Whether JSON text holds an escaped U+0000. An even number of backslashes
/// before the `u` is text that only looks like one.
pub(crate) fn has_nul(json: &str) -> bool {
    json.match_indices("u0000")
        .any(|(at, _)| json.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::has_nul;

    #[test]
    fn nul_is_told_from_text_that_looks_like_it() {
        for text in ["a\0b", "\\\0"] {
            assert!(has_nul(&serde_json::to_string(text).unwrap()), "{text:?}");
        }
        for text in ["u0000", "\\u0000", "\\\\u0000", "\u{1}u0000"] {
            assert!(!has_nul(&serde_json::to_string(text).unwrap()), "{text:?}");
        }
    }
}
