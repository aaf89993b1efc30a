//! `skillhost event send, transcript`: an event from a file or the command line, and the text
//! of a meeting.

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
    /// Hand in what was said in a meeting that is over, as its person.
    #[command(after_help = "\
Examples:
  skillhost event transcript call.vtt --meeting m-castlereed-2
  skillhost event transcript notes.txt --meeting call-7 --deal d-castlereed --started-at 2026-11-20T10:00:00Z")]
    Transcript {
        /// WebVTT, SRT, lines of `Name: words`, or the JSON of MeetingBaaS, Fathom or Fireflies.
        file: PathBuf,
        /// Which meeting; its record, where there is one, says the rest.
        #[arg(long)]
        meeting: String,
        /// What it was called.
        #[arg(long)]
        title: Option<String>,
        /// When it began, RFC 3339; dates in words are counted from it.
        #[arg(long)]
        started_at: Option<String>,
        /// Whom it was with, by id.
        #[arg(long)]
        contact: Option<String>,
        /// What it was about, by id.
        #[arg(long)]
        deal: Option<String>,
        /// Whose meeting; default the key's user.
        #[arg(long)]
        user: Option<String>,
        /// Idempotency key; another one for another text of the same meeting.
        #[arg(long)]
        key: Option<String>,
    },
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let received = match command {
        Command::Send { event_type, payload, user, key } => send(global, &event_type, payload, user, key).await?,
        Command::Transcript { file, meeting, title, started_at, contact, deal, user, key } => {
            let text = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let said = [
                ("meeting_id", Some(meeting)),
                ("title", title),
                ("started_at", started_at),
                ("contact_id", contact),
                ("deal_id", deal),
                ("user_id", user),
                ("idempotency_key", key),
            ];
            let said = said.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
            let media = [("content-type", "text/plain".to_owned())];
            let host = connect(global)?;
            host.deliver(&format!("/v1/transcripts?{query}"), &media, text).await.map_err(ClientError::from)?
        }
    };
    told(global, &received)
}

async fn send(
    global: &Global,
    event_type: &str,
    payload: String,
    user: Option<String>,
    key: Option<String>,
) -> anyhow::Result<Value> {
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
    Ok(connect(global)?.post("/v1/events", &body).await.map_err(ClientError::from)?)
}

fn told(global: &Global, received: &Value) -> anyhow::Result<Exit> {
    if global.json {
        render::json(received)?;
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
