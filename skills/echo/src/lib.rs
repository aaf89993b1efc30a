//! Answers with what it was told and what it read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Optional as _, Outcome, context, skill};

/// What to say, and of whom.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// Comes back as it is.
    text: String,
    /// A contact to look up.
    contact_id: Option<String>,
}

/// The contact as far as an echo goes.
#[derive(Serialize, JsonSchema)]
pub struct Person {
    /// Display name.
    name: String,
    /// Role.
    title: Option<String>,
}

/// What was said, and who was found.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The text.
    text: String,
    /// The contact, where one was named and found.
    contact: Option<Person>,
}

/// Reads the contact, if any, and answers.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let contact = match &input.contact_id {
        Some(id) => context::contact(id).optional()?,
        None => None,
    };
    let contact = contact.map(|read| Person { name: read.value.name, title: read.value.title });
    Ok(Outcome::new(Output { text: input.text, contact }))
}

skillhost_sdk::cases!();
