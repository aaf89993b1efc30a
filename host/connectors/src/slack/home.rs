//! The app's home tab: what waits for the person and how to answer it, and what became of
//! what was settled today.
//!
//! A question is not drawn whole here, so no button here releases anything: one brings it
//! as the newest message, where it is whole, and a link leads to its page.

use serde_json::{Value, json};
use skillhost_engine::approval::PendingAction;
use skillhost_engine::time::Timestamp;

use super::blocks::{Block, Button, context, header, literal, title};
use super::card::plain_row;
use super::interaction::Verb;

/// Questions that are listed; what is beyond is counted. Five blocks each, of a hundred.
const MAX_LISTED: usize = 12;
/// Answered ones that are listed: two blocks each.
pub const MAX_ANSWERED: usize = 12;
/// Longest line of a question.
const MAX_LINE: usize = 300;

/// What a home tab shows.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// What waits, the oldest first.
    pub open: &'a [PendingAction],
    /// What was settled today, the last first.
    pub settled: &'a [Settled],
    /// The address of the inbox, where the host has one.
    pub inbox: Option<&'a str>,
    /// How long an answer is taken yet depends on it.
    pub now: Timestamp,
}

/// A question that was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The host's heading.
    pub heading: String,
    /// The skill's title.
    pub title: String,
    /// How it ended.
    pub line: String,
}

/// The view.
pub fn home(of: &Home<'_>) -> Value {
    let mut blocks = vec![header("Waiting for you")];
    if of.open.is_empty() {
        blocks.extend(literal("Nothing. What comes up is asked here and in your messages."));
    }
    for (index, action) in of.open.iter().take(MAX_LISTED).enumerate() {
        blocks.push(title(&action.card.heading));
        let line: String = action.card.comment_title.chars().take(MAX_LINE).collect();
        blocks.extend(literal(&line));
        blocks.push(context(&format!("{}; {}", action.card.asked_by, left(action.expires_at, of.now))));
        let bring = Button::new("Answer in my messages", Verb::Bring.action_id(), action.id.as_str());
        let mut buttons = vec![bring.numbered(index)];
        let page = of.inbox.map(|inbox| format!("{inbox}/approvals/{}", action.id));
        buttons.extend(page.map(|url| Button::link("Answer in the inbox", &url).numbered(index)));
        blocks.push(plain_row(index + 1, buttons));
        blocks.push(Block::Divider);
    }
    if of.open.len() > MAX_LISTED {
        blocks.push(context(&format!("and {} more", of.open.len() - MAX_LISTED)));
    }
    if !of.settled.is_empty() {
        blocks.push(header("Settled today"));
    }
    for settled in of.settled.iter().take(MAX_ANSWERED) {
        blocks.push(title(&settled.heading));
        let line: String = settled.title.chars().take(MAX_LINE).collect();
        blocks.push(context(&format!("{line}: {}", settled.line)));
    }
    if let Some(inbox) = of.inbox {
        blocks.push(plain_row(0, vec![Button::link("Open the inbox", inbox)]));
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
