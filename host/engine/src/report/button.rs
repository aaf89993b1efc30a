//! What became of the buttons of messages that ask nothing: each is a suggestion too.

use serde::{Deserialize, Serialize};

use super::Mark;
use crate::button::ButtonAction;
use crate::ids::{EffectKey, OrgId};
use crate::skill::SkillRef;
use crate::time::Timestamp;

/// A mark on a button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonMark {
    /// Tenant.
    pub org: OrgId,
    /// The message, by the effect that posted it.
    pub message: EffectKey,
    /// Which button.
    pub place: u32,
    /// What it means.
    pub action: ButtonAction,
    /// What happened.
    pub mark: Mark,
    /// Where: `slack`, `inbox`.
    pub via: String,
    /// When.
    pub at: Timestamp,
    /// Of a press: the modules that made what the message says.
    #[serde(default)]
    pub made_by: Vec<SkillRef>,
}

/// How often something happened to buttons, or to messages with buttons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonCounts {
    /// The action's word; empty for whole messages.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub action: String,
    /// Brought to the person.
    pub delivered: u64,
    /// Seen, as far as the host can know.
    pub viewed: u64,
    /// Pressed; of a message, one of its buttons.
    pub clicked: u64,
    /// Of the pressed, those that said that it was not needed.
    pub dismissed: u64,
    /// Of those, the ones that said that it should not have come.
    pub irrelevant: u64,
}

/// Messages that were answered alike by a press, and made by the same modules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredMessages {
    /// Type of their jobs' event.
    pub event_type: String,
    /// Who made them.
    pub made_by: Vec<SkillRef>,
    /// Said to be irrelevant.
    pub irrelevant: bool,
    /// Made use of: something other than a dismissal was pressed.
    pub used: bool,
    /// How many.
    pub messages: u64,
}

/// What became of buttons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonFacts {
    /// Messages with buttons.
    pub messages: ButtonCounts,
    /// Buttons, by action.
    pub by_action: Vec<ButtonCounts>,
    /// Messages that were answered.
    #[serde(default)]
    pub answered: Vec<AnsweredMessages>,
}
