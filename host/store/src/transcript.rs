//! A transcript: a row that says what it is, and a sealed text the row names by
//! digest and subject.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillhost_engine::body::{Body, Kept, Subject};
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::Transcript;
use skillhost_engine::time::Timestamp;

/// Its text as it is kept.
pub(crate) fn body_of(transcript: &Transcript) -> Body {
    Body {
        org: transcript.org.clone(),
        subject: transcript.subject.clone(),
        digest: sha256(transcript.body.as_bytes()).into(),
        text: transcript.body.as_str().into(),
        expires_at: transcript.expires_at,
    }
}

/// The meetings of a document, by org and id.
pub(crate) struct Meetings<'a>(HashMap<(&'a str, &'a str), &'a Value>);

impl<'a> Meetings<'a> {
    pub(crate) fn of(document: &'a Map<String, Value>) -> Self {
        let rows = document.get("meetings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut meetings = HashMap::with_capacity(rows.len());
        for meeting in rows {
            if let (Some(org), Some(id)) = (text(meeting, "/org_id"), text(meeting, "/id")) {
                meetings.entry((org, id)).or_insert(meeting);
            }
        }
        Self(meetings)
    }

    /// Whom a loaded transcript is about: the first contact of its meeting, else the
    /// meeting's owner, as the document says; else nobody in particular.
    fn subject_of(&self, org: &str, meeting: &str) -> Subject {
        let Some(meeting) = self.0.get(&(org, meeting)) else { return Subject::organisation() };
        match (text(meeting, "/contact_ids/0"), text(meeting, "/owner_id")) {
            (Some(contact), _) => Subject::contact(contact),
            (None, Some(owner)) => Subject::user(&UserId::new(owner)),
            (None, None) => Subject::organisation(),
        }
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// Takes the text out of a loaded row, and leaves its digest and subject there.
pub(crate) fn take_text(row: &mut Map<String, Value>, meetings: &Meetings<'_>, keep_until: Timestamp) -> Body {
    let text = match row.insert("body".to_owned(), json!("")) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let of = |field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default();
    let org = of("org_id");
    let body = Body {
        org: OrgId::new(org),
        subject: meetings.subject_of(org, of("meeting_id")),
        digest: sha256(text.as_bytes()).into(),
        text: text.into(),
        expires_at: keep_until,
    };
    row.insert("digest".to_owned(), json!(&*body.digest));
    row.insert("subject".to_owned(), json!(body.subject));
    body
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
