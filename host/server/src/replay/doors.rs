//! Doors that answer from the record of an earlier call.

use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;
use skillhost_engine::call_record::ask_digest;
use skillhost_engine::context::{Doors, Query, ReadError, ReadErrorKind, Snapshot};
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, Fetched};
use skillhost_engine::model::{ModelAnswer, ModelAsk, ModelError, ModelErrorKind};
use skillhost_engine::replay::{Tape, Unrecorded};
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{Door, ReadRecord};
use skillhost_engine::time::{MicroUsd, Timestamp};

/// What a guest hears that asks what the recorded call did not.
const UNRECORDED: &str = "the recorded call did not ask this";
/// What it hears of a record that cannot be read back.
const UNREADABLE: &str = "the recorded answer cannot be read";

/// Answers by question, in the order recorded; never goes outside.
pub(super) struct RecordedDoors {
    // Held for a look-up only.
    tape: Mutex<Tape>,
}

impl RecordedDoors {
    pub(super) fn new(tape: Tape) -> Self {
        Self { tape: Mutex::new(tape) }
    }

    /// Questions without a record.
    pub(super) fn unrecorded(&self) -> Vec<Unrecorded> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner).unrecorded().to_vec()
    }

    fn take(&self, door: Door, source: &str, digest: &str) -> Option<(ReadRecord, Option<Arc<str>>)> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner).take(door, source, digest)
    }
}

/// A refusal's word as its kind.
fn kind<T: DeserializeOwned>(record: &ReadRecord) -> Option<T> {
    let word = record.refusal.clone()?;
    serde_json::from_value(Value::String(word)).ok()
}

#[async_trait::async_trait]
impl Doors for RecordedDoors {
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError> {
        let Some((record, text)) = self.take(Door::Context, &query.source, &query.digest()) else {
            return Err(ReadError::new(ReadErrorKind::Unavailable, UNRECORDED));
        };
        let cost = record.cost;
        if let Some(kind) = kind(&record) {
            let message = record.message.unwrap_or_default();
            return Err(ReadError { kind, message, retry_after_ms: record.retry_after_ms, cost });
        }
        let (Some(body), Some(digest)) = (text, record.digest) else {
            return Err(ReadError { cost, ..ReadError::new(ReadErrorKind::Unavailable, UNREADABLE) });
        };
        match query.max_bytes {
            Some(most) if body.len() > usize::try_from(most).unwrap_or(usize::MAX) => {
                let message = format!("{} has {} bytes, more than the {most} asked for", query.source, body.len());
                Err(ReadError { cost, ..ReadError::new(ReadErrorKind::Limit, message) })
            }
            _ => {
                let as_of = record.as_of.unwrap_or(Timestamp(0));
                Ok(Snapshot { body, digest: digest.into(), as_of, next: record.next, cost })
            }
        }
    }

    async fn generate(&self, ask: ModelAsk) -> Result<ModelAnswer, ModelError> {
        let refuse =
            |kind, message: String, retry_after_ms, cost| Err(ModelError { kind, message, retry_after_ms, cost });
        let Some((record, text)) = self.take(Door::Llm, &ask.class, &ask_digest(&ask)) else {
            return refuse(ModelErrorKind::Unavailable, UNRECORDED.to_owned(), None, MicroUsd(0));
        };
        if let Some(kind) = kind(&record) {
            return refuse(kind, record.message.unwrap_or_default(), record.retry_after_ms, record.cost);
        }
        match text.and_then(|text| serde_json::from_str(&text).ok()) {
            Some(answer) => Ok(answer),
            None => refuse(ModelErrorKind::Unavailable, UNREADABLE.to_owned(), None, MicroUsd(0)),
        }
    }

    async fn fetch(&self, fetch: Fetch, _: &RightSet) -> Result<Fetched, FetchError> {
        let refuse = |kind, message: String| Err(FetchError { kind, message });
        // A record names an address without its query; the digest has all of it.
        let source = fetch.url.split('?').next().unwrap_or_default().to_owned();
        let Some((record, text)) = self.take(Door::Http, &source, &ask_digest(&fetch)) else {
            return refuse(FetchErrorKind::Unavailable, UNRECORDED.to_owned());
        };
        if let Some(kind) = kind(&record) {
            return refuse(kind, record.message.unwrap_or_default());
        }
        match text.and_then(|text| serde_json::from_str(&text).ok()) {
            Some(fetched) => Ok(fetched),
            None => refuse(FetchErrorKind::Unavailable, UNREADABLE.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_list_that_was_read_on_is_read_on_again() {
        let first = Query { source: "notes".to_owned(), params: json!({}), max_bytes: None, cursor: None };
        let second = Query { cursor: Some(r#"["t","n1"]"#.to_owned()), ..first.clone() };
        let record = |query: &Query, next: Option<&String>| ReadRecord {
            source: query.source.clone(),
            params_digest: query.digest(),
            digest: Some("sha256:00".to_owned()),
            next: next.cloned(),
            ..ReadRecord::default()
        };
        let entries = [(record(&second, None), "second"), (record(&first, second.cursor.as_ref()), "first")];
        let doors = RecordedDoors::new(Tape::new(entries.map(|(record, text)| (record, Some(Arc::from(text))))));
        let page = doors.read(first.clone()).await.unwrap();
        assert_eq!((page.body.as_ref(), &page.next), ("first", &second.cursor));
        let page = doors.read(second).await.unwrap();
        assert_eq!((page.body.as_ref(), page.next), ("second", None));
        assert!(doors.read(first).await.is_err(), "asked once more than recorded");
    }
}
