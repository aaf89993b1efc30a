//! What was kept of the rep's own calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One analysis: of one meeting, or of a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CoachingEntry {
    /// Id.
    pub id: String,
    /// `YYYY-MM-DD` or RFC 3339.
    pub period_start: String,
    /// The same.
    pub period_end: String,
    /// The one meeting it is about.
    pub meeting_id: Option<String>,
    /// As the skill that kept it wrote it.
    pub analysis: Map<String, Value>,
    /// When it was kept, RFC 3339.
    pub at: String,
}
