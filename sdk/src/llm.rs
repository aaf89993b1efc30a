//! Asking a model. Every skill must give a useful answer without one: treat any
//! error as "no refinement" unless the skill is nothing without it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// Material and question.
    User,
    /// An earlier answer.
    Assistant,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub text: String,
}

/// A request; the operator maps `model_class` to a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `fast`, `balanced`, `deep`, …
    pub model_class: String,
    /// The conversation.
    pub messages: Vec<Message>,
    /// Bounds the reservation of money.
    pub max_output_tokens: u32,
    /// JSON Schema of the answer; the host validates and repairs once.
    pub schema: Option<Value>,
    /// For the ledger and for people.
    pub purpose: String,
}

impl Request {
    /// An empty request.
    pub fn new(model_class: impl Into<String>, purpose: impl Into<String>, max_output_tokens: u32) -> Self {
        Self {
            model_class: model_class.into(),
            messages: Vec::new(),
            max_output_tokens,
            schema: None,
            purpose: purpose.into(),
        }
    }

    /// Adds instructions.
    #[must_use]
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.messages.push(Message { role: Role::System, text: text.into() });
        self
    }

    /// Adds material or a question.
    #[must_use]
    pub fn user(mut self, text: impl Into<String>) -> Self {
        self.messages.push(Message { role: Role::User, text: text.into() });
        self
    }

    /// Asks for JSON of this schema.
    #[must_use]
    pub fn schema(mut self, schema: Value) -> Self {
        self.schema = Some(schema);
        self
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// JSON when a schema was given.
    pub text: String,
    /// The model that answered.
    pub model: String,
    /// Whether the answer is whole.
    pub complete: bool,
    /// What it cost, millionths of a US dollar.
    pub cost_micro_usd: u64,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlmErrorKind {
    /// No right.
    Denied,
    /// The operator configured no model of the class.
    NotConfigured,
    /// Money.
    OverBudget,
    /// The request itself.
    InvalidRequest,
    /// No valid answer after the repair.
    InvalidAnswer,
    /// The vendor failed.
    Unavailable,
    /// Calls or bytes.
    Limit,
}

impl LlmErrorKind {
    /// Stable word.
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

/// A refused or failed request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", kind.as_str())]
pub struct LlmError {
    /// Why.
    pub kind: LlmErrorKind,
    /// For the author.
    pub message: String,
    /// When to try again at the earliest.
    pub retry_after_ms: Option<u32>,
}

/// An answer as a type, and what surrounds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed<T> {
    /// The answer; `None` when it was cut off or withheld.
    pub value: Option<T>,
    /// As the host gave it.
    pub response: Response,
}

/// Asks for a type: its schema goes with the request, the host checks the answer
/// against it, and it is read here.
///
/// ```no_run
/// # use skillhost_sdk::llm::{self, Request};
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Mood {
///     /// One word.
///     mood: String,
/// }
/// let request = Request::new("fast", "mood", 100).user("How does this sound? …");
/// let mood = llm::ask::<Mood>(request).ok().and_then(|answer| answer.value);
/// ```
///
/// # Errors
/// Whatever the door says; [`LlmErrorKind::InvalidAnswer`] when the answer fits its
/// schema and not the type.
pub fn ask<T>(request: Request) -> Result<Typed<T>, LlmError>
where
    T: serde::de::DeserializeOwned + schemars::JsonSchema,
{
    let schema = schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    typed(generate(&request.schema(schema.to_value()))?)
}

fn typed<T: serde::de::DeserializeOwned>(response: Response) -> Result<Typed<T>, LlmError> {
    if !response.complete {
        return Ok(Typed { value: None, response });
    }
    match serde_json::from_str(&response.text) {
        Ok(value) => Ok(Typed { value: Some(value), response }),
        Err(error) => Err(LlmError {
            kind: LlmErrorKind::InvalidAnswer,
            message: format!("the answer is not of the type at line {} column {}", error.line(), error.column()),
            retry_after_ms: None,
        }),
    }
}

/// Asks the model.
///
/// # Errors
/// Whatever the door says; see [`LlmErrorKind`].
pub fn generate(request: &Request) -> Result<Response, LlmError> {
    crate::doors::generate(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Word {
        word: String,
    }

    fn said(text: &str, complete: bool) -> Response {
        Response { text: text.to_owned(), model: "m".to_owned(), complete, cost_micro_usd: 1 }
    }

    #[test]
    fn an_answer_becomes_its_type_and_a_cut_off_one_none() {
        let whole = typed::<Word>(said(r#"{"word":"fine"}"#, true)).map(|answer| answer.value);
        assert_eq!(whole, Ok(Some(Word { word: "fine".to_owned() })));
        let cut = typed::<Word>(said(r#"{"wor"#, false)).map(|answer| answer.value);
        assert_eq!(cut, Ok(None));
        let wrong = typed::<Word>(said(r#"{"word":7}"#, true)).map(|answer| answer.value);
        assert_eq!(wrong.map_err(|error| error.kind), Err(LlmErrorKind::InvalidAnswer));
    }
}
