//! What `generate-optimizations` suggests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Suggestions {
    /// The weightiest first.
    pub suggestions: Vec<Suggestion>,
    /// The same as lines for a card.
    pub lines: Vec<String>,
}

/// One thing to change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Suggestion {
    /// Of which campaign.
    pub campaign_id: String,
    /// `use_variant`, `clean_list`, `pause`, `cut_step`, `wrong_people`, `answer_first`, `keep_testing`.
    pub kind: String,
    /// What to do, in a line.
    pub text: String,
    /// The numbers it rests on, in words.
    pub because: String,
    /// Where they stand in what was handed in: JSON Pointers into `monitored` or `classified`.
    pub rests_on: Vec<String>,
}
