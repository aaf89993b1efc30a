//! The model door as the host sees it: what may be asked, what comes back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::MicroUsd;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Instructions.
    System,
    /// The question and its material.
    User,
    /// An earlier answer.
    Assistant,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who.
    pub role: Role,
    /// What.
    pub text: String,
}

/// What a skill asks a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelAsk {
    /// The operator maps a class to a model.
    pub class: String,
    /// In order.
    pub messages: Vec<Message>,
    /// Bounds what is reserved.
    pub max_output_tokens: u32,
    /// JSON Schema of the answer.
    pub schema: Option<Value>,
    /// For the ledger and for people.
    pub purpose: String,
}

/// Why an answer ends where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// It is whole.
    Complete,
    /// It reached its bound.
    Length,
    /// The vendor withheld it.
    Filtered,
}

/// What the vendor counted, all tries of one ask together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsage {
    /// All of the input, cached tokens included.
    pub input_tokens: u32,
    /// The part of the input that was cached.
    pub cached_input_tokens: u32,
    /// The output, hidden reasoning included.
    pub output_tokens: u32,
    /// What it costs by the price table.
    pub cost: MicroUsd,
}

/// What a model said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelAnswer {
    /// JSON where a schema was given.
    pub text: String,
    /// The model that answered, as its vendor names it.
    pub model: String,
    /// Why it ends.
    pub finish: Finish,
    /// What it took.
    pub usage: ModelUsage,
}

/// Why a model gave no answer; the words skills see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelErrorKind {
    /// No right.
    Denied,
    /// No model stands behind the class.
    NotConfigured,
    /// Money.
    OverBudget,
    /// The ask cannot be put to a model.
    InvalidRequest,
    /// No valid answer after the repair.
    InvalidAnswer,
    /// The vendor failed.
    Unavailable,
    /// Host calls or bytes.
    Limit,
}

impl ModelErrorKind {
    /// The word used in journals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::NotConfigured => "not-configured",
            Self::OverBudget => "over-budget",
            Self::InvalidRequest => "invalid-request",
            Self::InvalidAnswer => "invalid-answer",
            Self::Unavailable => "unavailable",
            Self::Limit => "limit",
        }
    }
}

/// No answer. What was spent on it all the same is in `cost`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {message}", kind.as_str())]
pub struct ModelError {
    /// Why.
    pub kind: ModelErrorKind,
    /// For the author of the skill; no content.
    pub message: String,
    /// When to try again at the earliest.
    pub retry_after_ms: Option<u32>,
    /// Settled although there is no answer.
    pub cost: MicroUsd,
}
