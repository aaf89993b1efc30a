//! `chat.manager`: a message to the manager of the job's user, who is named in the org's
//! own data. The payload has no address to write one into, so it never leaves the org.

use serde_json::json;

use super::schema::{object, text};
use super::{EffectKind, FieldView, block};

/// Its name.
pub const KIND: &str = "chat.manager";

const FIELDS: &[FieldView] = &[block("text", "Message")];

pub(super) fn kind() -> EffectKind {
    EffectKind::new(KIND, "Tell your manager", object(&["text"], json!({"text": text()})), FIELDS)
}
