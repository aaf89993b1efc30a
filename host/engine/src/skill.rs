//! What the host knows of a skill without running it, and how it calls one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::Doors;
use crate::ids::SkillName;
use crate::limits::CallLimits;
use crate::outcome::{Call, Failure, Outcome, Spend};
use crate::rights::{Right, RightSet};
use crate::time::{MicroUsd, Timestamp};

/// The contract version this host speaks; the value of `world` in a manifest.
pub const WORLD: &str = "skillhost:skill@0.1.0";

/// Name of the custom section at the top level of a component that holds the
/// manifest's JSON. Exactly one; a nested one does not count.
pub const MANIFEST_SECTION: &str = "skillhost:manifest";

/// What a skill says of itself, embedded by `skillhost build`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Equal to the folder and to SKILL.md's `name`.
    pub name: SkillName,
    /// Semver.
    pub version: String,
    /// Must be [`WORLD`].
    pub world: String,
    /// From SKILL.md.
    pub description: String,
    /// JSON Schema 2020-12 of the input.
    pub input_schema: Value,
    /// JSON Schema 2020-12 of the output.
    pub output_schema: Value,
    /// Rights asked, in the vocabulary of [`crate::rights`]. `context:<source>`
    /// and `effect:<kind>` rights are all the skill may read and propose.
    pub rights: Vec<String>,
    /// Limits wanted; they tighten the host's, never widen.
    #[serde(default)]
    pub limits: CallLimits,
    /// `stop`, `continue` or `retry`: the author's advice to sequences.
    #[serde(default)]
    pub criticality: Option<String>,
    /// `sha256:<hex>` of SKILL.md.
    pub skill_md_digest: String,
}

impl Manifest {
    /// The rights asked. Every one was read when the module was taken in; what a
    /// later vocabulary wrote is not asked here.
    pub fn asked(&self) -> Vec<Right> {
        self.rights.iter().filter_map(|right| right.parse().ok()).collect()
    }
}

/// A module a step was resolved to. Kept with the attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SkillRef {
    /// The skill.
    pub name: SkillName,
    /// Semver from its manifest.
    pub version: String,
    /// `sha256:<hex>` of the component's bytes.
    pub digest: String,
}

/// Where a value breaks a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON Pointer into the value.
    pub pointer: String,
    /// What is wrong there, without the value.
    pub message: String,
}

/// How a call ended when it did not return an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "kebab-case")]
pub enum CallError {
    /// The guest executed an illegal instruction, overflowed its stack or aborted.
    #[error("the module trapped: {message}")]
    Trap {
        /// What wasmtime says, bounded.
        message: String,
    },
    /// The wall deadline passed.
    #[error("the call ran past its deadline of {limit_ms} ms")]
    Timeout {
        /// The deadline.
        limit_ms: u64,
    },
    /// Compute allowance used up.
    #[error("the call used up its {limit} units of fuel")]
    OutOfFuel {
        /// The allowance.
        limit: u64,
    },
    /// The job's compute allowance over all its calls is used up; the module did
    /// not run.
    #[error("the job used up its {limit} units of fuel")]
    JobOutOfFuel {
        /// The allowance.
        limit: i64,
    },
    /// A memory or table could not grow within the limit.
    #[error("the call asked for more than its {limit_bytes} bytes of memory")]
    OutOfMemory {
        /// The allowance over all memories.
        limit_bytes: u64,
    },
    /// The guest answered with a failure of its own.
    #[error("{failure}")]
    Failed {
        /// What it said.
        failure: Failure,
    },
    /// The input does not match the skill's input schema; the module did not run.
    #[error("the input does not match the skill's schema at {pointer}: {message}")]
    InvalidInput {
        /// JSON Pointer.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// The step's `with:` cannot be computed from what the job knows; the module
    /// did not run.
    #[error("the step's input cannot be computed: {message}")]
    InputExpression {
        /// The expression and what is wrong with it.
        message: String,
    },
    /// The outcome breaks the contract: output against its schema, an effect
    /// that is unknown or not granted, a quote nobody said, a duplicate id.
    #[error("the outcome is not acceptable at {pointer}: {message}")]
    InvalidOutcome {
        /// JSON Pointer into the outcome.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// The outcome is larger than the host takes.
    #[error("the outcome is larger than {limit_bytes} bytes")]
    OutcomeTooLarge {
        /// The bound.
        limit_bytes: u64,
    },
    /// The skill could not be found or loaded when its step started.
    #[error("the skill {skill} is not available: {message}")]
    Unavailable {
        /// Which.
        skill: String,
        /// Why.
        message: String,
    },
    /// The module the step is pinned to was revoked.
    #[error("the module {digest} of {skill} is revoked")]
    Revoked {
        /// Which skill.
        skill: String,
        /// Which module.
        digest: String,
    },
    /// The host itself failed; a retry may help.
    #[error("the host failed: {message}")]
    Host {
        /// What happened, without content.
        message: String,
    },
}

impl CallError {
    /// Stable word for journals, metrics and exit messages.
    pub fn code(&self) -> &str {
        match self {
            Self::Trap { .. } => "trap",
            Self::Timeout { .. } => "timeout",
            Self::OutOfFuel { .. } => "out-of-fuel",
            Self::JobOutOfFuel { .. } => "job-out-of-fuel",
            Self::OutOfMemory { .. } => "out-of-memory",
            Self::Failed { .. } => "failed",
            Self::InvalidInput { .. } => "invalid-input",
            Self::InputExpression { .. } => "input-expression",
            Self::InvalidOutcome { .. } => "invalid-outcome",
            Self::OutcomeTooLarge { .. } => "outcome-too-large",
            Self::Unavailable { .. } => "unavailable",
            Self::Revoked { .. } => "revoked",
            Self::Host { .. } => "host",
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Host { .. } => true,
            Self::Failed { failure } => failure.kind == crate::outcome::FailureKind::Transient,
            _ => false,
        }
    }
}

/// The door an answer came through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// A source.
    #[default]
    Context,
    /// A model.
    Llm,
    /// An address.
    Http,
    /// A named directory, whose digest stands for all that is in it.
    Files,
}

impl Door {
    fn is_context(&self) -> bool {
        *self == Self::Context
    }
}

fn is_free(cost: &MicroUsd) -> bool {
    cost.0 == 0
}

/// One answer through a door, as the journal keeps it: names and digests, never
/// the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRecord {
    /// `r1`, `r2`, … within the call, in the order asked.
    pub read_id: String,
    /// Through which door.
    #[serde(default, skip_serializing_if = "Door::is_context")]
    pub door: Door,
    /// Source name, model class, address without its query, or `fs:<name>`.
    pub source: String,
    /// Digest of what was asked, as canonical JSON.
    pub params_digest: String,
    /// `sha256:<hex>` of the body; absent when the read was refused.
    pub digest: Option<String>,
    /// When the source said so.
    pub as_of: Option<Timestamp>,
    /// Where to read on: the order's texts of the last record, which are ids, times and
    /// names of products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Bytes handed over.
    pub bytes: u64,
    /// The refusal, when there was one: `denied`, `not-found`, …
    pub refusal: Option<String>,
    /// What the guest was told with it, which is no content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it was told to ask again at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    /// The model that answered, as its vendor names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What was settled for it, also when it was refused.
    #[serde(default, skip_serializing_if = "is_free")]
    pub cost: MicroUsd,
}

/// The content behind a [`ReadRecord`] that has a digest: what a replay needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerBody {
    /// Of its record.
    pub read_id: String,
    /// What the guest was given: a source's JSON, a [`crate::model::ModelAnswer`]
    /// or a [`crate::fetch::Fetched`] as JSON. Its digest is the record's.
    pub body: Arc<str>,
}

/// A bounded log line of a guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// Bounded text.
    pub message: String,
}

/// Everything that is known of one finished call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallReport {
    /// The outcome, or why there is none.
    pub result: Result<Outcome, CallError>,
    /// What it used, also when it failed.
    pub spend: Spend,
    /// What it was answered, in the order asked.
    pub reads: Vec<ReadRecord>,
    /// The contents of `reads` that were not refused; not part of the journal.
    #[serde(skip)]
    pub answers: Vec<AnswerBody>,
    /// Doors that refused for want of a right.
    pub denials: Vec<String>,
    /// What it logged, within bounds.
    pub logs: Vec<LogLine>,
}

impl CallReport {
    /// A report of this end and this spend, with nothing asked and nothing said.
    pub fn of(result: Result<Outcome, CallError>, spend: Spend) -> Self {
        Self { result, spend, reads: Vec::new(), answers: Vec::new(), denials: Vec::new(), logs: Vec::new() }
    }
}

/// Calls skills. The sandbox is one; benches use a native one.
#[async_trait::async_trait]
pub trait SkillRunner: Send + Sync + 'static {
    /// The active module of a skill, or `None`.
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef>;
    /// What runs modules: its kind and version. Fuel is the same on every run of
    /// one engine, and comparable with no other's.
    fn engine(&self) -> &str {
        "native"
    }
    /// What that module says of itself.
    fn manifest(&self, skill: &SkillRef) -> Option<Arc<Manifest>>;
    /// Whether a value is an output that the module could have given; `None` when it
    /// is not at hand.
    fn check_output(&self, skill: &SkillRef, output: &Value) -> Option<Result<(), Mismatch>>;
    /// Runs `run` of the module in a fresh sandbox, with these rights and limits.
    /// Never panics on what a guest does; every end is in the report.
    async fn call(
        &self,
        skill: &SkillRef,
        call: Call,
        rights: &RightSet,
        limits: &CallLimits,
        doors: Arc<dyn Doors>,
    ) -> CallReport;
}
