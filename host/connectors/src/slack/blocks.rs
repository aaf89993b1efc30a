//! The parts of Block Kit that cards use, with Slack's limits.
//!
//! Values of effects go into `plain_text`, which knows no emphasis, links or
//! mentions; `mrkdwn` is for the host's own words only.

use serde::Serialize;
use serde_json::Value;

use super::text::{escape, pieces, short};

/// Blocks of one message.
pub const MAX_BLOCKS: usize = 50;
/// Blocks of one modal.
pub(super) const MAX_VIEW_BLOCKS: usize = 100;
/// Text of a section.
pub const MAX_SECTION: usize = 3000;
/// Text of a field of a section.
pub(super) const MAX_FIELD: usize = 2000;
/// Fields of a section.
pub(super) const MAX_FIELDS: usize = 10;
/// Text of a header.
pub(super) const MAX_HEADER: usize = 150;
/// Text on a button.
const MAX_BUTTON: usize = 75;
/// Buttons a row, by this project's own rule (Slack allows 25): more wrap badly.
pub const MAX_BUTTONS: usize = 5;
/// Label and hint of an input.
const MAX_LABEL: usize = 2000;
/// Text of a message's notification.
const MAX_FALLBACK: usize = 3000;

/// A message: what notifications show, and its blocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlackMessage {
    /// The host's words, or the title of a message: it appears on lock screens.
    pub text: String,
    /// At most [`MAX_BLOCKS`].
    pub blocks: Vec<Block>,
}

impl SlackMessage {
    /// A message whose notification says `words`.
    pub(super) fn new(words: &str, blocks: Vec<Block>) -> Self {
        Self { text: short(words, MAX_FALLBACK), blocks }
    }
}

/// A block.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs)] // the fields are Slack's
pub enum Block {
    Header {
        text: Text,
    },
    Section {
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<Text>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        fields: Vec<Text>,
    },
    Context {
        elements: Vec<Text>,
    },
    Divider,
    RichText {
        elements: Vec<Value>,
    },
    Actions {
        block_id: String,
        elements: Vec<Button>,
    },
    Input {
        block_id: String,
        label: Text,
        element: Value,
        optional: bool,
    },
}

/// A text object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs)] // the fields are Slack's
pub enum Text {
    PlainText { text: String, emoji: bool },
    Mrkdwn { text: String, verbatim: bool },
}

impl Text {
    /// Literal text, already escaped.
    pub(super) fn escaped(text: String) -> Self {
        Self::PlainText { text, emoji: false }
    }

    /// The host's words in bold.
    pub(super) fn bold(words: &str, limit: usize) -> Self {
        // The markers would end early on a star in the words; none of ours has one.
        Self::Mrkdwn { text: format!("*{}*", short(&words.replace('*', ""), limit - 2)), verbatim: true }
    }
}

/// A button.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Button {
    #[serde(rename = "type")]
    kind: &'static str,
    text: Text,
    action_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Confirm>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Confirm {
    title: Text,
    text: Text,
    confirm: Text,
    deny: Text,
}

impl Button {
    /// A button of an action; its value is set to the approval's id.
    pub(super) fn new(label: &str, action_id: impl Into<String>, value: &str) -> Self {
        Self {
            kind: "button",
            text: Text::escaped(short(label, MAX_BUTTON)),
            action_id: action_id.into(),
            value: Some(value.to_owned()),
            url: None,
            style: None,
            confirm: None,
        }
    }

    /// A button that opens a page.
    pub(super) fn link(label: &str, url: &str) -> Self {
        let mut button = Self::new(label, super::interaction::OPEN_LINK, "");
        button.value = None;
        button.url = Some(url.to_owned());
        button
    }

    /// The same as one of several in a view, where Slack wants each to have a name of its own.
    pub(super) fn numbered(mut self, number: usize) -> Self {
        self.action_id = format!("{}:{number}", self.action_id);
        self
    }

    /// Green.
    pub(super) fn primary(mut self) -> Self {
        self.style = Some("primary");
        self
    }

    /// Red.
    pub(super) fn danger(mut self) -> Self {
        self.style = Some("danger");
        self
    }

    /// Asks once more.
    pub(super) fn confirm(mut self, title: &str, text: &str, yes: &str) -> Self {
        const MAX_TITLE: usize = 100;
        const MAX_TEXT: usize = 300;
        const MAX_ANSWER: usize = 30;
        self.confirm = Some(Confirm {
            title: Text::escaped(short(title, MAX_TITLE)),
            text: Text::escaped(short(text, MAX_TEXT)),
            confirm: Text::escaped(short(yes, MAX_ANSWER)),
            deny: Text::escaped("Back".to_owned()),
        });
        self
    }
}

/// The heading of a message.
pub(super) fn header(words: &str) -> Block {
    Block::Header { text: Text::escaped(short(words, MAX_HEADER)) }
}

/// A line in small type.
pub(super) fn context(words: &str) -> Block {
    const MAX_CONTEXT: usize = 500;
    Block::Context { elements: vec![Text::escaped(short(words, MAX_CONTEXT))] }
}

/// A line of the host in bold.
pub(super) fn title(words: &str) -> Block {
    Block::Section { text: Some(Text::bold(words, MAX_SECTION)), fields: Vec::new() }
}

/// Literal text, whole, over as many sections as it needs.
pub(super) fn literal(text: &str) -> Vec<Block> {
    let mut pieces = pieces(text, MAX_SECTION);
    if pieces.iter().all(|piece| piece.trim().is_empty()) {
        // Slack refuses an empty text; what is empty must be seen to be.
        pieces = vec!["(empty)".to_owned()];
    }
    pieces.into_iter().map(|piece| Block::Section { text: Some(Text::escaped(piece)), fields: Vec::new() }).collect()
}

/// An input of a modal.
pub(super) fn input(block_id: String, label: &str, element: Value, optional: bool) -> Block {
    Block::Input { block_id, label: Text::escaped(short(label, MAX_LABEL)), element, optional }
}

/// A field's value, if it fits into one field.
pub(super) fn field(value: &str) -> Option<Text> {
    let shown = escape(&one_line_or_empty(value));
    (super::text::units(&shown) <= MAX_FIELD).then(|| Text::escaped(shown))
}

fn one_line_or_empty(value: &str) -> String {
    if value.trim().is_empty() { "(empty)".to_owned() } else { super::text::one_line(value) }
}
