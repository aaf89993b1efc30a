//! One job at a time of a kind, for instance of a contact: which word a job's
//! sequence gives it, and what happens when another open job has the same.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::canonical::digest_json;
use crate::condition::{ConditionError, Expression, Scope};
use crate::event::{self, Event};
use crate::sequence::Sequence;

/// Longest key that stands in a word as it is, bytes; a longer one by its digest.
const MAX_KEY_BYTES: usize = 128;

/// What becomes of a job while an older open one has its word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// It waits until that one has ended.
    #[default]
    Queue,
    /// It is skipped, with the reason. A follow-up, and one of two that come at
    /// the same instant, waits instead.
    Skip,
    /// That one is cancelled.
    CancelOlder,
}

/// What a sequence says of its jobs.
#[derive(Clone, Debug, PartialEq)]
pub struct Concurrency {
    /// Over `event` and `user`; null is no key.
    pub key: Expression,
    /// What happens then.
    pub on_conflict: OnConflict,
}

impl Concurrency {
    /// Variables of the key.
    pub const KNOWN: [&'static str; 2] = ["event", "user"];

    fn word(&self, sequence: &str, event: &Event) -> Word {
        let about = event::seen(&event.event_type, &event.source, &event.payload, event.received_at);
        let scope = Scope::new().with("event", &about).with("user", &json!(event.user));
        let key = self.key.value(&scope)?;
        if key.is_null() {
            return Ok(None);
        }
        let text = match &key {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let short = if text.len() > MAX_KEY_BYTES { digest_json(&key) } else { text };
        Ok(Some(format!("{sequence}:{short}")))
    }
}

/// What computing the word of an event's job gave; `None` where its sequence has no
/// rule, or the key is null.
pub type Word = Result<Option<String>, ConditionError>;

/// The word of an event's job. Over the whole payload, so computed once an event.
///
/// # Errors
/// The key cannot be computed from the event.
pub fn word(sequence: Option<&Sequence>, event: &Event) -> Word {
    match sequence.and_then(|sequence| Some((sequence, sequence.concurrency.as_ref()?))) {
        Some((sequence, rule)) => rule.word(&sequence.name, event),
        None => Ok(None),
    }
}
