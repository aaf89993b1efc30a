//! `skillhost event send`: an event from a file or the command line.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::client::{ClientError, connect};
use super::exit::hinted;
use super::{Exit, Global, render};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Send one event as the key's user.
    #[command(after_help = "\
Examples:
  skillhost event send meeting_ended --payload @meeting.json
  skillhost event send pipeline_scan --payload '{}' --key scan-2026-11-21")]
    Send {
        /// Event type.
        event_type: String,
        /// JSON, or @FILE.
        #[arg(long)]
        payload: String,
        /// Whose event; default the key's user.
        #[arg(long)]
        user: Option<String>,
        /// Idempotency key; default made from the payload's own id.
        #[arg(long)]
        key: Option<String>,
    },
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let Command::Send { event_type, payload, user, key } = command;
    let text = match payload.strip_prefix('@') {
        Some(path) => {
            let path = PathBuf::from(path);
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?
        }
        None => payload,
    };
    let payload: Value = serde_json::from_str(&text)
        .map_err(|error| hinted(format!("the payload is not JSON: {error}"), "quote it for the shell, or use @FILE"))?;
    let mut body = json!({ "type": event_type, "payload": payload });
    if let Some(fields) = body.as_object_mut() {
        if let Some(user) = user {
            fields.insert("user_id".to_owned(), json!(user));
        }
        if let Some(key) = key {
            fields.insert("idempotency_key".to_owned(), json!(key));
        }
    }
    let received: Value = connect(global)?.post("/v1/events", &body).await.map_err(ClientError::from)?;
    if global.json {
        render::json(&received)?;
    } else {
        let word = |field: &str| received.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let again =
            if received.get("duplicate") == Some(&json!(true)) { ", which an earlier delivery made" } else { "" };
        let why = match word("reason") {
            reason if reason.is_empty() => reason,
            reason => format!(" ({reason})"),
        };
        render::line(format!("job {}{again} {}{why}", word("job_id"), render::state(&word("status"))))?;
    }
    Ok(Exit::Done)
}
