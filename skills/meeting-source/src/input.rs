//! The input that the meeting skills share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Side;

/// Names what to read; the texts are read by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MeetingInput {
    /// The transcript; else the one of `meeting_id`.
    pub transcript_id: Option<String>,
    /// The meeting.
    pub meeting_id: Option<String>,
    /// The contact the event is about.
    pub contact_id: Option<String>,
    /// The deal the event is about.
    pub deal_id: Option<String>,
    /// Who was invited; else those of the meeting.
    pub attendees: Option<Vec<Invitee>>,
    /// What `classify-call-type` found, for the steps after it.
    pub call_type: Option<CallType>,
}

/// The part of `classify-call-type`'s output that later steps use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CallType {
    /// For instance `discovery`.
    pub kind: String,
    /// Nobody from outside was there.
    pub is_internal: bool,
    /// Sides as they were found.
    pub speakers: Vec<SpeakerRole>,
}

/// A speaker and the side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpeakerRole {
    /// As the transcript names them.
    pub name: String,
    /// Their side.
    pub role: Side,
    /// Their address, where the invitation had one.
    #[serde(default)]
    pub email: Option<String>,
}

/// Somebody who was invited.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Invitee {
    /// As the invitation names them.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
    /// Their side, where it is known.
    pub side: Option<Side>,
}
