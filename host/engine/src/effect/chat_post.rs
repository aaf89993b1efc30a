//! `chat.post`: a message to the job's user, and to nobody else: the payload
//! has no address to write one into.

use serde_json::json;

use super::schema::{object, text};
use super::{EffectKind, FieldView, block};

const FIELDS: &[FieldView] = &[block("text", "Message")];

pub(super) fn kind() -> EffectKind {
    EffectKind::new("chat.post", "Post a message to you", object(&["text"], json!({"text": text()})), FIELDS)
}
