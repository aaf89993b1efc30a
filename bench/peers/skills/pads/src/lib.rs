//! A step that answers with about a kilobyte of JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, skill};

/// Bytes of the padding, as in the steps of the peers.
const PADDING: usize = 900;

/// What `skillhost bench jobs` tells a module.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// Comes back as it is.
    text: String,
}

/// About a kilobyte.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// What came in.
    text: String,
    /// The rest of it.
    padding: String,
}

/// Answers.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    Ok(Outcome::new(Output { text: input.text, padding: "x".repeat(PADDING) }))
}
