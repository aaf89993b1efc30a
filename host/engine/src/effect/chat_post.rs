//! `chat.post`: a message to the job's user, and to nobody else: the payload
//! has no address to write one into. It may offer buttons (see [`crate::button`]).

use serde_json::json;

use super::schema::{object, text};
use super::{EffectKind, FieldView, block, line, worded};
use crate::button;

const FIELDS: &[FieldView] =
    &[block("text", "Message"), worded(line("buttons", "Buttons"), |_, buttons| button::words(buttons))];

pub(super) fn kind() -> EffectKind {
    let schema = object(&["text"], json!({"text": text(), "buttons": button::schema()}));
    EffectKind::new("chat.post", "Post a message to you", schema, FIELDS).checked_by(button::check)
}
