//! What a call returns: its output and everything it proposes, together.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::Request;
use crate::effect::Effect;

/// An event of its own that the sequence may accept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// `[a-z0-9-]{1,64}`, unique within the outcome, the same on every attempt.
    pub id: String,
    /// Event type, for instance `calendar_find_times`.
    pub event_type: String,
    /// Event payload.
    pub payload: Value,
    /// Not admitted before this instant, epoch milliseconds.
    pub not_before: Option<i64>,
}

impl FollowUp {
    /// A follow-up for now.
    pub fn new(id: impl Into<String>, event_type: impl Into<String>, payload: Value) -> Self {
        Self { id: id.into(), event_type: event_type.into(), payload, not_before: None }
    }

    /// Not before this instant, epoch milliseconds.
    #[must_use]
    pub fn not_before(mut self, at_ms: i64) -> Self {
        self.not_before = Some(at_ms);
        self
    }
}

/// Bytes the host keeps by digest; payloads name them `artifact:<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Local name, `[a-z0-9-]{1,64}`.
    pub name: String,
    /// For instance `application/pdf`.
    pub media_type: String,
    /// The content.
    pub content: Vec<u8>,
}

/// Where a statement of the output comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `Read::read_id` of what is quoted.
    pub read_id: String,
    /// An exact substring of a text in that read; the host checks it.
    pub quote: String,
    /// JSON Pointer into the output.
    pub supports: String,
}

/// All that a call returns. Build it from the output and add what is proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome<T> {
    /// What later steps and the record see.
    pub output: T,
    /// One line for people.
    pub summary: Option<String>,
    /// Effects that wait for nobody; a protected one gets a card made by the host.
    pub effects: Vec<Effect>,
    /// Questions, each holding back the effects it contains.
    pub approvals: Vec<Request>,
    /// Suggested events.
    pub follow_ups: Vec<FollowUp>,
    /// Bytes to keep.
    pub artifacts: Vec<Artifact>,
    /// Sources of statements.
    pub evidence: Vec<Evidence>,
}

impl<T> Outcome<T> {
    /// An outcome that only says something.
    pub fn new(output: T) -> Self {
        Self {
            output,
            summary: None,
            effects: Vec::new(),
            approvals: Vec::new(),
            follow_ups: Vec::new(),
            artifacts: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// One line for people.
    #[must_use]
    pub fn summary(mut self, text: impl Into<String>) -> Self {
        self.summary = Some(text.into());
        self
    }

    /// Proposes an effect outside of any question.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// Asks a person; see [`crate::approval`].
    #[must_use]
    pub fn ask(mut self, request: impl Into<Request>) -> Self {
        self.approvals.push(request.into());
        self
    }

    /// Suggests an event.
    #[must_use]
    pub fn follow_up(mut self, follow_up: FollowUp) -> Self {
        self.follow_ups.push(follow_up);
        self
    }

    /// Keeps bytes.
    #[must_use]
    pub fn artifact(mut self, name: impl Into<String>, media_type: impl Into<String>, content: Vec<u8>) -> Self {
        self.artifacts.push(Artifact { name: name.into(), media_type: media_type.into(), content });
        self
    }

    /// Says where a statement comes from. `quote` must be an exact substring of
    /// a text in the read (for a transcript, see [`crate::Turn::quotable`]);
    /// `supports` is a JSON Pointer into the output.
    #[must_use]
    pub fn evidence(
        mut self,
        read_id: impl Into<String>,
        quote: impl Into<String>,
        supports: impl Into<String>,
    ) -> Self {
        self.evidence.push(Evidence { read_id: read_id.into(), quote: quote.into(), supports: supports.into() });
        self
    }

    /// The same proposals around another output.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Outcome<U> {
        Outcome {
            output: f(self.output),
            summary: self.summary,
            effects: self.effects,
            approvals: self.approvals,
            follow_ups: self.follow_ups,
            artifacts: self.artifacts,
            evidence: self.evidence,
        }
    }
}
