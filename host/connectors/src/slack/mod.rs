//! Slack: calls of its Web API, cards within its limits, and what people press.
//!
//! `client` calls, `card` and `modal` draw what the host rendered from the
//! effects, `interaction` reads a press and `settle` says what it means for the
//! question it belongs to. A button carries the approval's id and nothing else;
//! which page and which ticks a batch message shows ride in the ids of its
//! blocks, which Slack hands back signed, so that paging needs no state here. `command`
//! and `event` read what else Slack delivers, `home` draws the app's home tab, `note` what
//! asks nothing.

mod blocks;
mod buttons;
mod card;
mod client;
mod command;
mod error;
mod event;
mod home;
mod interaction;
mod modal;
mod note;
mod settle;
mod text;

pub use blocks::{Block, MAX_BLOCKS, MAX_BUTTONS, MAX_SECTION, SlackMessage};
pub use buttons::{ButtonPress, Offer, message, parse as parse_button};
pub use card::{CardView, ITEMS_PER_PAGE, Remedy, outcome, render};
pub use client::{Posted, SLACK_API, SlackClient, SlackUser};
pub use command::{CommandError, SlashCommand, parse as parse_command};
pub use error::SlackError;
pub use event::{SlackEvent, parse as parse_event};
pub use home::{Home, MAX_ANSWERED, Settled, home};
pub use interaction::{Form, Interaction, InteractionError, Press, Submission, parse as parse_interaction};
pub use modal::{
    FieldError, ModalError, edit as edit_modal, feedback as feedback_modal, later as later_modal, refusal,
};
pub use settle::Next;
pub use text::escape;
