//! What a skill call takes and returns, in the host's own words.
//!
//! These mirror the records of `wit/`, without naming them: the sandbox
//! converts at its edge, so a new contract version changes the sandbox only.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{JobId, OrgId, StepName, UserId};
use crate::input::Input;
use crate::time::{MicroUsd, Timestamp};

/// What a call is told. All of it is journaled; nothing in it is ambient.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Unique per attempt; seeds the guest's randomness.
    pub call_id: String,
    /// The job.
    pub job: JobId,
    /// The step.
    pub step: StepName,
    /// Which time the host asks for a fresh proposal, from 0; a retry keeps it.
    pub round: u32,
    /// Tenant.
    pub org: OrgId,
    /// The job's user; reads happen as this person.
    pub user: UserId,
    /// Type of the event that started the job.
    pub event_type: String,
    /// The guest's only clock.
    pub now: Timestamp,
    /// IANA zone of the user.
    pub zone: String,
    /// Valid against the skill's input schema.
    pub input: Input,
    /// Documented extra facts.
    pub extra: Vec<(String, String)>,
}

/// A proposed change in the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// `[a-z0-9-]{1,64}`, unique within the outcome.
    pub id: String,
    /// One of the host's kinds, see [`crate::effect`].
    pub kind: String,
    /// Valid against the kind's schema.
    pub payload: Value,
    /// Local ids that must have succeeded first.
    #[serde(default)]
    pub after: Vec<String>,
}

/// A suggested event; the sequence decides whether it is admitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Unique within the outcome.
    pub id: String,
    /// Event type.
    pub event_type: String,
    /// Event payload.
    pub payload: Value,
    /// Not admitted before this.
    pub not_before: Option<Timestamp>,
}

/// Bytes kept by digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// Local name.
    pub name: String,
    /// For instance `application/pdf`.
    pub media_type: String,
    /// The content.
    pub content: Vec<u8>,
}

/// Where a statement of the output comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The read it quotes.
    pub read_id: String,
    /// An exact substring of that read's body text.
    pub quote: String,
    /// JSON Pointer into the output.
    pub supports: String,
}

/// A line of the skill's own words on a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Left column.
    pub label: String,
    /// Right column.
    pub value: String,
}

/// A place the person may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Editable {
    /// Local id of the effect.
    pub effect: String,
    /// JSON Pointer into its payload.
    pub pointer: String,
    /// Name of the input field.
    pub label: String,
    /// A text area rather than a line.
    pub multiline: bool,
}

/// One way to go in a `choose`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Local id.
    pub id: String,
    /// Button text.
    pub label: String,
    /// More words.
    pub detail: Option<String>,
    /// Marked on the card.
    pub recommended: bool,
    /// Released if chosen.
    pub effects: Vec<Effect>,
}

/// One line of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Local id.
    pub id: String,
    /// Title of the line.
    pub label: String,
    /// More words.
    pub detail: Option<String>,
    /// Ticked at first.
    pub preselected: bool,
    /// Released if approved.
    pub effects: Vec<Effect>,
    /// Places that may be changed.
    pub editable: Vec<Editable>,
}

/// What is asked of the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "pattern", rename_all = "snake_case")]
pub enum Ask {
    /// Yes, no, or yes with changes, to all of it.
    Review {
        /// Held until the answer.
        effects: Vec<Effect>,
        /// Places that may be changed.
        editable: Vec<Editable>,
        /// Offer "send later".
        deferrable: bool,
    },
    /// One of these.
    Choose {
        /// The options.
        choices: Vec<Choice>,
        /// Offer "show me others".
        offer_more: bool,
        /// Offer "I will do it myself".
        offer_manual: bool,
    },
    /// Each on its own.
    Batch {
        /// The lines.
        items: Vec<Item>,
    },
}

impl Ask {
    /// Every effect that an answer could release.
    pub fn effects_mut(&mut self) -> Vec<&mut Effect> {
        match self {
            Self::Review { effects, .. } => effects.iter_mut().collect(),
            Self::Choose { choices, .. } => choices.iter_mut().flat_map(|choice| &mut choice.effects).collect(),
            Self::Batch { items } => items.iter_mut().flat_map(|item| &mut item.effects).collect(),
        }
    }

    /// Leaves the effects that `keep` says, with their places that may be changed.
    /// An item that has none left goes; a choice without any is still one.
    pub fn narrow(&mut self, mut keep: impl FnMut(&mut Effect) -> bool) {
        let mut left = |effects: &mut Vec<Effect>, editable: &mut Vec<Editable>| {
            effects.retain_mut(&mut keep);
            editable.retain(|place| effects.iter().any(|effect| effect.id == place.effect));
        };
        match self {
            Self::Review { effects, editable, .. } => left(effects, editable),
            Self::Choose { choices, .. } => {
                choices.iter_mut().for_each(|choice| left(&mut choice.effects, &mut Vec::new()));
            }
            Self::Batch { items } => {
                items.iter_mut().for_each(|item| left(&mut item.effects, &mut item.editable));
                items.retain(|item| !item.effects.is_empty());
            }
        }
    }
}

/// A question to a person, as the skill put it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovalRequest {
    /// Unique within the outcome.
    pub id: String,
    /// The skill's words.
    pub title: String,
    /// The skill's words.
    pub summary: String,
    /// The skill's words.
    pub fields: Vec<Field>,
    /// What is asked.
    pub ask: Ask,
    /// Shorter than the host's default only.
    pub expires: Option<Timestamp>,
    /// Call the skill's `decided` with the answer.
    pub tell_skill: bool,
}

/// All that a call returns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Valid against the skill's output schema.
    pub output: Value,
    /// One line for people.
    pub summary: Option<String>,
    /// Effects outside any request; protected ones get a host-made card.
    pub effects: Vec<Effect>,
    /// Questions.
    pub approvals: Vec<ApprovalRequest>,
    /// Suggested events.
    pub follow_ups: Vec<FollowUp>,
    /// Bytes to keep.
    pub artifacts: Vec<Artifact>,
    /// Sources of statements.
    pub evidence: Vec<Evidence>,
}

/// Why a skill itself says it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Input or context cannot be worked with.
    InvalidInput,
    /// May succeed later.
    Transient,
    /// Will not.
    Permanent,
    /// A door refused for want of a right.
    Denied,
    /// A door refused for want of budget.
    OverBudget,
}

/// A failure the guest returned; not a trap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("the skill failed with {code}: {message}")]
pub struct Failure {
    /// Whether a retry may help.
    pub kind: FailureKind,
    /// Stable, defined by the skill.
    pub code: String,
    /// The skill's words, bounded.
    pub message: String,
    /// When to try again at the earliest.
    pub retry_after_ms: Option<u32>,
}

/// What a call used. Waiting is in `wall_us` only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spend {
    /// Fuel burned, host calls priced in.
    pub fuel: i64,
    /// Wall time, microseconds.
    pub wall_us: i64,
    /// Money settled.
    pub money: MicroUsd,
    /// Host calls made.
    pub host_calls: i64,
    /// Bytes that doors returned.
    pub read_bytes: i64,
    /// Highest sum of all linear memories, bytes.
    pub peak_memory: i64,
}

impl Spend {
    /// Both together; the peak is the larger.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            fuel: self.fuel.saturating_add(other.fuel),
            wall_us: self.wall_us.saturating_add(other.wall_us),
            money: MicroUsd(self.money.0.saturating_add(other.money.0)),
            host_calls: self.host_calls.saturating_add(other.host_calls),
            read_bytes: self.read_bytes.saturating_add(other.read_bytes),
            peak_memory: self.peak_memory.max(other.peak_memory),
        }
    }
}
