//! What a person is shown, made by the host from the effects.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::Field;

/// A card. Nothing in `parts` comes from the skill's own words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The host's heading: `Send an email`, `Create 3 tasks`, `Move a deal`.
    pub heading: String,
    /// `review`, `choose` or `batch`.
    pub pattern: String,
    /// Who asks: `<skill> <version>`, or `skillhost`.
    pub asked_by: String,
    /// What would happen, whole.
    pub parts: Vec<CardPart>,
    /// The skill's comment: title.
    pub comment_title: String,
    /// The skill's comment: text.
    pub comment: String,
    /// The skill's comment: lines.
    pub comment_fields: Vec<Field>,
    /// Offer "send later".
    pub deferrable: bool,
    /// Offer "show me others".
    pub offer_more: bool,
    /// Offer "I will do it myself".
    pub offer_manual: bool,
}

/// An item, a choice, or the whole of a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardPart {
    /// Local id of the item or choice; empty for a review.
    pub id: String,
    /// The skill's label of it; empty for a review.
    pub label: String,
    /// The skill's detail.
    pub detail: Option<String>,
    /// Ticked or recommended.
    pub marked: bool,
    /// The effects.
    pub effects: Vec<EffectView>,
}

/// One effect, every field of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectView {
    /// Local id.
    pub id: String,
    /// Kind.
    pub kind: String,
    /// Words for the kind: `Send an email`.
    pub title: String,
    /// Its digest, as released.
    pub digest: String,
    /// Every field that matters.
    pub lines: Vec<CardLine>,
    /// Places that may be changed, with their present value.
    pub editable: Vec<EditableView>,
}

/// A line of an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardLine {
    /// Name.
    pub label: String,
    /// Value, whole.
    pub value: String,
    /// A block of text.
    pub multiline: bool,
    /// What it was before, for changes.
    pub was: Option<String>,
}

/// A place that may be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditableView {
    /// JSON Pointer into the payload.
    pub pointer: String,
    /// Name of the input field.
    pub label: String,
    /// A text area.
    pub multiline: bool,
    /// Present value.
    pub value: Value,
}
