//! A step that waits for somebody, as a step of the bench's peers sleeps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::llm::{self, Request};
use skillhost_sdk::{Call, Failure, Outcome, skill};

/// Which step of which run it is, and about a kilobyte.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// Names the run.
    run: String,
    /// Its place.
    step: u32,
    /// Comes back as it is.
    padding: String,
}

/// About a kilobyte.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// What came in.
    padding: String,
}

/// Says who asks, and waits for the answer.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let ask = Request::new("fast", "bench", 10).user(format!("{} {}", input.run, input.step));
    llm::generate(&ask)?;
    Ok(Outcome::new(Output { padding: input.padding }))
}
