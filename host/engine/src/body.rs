//! Texts that the journal names by digest: inputs of calls and what doors
//! answered. They live once, encrypted under a key of the person they are
//! about, until their time is over or that key is destroyed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{EffectKey, JobId, OrgId, StepName, UserId};
use crate::job::JobRow;
use crate::time::Timestamp;

/// Bytes of texts kept of one call, each counted once: three times what a call
/// may read by default, and well within a commit. What is beyond is not kept,
/// and a replay says so.
pub const MAX_CALL_BYTES: usize = 12 * 1024 * 1024;
/// Days a text is kept by default: a quarter, so that a new version of a skill
/// can be tried on what the last one saw, and no longer.
pub const DEFAULT_RETENTION_DAYS: u32 = 90;
/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// The person whose key a text is under: `contact:<id>`, or `user:<id>` where a
/// job is about nobody else, or `org` where no person is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// A contact.
    pub fn contact(id: &str) -> Self {
        Self(format!("contact:{id}"))
    }

    /// A user.
    pub fn user(id: &UserId) -> Self {
        Self(format!("user:{id}"))
    }

    /// Nobody in particular: the org as a whole.
    pub fn organisation() -> Self {
        Self("org".to_owned())
    }

    /// Who an event is about: its contact, else its user.
    pub fn of_event(payload: &Value, user: &UserId) -> Self {
        let contact = payload
            .get("contact_id")
            .or_else(|| payload.pointer("/contact/id"))
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty());
        contact.map_or_else(|| Self::user(user), Self::contact)
    }

    /// Who a job is about.
    pub fn of_job(row: &JobRow) -> Self {
        Self::of_event(&row.trigger_payload, &row.user)
    }

    /// `contact:<id>` or `user:<id>` as written; a bare word is a contact.
    pub fn parse(text: &str) -> Option<Self> {
        let id = text.split_once(':');
        match id {
            Some(("contact" | "user", id)) if !id.is_empty() => Some(Self(text.to_owned())),
            None if !text.is_empty() => Some(Self::contact(text)),
            _ => None,
        }
    }

    /// What [`Subject::as_str`] gave; `None` for the empty text.
    pub fn stored(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text kept in the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The contact's id, for a contact.
    pub fn contact_id(&self) -> Option<&str> {
        self.0.strip_prefix("contact:")
    }

    /// The user's id, for a user.
    pub fn user_id(&self) -> Option<&str> {
        self.0.strip_prefix("user:")
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Tenant.
    pub org: OrgId,
    /// Under whose key.
    pub subject: Subject,
    /// `sha256:<hex>` of the text.
    pub digest: Arc<str>,
    /// The text.
    pub text: Arc<str>,
    /// Gone after this.
    pub expires_at: Timestamp,
}

/// What became of a text, or of the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept<T = Arc<str>> {
    /// It is here.
    Text(T),
    /// Its retention has passed.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The key it was under was destroyed.
    Erased {
        /// When.
        at: Timestamp,
    },
    /// It was never kept.
    Missing,
}

/// Which of a step's paid questions an answer belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PaidPlace {
    /// Tenant.
    pub org: OrgId,
    /// Job.
    pub job: JobId,
    /// Step.
    pub step: StepName,
    /// Its round.
    pub round: u32,
    /// Digest of the question.
    pub ask: String,
    /// From 0, among the same questions of one call.
    pub nth: u32,
}

/// What erasing a person reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Jobs whose texts are blank now.
    pub jobs: Vec<JobId>,
    /// Kept texts whose key is gone.
    pub texts: u64,
    /// Mails of these jobs, which may also be files.
    pub mails: Vec<EffectKey>,
    /// Calendar events of these jobs, by [`crate::effect::calendar_invite::event_id`],
    /// which may also be files.
    #[serde(default)]
    pub events: Vec<String>,
}

/// A call of the past, by its place in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastCall {
    /// Tenant.
    pub org: OrgId,
    /// Its job.
    pub job: JobId,
    /// Its line.
    pub seq: u64,
}

/// An answer that was paid for, before its step is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidAnswer {
    /// Where it belongs.
    pub place: PaidPlace,
    /// A [`crate::model::ModelAnswer`] as JSON.
    pub body: Body,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_is_about_its_contact_else_its_user() {
        let user = UserId::new("ada");
        let of = |payload: Value| Subject::of_event(&payload, &user).to_string();
        assert_eq!(of(json!({ "contact_id": "c1" })), "contact:c1");
        assert_eq!(of(json!({ "contact": { "id": "c2" } })), "contact:c2");
        for none in [json!({}), json!({ "contact_id": "" }), json!({ "contact_id": 7 }), json!(null)] {
            assert_eq!(of(none), "user:ada");
        }
    }

    #[test]
    fn a_subject_is_read_as_written() {
        for text in ["contact:c1", "user:ada"] {
            assert_eq!(Subject::parse(text).map(|subject| subject.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Subject::parse("c1"), Some(Subject::contact("c1")));
        for bad in ["", "user:", "deal:d1"] {
            assert_eq!(Subject::parse(bad), None, "{bad}");
        }
    }
}
