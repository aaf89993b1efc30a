//! What Slack's own Python models say of what the host draws, beside the double's rules.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::slack_double::Call;

/// The models, pinned: their validators are part of what is tested.
const SLACK_SDK: &str = "slack_sdk==3.47.0";

/// What is wrong with the blocks and views of these calls, whoever took them.
///
/// # Errors
/// The models cannot be asked.
pub fn wrong(calls: &[Call]) -> Result<Vec<String>, String> {
    let python = super::python_peer::python(SLACK_SDK)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/slack_model.py");
    let drawn: Vec<Value> = calls
        .iter()
        .filter(|call| call.body.get("blocks").is_some() || call.body.get("view").is_some())
        .map(|call| json!({ "method": call.method, "body": call.body }))
        .collect();
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("Slack's models do not start: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(json!(drawn).to_string().as_bytes()).map_err(|error| error.to_string())?;
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}
