//! What a call is told.

use serde::{Deserialize, Serialize};

/// The facts of one call. Everything in it is recorded; nothing is ambient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Unique per attempt.
    pub call_id: String,
    /// The job.
    pub job_id: String,
    /// The step of its sequence.
    pub step: String,
    /// Which proposal the host asks for, from 0; a retry keeps its round.
    pub round: u32,
    /// The tenant.
    pub org_id: String,
    /// Whose job it is; reads happen as this person.
    pub user_id: String,
    /// Type of the event that started the job.
    pub event_type: String,
    /// The only clock: milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// IANA zone of the user.
    pub zone: String,
    /// Facts a later host adds under documented names.
    pub extra: Vec<(String, String)>,
}

impl Call {
    /// The only clock, in epoch milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.now
    }

    /// A fact of `extra`, by name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.extra.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
