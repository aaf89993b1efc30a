//! The app's home tab: what waits for the person, and where.

use serde_json::{Value, json};
use skillhost_engine::approval::PendingAction;
use skillhost_engine::time::Timestamp;

use super::blocks::{Block, context, header, literal, title};

/// Questions that are listed; what is beyond is counted.
const MAX_LISTED: usize = 20;
/// Longest line of a question.
const MAX_LINE: usize = 300;

/// The view of a person's open questions, the oldest first; `inbox` is where they are
/// answered beside their messages.
pub fn home(open: &[PendingAction], inbox: Option<&str>, now: Timestamp) -> Value {
    let mut blocks = vec![header("Waiting for you")];
    if open.is_empty() {
        blocks.extend(literal("Nothing. What comes up is asked here and in your messages."));
    }
    for action in open.iter().take(MAX_LISTED) {
        let line: String = action.card.comment_title.chars().take(MAX_LINE).collect();
        blocks.push(title(&action.card.heading));
        blocks.extend(literal(&line));
        blocks.push(context(&format!("{}; {}", action.card.asked_by, left(action.expires_at, now))));
        blocks.push(Block::Divider);
    }
    if open.len() > MAX_LISTED {
        blocks.push(context(&format!("and {} more", open.len() - MAX_LISTED)));
    }
    if let Some(inbox) = inbox {
        blocks.push(super::card::link_row("Open the inbox", inbox));
    }
    json!({ "type": "home", "blocks": blocks })
}

/// How long an answer is taken yet.
fn left(until: Timestamp, now: Timestamp) -> String {
    const HOUR_MS: i64 = 3_600_000;
    match until.0.saturating_sub(now.0) {
        ms if ms < HOUR_MS => "expires within the hour".to_owned(),
        ms if ms < 48 * HOUR_MS => format!("expires in {} hours", ms / HOUR_MS),
        ms => format!("expires in {} days", ms / (24 * HOUR_MS)),
    }
}
