//! What led here: the payload of an event about a deal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The payload of a chained event, or of one that a person sent. Whatever is not
/// named here is ignored, so that a sequence hands on `event.payload` as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Trigger {
    /// With whom.
    pub contact_id: Option<String>,
    /// About which deal.
    pub deal_id: Option<String>,
    /// After which meeting.
    pub meeting_id: Option<String>,
    /// What was said in it.
    pub transcript_id: Option<String>,
    /// The turn of the transcript that led here.
    pub phrase_turn: Option<i64>,
    /// What was heard in that turn: `send_proposal`, `pricing`, …
    pub intent: Option<String>,
    /// `YYYY-MM-DD`, an instant, or the words used.
    pub deadline: Option<String>,
    /// The mail conversation that led here.
    pub thread_id: Option<String>,
    /// The mail in it.
    pub email_id: Option<String>,
    /// What a person typed.
    pub request: Option<String>,
    /// A template that a person named.
    pub template_id: Option<String>,
}

impl Trigger {
    /// The turn, where it can be one.
    pub fn turn(&self) -> Option<usize> {
        self.phrase_turn.and_then(|turn| usize::try_from(turn).ok())
    }
}
