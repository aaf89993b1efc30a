//! Reads that may fail without the whole answer failing.
//!
//! A source that has nothing to say is no news. One that cannot be read leaves a
//! gap, and the gap is named: whoever reads the briefing must not take silence
//! for "nothing happened".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Optional, Read, ReadError, ReadErrorKind};

/// A source that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Missing {
    /// Its name, for instance `news`.
    pub source: String,
    /// Why, for instance `unavailable`.
    pub why: String,
}

/// Collects what could not be read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    missing: Vec<Missing>,
}

impl Reading {
    /// The answer, or nothing. Every refusal but "nothing there" is noted, once a
    /// source.
    pub fn optional<T>(&mut self, answer: Result<Read<T>, ReadError>) -> Option<Read<T>> {
        match answer.optional() {
            Ok(read) => read,
            Err(error) => {
                let missing = Missing { source: error.source_name, why: error.kind.as_str().to_owned() };
                if !self.missing.iter().any(|other| other.source == missing.source) {
                    self.missing.push(missing);
                }
                None
            }
        }
    }

    /// The answer, or nothing, where another source knows the same and silence
    /// misleads nobody.
    pub fn quietly<T>(answer: Result<Read<T>, ReadError>) -> Option<Read<T>> {
        answer.ok()
    }

    /// Whether a source was refused in this call; there is no use in asking it again.
    #[must_use]
    pub fn is_missing(&self, source: &str) -> bool {
        self.missing.iter().any(|missing| missing.source == source)
    }

    /// What could not be read, in the order asked.
    #[must_use]
    pub fn into_missing(self) -> Vec<Missing> {
        self.missing
    }
}

impl Missing {
    /// Whether asking again later may help.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.why == ReadErrorKind::Unavailable.as_str() || self.why == ReadErrorKind::OverBudget.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(source: &str, kind: ReadErrorKind) -> Result<Read<u8>, ReadError> {
        Err(ReadError { kind, source_name: source.to_owned(), message: String::new(), retry_after_ms: None })
    }

    #[test]
    fn a_gap_is_named_once_and_nothing_there_is_no_gap() {
        let mut reading = Reading::default();
        assert!(reading.optional(refused("deal", ReadErrorKind::NotFound)).is_none());
        assert!(reading.optional(refused("news", ReadErrorKind::Unavailable)).is_none());
        assert!(reading.optional(refused("news", ReadErrorKind::Denied)).is_none());
        assert!(reading.is_missing("news") && !reading.is_missing("deal"));
        let missing = reading.into_missing();
        assert_eq!(missing, [Missing { source: "news".to_owned(), why: "unavailable".to_owned() }]);
        assert!(missing[0].may_pass());
    }
}
