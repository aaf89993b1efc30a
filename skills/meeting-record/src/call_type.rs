//! What `classify-call-type` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Side;

/// What kind of call it was, and who spoke for whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CallType {
    /// For instance `discovery`, `demo`, `internal`.
    pub kind: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Nobody from outside was there.
    pub is_internal: bool,
    /// Everybody who spoke.
    pub speakers: Vec<Speaker>,
}

/// Somebody who spoke.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Speaker {
    /// As the transcript names them.
    pub name: String,
    /// Their side.
    pub role: Option<Side>,
    /// Their address, where the invitation had one.
    pub email: Option<String>,
}
