//! Mail that a model is asked about: a skill that asks, its sequence, and what an
//! answer costs.

use std::path::Path;

use serde_json::{Value, json};
use skillhost_engine::skill::Manifest;
use skillhost_sandbox::{Sandbox, SandboxConfig, embed_manifest};

use crate::guests::guest;
use crate::model_double::{MODEL_KEY, ModelDouble, Reply};
use crate::place::Place;

/// What one answer costs: 50 tokens in, 10 of them cached, 7 out.
pub const COST: i64 = 40 * 10 + 10 + 7 * 100;
/// That answer.
pub const ANSWER: Reply = Reply::Says("yes", 50, 10, 7);
const KEY_VARIABLE: &str = "SKILLHOST_TEST_MODEL_KEY";

/// Asks, and says so when it has an answer.
const SEQUENCE: &str = "\
sequence: asking
version: 1
event: email_received
steps:
  ask:
    skill: asks
    with: { question: event.payload.question, times: event.payload.times, schema: event.payload.schema }
    on_failure: retry
    output: answer
  tell:
    action: card
    needs: [ask]
    with:
      title: \"'Answer to ' + event.payload.message_id + ' is here'\"
    output: told
";

/// The payload of a mail.
pub fn mail(id: &str, times: usize) -> Value {
    json!({ "message_id": id, "question": "Well?", "times": times, "schema": null })
}

/// The heading of the message that its job ends with.
pub fn heading(mail: &str) -> String {
    format!("Answer to {mail} is here")
}

/// Puts the skill and its sequence into a data folder's `skills` and `sequences`, which
/// are made where they are not there.
async fn install(data: &Path) {
    let (skills, sequences) = (data.join("skills"), data.join("sequences"));
    let put = async {
        std::fs::create_dir_all(&skills)?;
        std::fs::create_dir_all(&sequences)?;
        let sandbox = Sandbox::new(SandboxConfig { concurrency: 1, cache: None })?;
        let manifest: Manifest = serde_json::from_value(sandbox.describe(guest("asks")).await?)?;
        std::fs::write(skills.join("asks.wasm"), embed_manifest(guest("asks"), &manifest)?)?;
        std::fs::write(sequences.join("asking.yaml"), SEQUENCE)?;
        anyhow::Ok(())
    };
    put.await.unwrap_or_else(|error| panic!("the skill that asks is not in place: {error:#}"));
}

/// Installs it for every host of a place, and says what their settings need.
///
/// # Panics
/// It cannot be installed.
pub async fn prepare(place: &mut Place, double: &ModelDouble) -> String {
    place.environment(KEY_VARIABLE, MODEL_KEY);
    for host in 0..place.hosts() {
        install(place.folder(host)).await;
    }
    format!(
        "sequences_dir = \"sequences\"\n[grants]\nasks = [\"llm:*\"]\n\
         [models.fast]\nprovider = \"openai-compatible\"\nmodel = \"small\"\nendpoint = \"{}/v1\"\n\
         key_env = \"{KEY_VARIABLE}\"\nmax_output_tokens = 1000\n\
         [prices.openai-compatible]\n\
         small = {{ input = 10_000_000, cached_input = 1_000_000, output = 100_000_000 }}\n",
        double.base
    )
}
