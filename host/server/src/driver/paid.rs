//! Answers that cost money, durable when they arrive: the journal of a call is
//! written at its end, so without this a process that dies in between would pay
//! again for what it had.
//!
//! Invariants: an answer of a model is found by job, step, round and question, one of a
//! provider by job, round and question, whichever step asks; neither by another job or
//! round. Among the same questions of one call to a model the first attempt's first answer
//! is the second attempt's first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use skillhost_engine::body::{Body, Subject};
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::{JobId, OrgId, StepName};
use skillhost_engine::store::{PaidAnswer, PaidPlace, Store, StoreError, Write};
use skillhost_engine::time::{MicroUsd, Timestamp};

/// Stands for the step where an answer is every step's; no step is named so.
const ANY_STEP: &str = "*";

/// A step of a job, in one of its rounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRound {
    /// Tenant.
    pub org: OrgId,
    /// Job.
    pub job: JobId,
    /// Step.
    pub step: StepName,
    /// Its round.
    pub round: u32,
}

/// What a call of a step has paid for, in this attempt and in earlier ones. One
/// a call, so that it counts the call's questions.
pub struct PaidAnswers {
    store: Arc<dyn Store>,
    of: StepRound,
    subject: Subject,
    retention_ms: i64,
    // Held to count only.
    asked: Mutex<BTreeMap<String, u32>>,
}

impl PaidAnswers {
    /// Of one call.
    pub fn new(store: Arc<dyn Store>, of: StepRound, subject: Subject, retention_ms: i64) -> Self {
        Self { store, of, subject, retention_ms, asked: Mutex::default() }
    }

    /// Whose answers they are.
    pub fn of(&self) -> &StepRound {
        &self.of
    }

    /// The place of the next question with this digest; each call of it is one question
    /// more.
    pub fn place(&self, ask: String) -> PaidPlace {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = asked.entry(ask.clone()).or_default();
        let nth = *count;
        *count += 1;
        let StepRound { org, job, step, round } = self.of.clone();
        PaidPlace { org, job, step, round, ask, nth }
    }

    /// The place of a question that is the same one whichever step of the job asks it.
    pub fn place_of_job(&self, ask: String) -> PaidPlace {
        let StepRound { org, job, round, .. } = self.of.clone();
        PaidPlace { org, job, step: ANY_STEP.into(), round, ask, nth: 0 }
    }

    /// What an earlier attempt was answered there. It is paid for: nothing is to
    /// be reserved or settled for it again.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn find<T: DeserializeOwned>(&self, place: &PaidPlace, now: Timestamp) -> Result<Option<T>, StoreError> {
        let found = self.store.paid_answer(place, now).await?;
        // What cannot be read back is asked anew.
        Ok(found.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What makes an answer durable, where it cost something.
    ///
    /// # Errors
    /// The answer is no JSON.
    pub fn kept(
        &self,
        place: PaidPlace,
        answer: &impl Serialize,
        cost: MicroUsd,
        now: Timestamp,
    ) -> Result<Option<Write>, StoreError> {
        if cost.0 <= 0 {
            return Ok(None);
        }
        let text = serde_json::to_string(answer)
            .map_err(|error| StoreError::Constraint { message: format!("an answer is no JSON: {error}") })?;
        let body = Body {
            org: self.of.org.clone(),
            subject: self.subject.clone(),
            digest: sha256(text.as_bytes()).into(),
            text: text.into(),
            expires_at: now.plus_ms(self.retention_ms),
        };
        Ok(Some(Write::Paid(Arc::new(PaidAnswer { place, body }))))
    }
}
