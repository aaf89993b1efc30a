//! A transcript: a row that says what it is, and a sealed text the row names by
//! digest and subject.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillhost_engine::body::{Body, Kept, Subject};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::Transcript;
use skillhost_engine::time::Timestamp;

use crate::encode::content_digest;

/// Its text as it is kept.
pub(crate) fn body_of(transcript: &Transcript) -> Body {
    Body {
        org: transcript.org.clone(),
        subject: transcript.subject.clone(),
        digest: content_digest(&transcript.body).into(),
        text: transcript.body.as_str().into(),
        expires_at: transcript.expires_at,
    }
}

/// Takes the text out of a loaded row, and leaves its digest and subject there.
pub(crate) fn take_text(row: &mut Map<String, Value>, document: &Map<String, Value>, keep_until: Timestamp) -> Body {
    let text = match row.insert("body".to_owned(), json!("")) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let org = row.get("org_id").and_then(Value::as_str).unwrap_or_default();
    let body = Body {
        org: OrgId::new(org),
        subject: subject_of(row, document),
        digest: content_digest(&text).into(),
        text: text.into(),
        expires_at: keep_until,
    };
    row.insert("digest".to_owned(), json!(&*body.digest));
    row.insert("subject".to_owned(), json!(body.subject));
    body
}

/// Whom a loaded transcript is about: the first contact of its meeting, else the
/// meeting's owner, as the document says; else nobody in particular.
fn subject_of(transcript: &Map<String, Value>, document: &Map<String, Value>) -> Subject {
    let meetings = document.get("meetings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let meeting = meetings.iter().find(|meeting| {
        meeting.get("id").is_some_and(|id| Some(id) == transcript.get("meeting_id"))
            && meeting.get("org_id") == transcript.get("org_id")
    });
    let text = |pointer: &str| meeting.and_then(|meeting| meeting.pointer(pointer)).and_then(Value::as_str);
    match (text("/contact_ids/0"), text("/owner_id")) {
        (Some(contact), _) => Subject::contact(contact),
        (None, Some(owner)) => Subject::user(&UserId::new(owner)),
        (None, None) => Subject::organisation(),
    }
}

/// A transcript's row as it is found.
#[derive(Deserialize)]
pub(crate) struct Found {
    digest: String,
    subject: String,
    /// As skills read it. Its text is empty, or stands here where it was kept plain.
    shown: Map<String, Value>,
}

impl Found {
    /// Subject and digest of the text, where it is sealed.
    pub(crate) fn sealed(&self) -> Option<(Subject, &str)> {
        let is_plain = self.shown.get("body").and_then(Value::as_str).is_some_and(|body| !body.is_empty());
        let subject = Subject::stored(&self.subject)?;
        (!is_plain).then_some((subject, &self.digest))
    }

    /// As skills read it; one whose text is gone is not there.
    pub(crate) fn with(mut self, text: Option<Kept>) -> Option<Value> {
        match text {
            None => {}
            Some(Kept::Text(text)) => {
                self.shown.insert("body".to_owned(), Value::String(text.to_string()));
            }
            Some(Kept::Expired { .. } | Kept::Erased { .. } | Kept::Missing) => return None,
        }
        Some(Value::Object(self.shown))
    }
}
