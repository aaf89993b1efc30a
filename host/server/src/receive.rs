//! Takes events: checks who and whose, admits, and makes event and job durable
//! in one commit before anybody is told.

use std::sync::Arc;

use serde_json::Value;
use skillhost_engine::admission::{AdmissionError, AdmissionFacts};
use skillhost_engine::backlog::Door;
use skillhost_engine::canonical::digest_json;
use skillhost_engine::checkpoint::{self, AdmitError};
use skillhost_engine::concurrency::{self, OnConflict};
use skillhost_engine::event::{Event, IDEMPOTENCY_WINDOW_MS, SCHEDULED};
use skillhost_engine::ids::{EventId, JobId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::sequence::Sequence;
use skillhost_engine::store::{JobFilter, StoreError, Write};
use skillhost_engine::time::Timestamp;

use crate::app::{App, Incoming, ReceiveError, Received};
use crate::driver::{self, Claimed, Principal};
use crate::fail_point::FailPoint;

/// Most older jobs that one takes the place of: with `cancel_older` there is one.
const MAX_SUPERSEDED: u32 = 64;
/// Fields of a payload that name the thing itself, in the order they are tried. What it is
/// about, a deal or a contact, has many.
const OWN_IDS: [&str; 5] = ["meeting_id", "message_id", "bot_id", "email_id", "id"];

impl App {
    /// Takes an event. Returns after event and job are durable.
    ///
    /// # Errors
    /// See [`ReceiveError`]; nothing was stored.
    pub async fn receive(self: &Arc<Self>, incoming: Incoming) -> Result<Received, ReceiveError> {
        let now = self.clock.now();
        if let Err(full) = self.have_room(now).await {
            // What was taken before is answered as every redelivery is.
            return self.taken_before(&incoming, now).await?.ok_or(full);
        }
        let principal = Principal::load(self, &incoming.org, &incoming.user).await?;
        if principal.settings.is_none() {
            return Err(ReceiveError::UnknownOrg(incoming.org));
        }
        if principal.user.is_none() {
            return Err(ReceiveError::UnknownUser { org: incoming.org, user: incoming.user });
        }
        if !incoming.payload.is_object() {
            return Err(ReceiveError::BadPayload {
                pointer: String::new(),
                message: "a payload is a JSON object".to_owned(),
            });
        }
        self.fail_points.hit(FailPoint::EventReceived);
        let from_client = is_from_client(&incoming);
        // Both of what was sent: what is found for it may be something else tomorrow.
        let (idempotency_key, body_digest) = (key_of(&incoming), digest_json(&incoming.payload));
        let payload = if from_client || is_scheduled(&incoming) {
            crate::about::complete(self.store.as_ref(), &incoming.org, &incoming.user, incoming.payload).await?
        } else {
            incoming.payload
        };
        let event = Event {
            id: EventId::new(self.ids.fresh("evt")),
            idempotency_key,
            event_type: incoming.event_type,
            source: incoming.source,
            org: incoming.org,
            user: incoming.user,
            body_digest,
            payload,
            parent: None,
            depth: 1,
            received_at: now,
            not_before: incoming.not_before,
        };
        let sequence = self.sequences.for_event(&event.event_type).cloned();
        let word = concurrency::word(sequence.as_deref(), &event);
        let (facts, older) = self
            .underway(&principal, sequence.as_deref(), word.as_ref().ok().and_then(Option::as_deref), &event)
            .await?;
        // With a free slot the job is born in this process's hands, which saves
        // the commit of a claim.
        let slot = match event.not_before {
            Some(_) => None,
            None => self.slot(),
        };
        let slot = slot.filter(|_| sequence.as_ref().is_none_or(|sequence| sequence.concurrency.is_none()));
        let lease = slot.as_ref().map(|_| self.lease(now));
        let admitted = checkpoint::admit(&event, word, &facts, sequence.as_deref(), self.ids.as_ref(), now, lease)
            .map_err(refused)?;
        let mut batch = admitted.batch;
        batch.writes.extend(incoming.transcript.map(Write::Transcript));
        let job = admitted.job;
        let row = job.row.clone();
        match self.store.commit(batch).await {
            Ok(()) => {}
            Err(StoreError::Duplicate { job, same_body }) => {
                if from_client && !same_body {
                    return Err(ReceiveError::KeyReused { job });
                }
                return self.first_delivery(&row.org, job).await;
            }
            Err(error) => return Err(error.into()),
        }
        self.fail_points.hit(FailPoint::EventCommitted);
        self.backlog.lock().await.took();
        tracing::info!(event = %event.id, event_type = %event.event_type, job = %row.id, status = row.status.as_str(), "event taken");
        self.wake.changed(&row.id);
        // One that was not let in takes nobody's place.
        let older = if row.status.is_ended() { Vec::new() } else { older };
        for older in older {
            if let Err(error) = self.decide(&row.org, &older, |s, job| checkpoint::supersede(s, job, &row.id)).await {
                // The new job waits for it then, as in a queue.
                tracing::warn!(job = %older, %error, "an older job cannot be ended now");
            }
        }
        let received = Received {
            event_id: Some(event.id),
            job_id: row.id.clone(),
            status: row.status,
            duplicate: false,
            reason: row.reason.clone(),
        };
        match (slot, sequence) {
            (Some(slot), Some(sequence)) if row.lease.is_some() => {
                if let Some(driving) = self.running.enter(self, &row.id) {
                    driver::spawn(self, slot, driving, Claimed::born(job, sequence, principal));
                }
            }
            _ => self.wake.jobs(),
        }
        Ok(received)
    }

    /// What admission must know, with the open jobs that have the event's
    /// concurrency word; those that the event's job takes the place of.
    async fn underway(
        &self,
        principal: &Principal,
        sequence: Option<&Sequence>,
        word: Option<&str>,
        event: &Event,
    ) -> Result<(AdmissionFacts, Vec<JobId>), StoreError> {
        let mut facts = principal.admission.clone();
        let rule = sequence.and_then(|sequence| sequence.concurrency.as_ref());
        let rule = rule.filter(|rule| rule.on_conflict != OnConflict::Queue);
        let (Some(rule), Some(word)) = (rule, word) else { return Ok((facts, Vec::new())) };
        let open = JobStatus::ALL.into_iter().filter(|status| !status.is_ended()).collect();
        let filter = JobFilter {
            status: open,
            concurrency: Some(word.to_owned()),
            limit: MAX_SUPERSEDED,
            ..JobFilter::default()
        };
        let jobs = self.store.jobs(&event.org, &filter).await?;
        // A redelivery is a duplicate of its own job, not in conflict with it.
        if jobs.iter().any(|job| job.idempotency_key == event.idempotency_key) {
            return Ok((facts, Vec::new()));
        }
        if !jobs.is_empty() {
            facts.underway.insert(word.to_owned());
        }
        let older = match rule.on_conflict {
            OnConflict::CancelOlder => jobs.into_iter().map(|job| job.id).collect(),
            OnConflict::Queue | OnConflict::Skip => Vec::new(),
        };
        Ok((facts, older))
    }

    /// Whether one more job may be open. Whoever has to count lets the others wait for
    /// the same count.
    async fn have_room(&self, now: Timestamp) -> Result<(), ReceiveError> {
        let bound = self.config.open_jobs;
        let mut backlog = self.backlog.lock().await;
        if backlog.door(bound, now) == Door::Count {
            let open = self.store.open_jobs(bound).await?;
            backlog.counted(open, now);
        }
        match backlog.door(bound, now) {
            Door::Open => Ok(()),
            Door::Count | Door::Shut => Err(ReceiveError::Full { bound }),
        }
    }

    /// The answer to an event whose key a job holds; nothing is stored for it.
    async fn taken_before(&self, incoming: &Incoming, now: Timestamp) -> Result<Option<Received>, ReceiveError> {
        let Some(row) = self.store.job_with_key(&incoming.org, &key_of(incoming)).await? else { return Ok(None) };
        if row.created_at.plus_ms(IDEMPOTENCY_WINDOW_MS) <= now {
            return Ok(None);
        }
        if is_from_client(incoming) && row.body_digest != digest_json(&incoming.payload) {
            return Err(ReceiveError::KeyReused { job: row.id });
        }
        self.first_delivery(&incoming.org, row.id).await.map(Some)
    }

    async fn first_delivery(
        &self,
        org: &skillhost_engine::ids::OrgId,
        job: skillhost_engine::ids::JobId,
    ) -> Result<Received, ReceiveError> {
        let first = self.store.job(org, &job).await?;
        Ok(match first {
            Some(first) => Received {
                event_id: Some(first.row.event),
                job_id: job,
                status: first.row.status,
                duplicate: true,
                reason: first.row.reason,
            },
            None => Received {
                event_id: None,
                job_id: job,
                status: skillhost_engine::job::JobStatus::Pending,
                duplicate: true,
                reason: None,
            },
        })
    }
}

fn refused(error: AdmitError) -> ReceiveError {
    match error {
        AdmitError::Refused(AdmissionError::UnknownOrg { org }) => ReceiveError::UnknownOrg(org),
        AdmitError::Refused(AdmissionError::UnknownUser { org, user }) => ReceiveError::UnknownUser { org, user },
        AdmitError::Checkpoint(error) => {
            ReceiveError::BadPayload { pointer: String::new(), message: error.to_string() }
        }
    }
}

/// Whether a client of the API sent it, which may have used one key for two events.
fn is_from_client(incoming: &Incoming) -> bool {
    incoming.source.starts_with("api:")
}

/// Whether the clock raised it, which knows a meeting and not with whom it is.
fn is_scheduled(incoming: &Incoming) -> bool {
    incoming.source.starts_with(SCHEDULED)
}

/// The key that it is told from others by.
fn key_of(incoming: &Incoming) -> String {
    incoming.idempotency_key.clone().unwrap_or_else(|| own_key(&incoming.event_type, &incoming.payload))
}

/// `{type}:{the payload's own id}`; a payload without one is its own digest.
fn own_key(event_type: &str, payload: &Value) -> String {
    let id = OWN_IDS.iter().find_map(|field| payload.get(field).and_then(Value::as_str));
    match id {
        Some(id) => format!("{event_type}:{id}"),
        None => format!("{event_type}:{}", digest_json(payload)),
    }
}
